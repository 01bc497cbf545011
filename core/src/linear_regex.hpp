#pragma once

#include <utcp/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace utcp {

/// A regular expression of ECMAScript, on code points, that is searched in time linear in the text: no pattern of a remote
/// manual can make it run away, as std::regex can. Without look-around, back references, property escapes and flags.
class linear_regex {
 public:
  /// Fails with errc::unsupported for what it does not know, and for a pattern that is wrong or expands too far. Takes what
  /// it parses, copies of repeated parts included, from `terms`: patterns of one document share it, also those that fail.
  static result<linear_regex> compile(std::string_view pattern, std::uint64_t& terms);

  enum class outcome { found, absent, out_of_steps };
  /// Whether the pattern is found anywhere in the text. Takes its steps from `steps`.
  outcome search(std::string_view text, std::uint64_t& steps) const;

 private:
  friend class regex_compiler;
  enum class op : std::uint8_t { set, split, jump, text_begin, text_end, word_edge, no_word_edge, match };
  struct instruction {
    op what;
    std::uint32_t a = 0;  // set: index; split, jump: target
    std::uint32_t b = 0;  // split: second target
  };
  using range = std::pair<char32_t, char32_t>;
  struct code_points {
    std::vector<range> ranges;  // in order, apart from each other
    bool negated = false;
    bool contains(char32_t c) const noexcept;
  };
  struct threads;
  bool add(threads& to, std::uint32_t at, bool at_begin, bool at_end, bool at_edge, std::uint64_t& steps) const;

  std::vector<instruction> program_;
  std::vector<code_points> sets_;
};

}  // namespace utcp
