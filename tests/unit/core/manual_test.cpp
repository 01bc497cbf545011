#include <utcp/document.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::shared_ptr<const call_template> provider() {
  call_template out;
  out.name = "m";
  out.protocol = "http";
  out.dialect = dialect::v0;
  out.options = {{"url", "https://m.example/utcp"}};
  return std::make_shared<const call_template>(out);
}

manual_source source() {
  manual_source out;
  out.where = "https://m.example/utcp";
  out.provider = provider();
  return out;
}

result<loaded_manual> load(const std::string& text, document_limits limits = {}, document_ports ports = {}) { return load_manual(text, source(), ports, limits); }

std::vector<std::string> names(const loaded_manual& m) {
  std::vector<std::string> out;
  for (const auto& each : m.found.tools) out.push_back(each->name);
  return out;
}
std::vector<std::string> said(const loaded_manual& m) {
  std::vector<std::string> out;
  for (const auto& each : m.notices) out.push_back(each.place + ": " + each.message);
  return out;
}

const std::string how_v0 = R"("tool_provider":{"provider_type":"http","url":"https://t.example/"})";
const std::string how_v1 = R"("tool_call_template":{"call_template_type":"http","url":"https://t.example/"})";

/// Everything of a loaded manual that matters, to compare two ways of reading.
json described(const loaded_manual& m) {
  json out = {{"v1", m.found.written_as == dialect::v1}, {"utcp_version", m.found.utcp_version}, {"manual_version", m.found.manual_version}, {"extra", m.found.extra}};
  out["notices"] = said(m);
  for (const auto& each : m.found.tools) {
    const call_template& how = *each->tool_call_template;
    out["tools"].push_back({{"name", each->name}, {"description", each->description}, {"tags", each->tags}, {"inputs", each->inputs.to_json()},
                            {"has_inputs", !each->inputs.empty()}, {"outputs", each->outputs.to_json()}, {"extra", each->extra.to_json()},
                            {"size", each->average_response_size.value_or(-1)}, {"protocol", how.protocol}, {"options", how.options}, {"auth", how.auth},
                            {"remote", how.origin == trust::remote}, {"dialect_v1", how.dialect == dialect::v1}, {"name_of_template", how.name}});
  }
  return out;
}

/// A tab before a document makes it take the thorough way: the quick one, where it is built, must say the same.
void expect_both_ways_equal(const std::string& text, document_limits limits = {}) {
  auto quick = load(text, limits);
  auto thorough = load("\t" + text, limits);
  ASSERT_EQ(quick.has_value(), thorough.has_value()) << text.substr(0, 200) << (quick ? "" : quick.error().message) << (thorough ? "" : thorough.error().message);
  if (quick) {
    EXPECT_EQ(described(*quick), described(*thorough)) << text.substr(0, 200);
  } else {
    EXPECT_EQ(quick.error().code, thorough.error().code) << text.substr(0, 200);
  }
}

TEST(a_manual, of_v0_is_read) {
  auto m = load(R"({"version":"0.1.7","tools":[{"name":"add","description":"Adds","tags":["math"],"inputs":{"type":"object"},)" + how_v0 + "}]}");
  ASSERT_TRUE(m) << m.error().message;
  EXPECT_EQ(m->found.written_as, dialect::v0);
  EXPECT_EQ(m->found.utcp_version, "0.1.7");
  EXPECT_EQ(m->found.tools[0]->tool_call_template->dialect, dialect::v0);
  EXPECT_EQ(m->found.tools[0]->tool_call_template->origin, trust::remote);
  EXPECT_THAT(m->notices, IsEmpty());
}

TEST(a_manual, of_v1_is_read_with_keys_it_does_not_know) {
  auto m = load(R"({"utcp_version":"1.1.0","manual_version":"2.3.0","info":{"title":"T"},"version":"9","auth":null,"tools":[{"name":"add",)" + how_v1 + "}]}");
  ASSERT_TRUE(m);
  EXPECT_EQ(m->found.written_as, dialect::v1);
  EXPECT_EQ(m->found.utcp_version, "1.1.0");
  EXPECT_EQ(m->found.manual_version, "2.3.0");
  EXPECT_EQ(m->found.extra, json::parse(R"({"info":{"title":"T"},"version":"9"})"));
}

