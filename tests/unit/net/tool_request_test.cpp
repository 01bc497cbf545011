#include <utcp/net/tool_request.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace utcp;
using namespace utcp::net;

result<tool_request> build(json options, const json& arguments) {
  call_template how;
  how.protocol = "http";
  if (!options.contains("url")) options["url"] = "https://x.example/t";
  how.options = std::move(options);
  auto read = read_tool_request_options(how);
  if (!read) return read.error();
  return build_tool_request(*read, arguments);
}

struct vector {
  const char* name;
  json options;
  json arguments;
  const char* method;
  const char* target;  // path and query
  const char* body;    // null: none
  const char* content_type;
};

const std::string x = "https://x.example";

// Appendix A.2 of the protocol reference (recorded from python-utcp), with our deviations marked.
const std::vector<vector>& vectors() {
  static const std::vector<vector> all = {
      {"query values", {{"url", x + "/q"}}, json::parse(R"({"s":"a b&c","i":3,"f":1.5,"l":["x","y"],"u":"é"})"), "GET", "/q?f=1.5&i=3&l=x&l=y&s=a+b%26c&u=%C3%A9", nullptr, nullptr},
      {"static query", {{"url", x + "/q?v=1"}}, {{"v", "2"}, {"w", "3"}}, "GET", "/q?v=1&v=2&w=3", nullptr, nullptr},
      {"path encoding", {{"url", x + "/u/{id}/p"}}, {{"id", "a/b c?d"}, {"k", "v"}}, "GET", "/u/a%2Fb%20c%3Fd/p?k=v", nullptr, nullptr},
      {"path twice (deviation: works)", {{"url", x + "/u/{id}/x/{id}"}}, {{"id", 7}}, "GET", "/u/7/x/7", nullptr, nullptr},
      {"post without body (deviation: no invented type)", {{"http_method", "POST"}}, {{"a", "1"}}, "POST", "/t?a=1", nullptr, nullptr},
      {"post json", {{"http_method", "POST"}}, {{"body", {{"a", 1}}}, {"q", "z"}}, "POST", "/t?q=z", R"({"a":1})", "application/json"},
      {"post json string", {{"http_method", "POST"}}, {{"body", "hi"}}, "POST", "/t", "\"hi\"", "application/json"},
      {"post text", {{"http_method", "POST"}, {"content_type", "text/plain"}}, {{"body", "hi"}}, "POST", "/t", "hi", "text/plain"},
      {"post form", {{"http_method", "POST"}, {"content_type", "application/x-www-form-urlencoded"}}, {{"body", {{"a", "1 2"}, {"b", "x"}}}}, "POST", "/t", "a=1+2&b=x", "application/x-www-form-urlencoded"},
      {"get with body", json::object(), {{"body", {{"a", 1}}}}, "GET", "/t", R"({"a":1})", "application/json"},
      {"user's type wins (deviation)", {{"http_method", "POST"}, {"headers", {{"content-type", "text/plain"}}}}, {{"body", {{"a", 1}}}}, "POST", "/t", R"({"a":1})", "text/plain"},
      {"booleans, null, objects (deviation)", json::object(), {{"b", true}, {"c", false}, {"n", nullptr}, {"o", {{"k", 1}}}}, "GET", "/t?b=true&c=false&o=%7B%22k%22%3A1%7D", nullptr, nullptr},
      {"+json is JSON", {{"http_method", "PATCH"}, {"content_type", "application/merge-patch+json"}}, {{"body", {{"a", nullptr}}}}, "PATCH", "/t", R"({"a":null})", "application/merge-patch+json"},
      {"no body field", {{"http_method", "POST"}, {"body_field", nullptr}}, {{"body", "x"}}, "POST", "/t?body=x", nullptr, nullptr},
      {"other body field", {{"http_method", "PUT"}, {"body_field", "doc"}}, {{"doc", {1, 2}}, {"body", "b"}}, "PUT", "/t?body=b", "[1,2]", "application/json"},
      {"null body", {{"http_method", "POST"}}, {{"body", nullptr}}, "POST", "/t", nullptr, nullptr},
      {"post_args_as_json", {{"http_method", "post"}, {"url", x + "/u/{id}"}, {"post_args_as_json", true}}, {{"id", 1}, {"a", 2}}, "POST", "/u/1", R"({"a":2})", "application/json"},
      {"post_args_as_json with a body", {{"http_method", "POST"}, {"post_args_as_json", true}}, {{"body", 1}, {"a", 2}}, "POST", "/t?a=2", "1", "application/json"},
      {"post_args_as_json does not touch GET", {{"post_args_as_json", true}}, {{"a", 2}}, "GET", "/t?a=2", nullptr, nullptr},
      {"post_args_as_json in XML's type", {{"http_method", "POST"}, {"content_type", "application/xml"}}, {{"body", 5}}, "POST", "/t", "5", "application/xml"},
      {"list in a path", {{"url", x + "/u/{ids}"}}, {{"ids", {1, 2, 3}}}, "GET", "/u/1%2C2%2C3", nullptr, nullptr},
      {"placeholder in the query", {{"url", x + "/q?k={v}"}}, {{"v", "a b"}}, "GET", "/q?k=a%20b", nullptr, nullptr},
      {"braces that are no placeholder", {{"url", x + "/q/{}/{open"}}, json::object(), "GET", "/q/%7B%7D/%7Bopen", nullptr, nullptr},
      {"unicode path", {{"url", x + "/{c}"}}, {{"c", "é"}}, "GET", "/%C3%A9", nullptr, nullptr},
      {"dots that are no segment", {{"url", x + "/u/{id}"}}, {{"id", "..."}}, "GET", "/u/...", nullptr, nullptr},
      {"empty list", json::object(), {{"l", json::array()}, {"m", {nullptr, 1}}}, "GET", "/t?m=1", nullptr, nullptr},
      {"dots in a query", {{"url", x + "/q?f={f}"}}, {{"f", "../x"}}, "GET", "/q?f=..%2Fx", nullptr, nullptr},
      {"dots within a name", {{"url", x + "/u/{f}"}}, {{"f", "a..b/.c/d."}}, "GET", "/u/a..b%2F.c%2Fd.", nullptr, nullptr},
      {"fragment", {{"url", x + "/t#frag"}}, {{"a", 1}}, "GET", "/t?a=1", nullptr, nullptr},
  };
  return all;
}

