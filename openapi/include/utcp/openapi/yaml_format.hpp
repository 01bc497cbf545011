#pragma once

#include <utcp/document.hpp>

#include <memory>

namespace utcp {

/// A reader of YAML 1.2 (core schema) for `document_ports::yaml`. Stateless; thread-safe.
///
/// - Plain scalars: `null` `~` and nothing, `true` `True` `TRUE` …, decimal numbers, `0o17`, `0x1F`; all else is a string, so
///   `yes`, `on`, `1:20` and dates are strings and `012` is 12. Integers of more than 64 bits become floating point.
///   `.inf`, `.nan` and numbers too great for a double stay the string that was written: JSON has none.
/// - Quoted and block scalars are strings. `!!str`, `!!int`, `!!float`, `!!bool`, `!!null` are honoured; a scalar with any
///   other tag is a string, a collection's tag is ignored.
/// - Keys that are no strings become their text (`200:` is "200", an empty one "null"); a key that is a collection is refused.
///   Of equal keys the last wins.
/// - Aliases are expanded, `<<` merges as in YAML 1.1: a map's own keys win, then the first source. What expansion adds is
///   limited to ten times the text's size and a million, else errc::too_large.
/// - One document only, of UTF-8 without control characters, nested at most 400 levels whatever the limits say.
///
/// Errors give line and column.
std::shared_ptr<const text_format> make_yaml_format();

}  // namespace utcp
