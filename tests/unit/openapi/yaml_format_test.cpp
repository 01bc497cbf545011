#include <utcp/openapi/yaml_format.hpp>

#include <gmock/gmock.h>

using namespace utcp;
using ::testing::HasSubstr;

namespace {

result<json> read_yaml(const std::string& text) {
  document_ports ports;
  ports.yaml = make_yaml_format();
  // What begins with a bracket would be read as JSON, and `<` as HTML.
  const bool marked = text.find_first_of("[{<") == 0;
  return read_document(marked ? "---\n" + text : text, syntax::yaml, "x.yaml", ports);
}

json value(const std::string& text) {
  auto read_value = read_yaml(text);
  EXPECT_TRUE(read_value) << text << ": " << (read_value ? "" : read_value.error().message);
  return read_value ? *read_value : json("FAILED");
}

void fails(const std::string& text, const std::string& words) {
  const auto failed = read_yaml(text);
  ASSERT_FALSE(failed) << text << " was read as " << failed->dump();
  EXPECT_TRUE(failed.error() == errc::invalid_config) << failed.error().message;
  EXPECT_THAT(failed.error().message, HasSubstr(words)) << text;
}

}  // namespace

// A directive sends a text to the thorough reader.
TEST(yaml_format, gives_the_same_with_either_reader) {
  const char* texts[] = {"a: 1\nb: [x, {y: z}]\n", "- ~\n-\n- ''\n- \"q\\u00e9\\n\"\n- 'it''s'\n- null\n", "? a\n: b\n", "a: &x {k: v}\nb: *x\nc:\n  <<: *x\n  m: 1\n",
                         "a: &x one\n*x : two\n", "a: &x 1\nb: &x 2\nc: *x\n", "t: |\n  line\n\n  more\nu: |-\n  x\nv: |+\n  y\n\nw: >\n  a\n  b\n\n  c\n", "!!str 1: !!int '2'\n", "a: !x y\n",
                         "k: a\n  b\n  c\n", "'q': \"d\"\n~: n\n1.5: f\n", "a: {b: 1, 'c': [1, 2,], d}\n", "# only\na: 1 # tail\n", "url: http://x/y#z\nt: 12:30\n", "\xc3\xa9: \xf0\x9f\x98\x80\n", "a: b\r\nc: d\r\n", "[1, 2]"};
  for (const std::string text : texts) EXPECT_EQ(value(text), value("%YAML 1.2\n---\n" + text)) << text;
}

TEST(yaml_format, reads_plain_scalars_by_the_core_schema) {
  const std::pair<const char*, json> cases[] = {
      {"null", nullptr}, {"~", nullptr}, {"Null", nullptr}, {"NULL", nullptr}, {"nULL", "nULL"}, {"true", true}, {"True", true},
      {"TRUE", true}, {"false", false}, {"tRUE", "tRUE"}, {"yes", "yes"}, {"no", "no"}, {"on", "on"}, {"off", "off"}, {"Y", "Y"},
      {"0", 0}, {"12", 12}, {"-12", -12}, {"+12", 12}, {"012", 12}, {"0o17", 15}, {"0x1F", 31}, {"0xg", "0xg"}, {"0o8", "0o8"}, {"0x", "0x"},
      {"-0x1", "-0x1"}, {"1:20", "1:20"}, {"1_000", "1_000"}, {"1.5", 1.5}, {".5", 0.5}, {"5.", 5.0}, {"1e3", 1000.0}, {"-1.5E-2", -0.015},
      {"1e", "1e"}, {".", "."}, {"-", json::array({nullptr})}, {"+", "+"}, {"e3", "e3"}, {".inf", ".inf"}, {"-.Inf", "-.Inf"}, {".nan", ".nan"},
      {"1e999", "1e999"}, {"1e-999", 0.0}, {"0.0e999", 0.0}, {"2024-01-31", "2024-01-31"}, {"1.2.3", "1.2.3"}, {"=", "="},
      {"9223372036854775807", 9223372036854775807}, {"18446744073709551615", 18446744073709551615u}, {"18446744073709551616", 18446744073709551616.0},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()}, {"-9223372036854775809", -9223372036854775809.0},
      {"0xFFFFFFFFFFFFFFFFF", 295147905179352825855.0}, {"inf", "inf"}, {"nan", "nan"}, {"infinity", "infinity"}, {"1e3f", "1e3f"}};
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(value(text), expected) << text;
    EXPECT_EQ(value(text).type(), expected.is_number_unsigned() || expected.is_number_integer() ? value(text).type() : expected.type()) << text;
  }
  EXPECT_TRUE(value("12").is_number_unsigned());
  EXPECT_TRUE(value("-12").is_number_integer());
  EXPECT_TRUE(value("5.").is_number_float());
  EXPECT_EQ(value("x: 0x" + std::string(400, 'F'))["x"], "0x" + std::string(400, 'F'));
  EXPECT_EQ(value("x: 0." + std::string(400, '0') + "1")["x"], 0.0);
  EXPECT_EQ(value("x: 1" + std::string(400, '0') + "e-1")["x"], "1" + std::string(400, '0') + "e-1");
}

