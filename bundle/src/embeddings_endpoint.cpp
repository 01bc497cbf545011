#include <utcp/embeddings_endpoint.hpp>

#include <utcp/document.hpp>
#include <utcp/net/http_client.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>
#include <utcp/search/indexed_search.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <mutex>
#include <optional>

namespace utcp {
namespace {

namespace asio = boost::asio;
using vector_list = std::vector<std::vector<float>>;

constexpr std::size_t max_answer_bytes = 256u << 20;

error not_as_the_api_says(const net::url& from, const std::string& what) {
  return {errc::protocol_error, "the embeddings of " + from.shown() + ": " + what};
}

result<vector_list> read_vectors(const net::url& from, std::string_view text, std::size_t count) {
  document_limits limits;
  limits.max_bytes = max_answer_bytes;
  auto answer = parse_json(text, limits);
  if (!answer) return not_as_the_api_says(from, answer.error().message);
  const auto data = answer->is_object() ? answer->find("data") : answer->end();
  if (!answer->is_object() || data == answer->end() || !data->is_array()) return not_as_the_api_says(from, "\"data\" is no array");
  if (data->size() != count) return not_as_the_api_says(from, std::to_string(data->size()) + " vectors for " + std::to_string(count) + " texts");
  vector_list out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const json& entry = (*data)[i];
    const std::string place = "/data/" + std::to_string(i);
    if (!entry.is_object() || !entry.contains("embedding") || !entry["embedding"].is_array()) return not_as_the_api_says(from, place + " has no \"embedding\"");
    const auto index = entry.contains("index") ? whole_number(entry["index"]) : std::optional<std::uint64_t>(i);
    if (!index || *index >= count || !out[*index].empty()) return not_as_the_api_says(from, place + "/index is wrong");
    std::vector<float>& vector = out[*index];
    for (const json& number : entry["embedding"]) {
      if (!number.is_number()) return not_as_the_api_says(from, place + "/embedding holds something that is no number");
      vector.push_back(number.get<float>());
    }
    if (vector.empty()) return not_as_the_api_says(from, place + "/embedding is empty");
  }
  return out;
}

class endpoint final : public embedding_model {
 public:
  endpoint(embeddings_endpoint_options options, net::url target)
      : options_(std::move(options)), target_(std::move(target)), client_(context_.get_executor()) {}

  result<vector_list> embed(std::span<const std::string> texts) override {
    const std::lock_guard lock(mutex_);
    result<net::http_response> answer = error(errc::internal, "no answer");
    std::exception_ptr thrown;
    asio::co_spawn(context_, client_.send(request_for(texts)), [&](std::exception_ptr why, result<net::http_response> got) {
      thrown = why;
      answer = std::move(got);
    });
    context_.restart();
    context_.run();
    if (thrown) std::rethrow_exception(thrown);
    if (!answer) return answer.error();
    if (answer->status < 200 || answer->status >= 300) return net::status_error(*std::move(answer));
    return read_vectors(target_, answer->body, texts.size());
  }

 private:
  net::http_request request_for(std::span<const std::string> texts) const {
    json body{{"input", json::array()}, {"encoding_format", "float"}};
    for (const std::string& text : texts) body["input"].push_back(text);
    if (!options_.model.empty()) body["model"] = options_.model;
    if (options_.dimensions > 0) body["dimensions"] = options_.dimensions;
    net::http_request out;
    out.method = "POST";
    out.target = target_;
    out.headers.set("Content-Type", "application/json");
    if (!options_.api_key.empty()) out.headers.set("Authorization", "Bearer " + options_.api_key.reveal());
    out.body = std::make_shared<const std::string>(body.dump(-1, ' ', false, json::error_handler_t::replace));
    out.deadline = time_point::clock::now() + options_.timeout;
    out.max_response_bytes = max_answer_bytes;
    return out;
  }

