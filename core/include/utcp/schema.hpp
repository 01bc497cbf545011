#pragma once

#include <utcp/json.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// Definitions that the schemas of one manual share. Not changed any more once a schema uses it.
struct schema_definitions {
  struct definition {
    std::string name;                 ///< letters, digits, `_`, `.` and `-`
    std::string text;                 ///< checked, compact JSON; refers to others as `#/$defs/NAME`
    std::vector<std::uint32_t> uses;  ///< what the text refers to
  };
  std::vector<definition> all;
};

/// A JSON Schema, kept as compact JSON text: a catalogue of many tools holds no DOM. Copies share the text.
class schema {
 public:
  schema() = default;                          ///< absent
  explicit schema(const json& document);       ///< null means absent

  /// Takes a text that is known to be valid, compact JSON.
  static schema of_checked_text(std::string text);

  /// Takes an object without `$defs`, in checked, compact JSON. Its text gets the `$defs` that `used` and what they use are in
  /// `from`, each time that it is asked for: tools of one manual share definitions many times their own size.
  static schema of_shared_definitions(std::string text, std::shared_ptr<const schema_definitions> from, std::vector<std::uint32_t> used);

  bool empty() const noexcept { return !body_; }
  /// The JSON text; `{}` when absent.
  std::string text() const { return *shared_text(); }
  /// The same without a copy where the whole text is kept.
  std::shared_ptr<const std::string> shared_text() const;
  /// What `of_checked_text` or `of_shared_definitions` was given, for those who store schemas. Lives as long as the schema.
  struct stored_form {
    std::string_view text;  ///< empty when absent
    const schema_definitions* from = nullptr;
    std::span<const std::uint32_t> used;
  };
  stored_form stored() const noexcept;

  /// The parsed schema; an empty object when absent.
  json to_json() const;

  /// Whether both are the same text.
  friend bool operator==(const schema& a, const schema& b) { return a.body_ == b.body_ || *a.shared_text() == *b.shared_text(); }

 private:
  struct body;
  std::shared_ptr<const body> body_;
};

}  // namespace utcp
