#include "request_messages.hpp"

#include "described_types.hpp"
#include "message_decoder.hpp"

#include <gmock/gmock.h>

#include <cstring>

namespace utcp::grpc_transport {
namespace {

using ::testing::HasSubstr;

/// Gives a text in pieces.
class pieces final : public input_source {
 public:
  pieces(std::string text, std::size_t size) : text_(std::move(text)), size_(size) {}
  std::optional<std::uint64_t> size() const override { return text_.size(); }
  result<std::size_t> read(char* to, std::size_t room) override {
    const std::size_t count = std::min({room, size_, text_.size() - at_});
    std::memcpy(to, text_.data() + at_, count);
    at_ += count;
    return count;
  }
  bool rewind() override {
    at_ = 0;
    return true;
  }

 private:
  std::string text_;
  std::size_t size_;
  std::size_t at_ = 0;
};

TEST(input_values, finds_values_however_they_are_cut) {
  const std::string text = " {\"a\": \"}\\\"{\"}[1,[2]]\n7 true\"x\"null\t-1.5e3 {}";
  const std::vector<json> expected{{{"a", "}\"{"}}, json::parse("[1,[2]]"), 7, true, "x", nullptr, -1500.0, json::object()};
  for (std::size_t size = 1; size <= text.size(); ++size) {
    input_values values(std::make_shared<pieces>(text, size));
    for (const json& each : expected) {
      const auto value = values.next();
      ASSERT_TRUE(value) << value.error().message;
      ASSERT_TRUE(*value);
      EXPECT_EQ(**value, each);
    }
    EXPECT_EQ(*values.next(), std::nullopt);
    EXPECT_EQ(*values.next(), std::nullopt);
  }
}

TEST(input_values, says_which_value_is_none) {
  for (const char* text : {"{} {\"a\": ", "{} }", "{} nul", "{} \"x"}) {
    input_values values(std::make_shared<pieces>(text, 3));
    ASSERT_TRUE(values.next());
    const auto bad = values.next();
    ASSERT_FALSE(bad) << text;
    EXPECT_THAT(bad.error().message, HasSubstr("value 1 of the input is no JSON"));
  }
}

struct request_messages_test : ::testing::Test {
  const pb::MethodDescriptor& method(const char* name) { return *types->service("every.Keeper")->FindMethodByName(name); }
  result<request_messages> of(const char* name, const json& arguments, std::shared_ptr<input_source> input = nullptr) {
    return request_messages::of(method(name), std::shared_ptr<const message_plans>(types, &types->plans()), arguments, std::move(input));
  }
  json decoded(const std::string& bytes) { return *message_decoder(types->plans()).decode(*types->message("every.Every"), bytes); }

  std::shared_ptr<const type_set> types = describe_for_tests("every_type.proto");
};

TEST_F(request_messages_test, sends_one_request_or_many) {
  auto one = of("Keep", {{"aString", "x"}});
  EXPECT_EQ(decoded(**one->next()), (json{{"aString", "x"}}));
  EXPECT_EQ(*one->next(), std::nullopt);
  auto many = of("Many", {{"messages", {{{"anInt32", 1}}, {{"anInt32", 2}}}}});
  EXPECT_EQ(decoded(**many->next()), (json{{"anInt32", 1}}));
  EXPECT_EQ(decoded(**many->next()), (json{{"anInt32", 2}}));
  EXPECT_EQ(*many->next(), std::nullopt);
  auto none = of("Many", {{"messages", json::array()}});
  EXPECT_EQ(*none->next(), std::nullopt);
  auto input = of("Many", json::object(), std::make_shared<pieces>("{\"anInt32\": 1}\n{\"anInt32\": 2}", 5));
  EXPECT_EQ(decoded(**input->next()), (json{{"anInt32", 1}}));
  EXPECT_EQ(decoded(**input->next()), (json{{"anInt32", 2}}));
  EXPECT_EQ(*input->next(), std::nullopt);
  auto text = of("Text", {{"value", "x"}});
  EXPECT_EQ(**text->next(), std::string("\x0a\x01x"));
}

TEST_F(request_messages_test, says_what_does_not_fit) {
  EXPECT_THAT(of("Many", {{"messages", {json::object(), {{"nope", 1}}}}}).error().message, HasSubstr("#/messages/1/nope: "));
  EXPECT_THAT(of("Many", {{"aString", "x"}}).error().message, HasSubstr("#/aString: a method with a stream of requests takes \"messages\" only"));
  EXPECT_THAT(of("Many", json::object()).error().message, HasSubstr("#/messages: expected an array"));
  EXPECT_THAT(of("Text", json::object()).error().message, HasSubstr("the one argument \"value\""));
  auto input = of("Many", json::object(), std::make_shared<pieces>("{} {\"nope\": 1}", 5));
  ASSERT_TRUE(input->next());
  EXPECT_THAT(input->next().error().message, HasSubstr("#/1/nope: "));
}

}  // namespace
}  // namespace utcp::grpc_transport