TEST(tool_request, replays_the_recorded_vectors) {
  for (const vector& each : vectors()) {
    const auto built = build(each.options, each.arguments);
    ASSERT_TRUE(built) << each.name << ": " << built.error().message;
    const http_request& request = built->request;
    EXPECT_EQ(request.method, each.method) << each.name;
    EXPECT_EQ(request.target.text(), x + each.target) << each.name;
    ASSERT_EQ(request.body != nullptr, each.body != nullptr) << each.name;
    EXPECT_EQ(request.body ? *request.body : "", each.body ? each.body : "") << each.name;
    const std::string* type = request.headers.find("Content-Type");
    ASSERT_EQ(type != nullptr, each.content_type != nullptr) << each.name;
    EXPECT_EQ(type ? *type : "", each.content_type ? each.content_type : "") << each.name;
  }
}

TEST(tool_request, makes_headers_of_arguments) {
  const auto built = build({{"headers", {{"X-N", "static"}, {"X-S", "kept"}}}, {"header_fields", {"X-N", "X-L", "X-Null", "X-Absent"}}},
                           {{"X-N", true}, {"X-L", {1, "b"}}, {"X-Null", nullptr}, {"z", "1"}});
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(*built->request.headers.find("x-n"), "true");
  EXPECT_EQ(*built->request.headers.find("X-L"), "1,b");
  EXPECT_EQ(*built->request.headers.find("X-S"), "kept");
  EXPECT_FALSE(built->request.headers.find("X-Null"));
  EXPECT_EQ(built->request.target.query(), "z=1");
}

TEST(tool_request, tells_the_arguments_part_of_the_query) {
  const auto built = build({{"url", x + "/q?static=1"}}, {{"a", 2}});
  ASSERT_TRUE(built);
  EXPECT_EQ(built->query, "a=2");
}

struct failing {
  const char* name;
  json options;
  json arguments;
  errc code;
  const char* text;
};

