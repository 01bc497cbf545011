#include <utcp/embeddings_endpoint.hpp>

#include <utcp/builtin.hpp>
#include <utcp/sync_client.hpp>

#include "loopback_http_server.hpp"

#include <gtest/gtest.h>

namespace utcp::testing {
namespace {

// Answers as the API does: a text with "rain" in it is near to one with "weather".
scripted_reply answer(const recorded_request& request) {
  const json asked = json::parse(request.body);
  json data = json::array();
  for (std::size_t i = asked["input"].size(); i-- > 0;) {  // the order is free: the index counts
    const auto text = asked["input"][i].get<std::string>();
    const bool wet = text.find("rain") != std::string::npos || text.find("weather") != std::string::npos;
    data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", wet ? json{1.0, 0.5} : json{-1, 0.5}}});
  }
  return json_reply(json{{"object", "list"}, {"data", data}, {"model", asked.value("model", "")}}.dump());
}

std::shared_ptr<embedding_model> model_at(const loopback_http_server& server, embeddings_endpoint_options options = embeddings_endpoint_options()) {
  options.url = server.url("/v1/embeddings");
  return make_embeddings_endpoint(std::move(options)).value();
}

error failure_of(const scripted_reply& reply, std::string key = "") {
  loopback_http_server server([&](const recorded_request&) { return reply; });
  embeddings_endpoint_options options;
  options.api_key = secret(std::move(key));
  const std::vector<std::string> texts{"a", "b"};
  auto got = model_at(server, std::move(options))->embed(texts);
  return got ? error() : got.error();
}

}  // namespace

TEST(embeddings_endpoint, asks_as_the_api_wants_and_keeps_the_connection) {
  loopback_http_server server(answer);
  embeddings_endpoint_options options;
  options.model = "small";
  options.api_key = secret("k3y");
  options.dimensions = 2;
  const auto model = model_at(server, options);
  const std::vector<std::string> texts{"sunshine", "rain", "broken \xff text"};
  for (int i = 0; i < 2; ++i) EXPECT_EQ(model->embed(texts).value(), (std::vector<std::vector<float>>{{-1, 0.5F}, {1, 0.5F}, {-1, 0.5F}}));
  const auto seen = server.last();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.header("Authorization"), "Bearer k3y");
  EXPECT_EQ(seen.header("Content-Type"), "application/json");
  const json body = json::parse(seen.body);
  EXPECT_EQ(body["model"], "small");
  EXPECT_EQ(body["dimensions"], 2);
  EXPECT_EQ(body["encoding_format"], "float");
  EXPECT_EQ(server.connections(), 1u);
}

TEST(embeddings_endpoint, names_what_is_wrong_with_an_answer) {
  for (const char* wrong : {"", "no json", "[]", "{}", R"({"data":{}})", R"({"data":[]})", R"({"data":[{"embedding":[1]}]})", R"({"data":[{"embedding":[1]},{"embedding":[]}]})",
                            R"({"data":[{"embedding":[1]},{"embedding":["1"]}]})", R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})",
                            R"({"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]})", R"({"data":[{"embedding":[1]},5]})"})
    EXPECT_EQ(failure_of(json_reply(wrong)), errc::protocol_error) << wrong;
}

TEST(embeddings_endpoint, tells_failures_apart_and_keeps_the_key_to_itself) {
  EXPECT_EQ(failure_of(scripted_reply(429, "slow down")), errc::rate_limited);
  EXPECT_EQ(failure_of(redirect_to(302, "https://elsewhere.example/")), errc::remote_failed);
  const error refused = failure_of(scripted_reply(401, R"({"error":"bad key k3y-k3y-k3y"})").type("application/json"), "k3y-k3y-k3y");
  EXPECT_EQ(refused, errc::unauthorized);
  EXPECT_EQ((refused.message + refused.remote.dump()).find("k3y-k3y"), std::string::npos);
  scripted_reply hangs;
  hangs.end = scripted_reply::ending::hang;
  loopback_http_server server([&](const recorded_request&) { return hangs; });
  embeddings_endpoint_options options;
  options.timeout = std::chrono::milliseconds(50);
  const std::vector<std::string> texts{"a"};
  EXPECT_EQ(model_at(server, options)->embed(texts).error(), errc::timed_out);
}

TEST(embeddings_endpoint, checks_its_options) {
  const auto failure = [](const json& options) {
    auto made = make_embedding_search()(options, dialect::v1);
    return made ? error() : made.error();
  };
  EXPECT_EQ(failure(json::object()), errc::invalid_config);
  EXPECT_EQ(failure({{"url", "http://models.example/v1/embeddings"}}), errc::not_allowed);
  EXPECT_EQ(failure({{"url", "https://models.example/v1/embeddings"}, {"batch", 0}}), errc::invalid_config);
  EXPECT_NE(failure({{"url", "https://models.example/v1/embeddings"}, {"fusion", "60"}}).message.find("`fusion`"), std::string::npos);
  EXPECT_EQ(failure({{"url", "https://models.example/v1/embeddings"}, {"api_key", "a\r\nb"}}), errc::invalid_config);
  EXPECT_EQ(failure({{"url", "https://models.example/v1/embeddings"}, {"typos", 1}}), errc::invalid_config) << "an option of the words' order";
  const error none = failure({{"url", "https://models.example/v1/embeddings"}, {"batch", 8}, {"candidates", 50}, {"fusion", 10.5}, {"words_on_failure", true}});
  EXPECT_EQ(none.code.value(), 0) << none.message;
}

TEST(embeddings_endpoint, a_configuration_names_it_and_its_key_is_a_variable) {
  loopback_http_server server(answer);
  const json manual{{"utcp_version", "1.0.1"}, {"tools", {{{"name", "weather"}, {"description", "The sky of a city"}}, {{"name", "sums"}, {"description", "Adds numbers"}}}}};
  const json text{{"tool_search_strategy", {{"tool_search_strategy_type", "embedding"}, {"url", server.url("/v1/embeddings")}, {"api_key", "${EMBEDDINGS_KEY}"}}},
                  {"variables", {{"EMBEDDINGS_KEY", "s3cret"}}},
                  {"manual_call_templates", {{{"name", "m"}, {"call_template_type", "text"}, {"content", manual}}}}};
  client_options parts(builtin_registry());
  auto config = read_config(text, ".");
  ASSERT_TRUE(config) << config.error().message;
  auto client = sync_client::create(std::move(*config), std::move(parts));
  ASSERT_TRUE(client) << client.error().message;
  const auto matches = client->search_tools("will it rain", search_options(1));
  ASSERT_TRUE(matches) << matches.error().message;
  ASSERT_EQ(matches->size(), 1u);
  EXPECT_EQ(matches->front().tool->name, "m.weather");
  EXPECT_EQ(server.last().header("Authorization"), "Bearer s3cret");
}

}  // namespace utcp::testing
