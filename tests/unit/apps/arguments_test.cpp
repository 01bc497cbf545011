#include "arguments.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace utcp::app {
namespace {

const json weather = json::parse(R"({
  "type": "object",
  "properties": {
    "city": {"type": "string"}, "days": {"type": "integer"}, "limit": {"type": "number"}, "exact": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}}, "ids": {"type": "array", "items": {"type": "integer"}},
    "options": {"type": "object", "properties": {"deep": {"type": "integer"}}}, "maybe": {"type": ["string", "null"]},
    "code": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "unit": {"enum": ["c", "f"]}, "place": {"$ref": "#/$defs/place"},
    "a.b": {"type": "string"}, "anything": {}
  },
  "$defs": {"place": {"type": "object", "properties": {"name": {"type": "string"}}}}
})");

result<json> build(const std::vector<std::string>& words, const json& inputs = weather, const std::string& input = "") {
  auto read = read_argument_words(words, [&]() -> result<std::string> { return input; });
  if (!read) return read.error();
  return build_arguments(*read, inputs);
}

json built(const std::vector<std::string>& words, const json& inputs = weather) {
  auto done = build(words, inputs);
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
  return done ? *done : json();
}

std::string refusal(const std::vector<std::string>& words, const json& inputs = weather) {
  auto done = build(words, inputs);
  EXPECT_FALSE(done.has_value());
  if (done) return {};
  EXPECT_TRUE(done.error() == errc::invalid_argument);
  return done.error().message;
}

TEST(arguments, a_string_stays_a_string_whatever_it_looks_like) {
  EXPECT_EQ(built({"city=5"}), json({{"city", "5"}}));
  EXPECT_EQ(built({"city=true"}), json({{"city", "true"}}));
  EXPECT_EQ(built({"city="}), json({{"city", ""}}));
  EXPECT_EQ(built({"city=a=b"}), json({{"city", "a=b"}}));
  EXPECT_EQ(built({"maybe=null"}), json({{"maybe", "null"}}));
}

TEST(arguments, other_types_are_read_as_json) {
  EXPECT_EQ(built({"days=3", "limit=1.5", "exact=false"}), json({{"days", 3}, {"limit", 1.5}, {"exact", false}}));
  EXPECT_EQ(built({"code=null"}), json({{"code", nullptr}}));
  EXPECT_EQ(built({"options={\"k\":1}"}), json({{"options", {{"k", 1}}}}));
  EXPECT_EQ(built({"days=3.0"}), json({{"days", 3.0}}));
}

TEST(arguments, a_value_of_another_type_is_refused_with_what_is_wanted) {
  EXPECT_EQ(refusal({"days=soon"}), "argument \"days\" must be integer, not \"soon\"");
  EXPECT_EQ(refusal({"days=1.5"}), "argument \"days\" must be integer, not \"1.5\"");
  EXPECT_EQ(refusal({"exact=yes"}), "argument \"exact\" must be boolean, true or false, not \"yes\"");
  EXPECT_NE(refusal({"options=5"}).find("such as {\"key\":\"value\"}"), std::string::npos);
}

TEST(arguments, a_value_without_a_type_is_json_when_it_reads_as_json) {
  EXPECT_EQ(built({"anything=5", "other=x", "third=[1]"}), json({{"anything", 5}, {"other", "x"}, {"third", {1}}}));
  EXPECT_EQ(built({"a=1", "b=x"}, json()), json({{"a", 1}, {"b", "x"}}));
}

TEST(arguments, an_array_is_json_or_grows_by_repetition) {
  EXPECT_EQ(built({"tags=[\"a\",\"b\"]"}), json({{"tags", {"a", "b"}}}));
  EXPECT_EQ(built({"tags=a", "tags=b"}), json({{"tags", {"a", "b"}}}));
  EXPECT_EQ(built({"ids=1", "ids=2"}), json({{"ids", {1, 2}}}));
  EXPECT_EQ(refusal({"ids=x"}), "argument \"ids\" must be integer, not \"x\"");
}

TEST(arguments, a_repeated_key_that_is_no_array_is_refused) {
  EXPECT_NE(refusal({"city=a", "city=b"}).find("given twice"), std::string::npos);
}

TEST(arguments, colon_equals_forces_json) {
  EXPECT_EQ(built({"city:=5", "maybe:=null"}), json({{"city", 5}, {"maybe", nullptr}}));
  EXPECT_NE(refusal({"city:=oslo"}).find("argument \"city\""), std::string::npos);
}

TEST(arguments, a_dotted_key_goes_into_an_object_that_the_schema_has) {
  EXPECT_EQ(built({"options.deep=2", "place.name=Oslo"}), json({{"options", {{"deep", 2}}}, {"place", {{"name", "Oslo"}}}}));
  EXPECT_EQ(built({"options.new=x"}), json({{"options", {{"new", "x"}}}}));
}

TEST(arguments, a_dotted_key_stays_whole_where_the_schema_has_no_such_object) {
  EXPECT_EQ(built({"a.b=x"}), json({{"a.b", "x"}}));
  EXPECT_EQ(built({"city.x=1"}), json({{"city.x", 1}}));
}

TEST(arguments, an_enumeration_of_texts_keeps_the_text) { EXPECT_EQ(built({"unit=c"}), json({{"unit", "c"}})); }

