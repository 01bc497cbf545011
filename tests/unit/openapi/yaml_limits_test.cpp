// Hostile documents: each must fail quickly, with little memory, and without overflowing the stack.
#include <utcp/openapi/yaml_format.hpp>

#include <gmock/gmock.h>

#include <functional>

using namespace utcp;
using ::testing::HasSubstr;

namespace {

result<json> read_within(const std::string& text, const document_limits& limits = {}) {
  document_ports ports;
  ports.yaml = make_yaml_format();
  return read_document(text, syntax::yaml, "x.yaml", ports, limits);
}

void is_too_large(const std::string& text, const document_limits& limits = {}) {
  const auto failed = read_within(text, limits);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error() == errc::too_large) << failed.error().message;
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string out;
  out.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

/// Each level holds the one before nine times.
std::string bomb(const std::string& first, const std::function<std::string(const std::string&)>& nine) {
  std::string out = "a0: &a0 " + first + "\n";
  for (int i = 1; i < 12; ++i) {
    const std::string name = "a" + std::to_string(i);
    out += name + ": &" + name + " " + nine("*a" + std::to_string(i - 1)) + "\n";
  }
  return out;
}

}  // namespace

TEST(yaml_limits, hold_for_a_hundred_thousand_levels_of_any_kind) {
  is_too_large("x: " + repeated("[", 100'000) + repeated("]", 100'000));
  is_too_large("x: " + repeated("{a: ", 100'000));
  is_too_large(repeated("- ", 100'000) + "1");
  for (const char* part : {"[", "[a, ", "{a, ", "{a:{", "[a:"}) EXPECT_FALSE(read_within("x: " + repeated(part, 100'000))) << part;
  for (const char* part : {"? ", "!a ", "&a ", "a: ", "]", "}", "*", "! ", ": ", "? - ", "- ? "}) read_within(repeated(part, 100'000));
  std::string steps;
  for (std::size_t i = 0; i < 2'000; ++i) steps += std::string(i, ' ') + "a:\n";
  is_too_large(steps);
}

// Found by fuzz_yaml: yaml-cpp never gets past such a comma.
TEST(yaml_limits, end_at_a_comma_outside_of_brackets) {
  for (const char* text : {",", ", 1\n", "a: 1\n, b", "[1]\n,", "---\n,\n---\n", "!a , 1", "&a ,"}) {
    const auto failed = read_within(text);
    ASSERT_FALSE(failed) << text;
    EXPECT_TRUE(failed.error() == errc::invalid_config) << text;
    EXPECT_THAT(failed.error().message, HasSubstr("line ")) << text;
  }
}

TEST(yaml_limits, hold_for_depth_as_given) {
  document_limits limits;
  limits.max_depth = 3;
  EXPECT_TRUE(read_within("a: [[1]]", limits));
  is_too_large("a: [[[1]]]", limits);
  is_too_large("- &a [1]\n- [*a, [*a]]", limits);  // the alias adds the level
  limits.max_depth = 100'000;
  EXPECT_TRUE(read_within("x: " + repeated("[", 390) + repeated("]", 390), limits));
  is_too_large("x: " + repeated("[", 450) + repeated("]", 450), limits);
}

TEST(yaml_limits, hold_for_bytes_and_values) {
  document_limits limits;
  limits.max_bytes = 10;
  is_too_large("a: 12345678", limits);
  limits = {};
  limits.max_values = 4;
  EXPECT_TRUE(read_within("- [1, 2]", limits));
  is_too_large("- [1, 2, 3]", limits);
}

TEST(yaml_limits, hold_for_bombs_of_aliases) {
  is_too_large(bomb("[x]", [](const std::string& a) { return "[" + repeated(a + ", ", 9) + "]"; }));
  is_too_large(bomb("{k: x}", [](const std::string& a) {
    std::string map = "{";
    for (int i = 0; i < 9; ++i) map += "k" + std::to_string(i) + ": " + a + ", ";
    return map + "}";
  }));
  is_too_large("- &s " + std::string(100'000, 'x') + "\n" + repeated("- *s\n", 100'000));
}

TEST(yaml_limits, hold_for_bombs_of_merges) {
  is_too_large(bomb("{}", [](const std::string& a) { return "{<<: [" + repeated(a + ", ", 9) + "]}"; }));
  is_too_large(bomb("{k: 1}", [](const std::string& a) { return "{<<: [" + repeated(a + ", ", 9) + "]}"; }));
  std::string chain = "m0: &m0 {}\n";
  for (int i = 1; i < 20'000; ++i) chain += "m" + std::to_string(i) + ": &m" + std::to_string(i) + " {<<: *m" + std::to_string(i - 1) + "}\n";
  is_too_large(chain);
}

TEST(yaml_limits, let_ordinary_use_of_aliases_through) {
  std::string text = "common: &common {description: 'An error', content: {application/json: {schema: {type: object}}}}\npaths:\n";
  for (int i = 0; i < 3'000; ++i) text += "  /p" + std::to_string(i) + ": {get: {responses: {400: *common, 500: {<<: *common, x: 1}}}}\n";
  const auto whole = read_within(text);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->at("paths").size(), 3'000u);
}
