// An event stream: however the bytes are cut, the same events come out.
#include "fuzz_input.hpp"

#include <utcp/net/sse_decoder.hpp>

using namespace utcp;

namespace {

std::string events(std::string_view text, std::size_t piece) {
  net::sse_decoder decoder(4096);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    decoder.feed(text.substr(at, piece));
    for (;;) {
      auto event = decoder.next();
      if (!event) return "too large";  // when it shows depends on the pieces
      if (!*event) break;
      out += (*event)->type + '|' + (*event)->data + '|' + (*event)->last_id + '\n';
    }
  }
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (text.size() > 4096) return 0;
  const std::string whole = events(text, std::max<std::size_t>(text.size(), 1));
  for (std::size_t piece : {1u, 2u, 3u, 7u}) fuzz::require(events(text, piece) == whole);
  return 0;
}
