#include "variable_places.hpp"

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

class fixed_loader : public variable_loader {
 public:
  std::optional<std::string> load(const std::string& name) const override {
    if (name == "IN_FILE") return "value";
    if (name == "EMPTY") return "";
    return std::nullopt;
  }
  std::string describe() const override { return "the file .env"; }
};

variable_places example() {
  client_config config;
  config.variables = {{"IN_CONFIG", "value"}, {"IN_FILE_TOO", ""}};
  config.load_variables_from = {json{{"variable_loader_type", "fixed"}}};
  registry parts;
  parts.add_variable_loader("fixed", [](const json&, const std::filesystem::path&) -> result<std::shared_ptr<variable_loader>> {
    return std::shared_ptr<variable_loader>(std::make_shared<fixed_loader>());
  });
  auto made = variable_places::of(config, parts, [](const std::string& name) -> std::optional<std::string> {
    if (name == "IN_ENVIRONMENT") return "value";
    if (name == "EMPTY") return "";
    return std::nullopt;
  });
  return *made;
}

variable_scope scope_of(dialect d, trust origin = trust::configuration) {
  variable_scope out;
  out.manual = "my_api";
  out.dialect = d;
  out.origin = origin;
  return out;
}

TEST(variable_places, names_the_first_place_that_has_it) {
  const auto places = example();
  EXPECT_EQ(places.locate("m", {"IN_CONFIG"}).place, "configuration");
  EXPECT_EQ(places.locate("m", {"IN_FILE"}).place, "the file .env");
  EXPECT_EQ(places.locate("m", {"IN_ENVIRONMENT"}).place, "environment");
  EXPECT_EQ(places.locate("m", {"EMPTY"}).place, "");
  EXPECT_EQ(places.locate("m", {"NOWHERE"}).place, "");
}

TEST(variable_places, says_under_which_other_name_it_was_found) {
  const auto found = example().locate("m", {"my__api_KEY", "IN_FILE"});
  EXPECT_EQ(found.name, "my__api_KEY");
  EXPECT_EQ(found.found_as, "IN_FILE");
  EXPECT_EQ(found.needed_by, "m");
}

TEST(variable_places, an_unknown_loader_is_an_error_of_the_configuration) {
  client_config config;
  config.load_variables_from = {json{{"variable_loader_type", "vault"}}};
  auto made = variable_places::of(config, registry(), [](const std::string&) { return std::optional<std::string>(); });
  ASSERT_FALSE(made.has_value());
  EXPECT_TRUE(made.error() == errc::invalid_config);
}

TEST(variable_places, v0_looks_up_bare_names_first) {
  EXPECT_EQ(look_up_names("KEY", scope_of(dialect::v0), false), (std::vector<std::string>{"KEY", "my__api_KEY"}));
}

TEST(variable_places, v1_looks_up_bare_names_only_when_allowed) {
  EXPECT_EQ(look_up_names("my__api_KEY", scope_of(dialect::v1), false), (std::vector<std::string>{"my__api_KEY"}));
  EXPECT_EQ(look_up_names("my__api_KEY", scope_of(dialect::v1), true), (std::vector<std::string>{"my__api_KEY", "KEY"}));
}

TEST(variable_places, a_remote_text_gets_bare_names_only_when_granted) {
  auto remote = scope_of(dialect::v0, trust::remote);
  EXPECT_EQ(look_up_names("my__api_KEY", remote, true), (std::vector<std::string>{"my__api_KEY"}));
  remote.granted = {"KEY"};
  EXPECT_EQ(look_up_names("my__api_KEY", remote, false), (std::vector<std::string>{"my__api_KEY", "KEY"}));
}

}  // namespace
}  // namespace utcp::app
