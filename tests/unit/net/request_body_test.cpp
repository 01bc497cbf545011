#include <utcp/net/tool_request.hpp>

#include <utcp/base64.hpp>
#include <utcp/net/media_type.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace utcp;
using namespace utcp::net;

const std::string multipart = "multipart/form-data";
const std::string fixed = "multipart/form-data; boundary=B";

json binary(std::string_view text) { return json::binary(json::binary_t::container_type(text.begin(), text.end())); }

result<tool_request> post(json options, json arguments) {
  call_template how;
  how.protocol = "http";
  options["url"] = "https://x.example/t";
  options["http_method"] = "POST";
  how.options = std::move(options);
  auto read = read_tool_request_options(how);
  if (!read) return read.error();
  return build_tool_request(*read, arguments);
}

struct sent {
  std::string type;
  std::string body;
  friend bool operator==(const sent&, const sent&) = default;
};

std::ostream& operator<<(std::ostream& out, const sent& what) { return out << what.type << "\n\n" << what.body; }

sent body_of(const json& options, const json& body) {
  const auto built = post(options, {{"body", body}});
  if (!built) return {"failed", built.error().message};
  const std::string* type = built->request.headers.find("Content-Type");
  return {type ? *type : "none", built->request.body ? *built->request.body : "none"};
}

sent typed(const char* type, const json& body) { return body_of({{"content_type", type}}, body); }

// The part's text between the delimiters of `fixed`.
std::string only_part(const json& value, const char* name = "p") {
  const sent whole = typed(fixed.c_str(), {{name, value}});
  const std::string begin = "--B\r\n", end = "\r\n--B--\r\n";
  if (whole.body.size() < begin.size() + end.size() || !whole.body.starts_with(begin) || !whole.body.ends_with(end)) return "no part in " + whole.body;
  return whole.body.substr(begin.size(), whole.body.size() - begin.size() - end.size());
}

TEST(form_data, has_a_part_for_each_member_and_item) {
  const json body = {{"text", "a b"}, {"number", 1.5}, {"truth", true}, {"nothing", nullptr}, {"list", {"x", nullptr, 2}}, {"object", {{"k", {1}}}}, {"empty", ""}, {"rows", {{1, 2}}}};
  EXPECT_EQ(typed(fixed.c_str(), body), (sent{fixed,
                                              "--B\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
                                              "--B\r\nContent-Disposition: form-data; name=\"list\"\r\n\r\nx\r\n"
                                              "--B\r\nContent-Disposition: form-data; name=\"list\"\r\n\r\n2\r\n"
                                              "--B\r\nContent-Disposition: form-data; name=\"number\"\r\n\r\n1.5\r\n"
                                              "--B\r\nContent-Disposition: form-data; name=\"object\"\r\nContent-Type: application/json\r\n\r\n{\"k\":[1]}\r\n"
                                              "--B\r\nContent-Disposition: form-data; name=\"rows\"\r\nContent-Type: application/json\r\n\r\n[1,2]\r\n"
                                              "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na b\r\n"
                                              "--B\r\nContent-Disposition: form-data; name=\"truth\"\r\n\r\ntrue\r\n"
                                              "--B--\r\n"}));
  EXPECT_EQ(typed(fixed.c_str(), json::object()).body, "--B--\r\n");
}

TEST(form_data, has_files_in_each_form_they_come_in) {
  const std::string disposition = "Content-Disposition: form-data; name=\"p\"";
  const std::string png("\x89PNG\r\n\0\xff", 8);
  const std::pair<json, std::string> table[] = {
      {{{"filename", "a.png"}, {"content_type", "image/x"}, {"data", binary(png)}}, disposition + "; filename=\"a.png\"\r\nContent-Type: image/x\r\n\r\n" + png},
      {{{"filename", "a.png"}, {"base64", base64(png)}}, disposition + "; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n" + png},
      {{{"filename", "n"}, {"data", "text"}}, disposition + "; filename=\"n\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ntext"},
      {{{"filename", nullptr}, {"content_type", "application/xml"}, {"data", "<a/>"}, {"base64", nullptr}}, disposition + "\r\nContent-Type: application/xml\r\n\r\n<a/>"},
      {{{"base64", ""}}, disposition + "; filename=\"p\"\r\nContent-Type: application/octet-stream\r\n\r\n"},
      {{{"data", binary("x")}}, disposition + "; filename=\"p\"\r\nContent-Type: application/octet-stream\r\n\r\nx"},
      {binary(png), disposition + "; filename=\"p\"\r\nContent-Type: application/octet-stream\r\n\r\n" + png},
  };
  for (const auto& [value, part] : table) EXPECT_EQ(only_part(value), part);
  EXPECT_EQ(typed(fixed.c_str(), {{"p", {binary("1"), binary("2")}}}).body,
            "--B\r\n" + disposition + "; filename=\"p\"\r\nContent-Type: application/octet-stream\r\n\r\n1\r\n--B\r\n" + disposition +
                "; filename=\"p\"\r\nContent-Type: application/octet-stream\r\n\r\n2\r\n--B--\r\n");
}

