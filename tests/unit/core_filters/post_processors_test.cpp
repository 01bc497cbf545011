#include <utcp/config.hpp>
#include <utcp/post_processors.hpp>
#include <utcp/registry.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace utcp {
namespace {

using ::testing::HasSubstr;

using maker = result<std::shared_ptr<post_processor>> (*)(const json&);

json processed(maker make, const char* options, json value, const std::string& tool = "shop.find", const std::string& manual = "shop") {
  auto made = make(json::parse(options));
  EXPECT_TRUE(made.has_value()) << made.error().message;
  auto out = (*made)->process(tool_result(std::move(value)), tool, manual);
  EXPECT_TRUE(out.has_value());
  return std::get<json>(out->value);
}

error refused(maker make, const char* options) {
  auto made = make(json::parse(options));
  EXPECT_FALSE(made.has_value()) << options;
  return made ? error() : made.error();
}

// Recorded from python-utcp 1.x (appendix A.6 of the protocol notes).
const json recorded = json::parse(R"({"a":{"id":1,"z":[]},"items":[{"id":1,"x":2},{"x":3},3,[]],"meta":{"y":1},"id":{"x":1,"id":5}})");

TEST(filter_dict, excludes_keys_as_python_does) {
  EXPECT_EQ(processed(make_filter_dict, R"({"exclude_keys":["x"]})", recorded),
            json::parse(R"({"a":{"id":1,"z":[]},"items":[{"id":1},3],"meta":{"y":1},"id":{"id":5}})"));
}

TEST(filter_dict, includes_only_keys_as_python_does) {
  EXPECT_EQ(processed(make_filter_dict, R"({"only_include_keys":["id"]})", recorded), json::parse(R"({"a":{"id":1},"items":[{"id":1}],"id":{"id":5}})"));
}

TEST(filter_dict, includes_only_keys_of_the_documented_example) {
  EXPECT_EQ(processed(make_filter_dict, R"({"only_include_keys":["id"]})", json::parse(R"({"items":[{"id":1,"x":2},3],"meta":{"y":1}})")),
            json::parse(R"({"items":[{"id":1}]})"));
}

TEST(filter_dict, excludes_first_and_includes_then) {
  EXPECT_EQ(processed(make_filter_dict, R"({"exclude_keys":["b"],"only_include_keys":["a","b"]})", json::parse(R"({"a":{"a":1,"c":2},"b":1,"d":[[{"a":3}]]})")),
            json::parse(R"({"a":{"a":1},"d":[[{"a":3}]]})"));
}

TEST(filter_dict, keeps_a_listed_key_whole_unless_it_is_an_object) {
  EXPECT_EQ(processed(make_filter_dict, R"({"only_include_keys":["k"]})", json::parse(R"({"k":[1,{"x":2}],"o":{"k":{"x":1}},"n":null})")),
            json::parse(R"({"k":[1,{"x":2}],"o":{"k":{}}})"));
}

TEST(filter_dict, keeps_what_is_not_a_container) {
  EXPECT_EQ(processed(make_filter_dict, R"({"only_include_keys":["id"]})", json(5)), json(5));
  auto made = make_filter_dict(json::parse(R"({"exclude_keys":["id"]})"));
  auto text = (*made)->process(tool_result(std::string(R"({"id":1})")), "shop.find", "shop");
  EXPECT_EQ(std::get<std::string>(text->value), R"({"id":1})");
}

TEST(filter_dict, without_keys_changes_nothing) {
  EXPECT_EQ(processed(make_filter_dict, "{}", recorded), recorded);
  EXPECT_EQ(processed(make_filter_dict, R"({"exclude_keys":null,"only_include_keys":[],"exclude_tools":null})", recorded), recorded);
}

TEST(limit_strings, cuts_values_at_any_depth_and_no_keys) {
  EXPECT_EQ(processed(make_limit_strings, R"({"limit":3})", json::parse(R"({"longer":"abcdef","l":["abcd",{"m":"ab"}],"n":12345})")),
            json::parse(R"({"longer":"abc","l":["abc",{"m":"ab"}],"n":12345})"));
}

TEST(limit_strings, counts_code_points) {
  EXPECT_EQ(processed(make_limit_strings, R"({"limit":2})", json("äöü")), json("äö"));
  EXPECT_EQ(processed(make_limit_strings, R"({"limit":2})", json("😀😁😂")), json("😀😁"));
  EXPECT_EQ(processed(make_limit_strings, R"({"limit":3})", json("äöü")), json("äöü"));
}

TEST(limit_strings, bytes_that_are_no_utf8_count_one_each) {
  auto made = make_limit_strings(json::parse(R"({"limit":2})"));
  auto out = (*made)->process(tool_result(std::string("\x80\x80\x80\x80")), "shop.find", "shop");
  EXPECT_EQ(std::get<std::string>(out->value), "\x80\x80");
}

TEST(limit_strings, cuts_a_text_result_and_leaves_bytes) {
  auto made = make_limit_strings(json::parse(R"({"limit":2})"));
  auto text = (*made)->process(tool_result(std::string("abc")), "shop.find", "shop");
  EXPECT_EQ(std::get<std::string>(text->value), "ab");
  auto data = (*made)->process(tool_result(bytes(5)), "shop.find", "shop");
  EXPECT_EQ(std::get<bytes>(data->value).size(), 5u);
}

TEST(limit_strings, the_default_is_ten_thousand_and_zero_empties) {
  EXPECT_EQ(processed(make_limit_strings, R"({"limit":null})", json(std::string(10'001, 'x'))), json(std::string(10'000, 'x')));
  EXPECT_EQ(processed(make_limit_strings, R"({"limit":0})", json("abc")), json(""));
}

struct selection {
  const char* options;
  bool expected;
};

class selectors : public ::testing::TestWithParam<selection> {};

TEST_P(selectors, choose_by_tool_and_by_the_manuals_name) {
  json options = json::parse(GetParam().options);
  options["limit"] = 1;
  const json out = processed(make_limit_strings, options.dump().c_str(), json("abc"), "my_shop.find", "my_shop");
  EXPECT_EQ(out, GetParam().expected ? json("a") : json("abc"));
}

INSTANTIATE_TEST_SUITE_P(all, selectors,
                         ::testing::Values(selection{R"({})", true}, selection{R"({"exclude_tools":["my_shop.find"]})", false}, selection{R"({"exclude_tools":["find"]})", true},
                                         selection{R"({"only_include_tools":["my_shop.find"]})", true}, selection{R"({"only_include_tools":["my-shop.find"]})", true},
                                         selection{R"({"only_include_tools":["my_shop.other"]})", false}, selection{R"({"exclude_manuals":["my_shop"]})", false},
                                         selection{R"({"exclude_manuals":["my-shop"]})", false}, selection{R"({"only_include_manuals":["other"]})", false},
                                         selection{R"({"only_include_manuals":["my_shop"],"exclude_tools":["my_shop.find"]})", false}));

TEST(post_processors, wrong_options_are_refused_with_the_key) {
  EXPECT_EQ(refused(make_filter_dict, R"({"exclude_keys":"x"})"), errc::invalid_config);
  EXPECT_THAT(refused(make_filter_dict, R"({"exclude_keys":"x"})").message, HasSubstr("\"exclude_keys\""));
  EXPECT_THAT(refused(make_filter_dict, R"({"only_include_tools":[1]})").message, HasSubstr("\"only_include_tools\""));
  EXPECT_THAT(refused(make_filter_dict, R"({"exclude_key":["x"]})").message, HasSubstr("\"exclude_key\" is an unknown key"));
  EXPECT_THAT(refused(make_limit_strings, R"({"limit":-1})").message, HasSubstr("\"limit\" must be an integer that is not negative"));
  EXPECT_THAT(refused(make_limit_strings, R"({"limit":"many"})").message, HasSubstr("\"limit\""));
  EXPECT_THAT(refused(make_limit_strings, R"([])").message, HasSubstr("expected an object"));
}

TEST(post_processors, are_in_every_registry) {
  const registry parts;
  EXPECT_TRUE(parts.post_processors().contains("filter_dict"));
  EXPECT_TRUE(parts.post_processors().contains("limit_strings"));
}

}  // namespace
}  // namespace utcp