TEST(yaml_format, keeps_quoted_and_block_scalars_as_strings) {
  EXPECT_EQ(value("['12', \"true\", 'null', '']"), json({"12", "true", "null", ""}));
  EXPECT_EQ(value("a: |\n  12\nb: >\n  x\n  y\n"), json({{"a", "12\n"}, {"b", "x y\n"}}));
  EXPECT_EQ(value("\"\\u00e9\\n\\x41\""), "é\nA");
  EXPECT_EQ(value("\"\\N\\_\""), "\xC2\x85\xC2\xA0");
}

TEST(yaml_format, honours_core_tags_and_makes_strings_of_unknown_ones) {
  EXPECT_EQ(value("[!!str 12, !!str ~, !!str , !!int '7', !!float 3, !!bool \"true\", !!null '', !x 12, ! 12]"),
            json({"12", "~", "", 7, 3.0, true, nullptr, "12", "12"}));
  EXPECT_EQ(value("!!map {a: !!seq [1]}"), json({{"a", {1}}}));
  EXPECT_EQ(value("!thing {a: !other [1]}"), json({{"a", {1}}}));
  fails("a: !!int abc", "at line 1, column");
  fails("!!bool yes", "!!bool");
}

TEST(yaml_format, reads_collections_in_document_order) {
  EXPECT_EQ(value("a:\n- 1\n- b: c\n  d:\n- []\n- {}\n"), json::parse(R"({"a":[1,{"b":"c","d":null},[],{}]})"));
  EXPECT_EQ(value("{a: [1, {b: c}], \"d\": }"), json::parse(R"({"a":[1,{"b":"c"}],"d":null})"));
}

TEST(yaml_format, makes_text_of_keys) {
  EXPECT_EQ(value("200: ok\n1.50: x\ntrue: y\n~: z\n"), json({{"200", "ok"}, {"1.50", "x"}, {"true", "y"}, {"null", "z"}}));
  EXPECT_EQ(value("? a\n: b\n? c\n"), json({{"a", "b"}, {"c", nullptr}}));
  EXPECT_EQ(value("{: x}"), json({{"null", "x"}}));
  fails("? [a]\n: b", "line 1, column 3: a key is a list or map");
  fails("{{a: b}: c}", "a key is a list or map");
}

TEST(yaml_format, lets_the_last_of_equal_keys_win) { EXPECT_EQ(value("a: 1\nb: 2\na: 3\n"), json({{"a", 3}, {"b", 2}})); }

TEST(yaml_format, expands_aliases) {
  EXPECT_EQ(value("a: &x {k: [1, 2]}\nb: *x\nc: [*x, *x]\n"), json::parse(R"({"a":{"k":[1,2]},"b":{"k":[1,2]},"c":[{"k":[1,2]},{"k":[1,2]}]})"));
  EXPECT_EQ(value("- &x 1\n- &x 2\n- *x\n"), json({1, 2, 2}));
  EXPECT_EQ(value("&k a: 1\n*k : 2\nb: *k\n"), json({{"a", 2}, {"b", "a"}}));
  EXPECT_EQ(value("- &n\n- *n\n- {*n : 1}\n"), json({nullptr, nullptr, {{"null", 1}}}));
  fails("a: *none", "line 1, column 4: the referenced anchor is not defined");
  fails("&a [1, *a]", "line 1, column 8: an alias stands inside");
  fails("x: &a\n  y: {z: *a}", "line 2");
  fails("- &a [1]\n- {*a : 1}", "alias of a list");
}