TEST(a_manual, without_a_version_is_of_the_dialect_of_its_first_tool) {
  EXPECT_EQ(load(R"({"tools":[{"name":"a",)" + how_v0 + "}]}")->found.written_as, dialect::v0);
  EXPECT_EQ(load(R"({"tools":[{"name":"a",)" + how_v1 + "}]}")->found.written_as, dialect::v1);
}

TEST(a_manual, may_mix_tools_of_both_dialects) {
  for (const char* head : {R"("utcp_version":"1.1.0")", R"("version":"0.1.7")"}) {
    auto m = load(std::string("{") + head + R"(,"tools":[{"name":"a",)" + how_v0 + R"(},{"name":"b",)" + how_v1 + R"(},{"name":"c","provider":{"provider_type":"sse","url":"https://x/"}},{"name":"d"}]})");
    ASSERT_TRUE(m);
    EXPECT_THAT(names(*m), ElementsAre("a", "b", "c", "d"));
    EXPECT_EQ(m->found.tools[0]->tool_call_template->dialect, dialect::v0);
    EXPECT_EQ(m->found.tools[1]->tool_call_template->dialect, dialect::v1);
    EXPECT_EQ(m->found.tools[2]->tool_call_template->protocol, "sse");
  }
}

TEST(a_manual, gives_its_provider_to_tools_without_one) {
  auto m = load(R"({"tools":[{"name":"a","input_schema":{"type":"object"}},{"name":"b","tool_provider":null}]})");
  ASSERT_TRUE(m);
  EXPECT_EQ(m->found.tools[0]->tool_call_template->options["url"], "https://m.example/utcp");
  EXPECT_EQ(m->found.tools[0]->tool_call_template->origin, trust::configuration) << "the provider is the user's own text";
  EXPECT_EQ(m->found.tools[0]->tool_call_template, m->found.tools[1]->tool_call_template);
}

TEST(a_manual, shares_equal_templates_of_its_tools) {
  auto m = load(R"({"tools":[{"name":"a",)" + how_v0 + R"(},{"name":"b",)" + how_v0 + "}]}");
  EXPECT_EQ(m->found.tools[0]->tool_call_template, m->found.tools[1]->tool_call_template);
}

TEST(a_manual, may_write_its_keys_in_capitals) {
  auto m = load(R"({"Version":"1.0","Tools":[{"Name":"a","Description":"d","Inputs":{"type":"object"},"Tags":["t"],"Provider":{"provider_type":"http","url":"https://x/"}}]})");
  ASSERT_TRUE(m) << m.error().message;
  ASSERT_THAT(names(*m), ElementsAre("a"));
  EXPECT_EQ(m->found.utcp_version, "1.0");
  EXPECT_EQ(m->found.tools[0]->description, "d");
  EXPECT_THAT(m->found.tools[0]->tags, ElementsAre("t"));
  EXPECT_EQ(m->found.tools[0]->tool_call_template->options["url"], "https://x/");
}

TEST(a_manual, keeps_its_good_tools_and_says_which_are_bad) {
  auto m = load(R"({"tools":[{"name":"a"},5,{"description":"x"},{"name":"b","tags":5},{"name":"c","tool_provider":{"provider_type":"http"}},{"name":""},null,{"name":"d"}]})");
  ASSERT_TRUE(m);
  EXPECT_THAT(names(*m), ElementsAre("a", "d"));
  EXPECT_THAT(said(*m), ElementsAre(HasSubstr("/tools/1: skipped: https://m.example/utcp#/tools/1: expected a tool object, not a number"),
                                    HasSubstr("/tools/2: the tool has no \"name\""), HasSubstr("/tools/3/tags: expected an array of strings, not a number"),
                                    HasSubstr("/tools/4/tool_provider: \"url\" is missing"), HasSubstr("/tools/5/name"), HasSubstr("/tools/6")));
}

TEST(a_manual, of_many_bad_tools_says_so_only_so_often) {
  std::string text = R"({"tools":[{"name":"good"})";
  for (int i = 0; i < 1000; ++i) text += ",5";
  auto m = load(text + "]}");
  ASSERT_TRUE(m);
  EXPECT_EQ(m->notices.size(), 51u);
  EXPECT_THAT(m->notices.back().message, HasSubstr("950 more tools"));
  EXPECT_THAT(names(*m), ElementsAre("good"));
}

TEST(a_manual, keeps_two_tools_of_one_name_for_the_client_to_judge) {
  EXPECT_THAT(names(*load(R"({"tools":[{"name":"a"},{"name":"a"}]})")), ElementsAre("a", "a"));
}

TEST(a_manual, without_tools_is_one) {
  auto m = load(R"({"utcp_version":"1.0","tools":[]})");
  ASSERT_TRUE(m);
  EXPECT_THAT(m->found.tools, IsEmpty());
}

TEST(a_text_that_is_no_manual, says_what_it_is) {
  auto why = [](const std::string& text) {
    auto out = load(text);
    return out ? "no error" : out.error().message;
  };
  EXPECT_THAT(why("[]"), HasSubstr("is an array, not a UTCP manual"));
  EXPECT_THAT(why("[{\"tools\":[]}]"), HasSubstr("is an array"));
  EXPECT_THAT(why(R"({"error":"not found","code":404})"), HasSubstr("it has no \"tools\" (its keys: \"code\", \"error\")"));
  EXPECT_THAT(why(R"({"tools":{}})"), HasSubstr("#/tools: expected an array of tools, not an object"));
  EXPECT_THAT(why(R"({"Tools":"x"})"), HasSubstr("#/Tools: expected an array"));
  EXPECT_THAT(why("<html>"), HasSubstr("HTML"));
  EXPECT_THAT(why(""), HasSubstr("is empty"));
  EXPECT_THAT(why(R"({"tools":[{"name":"a"})"), HasSubstr("is not valid JSON"));
  EXPECT_THAT(why(R"({"nested":{"tools":[]}})"), HasSubstr("it has no \"tools\""));
}

TEST(a_text_that_is_no_manual, never_shows_what_was_read_last) {
  EXPECT_THAT(load(R"({"tools":[{"name":"a","key":"s3cr3t)").error().message, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(load(R"({"tools":[{"name":"a"}], "key": s3cr3t})").error().message, Not(HasSubstr("s3cr3t")));
}

// Foreign documents.

class fake_importer final : public document_importer {
 public:
  bool accepts(const json& document) const override { return document.contains("openapi"); }
  result<manual> import(json document, const import_context& context, std::vector<notice>& notices) const override {
    if (document.contains("fail")) return error(errc::invalid_config, context.where + ": cannot");
    seen = context;
    notices.emplace_back("/paths", "imported");
    manual out;
    tool made;
    made.name = document["openapi"].get<std::string>();
    made.tool_call_template = provider();
    out.tools.push_back(std::make_shared<const tool>(made));
    return out;
  }
  mutable import_context seen;
};

TEST(a_foreign_document, without_an_importer_is_unsupported) {
  for (const char* text : {R"({"openapi":"3.0.0","paths":{}})", R"({"swagger":"2.0"})"}) {
    EXPECT_EQ(load(text).error(), errc::unsupported);
    EXPECT_THAT(load(text).error().message, HasSubstr("OpenAPI"));
  }
}

TEST(a_foreign_document, is_imported_with_what_the_importer_needs_to_know) {
  auto importer = std::make_shared<fake_importer>();
  document_ports ports;
  ports.importers.push_back(importer);
  call_template p = *provider();
  p.options["base_url"] = "https://other.example/";
  p.auth_tools = {{"auth_type", "api_key"}, {"api_key", "k"}};
  manual_source from = source();
  from.provider = std::make_shared<const call_template>(p);
  from.local = true;
  from.origin = trust::configuration;
  auto m = load_manual(R"({"openapi":"3.1.0"})", from, ports);
  ASSERT_TRUE(m);
  EXPECT_THAT(names(*m), ElementsAre("3.1.0"));
  EXPECT_THAT(said(*m), ElementsAre("/paths: imported"));
  EXPECT_EQ(importer->seen.where, "https://m.example/utcp");
  EXPECT_EQ(importer->seen.name, "m");
  EXPECT_EQ(importer->seen.base_url, "https://other.example/");
  EXPECT_TRUE(importer->seen.local);
  EXPECT_EQ(importer->seen.origin, trust::configuration);
  EXPECT_EQ(importer->seen.auth_tools, p.auth_tools);
  EXPECT_EQ(load_manual(R"({"openapi":"3","fail":1})", from, ports).error(), errc::invalid_config);
  EXPECT_EQ(load_manual(R"({"other":1})", from, ports).error(), errc::invalid_config);
}

// Limits.

TEST(a_manual, is_bounded_in_tools_exactly) {
  document_limits limits;
  limits.max_tools = 3;
  EXPECT_TRUE(load(R"({"tools":[{"name":"a"},{"name":"b"},{"name":"c"}]})", limits));
  EXPECT_EQ(load(R"({"tools":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]})", limits).error(), errc::too_large);
  EXPECT_EQ(load(R"({"tools":[1,2,3,4]})", limits).error(), errc::too_large) << "bad ones count";
  EXPECT_THAT(load(R"({"tools":[1,2,3,4]})", limits).error().message, HasSubstr("more than 3 tools"));
}

TEST(a_manual, is_bounded_in_depth_values_and_bytes_exactly) {
  auto with_depth = [](std::size_t levels) { return R"({"tools":[{"name":"a","inputs":)" + std::string(levels, '[') + std::string(levels, ']') + ","  + how_v0 + "}]}"; };
  auto with_object_depth = [](std::size_t levels) {
    std::string in;
    for (std::size_t i = 0; i < levels; ++i) in += "{\"a\":";
    return R"({"tools":[{"name":"a",)" + how_v0 + ",\"inputs\":" + in + "1" + std::string(levels, '}') + "}]}";
  };
  document_limits limits;
  limits.max_depth = 10;
  EXPECT_TRUE(load(with_object_depth(7), limits)) << "root, array and tool are three levels";
  EXPECT_EQ(load(with_object_depth(8), limits).error(), errc::too_large);
  for (std::size_t levels = 5; levels < 10; ++levels) {
    expect_both_ways_equal(with_depth(levels), limits);
    expect_both_ways_equal(with_object_depth(levels), limits);
  }
  EXPECT_EQ(load(with_object_depth(10'000)).error(), errc::too_large);

  limits = document_limits();
  limits.max_values = 7;
  EXPECT_TRUE(load(R"({"tools":[{"name":"a","tags":["x","y"]}]})", limits));
  EXPECT_EQ(load(R"({"tools":[{"name":"a","tags":["x","y","z"]}]})", limits).error(), errc::too_large);
  limits.max_values = 20;
  for (int tags = 5; tags < 25; ++tags) {
    std::string text = R"({"tools":[{"name":"a",)" + how_v0 + R"(,"tags":["x")";
    for (int i = 1; i < tags; ++i) text += ",\"x\"";
    expect_both_ways_equal(text + "]}]}", limits);
  }
  limits = document_limits();
  limits.max_bytes = 12;
  EXPECT_TRUE(load(R"({"tools":[]})", limits));
  EXPECT_EQ(load(R"({"tools":[]} )", limits).error(), errc::too_large);
}

TEST(a_manual, is_the_same_whichever_way_it_is_read) {
  const std::string tool_v0 = R"({"name":"add","description":"Adds \u00e9 \ud83d\ude00","tags":["a","b"],"inputs": { "type" : "object", "properties":{"a":{"type":"number"}}, "required":["a"] },"outputs":{"x":1e3},)" + how_v0 + "}";
  const std::string tool_v1 = R"({"name":"b","description":null,"tags":null,"inputs":null,"outputs":true,"average_response_size":12,"x-extra":[1],)" + how_v1 + "}";
  std::vector<std::string> texts{
      R"({"version":"1","tools":[]})",
      R"({"tools":[]})",
      R"( {"tools" : [ ] } )",
      "{\"version\":\"0.1.7\",\"tools\":[" + tool_v0 + "," + tool_v1 + "]}",
      "{\"tools\":[" + tool_v0 + "],\"utcp_version\":\"1.0\",\"x\":{\"y\":[1,2,{\"z\":null}]}}",
      "{\"tools\":[" + tool_v0 + "],\"tools\":[" + tool_v1 + "]}",
      "{\"tools\":[" + tool_v0 + "],\"Tools\":[" + tool_v1 + "]}",
      "{\"tools\":[" + tool_v0 + ",]}",
      "{\"tools\":[" + tool_v0 + "}",
      "{\"tools\":[" + tool_v0 + "]",
      "{\"tools\":[" + tool_v0 + "]} x",
      "{\"tools\":[" + tool_v0 + "] \"x\":1}",
      "{\"tools\":[" + tool_v0 + "],\"x\":1,\"x\":2}",
      R"({"tools":[{"name":"a","name":"b"}]})",
      R"({"tools":[{"name":"","name":"b",)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","description":"x","description":"y",)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","description":"","description":"y",)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","tags":[],"tags":["y"],)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","tags":["x",null],)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","tags":"x",)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","inputs":{"a":1,"a":2},)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","inputs":{},"inputs":{"b":1},)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","inputs":[],)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a",)" + how_v0 + "," + how_v1 + "}]}",
      R"({"tools":[{"name":"a",)" + how_v1 + "," + how_v0 + "}]}",
      R"({"tools":[{"name":"a","tool_provider":{"provider_type":"http","url":5}}]})",
      R"({"tools":[{"name":"a","tool_provider":5}]})",
      R"({"tools":[{"name":"a\u0000b",)" + how_v0 + "}]}",
      R"({"tools":[{"name":"\ud800",)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","inputs":{"x":123456789012345678901234567890,"y":-0,"z":1.0,"e":1E400},)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","inputs":{"x":123456789012345678901234567890,"y":-0.0,"z":1.0,"w":18446744073709551615},)" + how_v0 + "}]}",
      R"({"tools":[{"name":"a","inputs":{"s":"[{\"}],\\"},)" + how_v0 + "}]}",
      R"({"tools":[{"na\u006de":"a",)" + how_v0 + "}]}",
      R"({"to\u006fls":[{"name":"a",)" + how_v0 + "}]}",
      "{\"tools\":[{\"name\":\"a\xff\"," + how_v0 + "}]}",
      "{\"tools\":[{\"name\":\"a\"," + how_v0 + "}],\"x\":\"\xff\"}",
      "{\"tools\":[{\"name\":\"a\n\"," + how_v0 + "}]}",
      "{\"tools\":[{\"name\":\"a\"," + how_v0 + "}],}",
      "{\"tools\":[{\"name\":\"a\"," + how_v0 + "}\f]}",
      "{\"tools\":null}", "{\"tools\":5}", "{}", "{", "{\"", "{\"tools\"", "{\"tools\":[", "{\"tools\":[[]]}", "{\"tools\":[[[]],{}]}",
      R"({"tools":[{"name":"a"}],"x":tru})",
      R"({"tools":[{"name":"a","x":nul}]})",
      R"({"tools":[{"name":"a" "x":1}]})",
      R"({"tools":[{"name":"a"} {"name":"b"}]})",
      R"({"tools":[{"name":"a"}]]})",
      R"({"tools":[{"name":"a"}}})",
  };
  for (const std::string& text : texts) expect_both_ways_equal(text);
  const std::string whole = texts[3];
  for (std::size_t end = 0; end <= whole.size(); ++end) expect_both_ways_equal(whole.substr(0, end));
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (char c : {'"', '{', '}', '[', ']', ',', ':', '\\', '\0', 'x', '\xff'}) {
      std::string changed = whole;
      changed[at] = c;
      expect_both_ways_equal(changed);
    }
}

}  // namespace
}  // namespace utcp::testing
