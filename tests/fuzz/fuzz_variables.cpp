// Replacing variables in a call template: a remote text must never get a bare variable.
#include "fuzz_input.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>
#include <utcp/variables.hpp>

#include <string>

using namespace utcp;

namespace {

/// What a remote template becomes where the host's environment holds `secret`; its error's message otherwise.
std::string replaced(const call_template& how, dialect as, bool escape, const std::string& secret) {
  variable_source::settings settings;
  settings.variables = {{"A", "1"}, {"m_A", "2"}, {"EMPTY", ""}, {"LOOP", "${LOOP}"}};
  settings.environment = [&secret](const std::string& name) { return name == "SECRET" ? std::optional<std::string>(secret) : std::nullopt; };
  settings.escape_dollar = escape;
  const variable_source source(settings);
  variable_scope scope;
  scope.manual = "m";
  scope.dialect = as;
  scope.origin = trust::remote;
  required_variables(how, scope);
  static_cast<void>(substitute_masked(how, scope, source));
  const auto out = substitute(how, scope, source);
  return out ? write_json(out->value.options) : out.error().message;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto description = parse_json(fuzz::text_of(data, size));
  if (!description) return 0;
  const auto how = read_call_template(*description, trust::remote, "/");
  if (!how) return 0;
  // Not a search for the secret: a fuzzer writes it into its input.
  for (const bool escape : {false, true})
    for (const dialect as : {dialect::v0, dialect::v1}) fuzz::require(replaced(*how, as, escape, "canary-9e1f") == replaced(*how, as, escape, "another"));
  return 0;
}
