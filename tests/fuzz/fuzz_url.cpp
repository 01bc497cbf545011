// Reading URLs: the normal form is stable, and a reference resolves to something that reads again.
#include "fuzz_input.hpp"

#include <utcp/net/url.hpp>

using namespace utcp;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const auto address = net::url::parse(fuzz::take_line(rest));
  if (!address) return 0;
  const auto again = net::url::parse(address->text());
  fuzz::require(again && again->text() == address->text() && again->same_origin(*address));
  const auto next = address->resolve(rest);
  if (next) {
    const auto next_again = net::url::parse(next->text());
    fuzz::require(next_again && next_again->text() == next->text());
  }
  return 0;
}
