#pragma once

#include "yaml_tape.hpp"

#include <utcp/limits.hpp>

#include <string_view>
#include <unordered_map>
#include <vector>

namespace utcp::yaml_detail {

/// The parsers give up later than this, with messages about a bad file.
constexpr std::size_t max_yaml_depth = 400;

/// Writes a parser's events on a tape, which is checked on the way: depth, number of values, keys. Throws `stopped`.
class tape_writer {
 public:
  using anchor = std::size_t;  // 0: none; an anchor that is given again has a new number

  tape_writer(tape& to, const document_limits& limits) : to_(to), limits_(limits) {}

  /// `tag` is "?" for a plain scalar without one and "!" for a quoted one.
  void scalar(position at, std::string_view tag, anchor name, std::string_view value);
  void null(position at, anchor name) { add_scalar(at, name, scalar_kind::null, "null"); }
  void alias(position at, anchor name);
  void open(position at, anchor name, tape::kind kind);
  void close();

 private:
  struct level {
    std::size_t entry;
    bool key_next;  // of a mapping
  };

  bool at_key() const { return !open_.empty() && open_.back().key_next; }
  void add(position at, anchor name, tape::kind kind);
  void add_scalar(position at, anchor name, scalar_kind kind, std::string_view value);
  void node_done() {
    if (!open_.empty() && to_.entries[open_.back().entry].kind == tape::kind::mapping) open_.back().key_next = !open_.back().key_next;
  }

  tape& to_;
  const document_limits& limits_;
  std::vector<level> open_;
  std::unordered_map<anchor, std::size_t> anchors_;
};

#ifdef UTCP_WITH_LIBYAML
/// Reads with libyaml, which takes a tenth of yaml-cpp's time. False: the text is unusual or wrong; the tape is of no use then.
bool read_tape_fast(std::string_view text, tape& to, const document_limits& limits);
#endif

}  // namespace utcp::yaml_detail
