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

variable_places example_places() {
  client_config config;
  config.variables = {{"IN_CONFIG", "value"}, {"IN_FILE_TOO", ""}, {"REFERS", "${IN_FILE}"}, {"REFERS_NOWHERE", "${NOWHERE}"}};
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

variable_use looked_up_as(std::vector<std::string> keys, bool required = true) {
  variable_use out;
  out.name = keys.back();
  out.keys = std::move(keys);
  out.required = required;
  return out;
}

TEST(variable_places, names_the_first_place_that_has_it) {
  const auto places = example_places();
  auto place = [&](const char* name) { return places.locate("m", looked_up_as({name})).place; };
  EXPECT_EQ(place("IN_CONFIG"), "configuration");
  EXPECT_EQ(place("IN_FILE"), "the file .env");
  EXPECT_EQ(place("IN_ENVIRONMENT"), "environment");
  EXPECT_EQ(place("EMPTY"), "");
  EXPECT_EQ(place("NOWHERE"), "");
}

TEST(variable_places, a_variable_of_the_configuration_counts_when_its_own_reference_has_a_value) {
  const auto places = example_places();
  EXPECT_EQ(places.locate("m", looked_up_as({"REFERS"})).place, "configuration");
  EXPECT_EQ(places.locate("m", looked_up_as({"REFERS_NOWHERE"})).place, "");
}

TEST(variable_places, says_under_which_other_name_it_was_found) {
  const auto found = example_places().locate("m", looked_up_as({"my__api_KEY", "IN_FILE"}));
  EXPECT_EQ(found.name, "my__api_KEY");
  EXPECT_EQ(found.found_as, "IN_FILE");
  EXPECT_EQ(found.needed_by, "m");
}

TEST(variable_places, only_a_required_variable_can_be_missing) {
  const auto places = example_places();
  EXPECT_TRUE(places.locate("m", looked_up_as({"NOWHERE"})).missing());
  EXPECT_FALSE(places.locate("m", looked_up_as({"NOWHERE"}, false)).missing());
  EXPECT_FALSE(places.locate("m", looked_up_as({"IN_FILE"})).missing());
}

TEST(variable_places, an_unknown_loader_is_an_error_of_the_configuration) {
  client_config config;
  config.load_variables_from = {json{{"variable_loader_type", "vault"}}};
  auto made = variable_places::of(config, registry(), [](const std::string&) { return std::optional<std::string>(); });
  ASSERT_FALSE(made.has_value());
  EXPECT_TRUE(made.error() == errc::invalid_config);
}

}  // namespace
}  // namespace utcp::app
