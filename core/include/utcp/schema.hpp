#pragma once

#include <utcp/json.hpp>

#include <memory>
#include <string>

namespace utcp {

/// A JSON Schema, kept as compact JSON text: a catalogue of many tools holds no DOM. Copies share the text.
class schema {
 public:
  schema() = default;                          ///< absent
  explicit schema(const json& document);       ///< null means absent

  /// Takes a text that is known to be valid, compact JSON.
  static schema of_checked_text(std::string text);

  bool empty() const noexcept { return !text_; }
  /// The JSON text; `{}` when absent.
  const std::string& text() const noexcept;
  /// The parsed schema; an empty object when absent.
  json to_json() const;

  /// Whether both are the same text.
  friend bool operator==(const schema& a, const schema& b) { return a.text() == b.text(); }

 private:
  std::shared_ptr<const std::string> text_;
};

}  // namespace utcp
