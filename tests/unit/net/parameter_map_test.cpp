#include <utcp/net/tool_request.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace utcp;
using namespace utcp::net;

const std::string base = "https://x.example";

result<tool_request> build_mapped(json options, const json& arguments, const schema* inputs = nullptr) {
  call_template how;
  how.protocol = "http";
  if (!options.contains("url")) options["url"] = base + "/t";
  how.options = std::move(options);
  auto read = read_tool_request_options(how);
  if (!read) return read.error();
  return build_tool_request(*read, arguments, inputs);
}

/// The query of one mapped argument `v`, named `n` on the wire.
std::string query_of(json entry, json value) {
  entry["in"] = "query";
  entry["name"] = "n";
  const auto built = build_mapped({{"x-arg-map", {{"v", std::move(entry)}}}}, {{"v", std::move(value)}});
  return built ? std::string(built->request.target.query()) : "failed: " + built.error().message;
}

std::string path_of(json entry, json value) {
  entry["in"] = "path";
  const auto built = build_mapped({{"url", base + "/a/{v}/z"}, {"x-arg-map", {{"v", std::move(entry)}}}}, {{"v", std::move(value)}});
  return built ? std::string(built->request.target.path()) : "failed: " + built.error().message;
}

std::string cookie_of(json entry, json value) {
  entry["in"] = "cookie";
  const auto built = build_mapped({{"x-arg-map", {{"v", std::move(entry)}}}}, {{"v", std::move(value)}});
  if (!built) return "failed: " + built.error().message;
  const std::string* cookie = built->request.headers.find("Cookie");
  return cookie ? *cookie : "none";
}

std::string mapped_body_of(json options, json body) {
  options["http_method"] = "POST";
  const auto built = build_mapped(std::move(options), {{"body", std::move(body)}});
  return built ? *built->request.body : "failed: " + built.error().message;
}

TEST(parameter_map, leaves_templates_without_it_alone) {
  call_template how;
  how.options = {{"url", base}};
  EXPECT_FALSE(read_tool_request_options(how)->parameters);
}

TEST(parameter_map, renames_and_places_arguments) {
  const json map = json::parse(R"({"id__path": {"in": "path", "name": "id"}, "id": {"in": "query"}, "filter": {"in": "query", "name": "$filter"},
                                   "trace": {"in": "header", "name": "X-Trace"}, "title": {"in": "body", "name": "the title"}, "n": {"in": "form"}})");
  const auto built = build_mapped({{"url", base + "/u/{id}"}, {"http_method", "POST"}, {"x-arg-map", map}, {"header_fields", {"trace"}}, {"cookie_fields", {"c"}}},
                           json::parse(R"({"id__path": "a/b", "id": 7, "filter": "x eq 'y'", "trace": ["p", "q"], "title": "T", "n": 1.0, "c": "d;e"})"));
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(built->request.target.text(), base + "/u/a%2Fb?%24filter=x%20eq%20%27y%27&id=7");
  EXPECT_EQ(*built->request.headers.find("X-Trace"), "p,q");
  EXPECT_EQ(built->request.headers.find("trace"), nullptr);
  EXPECT_EQ(*built->request.headers.find("Cookie"), "c=d%3Be");
  EXPECT_EQ(json::parse(*built->request.body), json::parse(R"({"the title": "T", "n": 1.0})"));
  EXPECT_EQ(built->query, "%24filter=x%20eq%20%27y%27&id=7");
}

TEST(parameter_map, adds_members_to_the_body_argument) {
  const json options = {{"http_method", "POST"}, {"x-arg-map", {{"a", {{"in", "body"}}}, {"body", {{"in", "body"}}}}}};
  EXPECT_EQ(*build_mapped(options, {{"a", 1}, {"body", {{"b", 2}}}})->request.body, R"({"a":1,"b":2})");
  EXPECT_EQ(*build_mapped(options, {{"body", {{"b", 2}}}})->request.body, R"({"b":2})");
  EXPECT_EQ(build_mapped(options, {{"a", 1}, {"body", "text"}}).error(), errc::invalid_argument);
}

