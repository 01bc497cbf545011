// The coding of messages, beside protobuf's own json_util.
#include "message_decoder.hpp"
#include "message_encoder.hpp"
#include "described_types.hpp"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

namespace utcp::grpc_transport {
namespace {

using ::testing::HasSubstr;

/// The type, and protobuf's own conversions for it.
struct coding {
  explicit coding(const std::string& file, const std::string& name) : types(describe_for_tests(file)), type(*types->message(name)), resolver(pb::util::NewTypeResolverForDescriptorPool("type.googleapis.com", type.file()->pool())) {}

  result<std::string> encode(const json& value) const { return message_encoder(types->plans()).encode(type, value); }
  result<json> decode(const std::string& bytes) const { return message_decoder(types->plans()).decode(type, bytes); }
  std::string url() const { return "type.googleapis.com/" + type.full_name(); }
  json theirs(const std::string& bytes) const {
    std::string text;
    const std::string usual = pb_merge(type, bytes);  // without the defaults that json_util would show
    EXPECT_TRUE(pb::util::BinaryToJsonString(resolver.get(), url(), usual, &text).ok());
    return json::parse(text);
  }
  std::string theirs(const json& value) const {
    std::string bytes;
    const auto status = pb::util::JsonToBinaryString(resolver.get(), url(), value.dump(), &bytes);
    EXPECT_TRUE(status.ok()) << status.ToString() << value;
    return bytes;
  }
  std::string why_not(const json& value) const {
    const auto bytes = encode(value);
    EXPECT_FALSE(bytes) << value;
    if (bytes) return "";
    EXPECT_TRUE(bytes.error() == errc::invalid_argument || bytes.error() == errc::too_large);
    return bytes.error().message;
  }
  /// Encoded here and by protobuf the value means the same to both.
  void agree_on(const json& value) const {
    const auto ours = encode(value);
    ASSERT_TRUE(ours) << value << ": " << ours.error().message;
    const json seen = theirs(*ours);
    EXPECT_EQ(seen, theirs(theirs(value))) << value;
    const auto back = decode(*ours);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, seen) << value;
  }

  std::shared_ptr<const type_set> types;
  const pb::Descriptor& type;
  std::unique_ptr<pb::util::TypeResolver> resolver;
};

const coding& every() {
  static const coding out("every_type.proto", "every.Every");
  return out;
}

TEST(message_coding, agrees_with_protobuf_on_each_type) {
  for (const char* text : {
           R"({})", R"({"aDouble": 1.5, "aFloat": 0.1, "anInt32": -7, "aBool": true, "aString": "grüße \u0001", "someBytes": "AP8Q"})",
           R"({"anInt32": -2147483648, "anInt64": "-9223372036854775808", "aUint32": 4294967295, "aUint64": "18446744073709551615"})",
           R"({"anInt32": 2147483647, "anInt64": "9223372036854775807", "aSint32": -2147483648, "aSint64": "-9223372036854775808"})",
           R"({"aFixed32": 4294967295, "aFixed64": "18446744073709551615", "aSfixed32": -1, "aSfixed64": "-1"})",
           R"({"aDouble": "NaN", "aFloat": "-Infinity"})", R"({"aDouble": 1e308, "aFloat": 3e38})",
           R"({"aColour": "GREEN"})", R"({"aColour": 77})", R"({"aColour": "NEGATIVE", "colours": ["RED", 2, "COLOUR_UNKNOWN"]})",
           R"({"another": {"another": {"aString": "deep"}}, "others": [{}, {"aBool": true}]})", R"({"maybe": 0})",
           R"({"numbers": [1, -1, 0, 300], "unpacked": [1, 2], "texts": ["", "a"], "doubles": [0.5, "NaN"]})", R"({"numbers": [], "byText": {}})",
           R"({"byText": {"": 0, "a": 1}, "byNumber": {"-5": {"aBool": true}, "0": {}}, "byFlag": {"true": "yes", "false": ""}, "coloursBy": {"7": "RED"}})",
           R"({"left": ""})", R"({"right": "0"})", R"({"middle": {}})", R"({"newName": "x"})",
           R"({"time": "1970-01-01T00:00:00Z"})", R"({"time": "0001-01-01T00:00:00Z"})", R"({"time": "9999-12-31T23:59:59.999999999Z"})", R"({"time": "2024-02-29T12:30:00.120Z"})",
           R"({"span": "0s"})", R"({"span": "-1.500s"})", R"({"span": "315576000000s"})", R"({"span": "0.000000001s"})",
           R"({"mask": "a,fooBar.baz"})", R"({"mask": ""})",
           R"({"structure": {"a": [1, "x", null, true, {"b": {}}]}})", R"({"value": null})", R"({"value": [1, [], {}]})", R"({"value": "x"})", R"({"value": 0.5})", R"({"list": [null, 1]})",
           R"({"wrapped": "5", "wrappedText": "", "wrappedDouble": 0.0})", R"({"empty": {}})",
           R"({"any": {"@type": "type.googleapis.com/every.Every", "aString": "inside"}})", R"({"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}})",
       })
    every().agree_on(json::parse(text));
}

