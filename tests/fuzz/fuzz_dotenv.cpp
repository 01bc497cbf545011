// Reading dotenv files.
#include "fuzz_input.hpp"

#include <utcp/variables.hpp>

using namespace utcp;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto environment = [](const std::string& name) { return name == "HOME" ? std::optional<std::string>("${HOME}") : std::nullopt; };
  for (const auto& [name, value] : parse_dotenv(fuzz::text_of(data, size), environment)) fuzz::require(!name.empty());
  return 0;
}
