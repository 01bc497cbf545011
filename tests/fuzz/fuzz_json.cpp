// Reading JSON: the value is nlohmann's, whichever of our readers gave it, and what is written reads as the same value.
#include "fuzz_input.hpp"

#include <utcp/document.hpp>

using namespace utcp;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  document_limits limits;
  limits.max_depth = 64;
  limits.max_values = 10'000;
  const auto value = parse_json(fuzz::text_of(data, size), limits);
  if (!value) return 0;
  const json expected = json::parse(fuzz::text_of(data, size), nullptr, false);
  fuzz::require(!expected.is_discarded() && expected == *value);
  const auto again = parse_json(write_json(*value));
  fuzz::require(again && *again == *value);
  return 0;
}
