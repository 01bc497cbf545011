#pragma once

#include "tree.hpp"

#include <utcp/document.hpp>

#include <optional>
#include <unordered_set>
#include <vector>

namespace utcp::openapi_detail {

/// Writes parser events into a tree, within limits. What is too deep becomes null.
class tree_builder final : public nlohmann::json_sax<json> {
 public:
  tree_builder(tree& to, const document_limits& limits) : to_(to), limits_(limits) {}

  bool null() override { return add(tree::kind::null) != nullptr || going_on_; }
  bool boolean(bool v) override;
  bool number_integer(number_integer_t v) override;
  bool number_unsigned(number_unsigned_t v) override;
  bool number_float(number_float_t v, const string_t&) override;
  bool string(string_t& v) override { return string_view(v); }
  bool binary(binary_t&) override { return null(); }
  bool start_object(std::size_t) override { return open(tree::kind::object); }
  bool start_array(std::size_t) override { return open(tree::kind::array); }
  bool key(string_t& name) override { return key_view(name); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& last_token, const nlohmann::detail::exception& e) override;

  bool string_view(std::string_view v);
  bool key_view(std::string_view name);
  bool open(tree::kind kind);
  bool close();

  const std::optional<error>& failure() const noexcept { return failure_; }

 private:
  tree::entry* add(tree::kind kind);
  bool too_large(std::string what);
  void mark_repeated_keys(std::uint32_t object);
  void set_text(tree::entry& one, std::string_view text);

  tree& to_;
  document_limits limits_;
  std::vector<std::uint32_t> open_;
  std::size_t skipped_depth_ = 0;  // levels below the deepest kept one
  bool going_on_ = true;
  std::optional<error> failure_;
};

}  // namespace utcp::openapi_detail
