// What a server sends: however the bytes are cut, the same lines and messages come out, and what is kept is bounded.
#include "fuzz_input.hpp"

#include "header_values.hpp"
#include "line_splitter.hpp"

#include <utcp/mcp/message.hpp>
#include <utcp/mcp/types.hpp>

using namespace utcp;

namespace {

std::string lines(std::string_view text, std::size_t piece) {
  mcp::line_splitter splitter(256);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    splitter.feed(text.substr(at, piece));
    while (const auto next = splitter.next()) {
      out += next->cut ? "cut:" : "";
      out += next->text;
      out += '|';
      out += next->tail;
      out += '\n';
    }
  }
  return out;
}

void look_at(std::string_view text) {
  document_limits limits;
  limits.max_depth = 64;
  limits.max_values = 10'000;
  std::vector<mcp::message> all;
  if (!mcp::read_messages(text, limits, all)) return;
  for (mcp::message& each : all) {
    (void)mcp::number_of(each.id);
    if (each.what == mcp::message::kind::failure) (void)mcp::error_of_failure(each.body, "x");
    if (each.body.is_object()) {
      const auto rules = mcp::read_header_rules(each.body);
      if (rules)
        for (const auto& header : mcp::parameter_headers(*rules, each.body)) fuzz::require(net::check_header(header.name, header.value).has_value());
    }
    (void)mcp::read_call_result(std::move(each.body)).text();
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (text.size() > 4096) return 0;
  const std::string whole = lines(text, std::max<std::size_t>(text.size(), 1));
  for (std::size_t piece : {1u, 2u, 7u}) fuzz::require(lines(text, piece) == whole);
  look_at(text);
  (void)mcp::id_in_pieces(text.substr(0, text.size() / 2), text.substr(text.size() / 2));
  fuzz::require(net::check_header("Mcp-Name", mcp::header_value(text)).has_value());
  return 0;
}
