#pragma once

#include "linear_regex.hpp"

#include <utcp/json_schema.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace utcp {

/// One schema object, ready for checking. Pointers to JSON lead into the document that `compiled` keeps.
struct schema_node {
  enum class verdict { look, pass, fail };
  enum type : unsigned { null_type = 1, boolean = 2, integer = 4, number = 8, string = 16, array = 32, object = 64 };

  verdict always = verdict::look;
  bool secret = false;
  bool unsure = false;  // has a part that is not understood: that it passes proves nothing

  const schema_node* ref = nullptr;
  unsigned types = 0;  // 0: any
  const json* constant = nullptr;
  const json* choices = nullptr;

  // Numbers.
  const json* minimum = nullptr;
  const json* maximum = nullptr;
  const json* above = nullptr;
  const json* below = nullptr;
  const json* multiple_of = nullptr;

  // Strings.
  std::optional<std::uint64_t> min_length;
  std::optional<std::uint64_t> max_length;
  std::optional<linear_regex> pattern;
  std::string pattern_text;

  // Arrays.
  std::vector<const schema_node*> prefix;
  const schema_node* items = nullptr;  // of those after the prefix
  const schema_node* contains = nullptr;
  std::uint64_t min_contains = 1;
  std::optional<std::uint64_t> max_contains;
  bool contains_evaluates = true;  // since 2020-12
  std::optional<std::uint64_t> min_items;
  std::optional<std::uint64_t> max_items;
  bool unique_items = false;

  // Objects.
  std::map<std::string, const schema_node*, std::less<>> properties;
  std::vector<std::pair<linear_regex, const schema_node*>> pattern_properties;
  const schema_node* additional = nullptr;
  const schema_node* property_names = nullptr;
  std::vector<std::string> required;
  std::optional<std::uint64_t> min_properties;
  std::optional<std::uint64_t> max_properties;
  std::map<std::string, std::vector<std::string>> dependent_required;
  std::map<std::string, const schema_node*> dependent_schemas;

  // All of a kind.
  std::vector<const schema_node*> all_of;
  std::vector<const schema_node*> any_of;
  std::vector<const schema_node*> one_of;
  const schema_node* negated = nullptr;
  const schema_node* condition = nullptr;
  const schema_node* then = nullptr;
  const schema_node* otherwise = nullptr;
  const schema_node* unevaluated_properties = nullptr;
  const schema_node* unevaluated_items = nullptr;
};

struct json_schema::compiled {
  json document;
  std::unordered_map<const json*, std::unique_ptr<schema_node>> nodes;
  const schema_node* root = nullptr;
  bool tracks_evaluated = false;  // some part asks what other parts have looked at
  std::vector<notice> notices;
};

/// Fills `into`, whose document is set.
void compile_schema(json_schema::compiled& into);

/// See json_schema::validate.
result<void> check_value(const json_schema::compiled& against, const json& value, const std::string& what);

}  // namespace utcp
