// Reading JSON: the value is nlohmann's, whichever of our readers gave it; what is written is what nlohmann would write, and reads as the
// same value.
#include "fuzz_input.hpp"

#include <utcp/document.hpp>

using namespace utcp;

static std::string written_by_nlohmann(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const json as_text(fuzz::text_of(data, size));
  fuzz::require(write_json(as_text) == written_by_nlohmann(as_text));
  document_limits limits;
  limits.max_depth = 64;
  limits.max_values = 10'000;
  const auto value = parse_json(fuzz::text_of(data, size), limits);
  if (!value) return 0;
  const json expected = json::parse(fuzz::text_of(data, size), nullptr, false);
  fuzz::require(!expected.is_discarded() && expected == *value);
  fuzz::require(write_json(*value) == written_by_nlohmann(*value));
  const auto again = parse_json(write_json(*value));
  fuzz::require(again && *again == *value);
  return 0;
}
