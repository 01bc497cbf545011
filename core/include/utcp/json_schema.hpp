#pragma once

#include <utcp/error.hpp>
#include <utcp/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace utcp {

/// A JSON Schema made ready for checking: drafts 7 and 2020-12, told apart by `$schema`, and what OpenAPI 3.0 adds
/// (`nullable`, boolean `exclusiveMinimum`). Immutable; copies share; thread-safe.
///
/// Schemas come from other people's servers and must not stop a call that the server would take: what this class does not
/// understand lets any value pass and is told in `notices()`. That is: references out of the document, `$dynamicRef` other
/// than as `$ref`, vocabularies, look-around and property escapes in patterns, keywords with a value of the wrong type.
/// `format` and `content*` are annotations. A keyword that is null counts as absent, as python-utcp writes them.
/// Source: JSON Schema draft 7 and 2020-12; docs/adr/0004-json-schema-validator.md.
class json_schema {
 public:
  /// Lets every value pass.
  json_schema() = default;
  /// Never fails; see notices().
  explicit json_schema(json document);

  /// Checks a value. Fails with errc::invalid_argument at the first violation; the message is `what`, the JSON pointer of
  /// the value, what was expected and what came. Values are shortened, and not shown at all where the schema (`writeOnly`,
  /// `format: password`) or a key's name speaks of a secret. Fails with errc::too_large when the value is nested too deep or
  /// the check takes too many steps.
  result<void> validate(const json& value, const std::string& what = "the value") const;

  /// Parts that let everything pass because they are not understood; at most 20.
  const std::vector<notice>& notices() const noexcept;

  struct compiled;

 private:
  std::shared_ptr<const compiled> compiled_;
};

}  // namespace utcp
