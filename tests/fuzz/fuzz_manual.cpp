// Reading a manual of either dialect and writing it in both.
#include "fuzz_input.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>

#include <string>

using namespace utcp;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  document_limits limits;
  limits.max_values = 10'000;
  limits.max_tools = 100;
  manual_source source;
  source.where = "manual.json";
  source.as = syntax::json;
  const auto loaded = load_manual(std::string(fuzz::text_of(data, size)), source, document_ports(), limits);
  if (!loaded) return 0;
  for (const auto& tool : loaded->found.tools) fuzz::require(tool && tool->tool_call_template && tool->tool_call_template->origin == trust::remote);
  for (const dialect as : {dialect::v0, dialect::v1})
    for (const fidelity how : {fidelity::full, fidelity::portable}) {
      std::vector<notice> notices;
      const auto again = load_manual(write_json(write_manual(loaded->found, as, how, notices)), source, document_ports(), limits);
      fuzz::require(!again || again->found.tools.size() <= loaded->found.tools.size());
    }
  return 0;
}