TEST(message_coding, reads_what_people_write) {
  const auto same = [](const char* written, const char* meant) {
    const auto bytes = every().encode(json::parse(written));
    ASSERT_TRUE(bytes) << written << ": " << bytes.error().message;
    EXPECT_EQ(*every().decode(*bytes), json::parse(meant)) << written;
  };
  same(R"({"an_int32": 5})", R"({"anInt32": 5})");
  same(R"({"anInt32": "5", "anInt64": 5, "aUint64": 1e3})", R"({"anInt32": 5, "anInt64": "5", "aUint64": "1000"})");
  same(R"({"anInt32": 5.0, "anInt64": "5e0", "aDouble": "2.5"})", R"({"anInt32": 5, "anInt64": "5", "aDouble": 2.5})");
  same(R"({"someBytes": "_-8"})", R"({"someBytes": "/+8="})");
  same(R"({"aString": null, "others": null, "left": null, "right": 1})", R"({"right": "1"})");
  same(R"({"time": "2024-01-01T01:00:00.5+01:00"})", R"({"time": "2024-01-01T00:00:00.500Z"})");
  same(R"({"renamed": "x"})", R"({"newName": "x"})");
  same(R"({"any": {"@type": "type.googleapis.com/un.Known", "@value": "CAE="}})", R"({"any": {"@type": "type.googleapis.com/un.Known", "@value": "CAE="}})");
}

