#pragma once

#include <utcp/document.hpp>

#include <functional>
#include <string>
#include <vector>

namespace utcp {

/// Builds a JSON value from parser events, within limits. With `on_tool` set, the elements of the array under the root's
/// key `tools` (any letter case) are handed over one by one and not kept, so that a large manual is never a whole DOM.
class document_builder final : public nlohmann::json_sax<json> {
 public:
  explicit document_builder(const document_limits& limits) : limits_(limits) {}

  /// Gets each complete element and its index; false stops the reading.
  std::function<bool(json, std::size_t)> on_tool;

  json take() { return std::move(root_); }
  bool saw_tools() const noexcept { return saw_tools_; }
  const std::optional<error>& failure() const noexcept { return failure_; }

  bool null() override { return put(json(nullptr)); }
  bool boolean(bool v) override { return put(json(v)); }
  bool number_integer(number_integer_t v) override { return put(json(v)); }
  bool number_unsigned(number_unsigned_t v) override { return put(json(v)); }
  bool number_float(number_float_t v, const string_t&) override { return put(json(v)); }
  bool string(string_t& v) override { return put(json(std::move(v))); }
  bool binary(binary_t&) override { return put(json(nullptr)); }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool key(string_t& name) override;
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& last_token, const nlohmann::detail::exception& e) override;

 private:
  bool open(json container);
  bool put(json value);
  bool close();
  bool fail(errc code, std::string message);
  bool counts();
  json* place(json value);

  document_limits limits_;
  json root_;
  json item_;                   // the tool being built
  std::vector<json*> open_;     // containers from the root to the current one
  json* slot_ = nullptr;        // where the value of the last key goes
  bool tools_next_ = false;     // the last key was the root's `tools`
  bool in_tools_ = false;
  bool saw_tools_ = false;
  std::size_t values_ = 0;
  std::size_t tools_ = 0;
  std::optional<error> failure_;
};

/// `a` equals the lower-case `b` but for letter case (ASCII).
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Feeds a text to the builder. Fails with what the builder or the parser says, after `where`.
result<void> feed(std::string_view text, syntax as, const std::string& where, const document_ports& ports, document_builder& into,
                  const document_limits& limits);

}  // namespace utcp
