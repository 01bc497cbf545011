#include <utcp/net/auth_challenge.hpp>

#include <gmock/gmock.h>

namespace utcp::net {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<auth_challenge> read(std::string_view field) {
  auto read = parse_challenges(field);
  EXPECT_TRUE(read) << field;
  return read ? *std::move(read) : std::vector<auth_challenge>();
}

std::string value(const auth_challenge& of, const char* name) {
  const std::string* found = of.find(name);
  return found ? *found : "(none)";
}

TEST(auth_challenge, reads_quoted_and_unquoted_parameters) {
  const auto all = read(R"(Bearer resource_metadata="https://s/.well-known/x", scope="a b", ERROR=invalid_token)");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].scheme, "bearer");
  EXPECT_EQ(value(all[0], "resource_metadata"), "https://s/.well-known/x");
  EXPECT_EQ(value(all[0], "scope"), "a b");
  EXPECT_EQ(value(all[0], "error"), "invalid_token");
  EXPECT_EQ(value(all[0], "realm"), "(none)");
}

TEST(auth_challenge, tells_several_challenges_apart) {
  const auto all = read(R"(Newauth realm="apps", type=1, title="Login to \"apps\", now", Basic realm="simple", Negotiate, Kerb YII/+~-._==, Bearer)");
  ASSERT_THAT(all, SizeIs(5));
  EXPECT_EQ(value(all[0], "title"), "Login to \"apps\", now");
  EXPECT_EQ(all[1].scheme, "basic");
  EXPECT_EQ(value(all[1], "realm"), "simple");
  EXPECT_EQ(all[2].scheme, "negotiate");
  EXPECT_THAT(all[2].parameters, IsEmpty());
  EXPECT_EQ(all[3].token68, "YII/+~-._==");
  EXPECT_EQ(all[4].scheme, "bearer");
}

TEST(auth_challenge, takes_spaces_around_equals_signs_and_empty_items) {
  const auto all = read(",, Bearer \t realm = \"a\" ,, scope\t=\tb , ,");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(value(all[0], "realm"), "a");
  EXPECT_EQ(value(all[0], "scope"), "b");
}

TEST(auth_challenge, takes_an_address_without_quotes) {
  const auto all = read("Bearer resource_metadata=https://s:8/x?y=z, scope=a");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(value(all[0], "resource_metadata"), "https://s:8/x?y=z");
  EXPECT_EQ(value(all[0], "scope"), "a");
}

TEST(auth_challenge, passes_over_what_makes_no_sense) {
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_THAT(read("=, \"a, b\", ;"), IsEmpty());
  const auto all = read("{\"x\": 1}, Bearer scope=\"a\"");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(value(all[0], "scope"), "a");
}

TEST(auth_challenge, the_first_of_a_name_counts) { EXPECT_EQ(value(read("Bearer scope=a, Scope=b")[0], "scope"), "a"); }

TEST(auth_challenge, refuses_what_cannot_be_told_apart) {
  for (const char* field : {"Bearer scope=\"a", "Bearer scope=\"a\\", "Bearer \"", "Bearer scope=a\r\nX: y", "Bearer \x01"}) EXPECT_EQ(parse_challenges(field).error(), errc::protocol_error) << field;
  EXPECT_EQ(parse_challenges(std::string_view("Bearer \0", 8)).error(), errc::protocol_error);
}

TEST(auth_challenge, has_limits) {
  EXPECT_EQ(parse_challenges(std::string(max_challenge_bytes + 1, 'a')).error(), errc::too_large);
  std::string schemes, parameters = "Bearer ";
  for (std::size_t i = 0; i < max_challenges; ++i) schemes += "A,";
  for (std::size_t i = 0; i < max_challenge_parameters; ++i) parameters += "a=b,";
  EXPECT_THAT(read(schemes), SizeIs(max_challenges));
  EXPECT_EQ(parse_challenges(schemes + "A").error(), errc::too_large);
  EXPECT_THAT(read(parameters)[0].parameters, SizeIs(max_challenge_parameters));
  EXPECT_EQ(parse_challenges(parameters + "a=b").error(), errc::too_large);
}

}  // namespace
}  // namespace utcp::net