  const embeddings_endpoint_options options_;
  const net::url target_;
  std::mutex mutex_;
  asio::io_context context_{1};
  net::http_client client_;
};

// One of the options in a `tool_search_strategy`; `read` says whether the value is right and takes it.
template <class Read>
result<void> take(const json& from, const char* key, const char* wanted, Read read) {
  const auto given = from.find(key);
  if (given == from.end() || given->is_null() || read(*given)) return {};
  return error(errc::invalid_config, std::string("tool_search_strategy: `") + key + "` must be " + wanted);
}

auto text_into(std::string& to) {
  return [&to](const json& value) {
    if (value.is_string()) to = value.get_ref<const std::string&>();
    return value.is_string();
  };
}

auto count_into(std::size_t& to, std::uint64_t least, std::uint64_t most) {
  return [&to, least, most](const json& value) {
    const auto number = whole_number(value);
    if (!number || *number < least || *number > most) return false;
    to = static_cast<std::size_t>(*number);
    return true;
  };
}

auto switch_into(bool& to) {
  return [&to](const json& value) {
    if (value.is_boolean()) to = value.get<bool>();
    return value.is_boolean();
  };
}

struct settings {
  embeddings_endpoint_options server;
  embedding_search_options search;
};

result<settings> read_settings(const json& from) {
  settings out;
  std::string key;
  std::size_t timeout = static_cast<std::size_t>(out.server.timeout.count());
  const auto fusion = [&out](const json& value) {
    if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= 1e6)) return false;
    out.search.fusion = value.get<double>();
    return true;
  };
  for (const auto& taken : {take(from, "url", "a URL", text_into(out.server.url)), take(from, "model", "a string", text_into(out.server.model)),
                            take(from, "api_key", "a string", text_into(key)), take(from, "dimensions", "an integer of at most 16384", count_into(out.server.dimensions, 0, 16'384)),
                            take(from, "timeout_ms", "an integer from 1 to 3600000", count_into(timeout, 1, 3'600'000)),
                            take(from, "allow_insecure_http", "true or false", switch_into(out.server.allow_insecure_http)),
                            take(from, "batch", "an integer from 1 to 2048", count_into(out.search.batch, 1, 2'048)),
                            take(from, "candidates", "an integer from 1 to 100000", count_into(out.search.candidates, 1, 100'000)),
                            take(from, "fusion", "a number of 0 or more", fusion), take(from, "words_on_failure", "true or false", switch_into(out.search.words_on_failure))})
    if (!taken) return taken.error();
  out.server.api_key = secret(std::move(key));
  out.server.timeout = std::chrono::milliseconds(timeout);
  return out;
}

}  // namespace

result<std::shared_ptr<embedding_model>> make_embeddings_endpoint(embeddings_endpoint_options options) {
  if (options.url.empty()) return error(errc::invalid_config, "tool_search_strategy: `url` is missing: the address of an embeddings API, such as https://api.openai.com/v1/embeddings");
  auto target = net::url::parse(options.url);
  if (!target) return error(errc::invalid_config, "tool_search_strategy: `url`: " + target.error().message);
  if (auto fine = net::check_url(*target, options.allow_insecure_http, "embeddings"); !fine) return fine.error();
  if (auto fine = net::check_header("Authorization", options.api_key.reveal()); !fine)
    return error(errc::invalid_config, "tool_search_strategy: `api_key` contains a line break or NUL");
  return std::shared_ptr<embedding_model>(std::make_shared<endpoint>(std::move(options), *std::move(target)));
}

search_strategy_factory make_embedding_search() {
  return [](const json& options, dialect as) -> result<std::shared_ptr<search_strategy>> {
    if (!options.is_object()) return error(errc::invalid_config, "tool_search_strategy must be an object");
    auto wanted = read_settings(options);
    if (!wanted) return wanted.error();
    auto words = make_indexed_search()(options, as);
    if (!words) return words.error();
    auto model = make_embeddings_endpoint(std::move(wanted->server));
    if (!model) return model.error();
    return std::shared_ptr<search_strategy>(std::make_shared<embedding_search>(*std::move(model), *std::move(words), wanted->search));
  };
}

}  // namespace utcp
