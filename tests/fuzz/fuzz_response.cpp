// An HTTP response: however the bytes are cut, the same comes out.
#include "fuzz_input.hpp"

#include "response_reader.hpp"

#include <algorithm>
#include <string>

using namespace utcp;

namespace {

std::string read(const net::http_request& request, std::string_view bytes, std::size_t piece) {
  net::response_reader reader;
  reader.begin(request);
  bool complete = false;
  for (std::size_t at = 0; at < bytes.size() && !complete; at += piece) {
    auto done = reader.feed(bytes.substr(at, piece));
    if (!done) return "failed";  // why may depend on the pieces
    complete = *done;
  }
  if (!complete && !reader.end()) return "failed";
  const net::http_response response = reader.take();
  return std::to_string(response.status) + ' ' + response.reason + ' ' + std::to_string(response.fields.size()) + '\n' + response.body;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  const std::string_view bytes = fuzz::text_of(data + 1, size - 1);
  net::http_request request;
  request.method = data[0] % 8 == 7 ? "HEAD" : "GET";
  request.target = *net::url::parse("http://127.0.0.1/");
  request.max_response_bytes = 1u << 20;
  const std::string whole = read(request, bytes, std::max<std::size_t>(bytes.size(), 1));
  for (std::size_t piece : {1u, 2u, 3u, 7u}) fuzz::require(read(request, bytes, piece) == whole);
  return 0;
}
