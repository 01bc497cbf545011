// Replacing variables in a call template: a remote text must never get a bare variable.
#include "fuzz_input.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>
#include <utcp/variables.hpp>

#include <string>

using namespace utcp;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string canary = "canary-9e1f";
  const auto description = parse_json(fuzz::text_of(data, size));
  if (!description) return 0;
  variable_source::settings settings;
  settings.variables = {{"A", "1"}, {"m_A", "2"}, {"EMPTY", ""}, {"LOOP", "${LOOP}"}};
  settings.environment = [](const std::string& name) { return name == "SECRET" ? std::optional<std::string>(canary) : std::nullopt; };
  for (const bool escape : {false, true}) {
    settings.escape_dollar = escape;
    const variable_source source(settings);
    for (const dialect as : {dialect::v0, dialect::v1}) {
      variable_scope scope;
      scope.manual = "m";
      scope.dialect = as;
      scope.origin = trust::remote;
      const auto how = read_call_template(*description, trust::remote, "/");
      if (!how) continue;
      required_variables(*how, scope);
      static_cast<void>(substitute_masked(*how, scope, source));
      const auto replaced = substitute(*how, scope, source);
      if (replaced) fuzz::require(write_json(replaced->value.options).find(canary) == std::string::npos);
    }
  }
  return 0;
}
