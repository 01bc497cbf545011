#pragma once

#include "yaml_scalar.hpp"

#include <utcp/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::yaml_detail {

struct position {
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1
};

/// A document as it was written: a row of entries, collections before their items, keys before their values. Aliases and
/// merges are not expanded.
struct tape {
  enum class kind : std::uint8_t { scalar, sequence, mapping, alias };
  static constexpr std::size_t open = static_cast<std::size_t>(-1);

  struct entry {
    tape::kind kind = kind::scalar;
    scalar_kind scalar = scalar_kind::string;
    bool merges = false;      // a key `<<`
    position at;
    std::size_t begin = 0;    // of a scalar's text in `texts`
    std::size_t size = 0;     // of a scalar's text
    std::size_t link = 0;     // of a collection: past its last entry, `open` while it is read; of an alias: the entry it means
  };

  std::vector<entry> entries;
  std::string texts;

  std::string_view text(const entry& of) const { return std::string_view(texts).substr(of.begin, of.size); }
  /// The entry after the whole node at `index`.
  std::size_t after(std::size_t index) const {
    const entry& one = entries[index];
    return one.kind == kind::sequence || one.kind == kind::mapping ? one.link : index + 1;
  }
  /// `index`, or what the alias there means.
  std::size_t meant(std::size_t index) const { return entries[index].kind == kind::alias ? entries[index].link : index; }
};

/// "at line 3, column 5".
inline std::string place_of(position at) { return "at line " + std::to_string(at.line) + ", column " + std::to_string(at.column); }

/// A failure on its way out of yaml-cpp, which nothing else stops.
struct stopped {
  error why;
};

[[noreturn]] inline void stop(position at, const std::string& what) { throw stopped{{errc::invalid_config, "is not valid YAML " + place_of(at) + ": " + what}}; }
[[noreturn]] inline void stop_too_large(position at, const std::string& what) { throw stopped{{errc::too_large, what + " " + place_of(at)}}; }

}  // namespace utcp::yaml_detail
