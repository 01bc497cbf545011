#pragma once

#include <utcp/clock.hpp>
#include <utcp/json.hpp>

#include <map>
#include <string>
#include <string_view>

namespace utcp::mcp {

/// Answers that a server called fresh for a time. Source: MCP 2026-07-28, "Caching".
/// One session has one authorization, so that private and public answers are kept alike.
class answer_cache {
 public:
  /// Null when there is none, or none that is fresh.
  const json* find(const std::string& method, const std::string& what, time_point now);
  /// Keeps an answer as long as its `ttlMs` says; not at all without one.
  void put(const std::string& method, const std::string& what, const json& answer, time_point now);
  void forget(const std::string& method);
  void forget(const std::string& method, const std::string& what);
  void clear() { entries_.clear(); }

 private:
  struct entry {
    json answer;
    time_point until;
  };
  using key = std::pair<std::string, std::string>;

  std::map<key, entry> entries_;
};

}  // namespace utcp::mcp