TEST(parameter_map, leaves_null_and_empty_out) {
  EXPECT_EQ(query_of({}, nullptr), "");
  EXPECT_EQ(query_of({{"explode", false}}, json::array()), "");
  EXPECT_EQ(query_of({}, json::object()), "");
  EXPECT_EQ(query_of({{"allowEmptyValue", true}}, json::array()), "n=");
  EXPECT_EQ(query_of({}, ""), "n=");
  EXPECT_EQ(query_of({{"explode", false}}, {nullptr, 1, nullptr, 2}), "n=1,2");
  EXPECT_EQ(query_of({{"style", "form"}}, {{"a", nullptr}, {"b", true}}), "b=true");
  EXPECT_EQ(path_of({{"style", "matrix"}}, ""), "/a/;v/z");
}

TEST(parameter_map, names_members_of_a_deep_object) {
  const json value = json::parse(R"({"a": {"b": 1, "c": [1, 2]}, "d": [{"e": "x y"}, {"e": 2}], "f": null})");
  EXPECT_EQ(query_of({{"style", "deepObject"}}, value), "n%5Ba%5D%5Bb%5D=1&n%5Ba%5D%5Bc%5D=1&n%5Ba%5D%5Bc%5D=2&n%5Bd%5D%5B0%5D%5Be%5D=x%20y&n%5Bd%5D%5B1%5D%5Be%5D=2");
  EXPECT_EQ(query_of({{"style", "deepObject"}, {"lists", "brackets"}}, {{"a", {1, 2}}}), "n%5Ba%5D%5B%5D=1&n%5Ba%5D%5B%5D=2");
  EXPECT_EQ(query_of({{"style", "deepObject"}, {"lists", "indices"}}, {{"a", {1, 2}}}), "n%5Ba%5D%5B0%5D=1&n%5Ba%5D%5B1%5D=2");
  EXPECT_EQ(query_of({{"style", "deepObject"}}, {1, 2}), "n=1&n=2");
}

TEST(parameter_map, writes_a_list_in_a_list_as_swagger_says) {
  EXPECT_EQ(query_of({{"collectionFormat", "csv"}, {"items", {{"collectionFormat", "pipes"}}}}, json::parse("[[1,2],[3,\"a,b\"]]")), "n=1%7C2,3%7Ca%2Cb");
  EXPECT_EQ(query_of({{"style", "multi"}, {"items", {{"style", "csv"}}}}, json::parse("[[1,2],[3]]")), "n=1,2&n=3");
}

TEST(parameter_map, writes_an_old_label_with_dots) {
  EXPECT_EQ(path_of({{"style", "label"}, {"dotted", true}}, {{"R", 1}, {"G", 2}}), "/a/.G.2.R.1/z");
}

TEST(parameter_map, keeps_reserved_characters_within_the_query) {
  const json how = {{"allowReserved", true}};
  EXPECT_EQ(query_of(how, "https://h/a?b=c;d@e,f:$!'()*"), "n=https://h/a?b=c;d@e,f:$!'()*");
  EXPECT_EQ(query_of(how, "a&b=c#d+e[f] g\r\nh\"<>\\^`{|}é%zz%2F%"), "n=a%26b=c%23d%2Be%5Bf%5D%20g%0D%0Ah%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A9%25zz%2F%25");
  EXPECT_EQ(query_of({{"allowReserved", true}, {"style", "deepObject"}}, {{"a&b=", "c/d"}}), "n%5Ba%26b%3D%5D=c/d");
}

