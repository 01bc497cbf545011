#pragma once

#include <utcp/json.hpp>

#include <string>
#include <string_view>

namespace utcp::app {

/// A word that a POSIX shell reads back as exactly this text.
std::string shell_word(std::string_view text);

/// An HTTP preview as it would be read on the wire: request line, headers, an empty line, the body or the name of what is uploaded.
/// JSON for another one.
std::string request_text(const json& preview);

}  // namespace utcp::app
