// WWW-Authenticate: what was read can be written so that it is read the same again.
#include "fuzz_input.hpp"

#include <utcp/net/auth_challenge.hpp>

using namespace utcp;

namespace {

std::string written(const std::vector<net::auth_challenge>& all) {
  std::string out;
  for (const auto& each : all) {
    if (!out.empty()) out += ", ";
    out += each.scheme;
    if (!each.token68.empty()) out += " " + each.token68;
    bool first = each.token68.empty();
    for (const auto& [name, value] : each.parameters) {
      out += (first ? " " : ", ") + name + "=\"";
      for (char c : value) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
      out += '"';
      first = false;
    }
  }
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto first = net::parse_challenges(fuzz::text_of(data, size));
  if (!first) return 0;
  const std::string again = written(*first);
  if (again.size() > net::max_challenge_bytes) return 0;
  const auto second = net::parse_challenges(again);
  fuzz::require(second && *second == *first);
  return 0;
}