TEST(tool_request, refuses_what_would_change_the_request_s_meaning) {
  const std::vector<failing> table = {
      {"missing", {{"url", x + "/u/{id}"}}, json::object(), errc::invalid_argument, "Missing required path parameter: id"},
      {"null", {{"url", x + "/u/{id}"}}, {{"id", nullptr}}, errc::invalid_argument, "Missing required path parameter: id"},
      {"empty", {{"url", x + "/u/{id}"}}, {{"id", ""}}, errc::invalid_argument, "is empty"},
      {"dot dot", {{"url", x + "/users/{id}/posts"}}, {{"id", ".."}}, errc::invalid_argument, "\"..\" segment"},
      {"dot", {{"url", x + "/users/{id}"}}, {{"id", "."}}, errc::invalid_argument, "segment"},
      {"dots in two halves", {{"url", x + "/users/.{id}"}}, {{"id", "."}}, errc::invalid_argument, "segment"},
      {"dots between slashes", {{"url", x + "/users/{id}/posts"}}, {{"id", "a/../../b"}}, errc::invalid_argument, "segment"},
      {"dots between backslashes", {{"url", x + "/users/{id}"}}, {{"id", "..\\windows"}}, errc::invalid_argument, "segment"},
      {"dots over two values", {{"url", x + "/users/{a}{b}"}}, {{"a", "x/."}, {"b", "./y"}}, errc::invalid_argument, "segment"},
      {"dots and an escape of the template", {{"url", x + "/users/%2e{a}"}}, {{"a", "."}}, errc::invalid_argument, "segment"},
      {"behind a domain", {{"url", "https://api.example.co{x}"}}, {{"x", "m"}}, errc::invalid_config, "directly behind the host"},
      {"behind a domain with a port", {{"url", "https://api.example.co{x}:8443/p"}}, {{"x", "m"}}, errc::invalid_config, "directly behind the host"},
      {"behind a host", {{"url", "https://h{x}"}}, {{"x", "/path"}}, errc::invalid_argument, "stands in the host"},
      {"a port behind a host", {{"url", "https://h{x}"}}, {{"x", ":1"}}, errc::invalid_argument, "stands in the host"},
      {"another host behind a host", {{"url", "https://h{x}/p"}}, {{"x", "@evil.example"}}, errc::invalid_argument, "stands in the host"},
      {"a password", {{"url", "https://u:{x}@h/"}}, {{"x", "a@evil.example/"}}, errc::invalid_argument, "stands in the host"},
      {"a port that is none", {{"url", "https://h:{x}/"}}, {{"x", "80x"}}, errc::invalid_config, "port"},
      {"a scheme", {{"url", "{x}://h/"}}, {{"x", "a b"}}, errc::invalid_argument, "stands in the host"},
      {"a whole URL", {{"url", "{x}"}}, {{"x", "https://evil.example/"}}, errc::invalid_config, "absolute URL"},
      {"host with a dot", {{"url", "https://{tenant}.example/"}}, {{"tenant", "evil.example/x"}}, errc::invalid_argument, "host"},
      {"whole host", {{"url", "https://{host}/"}}, {{"host", "a@b"}}, errc::invalid_argument, "host"},
      {"header with a line break", {{"header_fields", {"X-A"}}}, {{"X-A", "a\r\nX-B: c"}}, errc::invalid_argument, "line break"},
      {"header with NUL", {{"header_fields", {"X-A"}}}, {{"X-A", std::string("a\0b", 3)}}, errc::invalid_argument, "NUL"},
      {"header the engine owns", {{"header_fields", {"Content-Length"}}}, {{"Content-Length", 5}}, errc::invalid_argument, "set by the client"},
      {"static header with a line break", {{"headers", {{"X", "a\nb"}}}}, json::object(), errc::invalid_config, "line break"},
      {"static header name", {{"headers", {{"X\r\nY", "a"}}}}, json::object(), errc::invalid_config, "not allowed"},
      {"method", {{"http_method", "TRACE"}}, json::object(), errc::invalid_config, "http_method"},
      {"method with a digit", {{"http_method", "GET2"}}, json::object(), errc::invalid_config, "http_method"},
      {"a default that is no text", {{"url", x + "/{a}"}, {"x-arg-map", {{"a", {{"default", 5}}}}}}, json::object(), errc::invalid_config, "\"default\""},
      {"a default in the query", {{"x-arg-map", {{"a", {{"default", "b"}}}}}}, json::object(), errc::invalid_config, "\"default\""},
      {"method with a line break", {{"http_method", "GET / HTTP/1.1\r\nX: y"}}, json::object(), errc::invalid_config, "http_method"},
      {"url without scheme", {{"url", "x.example/t"}}, json::object(), errc::invalid_config, "absolute URL"},
      {"url with a line break", {{"url", x + "/a\r\nX: y"}}, json::object(), errc::invalid_config, "control character"},
      {"multipart", {{"http_method", "POST"}, {"content_type", "multipart/related"}}, {{"body", 1}}, errc::invalid_argument, "multipart/related, or a list"},
      {"content_type with a line break", {{"content_type", "text/plain\r\nX: y"}}, json::object(), errc::invalid_config, "#/content_type: contains a line break"},
      {"content_type with NUL", {{"content_type", std::string("text/plain\0", 11)}}, json::object(), errc::invalid_config, "#/content_type: "},
      {"no url", {{"url", ""}}, json::object(), errc::invalid_config, "#/url: is missing"},
      {"url of wrong type", {{"url", 5}}, json::object(), errc::invalid_config, "url"},
      {"header_fields of wrong type", {{"header_fields", "X"}}, json::object(), errc::invalid_config, "header_fields"},
      {"body_field of wrong type", {{"body_field", 1}}, json::object(), errc::invalid_config, "body_field"},
  };
  for (const failing& each : table) {
    const auto built = build(each.options, each.arguments);
    ASSERT_FALSE(built) << each.name << " became " << built->request.target.text();
    EXPECT_EQ(built.error(), each.code) << each.name << ": " << built.error().message;
    EXPECT_NE(built.error().message.find(each.text), std::string::npos) << each.name << ": " << built.error().message;
  }
}

