// The golden serialisations of OpenAPI and Swagger, as requests of the http transport; see tests/data/openapi/README.md.
#include "http_fixture.hpp"

#include <fstream>

namespace utcp::testing {
namespace {

using ordered = nlohmann::ordered_json;
using openapi_vectors_test = http_transport_test;

ordered vectors() {
  std::ifstream file(UTCP_SOURCE_DIR "/tests/data/openapi/style_vectors.json");
  return ordered::parse(file);
}

// Members of an object stand in the order of the schema, since a JSON object has none.
schema schema_of(const ordered& value) {
  ordered properties = ordered::object();
  if (value.is_object())
    for (const auto& [name, member] : value.items()) properties[name] = ordered::object();
  ordered inputs = {{"type", "object"}, {"properties", {{"value", {{"properties", std::move(properties)}}}}}};
  return schema::of_checked_text(inputs.dump());
}

json entry_of(const ordered& vector) {
  json entry = json::parse(vector.dump());
  for (const char* key : {"value", "expect", "source"}) entry.erase(key);
  // The only thing that the old table of OpenAPI 3.0.0 to 3.0.3 has otherwise.
  if (vector["source"].get<std::string>().find("3.0.0-3.0.3") != std::string::npos) entry["dotted"] = true;
  return entry;
}

std::string seen_of(const recorded_request& request, const std::string& in, const std::string& name) {
  if (in == "header") return request.header(name).value_or("(none)");
  if (in == "cookie") return request.header("Cookie").value_or("(none)");
  const std::size_t question = std::min(request.target.find('?'), request.target.size());
  if (in == "path") return request.target.substr(3, question - 7);
  return question == request.target.size() ? "(none)" : request.target.substr(question + 1);
}

TEST_F(openapi_vectors_test, writes_each_of_the_61_as_the_specifications_do) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  std::size_t right = 0;
  const ordered all = vectors();
  for (const ordered& vector : all) {
    const auto in = vector["in"].get<std::string>();
    const auto name = vector["name"].get<std::string>();
    const std::string path = in == "path" ? "/p/{" + name + "}/end" : "/p";
    json arguments = {{"value", json::parse(vector["value"].dump())}};
    tool_call what = call_of({{"url", server.url(path)}, {"x-arg-map", {{"value", entry_of(vector)}}}}, std::move(arguments));
    auto named = std::make_shared<tool>(*what.tool);
    named->inputs = schema_of(vector["value"]);
    what.tool = named;
    const auto answer = run(io, via->call(std::move(what), context));
    ASSERT_TRUE(answer) << vector.dump() << ": " << answer.error().message;
    const std::string seen = seen_of(server.last(), in, name);
    EXPECT_EQ(seen, vector["expect"].get<std::string>()) << vector.dump();
    right += seen == vector["expect"].get<std::string>();
  }
  EXPECT_EQ(all.size(), 61u);
  EXPECT_EQ(right, all.size());
}

TEST_F(openapi_vectors_test, sends_what_is_not_mapped_as_ever) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  const json how = {{"url", server.url("/u/{id}")}, {"http_method", "POST"}, {"header_fields", {"X-Trace"}}, {"cookie_fields", {"session"}},
                    {"headers", {{"Cookie", "fixed=1"}}}, {"x-arg-map", {{"ids", {{"in", "query"}, {"name", "ids[]"}, {"style", "form"}, {"explode", false}}}}}};
  ASSERT_TRUE(call(how, {{"id", "a b"}, {"body", {{"k", 1}}}, {"X-Trace", 7}, {"page", "2 3"}, {"ids", {1, 2}}, {"session", "s d"}}));
  const auto seen = server.last();
  EXPECT_EQ(seen.target, "/u/a%20b?ids%5B%5D=1,2&page=2+3");
  EXPECT_EQ(seen.header("X-Trace"), "7");
  EXPECT_EQ(seen.header("Cookie"), "fixed=1; session=s%20d");
  EXPECT_EQ(seen.body, R"({"k":1})");
}

}  // namespace
}  // namespace utcp::testing
