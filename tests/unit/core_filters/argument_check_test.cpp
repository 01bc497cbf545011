#include "../core/client_fixture.hpp"

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class checked_calls : public client_test {
 protected:
  /// A client whose tool `echo` has these inputs.
  client make_checked(const char* inputs, json provider_options, bool by_default = false) {
    fake->on_discover = [this](call_template, call_context) -> task<result<discovery>> {
      auto own = std::make_shared<tool>(*make_tool("echo"));
      own->inputs = schema(inputs_);
      co_return found_tools(std::vector<tool_ptr>(1, std::move(own)));
    };
    inputs_ = json::parse(inputs);
    client_config config = config_of({provider("m", "fake", std::move(provider_options))});
    config.defaults.validate_arguments = by_default;
    return make(std::move(config), options());
  }

  json inputs_;
};

const char* city = R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})";

TEST_F(checked_calls, are_not_checked_unless_asked_for) {
  client c = make_checked(city, json::object());
  EXPECT_TRUE(call(c, "m.echo", json::object()));
}

TEST_F(checked_calls, are_refused_before_anything_is_sent) {
  client c = make_checked(city, json{{"validate_arguments", true}});
  auto refused = call(c, "m.echo", {{"city", 5}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::invalid_argument);
  EXPECT_EQ(refused.error().message, "the arguments of m.echo at /city: expected a string, got the number 5");
  EXPECT_THAT(call(c, "m.echo", json::object()).error().message, HasSubstr("expected the property \"city\""));
  EXPECT_TRUE(fake->calls.empty());
  EXPECT_TRUE(call(c, "m.echo", {{"city", "Oslo"}}));
}

TEST_F(checked_calls, are_refused_as_streams_and_in_a_preview_too) {
  client c = make_checked(city, json{{"validate_arguments", true}});
  EXPECT_EQ(run(io, c.call_tool_streaming("m.echo", json::object(), call_options())).error(), errc::invalid_argument);
  EXPECT_EQ(c.preview("m.echo", json::object()).error(), errc::invalid_argument);
}

TEST_F(checked_calls, of_all_providers_are_checked_when_the_configuration_says_so_unless_one_says_no) {
  client all = make_checked(city, json::object(), true);
  EXPECT_EQ(call(all, "m.echo", json::object()).error(), errc::invalid_argument);
  client but_one = make_checked(city, json{{"validate_arguments", false}}, true);
  EXPECT_TRUE(call(but_one, "m.echo", json::object()));
}

TEST_F(checked_calls, of_a_tool_without_inputs_always_fit) {
  client c = make_checked("null", json{{"validate_arguments", true}});
  EXPECT_TRUE(call(c, "m.echo", {{"any", 1}}));
}

TEST_F(checked_calls, tell_once_what_a_schema_has_that_is_not_understood) {
  client c = make_checked(R"({"properties":{"a":{"type":"float"}}})", json{{"validate_arguments", true}});
  EXPECT_TRUE(call(c, "m.echo", {{"a", "x"}}));
  EXPECT_TRUE(call(c, "m.echo", {{"a", "x"}}));
  EXPECT_THAT(seen->notices, ElementsAre(HasSubstr("m.echo: inputs#/properties/a/type: an unknown type")));
}

TEST_F(checked_calls, follow_a_tool_that_changed) {
  client c = make_checked(city, json{{"validate_arguments", true}});
  EXPECT_EQ(call(c, "m.echo", json::object()).error(), errc::invalid_argument);
  inputs_ = json::object();
  fake->events->manual_changed("m");
  settle_all(io);
  EXPECT_TRUE(call(c, "m.echo", json::object()));
  EXPECT_THAT(seen->notices, IsEmpty());
}

}  // namespace
}  // namespace utcp::testing
