#pragma once

#include <utcp/error.hpp>

#include <set>
#include <string>
#include <string_view>

namespace utcp::cli {

/// A command whose placeholders became references to shell variables.
struct rewritten_command {
  std::string text;
  std::set<std::string> names;    ///< arguments that are referred to
  std::set<std::string> numbers;  ///< those that stand in shell arithmetic, which evaluates what its variables hold
};

/// The shell variable of an argument. `nonce`: one per call, so that no command text can name it beforehand.
std::string argument_variable(std::string_view nonce, std::string_view name);

/// Replaces `UTCP_ARG_<name>_UTCP_END` by a reference that arrives as one word wherever it stands: `"$V"` where nothing is
/// quoted, `${V}` inside double quotes and here-documents, closed and opened again around single quotes. Quoting is
/// followed through `$( … )`, backticks, `${ … }`, `$'…'`, comments and here-documents. Whatever a value holds, the shell
/// never reads it as code: it is only ever the content of a variable.
///
/// Fails with errc::invalid_config for a placeholder in a here-document whose delimiter is quoted: nothing is replaced there.
/// Source: UTCP v1 cli, the recorded rewritings of python-utcp.
result<rewritten_command> rewrite_placeholders(std::string_view command, std::string_view nonce);

}  // namespace utcp::cli
