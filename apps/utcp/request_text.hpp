#pragma once

#include <utcp/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace utcp::app {

/// A word that a POSIX shell reads back as exactly this text.
std::string shell_word(std::string_view text);

/// The curl command that sends what an HTTP preview (`method`, `url`, `headers`, `body`) describes; nothing for a preview
/// of another protocol. Masked secrets stay masked.
std::optional<std::string> curl_line(const json& preview);

/// An HTTP preview as it would be read on the wire: request line, headers, an empty line, the body. JSON for another one.
std::string request_text(const json& preview);

}  // namespace utcp::app
