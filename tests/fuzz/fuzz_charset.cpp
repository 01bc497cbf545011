// Decoding text: the first line is the charset, the rest the bytes. UTF-8 comes out, the same however the bytes are cut.
#include "fuzz_input.hpp"

#include "charset.hpp"

#include <utcp/utf8.hpp>

#include <string>

using namespace utcp;

namespace {

std::string decoded(const net::charset& from, std::string_view bytes, std::size_t piece) {
  auto decoder = net::charset_decoder::of(from);
  if (!decoder) return {};
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) decoder->feed(bytes.substr(at, piece), out);
  decoder->finish(out);
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const net::charset* from = net::find_charset(fuzz::take_line(rest));
  if (!from || rest.size() > 4096) return 0;
  const auto whole = net::to_utf8(rest, *from);
  if (!whole) return 0;
  fuzz::require(is_utf8(*whole));
  fuzz::require(whole->size() <= rest.size() * 3);
  for (std::size_t piece : {1u, 2u, 3u, 7u}) fuzz::require(decoded(*from, rest, piece) == *whole);
  return 0;
}
