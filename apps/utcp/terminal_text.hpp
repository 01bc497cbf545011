#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace utcp::app {

/// How text from elsewhere is made harmless.
enum class harmless {
  text,  ///< line breaks and tabs stay; other control characters are shown as `\x1b`, `\u202e`
  line,  ///< the same, but white space of any kind and length becomes one space: for one line of a table
  json,  ///< JSON text: what a JSON writer leaves in (DEL, C1, direction marks) becomes `\u009b`, still the same JSON
};

/// Text that cannot drive a terminal: C0, DEL, C1 and direction overrides are spelt out, `\r\n` becomes `\n`, bytes that
/// are not UTF-8 become U+FFFD.
std::string make_harmless(std::string_view text, harmless how);

/// The next code point of `text` from `at`, which moves on; U+FFFD for bytes that are not UTF-8. `at` must be in `text`.
char32_t next_code_point(std::string_view text, std::size_t& at);

/// Terminal columns of a text: wide East Asian characters and emoji take two, combining marks none.
std::size_t display_width(std::string_view text);

/// `text` cut to at most `columns` with an ellipsis as its last column when something was cut; never within a character.
std::string cut_to_width(std::string_view text, std::size_t columns);

}  // namespace utcp::app