TEST(yaml_format, merges_maps) {
  EXPECT_EQ(value("b: &b {x: 1, y: 2}\nd: {<<: *b, y: 3}\n")["d"], json({{"x", 1}, {"y", 3}}));
  EXPECT_EQ(value("b: &b {x: 1, y: 2}\nd: {y: 3, <<: *b}\n")["d"], json({{"x", 1}, {"y", 3}}));
  EXPECT_EQ(value("- &a {x: 1}\n- &b {x: 2, y: 2}\n- <<: [*a, *b, {y: 9, z: 9}]\n")[2], json({{"x", 1}, {"y", 2}, {"z", 9}}));
  EXPECT_EQ(value("- &a {x: 1, p: 1}\n- &b {<<: *a, x: 2}\n- {<<: *b}\n- [*b]\n"),
            json::parse(R"([{"x":1,"p":1},{"x":2,"p":1},{"x":2,"p":1},[{"x":2,"p":1}]])"));
  EXPECT_EQ(value("<<: {x: 1}\n"), json({{"x", 1}}));
  EXPECT_EQ(value("a: &a [{x: 1}]\nb: {<<: *a}\n")["b"], json({{"x", 1}}));
  EXPECT_EQ(value("{'<<': 1, a: '<<'}"), json({{"<<", 1}, {"a", "<<"}}));
  EXPECT_EQ(value("<<: {x: 1, x: 2}\n"), json({{"x", 2}}));
  fails("<<: 1", "`<<` merges a map");
  fails("<<: [1]", "`<<` merges a map");
  fails("a: &a [1]\n<<: [*a]", "line 2");
}

TEST(yaml_format, refuses_a_second_document) {
  EXPECT_EQ(value("%YAML 1.2\n---\na: 1\n...\n"), json({{"a", 1}}));
  EXPECT_EQ(value("--- 1\n---\n"), 1);
  fails("a: 1\n---\nb: 2\n", "line 3, column 1: a second document begins");
  fails("--- []\n--- x\n", "second document");
}

TEST(yaml_format, reads_a_text_of_comments_as_null) { EXPECT_EQ(value("# nothing\n"), nullptr); }

TEST(yaml_format, names_line_and_column_of_what_is_wrong) {
  fails("a: 1\nb: [1, 2\n", "is not valid YAML at line");
  fails("a: 1\n b: 2\n", "at line 2");
  for (const char* open : {"a: \"x", "a: \"x\n", "a: \"x\\\"\n", "a: 'x''\n", "a: !t &q 'x\n", "é: \"x\nb: 2\n"}) fails(open, "at line");
  for (const char* closed : {"a: \"x\"\n", "a: 'x'''\n", "a: \"x\\\\\"", "a: x\" # '\n", "a: |\n  'x\n"}) EXPECT_NE(value(closed), "FAILED");
  fails("a: b: c\n", "at line 1");
  fails("a: 1\nb: \"\\q\"\n", "at line 2");
  fails("a: 1\nbc: x\xFF\n", "at line 2, column 6: a byte that is not UTF-8");
  fails("a: 1\nb: \x04\nc: 2\n", "at line 2, column 4: a control character");
  fails("a:\n\t- 1\n", "at line");
  fails("@x", "at line 1");
}

TEST(yaml_format, skips_a_byte_order_mark) { EXPECT_EQ(value("\xEF\xBB\xBF" "a: é\n"), json({{"a", "é"}})); }

TEST(yaml_format, stops_when_the_handler_does) {
  struct handler final : nlohmann::json_sax<json> {
    int seen = 0;
    bool null() override { return ++seen < 3; }
    bool boolean(bool) override { return false; }
    bool number_integer(number_integer_t) override { return false; }
    bool number_unsigned(number_unsigned_t) override { return false; }
    bool number_float(number_float_t, const string_t&) override { return false; }
    bool string(string_t&) override { return false; }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }
  };
  handler stopping;
  EXPECT_TRUE(make_yaml_format()->read("[~, {a: ~}, ~, ~, ~]", stopping, document_limits()));
  EXPECT_EQ(stopping.seen, 3);
}
