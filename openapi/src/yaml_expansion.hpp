#pragma once

#include "yaml_tape.hpp"

#include <utcp/limits.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <set>
#include <string_view>

namespace utcp::yaml_detail {

/// Tells a JSON handler what a tape says, with aliases expanded and merges made. Throws `stopped`.
class yaml_expansion {
 public:
  /// `max_added` bounds the values and bytes that aliases and merges add.
  yaml_expansion(const tape& from, nlohmann::json_sax<nlohmann::json>& to, const document_limits& limits, std::size_t max_added)
      : from_(from), to_(to), limits_(limits), max_added_(max_added) {}

  /// Returns false if the handler stopped.
  bool run() { return from_.entries.empty() ? to_.null() : node(0); }

 private:
  using keys = std::set<std::string_view>;

  bool node(std::size_t index);
  bool scalar(const tape::entry& one);
  bool sequence(std::size_t index);
  bool mapping(std::size_t index);
  bool merge(std::size_t value, keys& seen);
  bool merge_mapping(std::size_t index, keys& seen);
  bool key(const tape::entry& one);
  void go_deeper(const tape::entry& one);
  void count(const tape::entry& one, std::size_t bytes);

  const tape& from_;
  nlohmann::json_sax<nlohmann::json>& to_;
  const document_limits& limits_;
  std::size_t max_added_;
  std::size_t added_ = 0;
  std::size_t values_ = 0;
  std::size_t depth_ = 0;
  std::size_t merge_depth_ = 0;
  std::size_t expanding_ = 0;
};

}  // namespace utcp::yaml_detail