TEST(parameter_map, keeps_a_value_within_its_path_segment) {
  for (const json& how : {json::object(), json{{"allowReserved", true}}, json{{"style", "label"}}, json{{"style", "matrix"}}, json{{"content", "text/plain"}}})
    for (const char* evil : {"a/b", "a?b=c", "a#b", "a\r\nHost: evil", "a@b", "//evil.example", "a\\b", "a b", "a[b]"}) {
      const std::string path = path_of(how, evil);
      if (path.find("segment in the path") != std::string::npos) continue;  // `.` and a slash: refused, which is as well
      EXPECT_TRUE(path.starts_with("/a/") && path.ends_with("/z")) << path;
      EXPECT_EQ(std::count(path.begin(), path.end(), '/'), 3) << path;
      EXPECT_EQ(path.find_first_of("?#@[]\\ \r\n"), std::string::npos) << path;
    }
  for (const char* evil : {"..", ".", "%2e%2e", "%2E.", "a/../..", "..%2f..", "%2e%2e%5c"}) EXPECT_NE(path_of({{"allowReserved", true}}, evil).find("segment"), std::string::npos) << evil;
  EXPECT_NE(path_of({{"style", "label"}}, ".").find("segment"), std::string::npos);
  EXPECT_NE(path_of({{"style", "label"}}, "").find("is empty"), std::string::npos);
  EXPECT_NE(path_of({}, json::array()).find("is empty"), std::string::npos);
  EXPECT_EQ(path_of({{"allowEmptyValue", true}}, ""), "/a//z");
  EXPECT_NE(path_of({}, {"..", nullptr}).find("segment"), std::string::npos);
  EXPECT_NE(path_of({}, nullptr).find("Missing required path parameter: v"), std::string::npos);
}

TEST(parameter_map, does_not_let_a_value_choose_the_host) {
  for (const json& how : {json{{"in", "path"}, {"allowReserved", true}}, json{{"in", "path"}, {"style", "label"}}}) {
    const auto built = build_mapped({{"url", "https://{v}.example/"}, {"x-arg-map", {{"v", how}}}}, {{"v", "evil.example:1"}});
    ASSERT_FALSE(built) << built->request.target.text();
    EXPECT_NE(built.error().message.find("stands in the host"), std::string::npos);
  }
}

TEST(parameter_map, refuses_headers_that_would_break_out) {
  const json options = {{"x-arg-map", {{"v", {{"in", "header"}, {"name", "X-V"}, {"explode", true}}}}}};
  for (const json& evil : {json("a\r\nX-B: c"), json{"a", "b\nc"}, json{{"k\r\n", 1}}, json(std::string("a\0b", 3))})
    EXPECT_EQ(build_mapped(options, {{"v", evil}}).error(), errc::invalid_argument) << evil;
  EXPECT_EQ(build_mapped({{"x-arg-map", {{"v", {{"in", "header"}, {"name", "Content-Length"}}}}}}, {{"v", 1}}).error(), errc::invalid_config);
  EXPECT_EQ(*build_mapped({{"x-arg-map", {{"v", {{"in", "header"}, {"name", "X-V"}, {"content", "application/json"}}}}}}, {{"v", {{"k", "é\n"}}}})->request.headers.find("X-V"), R"({"k":"\u00e9\n"})");
}

TEST(parameter_map, refuses_cookies_that_would_break_out) {
  EXPECT_EQ(cookie_of({}, "a; admin=1\r\n\"é"), "v=a%3B%20admin%3D1%0D%0A%22%C3%A9");
  EXPECT_EQ(cookie_of({{"allowReserved", true}}, "a;b,c/d"), "v=a%3Bb%2Cc/d");
  EXPECT_EQ(cookie_of({{"style", "cookie"}}, "a b/c=d"), "v=a b/c=d");
  for (const char* evil : {"a; admin=1", "a\r\nX: y", "a\"b", "a\\b", "é", " a", "a\tb"}) EXPECT_NE(cookie_of({{"style", "cookie"}}, evil).find("RFC 6265"), std::string::npos) << evil;
  EXPECT_NE(cookie_of({{"style", "cookie"}}, {{"a;b", 1}}).find("name is not allowed"), std::string::npos);
  EXPECT_EQ(cookie_of({}, {{"a;b", 1}}), "a%3Bb=1");
  EXPECT_EQ(cookie_of({{"name", "ids[]"}}, {1, 2}), "ids%5B%5D=1&ids%5B%5D=2");
  EXPECT_EQ(cookie_of({}, json::array()), "none");
}