TEST(arguments, an_object_and_pairs_combine_and_later_words_win) {
  EXPECT_EQ(built({"{\"city\":\"Oslo\",\"days\":1}", "days=2"}), json({{"city", "Oslo"}, {"days", 2}}));
  EXPECT_EQ(built({"days=2", "{\"days\":1}"}), json({{"days", 1}}));
  EXPECT_EQ(built({}), json::object());
}

TEST(arguments, an_object_is_read_from_standard_input_and_from_a_file) {
  auto from_input = build({"-"}, weather, R"({"city":"Oslo"})");
  ASSERT_TRUE(from_input.has_value());
  EXPECT_EQ(*from_input, json({{"city", "Oslo"}}));
  const auto file = std::filesystem::path(::testing::TempDir()) / "utcp_arguments_test.json";
  std::ofstream(file) << R"({"days":4})";
  EXPECT_EQ(built({"@" + file.string()}), json({{"days", 4}}));
  std::filesystem::remove(file);
  EXPECT_NE(refusal({"@" + file.string()}).find("cannot read"), std::string::npos);
}

class argument_files : public ::testing::Test {
 protected:
  argument_files() { std::filesystem::create_directory(folder); }
  ~argument_files() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(folder / name, std::ios::binary) << content;
    return (folder / name).string();
  }
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "utcp_argument_files";
};

json file_of(const char* name, std::string_view content) {
  return {{"filename", name}, {"data", json::binary(json::binary_t::container_type(content.begin(), content.end()))}};
}

TEST_F(argument_files, are_objects_with_the_name_and_the_bytes) {
  const std::string_view png("\x89PNG\0\r\n", 7);
  const std::string path = write("a b.PNG", std::string(png)), empty = write("empty", "");
  EXPECT_EQ(built({"city@=" + path}), json({{"city", file_of("a b.PNG", png)}}));
  EXPECT_EQ(built({"new@=" + empty}), json({{"new", file_of("empty", "")}}));
  EXPECT_EQ(built({"options.deep@=" + path, "options.x=1"}), json({{"options", {{"deep", file_of("a b.PNG", png)}, {"x", 1}}}}));
  EXPECT_EQ(built({"city@=" + path, "{\"city\":\"Oslo\"}"}), json({{"city", "Oslo"}}));
}

TEST_F(argument_files, are_items_of_an_array) {
  const std::string one = write("1.txt", "1"), two = write("2.txt", "2");
  EXPECT_EQ(built({"tags@=" + one, "tags@=" + two}), json({{"tags", {file_of("1.txt", "1"), file_of("2.txt", "2")}}}));
  EXPECT_NE(refusal({"city@=" + one, "city@=" + two}).find("given twice"), std::string::npos);
}

TEST_F(argument_files, are_base64_where_the_inputs_say_so) {
  const json inputs = json::parse(R"({"properties":{"a":{"type":"string","contentEncoding":"base64"},"b":{"$ref":"#/$defs/b"},
    "l":{"type":"array","items":{"type":"string","format":"byte"}},"c":{"type":"string","format":"binary"}},"$defs":{"b":{"type":"string","format":"byte"}}})");
  const std::string path = write("f", "foob");
  EXPECT_EQ(built({"a@=" + path, "b@=" + path, "l@=" + path}, inputs), json({{"a", "Zm9vYg=="}, {"b", "Zm9vYg=="}, {"l", {"Zm9vYg=="}}}));
  EXPECT_EQ(built({"c@=" + path}, inputs), json({{"c", file_of("f", "foob")}}));
}

TEST_F(argument_files, are_refused_when_they_cannot_be_read_or_are_too_large) {
  EXPECT_NE(refusal({"city@=" + (folder / "absent").string()}).find("argument \"city\": cannot read"), std::string::npos);
  EXPECT_NE(refusal({"city@=" + folder.string()}).find("is it a folder?"), std::string::npos);
  EXPECT_NE(refusal({"@" + folder.string()}).find("is it a folder?"), std::string::npos);
  EXPECT_FALSE(refusal({"city@="}).empty());
  const std::string large = write("large", "");
  std::filesystem::resize_file(large, (64u << 20) + 1);
  EXPECT_NE(refusal({"city@=" + large}).find("over 64 MiB"), std::string::npos);
}

TEST(arguments, what_is_no_argument_is_refused_with_the_forms_there_are) {
  for (const char* word : {"oslo", "=x", ":=1", "@=x", ""}) EXPECT_FALSE(refusal({word}).empty()) << word;
  EXPECT_NE(refusal({"oslo"}).find("key=value"), std::string::npos);
  EXPECT_NE(refusal({"[1,2]"}).find("are a JSON object, not array"), std::string::npos);
  EXPECT_NE(refusal({"{\"city\":"}).find("the arguments"), std::string::npos);
}

TEST(arguments, keys_that_the_schema_does_not_name_are_found_unless_it_allows_them) {
  EXPECT_EQ(unnamed_arguments(json({{"city", "x"}, {"citty", "y"}}), weather), std::vector<std::string>{"citty"});
  EXPECT_TRUE(unnamed_arguments(json({{"citty", "y"}}), json::object()).empty());
  EXPECT_TRUE(unnamed_arguments(json({{"x", 1}}), json({{"properties", {{"a", json::object()}}}, {"additionalProperties", true}})).empty());
}

TEST(arguments, a_reference_that_goes_in_a_circle_ends) {
  const json schema = json::parse(R"({"properties":{"x":{"$ref":"#/properties/x"}}})");
  EXPECT_EQ(built({"x=1"}, schema), json({{"x", 1}}));
}

}  // namespace
}  // namespace utcp::app
