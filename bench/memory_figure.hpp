#pragma once

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>

namespace utcp::bench {

/// A figure of /proc/self/status, such as VmHWM, in bytes.
inline std::size_t memory_figure(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) * 1024;
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

}  // namespace utcp::bench