TEST(form_data, takes_an_object_that_only_resembles_a_file_for_json) {
  for (const json& value : {json{{"data", "x"}}, json{{"base64", "eA=="}, {"other", 1}}, json{{"filename", "x"}, {"content_type", "y"}}, json{{"filename", "x"}, {"data", nullptr}}})
    EXPECT_EQ(only_part(value), "Content-Disposition: form-data; name=\"p\"\r\nContent-Type: application/json\r\n\r\n" + value.dump());
}

TEST(form_data, escapes_names_so_that_no_header_can_be_added) {
  EXPECT_EQ(only_part("v", "a\"b\r\nX: y\\%22"), "Content-Disposition: form-data; name=\"a%22b%0D%0AX: y\\%22\"\r\n\r\nv");
  EXPECT_EQ(only_part({{"filename", "\xc3\xa9\"\r\n.txt"}, {"data", "v"}}),
            "Content-Disposition: form-data; name=\"p\"; filename=\"\xc3\xa9%22%0D%0A.txt\"\r\nContent-Type: text/plain\r\n\r\nv");
}

TEST(form_data, refuses_bad_files_and_names_the_part) {
  const std::pair<json, const char*> table[] = {
      {{{"base64", "not base64!"}}, "part \"p\" of the body: \"base64\" of a file is not base64"},
      {{{"base64", 5}}, "part \"p\" of the body: \"base64\" of a file must be text"},
      {{{"base64", "eA=="}, {"data", "x"}}, "not both"},
      {{{"filename", 5}, {"data", "x"}}, "\"filename\" of a file must be text"},
      {{{"filename", "a"}, {"data", {1, 2}}}, "\"data\" of a file must be text"},
      {{{"content_type", "a/b\r\nX: y"}, {"data", "x"}}, "part \"p\" of the body: \"content_type\" of a file contains a line break"},
      {{{"content_type", std::string("a/b\0", 4)}, {"data", "x"}}, "contains a line break or NUL"},
      {{{"filename", std::string("a\0b", 3)}, {"data", "x"}}, "a name with NUL"},
  };
  for (const auto& [value, message] : table) {
    const auto built = post({{"content_type", multipart}}, {{"body", {{"p", value}}}});
    ASSERT_FALSE(built) << value;
    EXPECT_EQ(built.error(), errc::invalid_argument);
    EXPECT_NE(built.error().message.find(message), std::string::npos) << built.error().message;
    EXPECT_EQ(built.error().message.find_first_of("\r\n"), std::string::npos);
  }
  EXPECT_EQ(post({{"content_type", multipart}}, {{"body", {{std::string("a\0b", 3), 1}}}}).error(), errc::invalid_argument);
}

TEST(form_data, makes_a_boundary_of_its_own_that_the_header_carries) {
  const sent one = typed("multipart/form-data", {{"a", 1}}), other = typed("multipart/form-data", {{"a", 1}});
  ASSERT_TRUE(one.type.starts_with("multipart/form-data; boundary=")) << one.type;
  const std::string boundary = parameter_of(one.type, "boundary").value_or("");
  EXPECT_GE(boundary.size(), 24u);
  EXPECT_LE(boundary.size(), 70u);
  EXPECT_EQ(one.body, "--" + boundary + "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--" + boundary + "--\r\n");
  EXPECT_NE(one.type, other.type);
}

