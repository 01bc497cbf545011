#pragma once

#include <utcp/net/subprocess.hpp>

#include <string>
#include <vector>

namespace utcp::testing {

/// The program of odd_program.cpp, told to behave as `words` say.
inline net::process_description odd(std::vector<std::string> words) {
  net::process_description out;
  out.program = UTCP_ODD_PROGRAM;
  out.arguments = {"odd"};
  for (auto& word : words) out.arguments.push_back(std::move(word));
  return out;
}

inline net::process_description supervised(net::process_description what) {
  what.supervisor = UTCP_SUPERVISOR;
  return what;
}

}  // namespace utcp::testing
