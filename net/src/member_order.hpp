#pragma once

#include <utcp/json.hpp>
#include <utcp/schema.hpp>

#include <memory>
#include <string>
#include <vector>

namespace utcp::net {

/// The order in which the members of an object argument are written: that of the properties in the tool's schema, then the rest by
/// name. Arguments themselves have none. The schema is read when first asked for.
class member_order {
 public:
  /// A schema within the tool's; null: nothing is known of the value.
  using node = const void*;
  struct member {
    const std::string* name;
    const json* value;
  };

  /// `inputs` must outlive this; null: members are written by name.
  explicit member_order(const schema* inputs);
  ~member_order();
  member_order(member_order&&) = delete;

  node of_argument(const std::string& name);
  node of_member(node of, const std::string& name) const;
  node of_items(node of) const;
  enum class nulls { left_out, kept };
  std::vector<member> members(const json& object, node of, nulls what = nulls::left_out) const;
  /// Compact JSON; with `ascii` other characters are escaped.
  std::string json_text(const json& value, node of, bool ascii) const;

 private:
  struct document;
  const schema* inputs_;
  std::unique_ptr<document> read_;
};

}  // namespace utcp::net
