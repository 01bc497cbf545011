#pragma once

#include <utcp/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace utcp::cli {

/// Splits a command line into words as a POSIX shell does, with nothing else of a shell: quotes and backslashes count;
/// `$`, `*`, `;`, `|` and `#` are ordinary characters. Source: Python's shlex.split.
/// Fails with errc::invalid_config for a quotation that is not closed and for a backslash at the end.
result<std::vector<std::string>> split_shell_words(std::string_view text);

}  // namespace utcp::cli