TEST(form_data, uses_the_boundary_and_the_header_that_the_author_wrote) {
  const sent quoted = typed("Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"", {{"a", 1}});
  EXPECT_EQ(quoted.type, "Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"");
  EXPECT_TRUE(quoted.body.starts_with("--a b:c\r\n")) << quoted.body;
  const sent in_headers = body_of({{"headers", {{"content-type", "multipart/form-data"}}}, {"content_type", "text/plain"}}, {{"a", 1}});
  EXPECT_TRUE(in_headers.type.starts_with("multipart/form-data; boundary=")) << in_headers.type;
  EXPECT_TRUE(in_headers.body.starts_with("--" + parameter_of(in_headers.type, "boundary").value_or("?") + "\r\n"));
  const auto built = post({{"headers", {{"content-type", "multipart/form-data"}}}}, {{"body", {{"a", 1}}}});
  ASSERT_TRUE(built);
  EXPECT_EQ(built->request.headers.size(), 1u);
}

TEST(form_data, refuses_a_boundary_that_is_none_or_that_a_part_contains) {
  for (const char* type : {"multipart/form-data; boundary=", "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=\"a\\\"b\"", "multipart/form-data; boundary=\xc3\xa9"})
    EXPECT_EQ(post({{"content_type", type}}, {{"body", {{"a", 1}}}}).error(), errc::invalid_config) << type;
  EXPECT_EQ(post({{"content_type", "multipart/form-data; boundary=" + std::string(71, 'a')}}, {{"body", {{"a", 1}}}}).error(), errc::invalid_config);
  for (const json& evil : {json("--B"), json("x\r\n--B--\r\n"), json{{"filename", "f"}, {"base64", base64("--Bother")}}}) {
    const auto built = post({{"content_type", fixed}}, {{"body", {{"a", evil}}}});
    ASSERT_FALSE(built);
    EXPECT_EQ(built.error(), errc::invalid_argument);
  }
}

TEST(form_data, is_an_object_or_text_that_is_encoded_already) {
  EXPECT_EQ(typed(fixed.c_str(), "--B--\r\n"), (sent{fixed, "--B--\r\n"}));
  EXPECT_EQ(typed(fixed.c_str(), binary("--B--\r\n")), (sent{fixed, "--B--\r\n"}));
  for (const json& value : {json(5), json{1, 2}, json(true)}) EXPECT_EQ(post({{"content_type", multipart}}, {{"body", value}}).error(), errc::invalid_argument) << value;
}

TEST(form_data, is_made_of_all_arguments_when_asked_for) {
  const auto built = post({{"content_type", fixed}, {"post_args_as_json", true}}, {{"a", "1"}, {"f", {{"filename", "x.txt"}, {"data", "hi"}}}});
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(*built->request.body, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
                                  "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n--B--\r\n");
}

TEST(request_body, follows_its_content_type) {
  const std::string raw("\0\xff", 2);
  const json object = {{"k", 1}};
  struct row { const char* type; json body; std::string text; };
  const std::vector<row> table = {
      {"application/json", binary("[1]"), "[1]"},
      {"application/json", {{"base64", "eA=="}}, R"({"base64":"eA=="})"},
      {"application/json", {{"filename", "a.json"}, {"data", "x"}}, R"({"data":"x","filename":"a.json"})"},
      {"application/json", {{"filename", "a.json"}, {"data", binary("{ }")}}, "{ }"},
      {"application/json", {{"inside", binary(raw)}}, R"({"inside":"AP8="})"},
      {"application/x-www-form-urlencoded", {{"o", {{"k", "v"}}}, {"l", {1, "b", nullptr, true}}, {"n", nullptr}, {"r", {{1}}}, {"b", binary(raw)}}, "b=AP8%3D&l=1&l=b&l=true&o=%7B%22k%22%3A%22v%22%7D&r=%5B1%5D"},
      {"application/x-www-form-urlencoded", {{"base64", "eA=="}}, "base64=eA%3D%3D"},
      {"application/x-www-form-urlencoded", "a=1&b=2", "a=1&b=2"},
      {"application/x-www-form-urlencoded", json::array({1}), "[1]"},
      {"text/plain", "caf\xc3\xa9\r\n", "caf\xc3\xa9\r\n"},
      {"text/plain", 5, "5"},
      {"text/plain", true, "true"},
      {"text/plain", object, R"({"k":1})"},
      {"application/xml", "<a/>", "<a/>"},
      {"application/xml", object, R"({"k":1})"},
      {"application/octet-stream", "text", "text"},
      {"application/octet-stream", binary(raw), raw},
      {"application/octet-stream", {{"base64", base64(raw)}}, raw},
      {"application/octet-stream", {{"filename", "a.png"}, {"content_type", "image/png"}, {"data", binary(raw)}}, raw},
      {"image/png", {{"filename", "a.png"}, {"base64", base64(raw)}}, raw},
      {"multipart/related; boundary=x", "--x--", "--x--"},
      {"multipart/related; boundary=x", binary("--x--"), "--x--"},
      {"", "text", "text"},
      {"application/jsonl", json::array({1, "a", object}), "1\n\"a\"\n{\"k\":1}\n"},
      {"application/geo+json-seq", json::array({1, "a"}), "\x1e" "1\n\x1e\"a\"\n"},
      {"application/jsonl", "1\n2\n", "1\n2\n"},
  };
  for (const row& each : table) EXPECT_EQ(typed(each.type, each.body), (sent{*each.type ? each.type : "none", each.text})) << each.type << " " << each.body;
}

TEST(multipart, takes_a_list_of_parts_without_names) {
  const json list = {{{"k", 1}}, "text", 5, {{"filename", "a.png"}, {"data", "P"}}, {{"base64", "eA=="}}};
  EXPECT_EQ(typed("multipart/mixed; boundary=B", list).body,
            "--B\r\nContent-Type: application/json\r\n\r\n{\"k\":1}\r\n"
            "--B\r\n\r\ntext\r\n"
            "--B\r\n\r\n5\r\n"
            "--B\r\nContent-Disposition: attachment; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nP\r\n"
            "--B\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--B--\r\n");
  const json encoding = {{"0", {{"contentType", "application/merge-patch+json"}, {"headers", {{"Content-ID", "<a>"}}}}}, {"*", {{"contentType", "text/csv"}}}};
  EXPECT_EQ(body_of({{"content_type", "multipart/related; boundary=B"}, {"x-body-encoding", encoding}}, {{{"k", 1}}, "a,b", "c,d"}).body,
            "--B\r\nContent-Type: application/merge-patch+json\r\nContent-ID: <a>\r\n\r\n{\"k\":1}\r\n"
            "--B\r\nContent-Type: text/csv\r\n\r\na,b\r\n"
            "--B\r\nContent-Type: text/csv\r\n\r\nc,d\r\n--B--\r\n");
  EXPECT_EQ(typed("multipart/mixed; boundary=B", {{"a", "x"}}).body, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B--\r\n");
  EXPECT_EQ(typed(fixed.c_str(), json::array({"x"})).type, "failed");
}

TEST(multipart, sends_the_headers_of_a_file_with_its_part) {
  EXPECT_EQ(only_part({{"data", "x"}, {"headers", {{"X-Rate", 5}, {"X-A", "b"}}}}),
            "Content-Disposition: form-data; name=\"p\"\r\nContent-Type: text/plain; charset=utf-8\r\nX-A: b\r\nX-Rate: 5\r\n\r\nx");
  for (const json& bad : std::vector<json>{{{"X", "a\r\nY: b"}}, {{"content-type", "a/b"}}, {{"X", json::array()}}, "X: 1"})
    EXPECT_NE(typed(fixed.c_str(), {{"p", {{"data", "x"}, {"headers", bad}}}}).body.find("\"headers\" of a file"), std::string::npos) << bad;
  EXPECT_NE(typed("image/png", {{"base64", "eA=="}, {"headers", {{"X", "1"}}}}).body.find("for a part"), std::string::npos);
}

TEST(request_body, has_the_type_of_its_file_unless_the_template_names_one) {
  const json png = {{"filename", "a.png"}, {"data", binary("P")}};
  EXPECT_EQ(body_of(json::object(), png), (sent{"image/png", "P"}));
  EXPECT_EQ(body_of(json::object(), {{"filename", "a"}, {"content_type", "x/y"}, {"data", binary("P")}}), (sent{"x/y", "P"}));
  EXPECT_EQ(body_of(json::object(), binary("P")), (sent{"application/octet-stream", "P"}));
  EXPECT_EQ(body_of({{"content_type", "application/pdf"}}, png), (sent{"application/pdf", "P"}));
  EXPECT_EQ(body_of({{"headers", {{"Content-Type", "application/pdf"}}}}, png), (sent{"application/pdf", "P"}));
  EXPECT_EQ(body_of({{"content_type", nullptr}}, {{"k", 1}}), (sent{"application/json", R"({"k":1})"}));
}

TEST(request_body, refuses_bad_base64) {
  const auto built = post({{"content_type", "image/png"}}, {{"body", {{"base64", "Zg"}}}});
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error(), errc::invalid_argument);
  EXPECT_EQ(built.error().message.find("the body: \"base64\""), 0u) << built.error().message;
}

TEST(request_body, is_not_what_bytes_in_a_query_a_path_or_a_header_are) {
  const auto built = post({{"header_fields", {"X-B"}}}, {{"q", binary("\xff")}, {"X-B", binary("\xff\xfe")}});
  ASSERT_TRUE(built);
  EXPECT_EQ(built->request.target.query(), "q=%2Fw%3D%3D");
  EXPECT_EQ(*built->request.headers.find("X-B"), "//4=");
}

}  // namespace
