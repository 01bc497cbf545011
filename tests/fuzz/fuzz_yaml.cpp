// Reading YAML: what is read must be JSON.
#include "fuzz_input.hpp"

#include <utcp/openapi/yaml_format.hpp>

using namespace utcp;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const document_ports ports = [] {
    document_ports made;
    made.yaml = make_yaml_format();
    return made;
  }();
  document_limits limits;
  limits.max_depth = 64;
  limits.max_values = 100'000;
  const auto value = read_document(fuzz::text_of(data, size), syntax::yaml, "x.yaml", ports, limits);
  if (!value) return 0;
  const auto again = parse_json(value->dump());  // dump throws on text that is not UTF-8
  fuzz::require(again && *again == *value);
  return 0;
}