TEST(tool_request, fills_a_placeholder_with_its_default) {
  const json options = {{"url", "https://{region}.x.example/{v}/a"}, {"x-arg-map", {{"region", {{"in", "path"}, {"default", "eu"}}}, {"v", {{"default", "a b"}}}}}};
  EXPECT_EQ(build(options, json::object())->request.target.text(), "https://eu.x.example/a%20b/a");
  EXPECT_EQ(build(options, {{"region", "us"}, {"v", nullptr}})->request.target.text(), "https://us.x.example/a%20b/a");
  EXPECT_FALSE(build(options, {{"region", "evil.example/"}}));
}

TEST(tool_request, takes_methods_of_any_name) {
  EXPECT_EQ(build({{"url", "https://x.example/"}, {"http_method", "query"}}, json::object())->request.method, "QUERY");
  EXPECT_EQ(build({{"url", "https://x.example/"}, {"http_method", "VERSION-CONTROL"}}, json::object())->request.method, "VERSION-CONTROL");
  EXPECT_FALSE(build({{"url", "https://x.example/"}, {"http_method", "CONNECT"}}, json::object()));
}

TEST(tool_request, takes_a_value_into_the_host_where_it_is_a_label_of_its_own) {
  for (const char* text : {"https://{x}.example/", "https://api-{x}.example/", "https://node{x}/", "https://node{x}:8443/", "https://api.{x}/", "https://{x}/"})
    EXPECT_TRUE(build({{"url", text}}, {{"x", "n1"}})) << text;
  EXPECT_EQ(build({{"url", "https://h.example:{port}/"}}, {{"port", 8443}})->request.target.port(), 8443);
}

TEST(tool_request, cannot_be_injected_through_path_or_query) {
  for (const char* evil : {"a\r\nHost: evil", "a/b", "a?admin=1", "a#b", "a&b=c", "a%2e%2e", "//evil.example", "a;b", "\\evil", "a\0b"}) {
    const auto built = build({{"url", x + "/u/{id}/z"}}, {{"id", evil}, {"q", evil}});
    ASSERT_TRUE(built) << evil;
    const url& target = built->request.target;
    EXPECT_EQ(target.host(), "x.example");
    EXPECT_TRUE(target.path().starts_with("/u/") && target.path().ends_with("/z")) << target.text();
    EXPECT_EQ(std::count(target.path().begin(), target.path().end(), '/'), 3) << target.text();
    EXPECT_TRUE(target.query().starts_with("q="));
    EXPECT_EQ(target.query().find('&'), std::string_view::npos);
    EXPECT_EQ(target.text().find_first_of("\r\n#\\"), std::string::npos);
  }
}

}  // namespace