TEST(message_coding, says_what_does_not_fit_and_where) {
  EXPECT_THAT(every().why_not({{"nope", 1}}), HasSubstr("#/nope: every.Every has no such field; it has aDouble"));
  EXPECT_THAT(every().why_not({{"others", {{{"anInt32", "x"}}}}}), HasSubstr("#/others/0/anInt32: expected an integer from -2147483648 to 2147483647"));
  for (const json& number : {json(2147483648), json(-2147483649), json(1.5), json("1.5"), json(""), json(" 1"), json("0x1"), json(1e300)}) EXPECT_THAT(every().why_not({{"anInt32", number}}), HasSubstr("#/anInt32: expected an integer"));
  EXPECT_THAT(every().why_not({{"aUint32", -1}}), HasSubstr("from 0 to 4294967295"));
  EXPECT_THAT(every().why_not({{"aUint64", "18446744073709551616"}}), HasSubstr("from 0 to 18446744073709551615"));
  EXPECT_THAT(every().why_not({{"anInt64", 9223372036854775808.0}}), HasSubstr("#/anInt64"));
  EXPECT_THAT(every().why_not({{"aBool", 1}}), HasSubstr("#/aBool: expected true or false"));
  EXPECT_THAT(every().why_not({{"aString", 1}}), HasSubstr("#/aString: expected text"));
  EXPECT_THAT(every().why_not({{"aString", "\xff"}}), HasSubstr("not UTF-8"));
  for (const char* bytes : {"a", "====", "a%==", "AA=", "A A="}) EXPECT_THAT(every().why_not({{"someBytes", bytes}}), HasSubstr("#/someBytes: expected bytes, as base64 text"));
  EXPECT_THAT(every().why_not({{"aColour", "BLUE"}}), HasSubstr("every.Colour has no value \"BLUE\"; it has COLOUR_UNKNOWN, RED, GREEN, NEGATIVE"));
  EXPECT_THAT(every().why_not({{"aFloat", 3.5e38}}), HasSubstr("out of the range of a float"));
  EXPECT_THAT(every().why_not({{"aDouble", "1.5x"}}), HasSubstr("#/aDouble: expected a number"));
  EXPECT_THAT(every().why_not({{"left", "a"}, {"right", 1}}), HasSubstr("only one of the fields of \"choice\" may be there"));
  EXPECT_THAT(every().why_not({{"numbers", 1}}), HasSubstr("#/numbers: expected an array"));
  EXPECT_THAT(every().why_not({{"texts", {nullptr}}}), HasSubstr("#/texts/0: null"));
  EXPECT_THAT(every().why_not({{"byText", {{"a/b~", "x"}}}}), HasSubstr("#/byText/a~1b~0: expected an integer"));
  EXPECT_THAT(every().why_not({{"byFlag", {{"maybe", "x"}}}}), HasSubstr("expected a key true or false"));
  EXPECT_THAT(every().why_not({{"an_int32", 1}, {"anInt32", 1}}), HasSubstr("is the same field as \"anInt32\""));
  for (const char* time : {"2024-01-01", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z", "0000-01-01T00:00:00Z"})
    EXPECT_THAT(every().why_not({{"time", time}}), HasSubstr("#/time: expected a time")) << time;
  for (const char* span : {"1", "1.s", "s", "315576000001s", "--1s", "1.0000000001s"}) EXPECT_THAT(every().why_not({{"span", span}}), HasSubstr("#/span: expected a duration")) << span;
  EXPECT_THAT(every().why_not({{"mask", "foo_bar"}}), HasSubstr("no underscores"));
  EXPECT_THAT(every().why_not({{"any", {{"a", 1}}}}), HasSubstr("#/any: expected \"@type\""));
  EXPECT_THAT(every().why_not({{"any", {{"@type", "x/un.Known"}}}}), HasSubstr("#/any/@type: the server has not described the type"));
  EXPECT_THAT(every().why_not(json::array()), HasSubstr("expected an object"));
  json deep = json::object();
  for (int i = 0; i < 200; ++i) deep = {{"another", std::move(deep)}};
  EXPECT_THAT(every().why_not(deep), HasSubstr("nested deeper than 100"));
}

TEST(message_coding, knows_proto2) {
  const coding old("old_types.proto", "old.Old");
  EXPECT_THAT(old.why_not({{"age", 1}}), HasSubstr("#: the field \"name\" is required"));
  const json value = {{"name", "Ada"}, {"age", 42}, {"detail", {{"note", "x"}}}, {"packed", {1, 2}}, {"[old.nick]", "Countess"}};
  const auto bytes = old.encode(value);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*old.decode(*bytes), value);
  pb::DynamicMessageFactory factory;
  const std::unique_ptr<pb::Message> theirs(factory.GetPrototype(&old.type)->New());
  ASSERT_TRUE(theirs->ParseFromString(*bytes));
  EXPECT_THAT(theirs->ShortDebugString(), HasSubstr("[old.nick]: \"Countess\""));
}

TEST(message_coding, merges_what_comes_twice) {
  const std::string one = *every().encode({{"another", {{"aString", "a"}, {"numbers", {1}}}}, {"left", "x"}, {"time", "2024-01-01T00:00:00Z"}});
  const std::string two = *every().encode({{"another", {{"aBool", true}, {"numbers", {2}}}}, {"right", 5}, {"time", "1970-01-01T00:00:00.5Z"}});
  EXPECT_EQ(*every().decode(one + two), every().theirs(one + two));
}

TEST(message_coding, refuses_bytes_that_are_no_message) {
  const std::string good = *every().encode({{"another", {{"aString", "abc"}}}, {"byText", {{"k", 1}}}, {"structure", {{"a", 1}}}, {"time", "2024-01-01T00:00:00Z"}});
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto cut = every().decode(good.substr(0, size));  // some are messages, too
    EXPECT_TRUE(cut || cut.error() == errc::protocol_error);
  }
  for (const std::string& bytes : {std::string("\x72\x01\xff", 3), std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11), std::string("\x0c"), std::string("\x07")})
    EXPECT_FALSE(every().decode(bytes));
  std::string nested;
  for (int i = 0; i < 150; ++i) {
    std::string outer("\x8a\x01");
    for (std::size_t n = nested.size();; n >>= 7) {
      outer.push_back(static_cast<char>(n >= 0x80 ? n | 0x80 : n));
      if (n < 0x80) break;
    }
    nested = outer + nested;
  }
  const auto deep = every().decode(nested);
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, errc::too_large);
}

TEST(message_coding, bounds_the_values_of_a_message) {
  decode_limits limits;
  limits.max_values = 1000;
  const std::string many = *every().encode({{"numbers", std::vector<int>(2000, 1)}});
  const auto refused = message_decoder(every().types->plans(), limits).decode(every().type, many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::too_large);
}

/// Messages at random: what is written here is read by protobuf, and the reverse.
TEST(message_coding, agrees_with_protobuf_on_random_messages) {
  std::mt19937_64 random(20261129);
  for (int i = 0; i < 400; ++i) {
    const json value = random_message(every().type, random, 0);
    every().agree_on(value);
  }
}

}  // namespace
}  // namespace utcp::grpc_transport