TEST(parameter_map, takes_one_argument_for_the_whole_query) {
  const auto whole = [](const char* type, const json& value) {
    const auto built = build_mapped({{"x-arg-map", {{"v", {{"in", "querystring"}, {"content", type}}}}}}, {{"v", value}});
    return built ? std::string(built->request.target.query()) : "failed: " + built.error().message;
  };
  EXPECT_EQ(whole("application/x-www-form-urlencoded", {{"a", {1, 2}}, {"b", "x&y"}}), "a=1&a=2&b=x%26y");
  EXPECT_EQ(whole("application/x-www-form-urlencoded", "a=b&c=d e#f"), "a=b&c=d%20e%23f");
  EXPECT_EQ(whole("text/plain", "a=b&c"), "a%3Db%26c");
  const json two = {{"v", {{"in", "querystring"}}}, {"w", {{"in", "querystring"}}}};
  EXPECT_EQ(build_mapped({{"x-arg-map", two}}, json::object()).error(), errc::invalid_config);
}

TEST(parameter_map, orders_members_as_the_schema_does) {
  const schema inputs = schema::of_checked_text(R"({"type":"object","properties":{"v":{"$ref":"#/$defs/a~1b"}},"$defs":{"a/b":{"allOf":[{"$ref":"#/$defs/base"}],)"
                                                R"("properties":{"z":{"items":{"properties":{"q":{},"p":{}}}},"a":{}}},"base":{"properties":{"m":{}},"allOf":[{"$ref":"#/$defs/a~1b"}]}}})");
  const json value = json::parse(R"({"a":1,"b":2,"m":3,"z":[{"p":1,"q":2}]})");
  const auto in_style = [&](const char* style) {
    const auto built = build_mapped({{"x-arg-map", {{"v", {{"in", "query"}, {"style", style}, {"explode", true}}}}}}, {{"v", value}}, &inputs);
    return std::string(built->request.target.query());
  };
  EXPECT_EQ(in_style("deepObject"), "v%5Bz%5D%5B0%5D%5Bq%5D=2&v%5Bz%5D%5B0%5D%5Bp%5D=1&v%5Ba%5D=1&v%5Bm%5D=3&v%5Bb%5D=2");
  EXPECT_EQ(in_style("content"), "v=%7B%22z%22%3A%5B%7B%22q%22%3A2%2C%22p%22%3A1%7D%5D%2C%22a%22%3A1%2C%22m%22%3A3%2C%22b%22%3A2%7D");
  const schema none = schema::of_checked_text("{\"properties\":5}");
  EXPECT_TRUE(build_mapped({{"x-arg-map", {{"v", {{"in", "query"}, {"style", "deepObject"}}}}}}, {{"v", value}}, &none));
}

TEST(parameter_map, has_limits) {
  json deep = 1;
  for (int i = 0; i < 66; ++i) deep = json{{"a", std::move(deep)}};
  EXPECT_NE(query_of({{"style", "deepObject"}}, deep).find("nested deeper"), std::string::npos);
  EXPECT_NE(query_of({}, json(std::vector<int>(100'001, 1))).find("more than 100000 pairs"), std::string::npos);
}

TEST(parameter_map, encodes_the_properties_of_a_form) {
  const json encoding = json::parse(R"({"tags": {"style": "pipeDelimited"}, "meta": {"style": "deepObject"}, "doc": {"contentType": "application/json"},
                                        "csv": {"collectionFormat": "csv"}, "url": {"allowReserved": true}})");
  const json options = {{"content_type", "application/x-www-form-urlencoded"}, {"x-body-encoding", encoding}};
  EXPECT_EQ(mapped_body_of(options, json::parse(R"({"tags": ["a b", "c"], "meta": {"k": {"l": "m n"}}, "doc": [1, {"a": 2}], "csv": [1, 2], "url": "http://x/?a&b c", "plain": [1, 2], "none": null})")),
            "csv=1,2&doc=%5B1%2C%7B%22a%22%3A2%7D%5D&meta%5Bk%5D%5Bl%5D=m+n&plain=1&plain=2&tags=a+b%7Cc&url=http://x/?a%26b%20c");
}

TEST(parameter_map, encodes_the_parts_of_a_multipart_body) {
  const json encoding = json::parse(R"({"file": {"contentType": "image/*, image/png", "headers": {"X-Part": "1"}}, "doc": {"contentType": "application/json"}, "text": {"contentType": "text/csv"},
                                        "list": {"style": "form", "explode": false}, "any": {"contentType": "audio/*"}})");
  const json options = {{"content_type", "multipart/form-data; boundary=b"}, {"x-body-encoding", encoding}};
  EXPECT_EQ(mapped_body_of(options, json::parse(R"({"file": ["bin", {"filename": "a.gif", "base64": "aGk="}], "doc": {"a": 1}, "text": "x,y", "list": ["a b", 2], "any": "z", "plain": true})")),
            "--b\r\nContent-Disposition: form-data; name=\"any\"; filename=\"any\"\r\nContent-Type: application/octet-stream\r\n\r\nz\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"doc\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: image/png\r\nX-Part: 1\r\n\r\nbin\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\nContent-Type: image/gif\r\nX-Part: 1\r\n\r\nhi\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"list\"\r\n\r\na b,2\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"plain\"\r\n\r\ntrue\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"text\"\r\nContent-Type: text/csv\r\n\r\nx,y\r\n--b--\r\n");
  EXPECT_NE(mapped_body_of({{"content_type", "multipart/form-data"}, {"x-body-encoding", {{"p", {{"contentType", "multipart/mixed"}}}}}}, {{"p", {{"a", 1}}}}).find("multipart body within a part"), std::string::npos);
}

TEST(parameter_map, refuses_what_it_does_not_understand) {
  const std::vector<std::pair<json, const char*>> table = {
      {{{"x-arg-map", 5}}, "must be an object"},
      {{{"x-arg-map", {{"a", 5}}}}, "must be an object"},
      {{{"x-arg-map", {{"a", {{"in", "trailer"}}}}}}, "\"in\" must be"},
      {{{"x-arg-map", {{"a", {{"name", 5}}}}}}, "\"name\" must be a string"},
      {{{"x-arg-map", {{"a", {{"style", "fancy"}}}}}}, "is not known"},
      {{{"x-arg-map", {{"a", {{"style", "matrix"}}}}}}, "does not stand there"},
      {{{"x-arg-map", {{"a", {{"in", "header"}, {"style", "deepObject"}}}}}}, "does not stand there"},
      {{{"x-arg-map", {{"a", {{"in", "header"}, {"style", "multi"}}}}}}, "\"multi\""},
      {{{"x-arg-map", {{"a", {{"explode", "yes"}}}}}}, "\"explode\" must be true or false"},
      {{{"x-arg-map", {{"a", {{"lists", "x"}}}}}}, "\"lists\""},
      {{{"x-arg-map", {{"a", {{"items", 1}}}}}}, "\"items\""},
      {{{"x-arg-map", {{"a", {{"in", "path"}}}}}}, "\"url\" has no {a}"},
      {{{"x-arg-map", {{"a", {{"in", "header"}, {"name", "a\r\nb"}}}}}}, "not allowed"},
      {{{"cookie_fields", "a"}}, "cookie_fields"},
      {{{"cookie_fields", {1}}}, "cookie_fields"},
      {{{"x-body-encoding", {1}}}, "x-body-encoding"},
      {{{"x-body-encoding", {{"a", 1}}}}, "must be an object"},
      {{{"x-body-encoding", {{"a", {{"contentType", "a\r\nb"}}}}}}, "line break"},
      {{{"x-body-encoding", {{"a", {{"headers", {{"Content-Type", "x"}}}}}}}}, "written by the client"},
      {{{"x-body-encoding", {{"a", {{"headers", {{"X", "a\nb"}}}}}}}}, "line break"},
  };
  for (const auto& [options, text] : table) {
    const auto built = build_mapped(options, json::object());
    ASSERT_FALSE(built) << options;
    EXPECT_EQ(built.error(), errc::invalid_config) << options;
    EXPECT_NE(built.error().message.find(text), std::string::npos) << built.error().message;
  }
}

}  // namespace
