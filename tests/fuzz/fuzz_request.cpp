// Building a request: the first line is a call template, the second the arguments.
#include "fuzz_input.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>
#include <utcp/net/tool_request.hpp>

#include <string>

using namespace utcp;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const auto description = parse_json(fuzz::take_line(rest));
  const auto arguments = parse_json(rest);
  if (!description || !arguments || !arguments->is_object()) return 0;
  const auto how = read_call_template(*description, trust::remote, "/");
  if (!how) return 0;
  const auto options = net::read_tool_request_options(*how);
  if (!options) return 0;
  const auto built = net::build_tool_request(*options, *arguments);
  if (!built) return 0;
  // Nothing that an argument holds may end a header or the request line.
  for (const auto& header : built->request.headers) {
    fuzz::require(header.name.find_first_of(std::string("\r\n\0: ", 5)) == std::string::npos);
    fuzz::require(header.value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos);
  }
  for (const char c : built->request.target.text()) fuzz::require(static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7F);
  return 0;
}
