#pragma once

#include <utcp/document.hpp>

namespace utcp::cli {

/// Finds a manual in what a program printed: a whole JSON text, or JSON values amid other text (banners, log lines). Each
/// value may be a manual, a tool, or an array of tools, of either dialect; all of them count.
/// Fails with errc::invalid_config when there is none (the message shows how the text begins), and as `load_manual`.
result<loaded_manual> find_manual(std::string_view text, const manual_source& source, const document_ports& ports, const document_limits& limits);

/// The text with every byte that is not UTF-8 replaced by U+FFFD.
std::string as_utf8(std::string text);

/// Without blanks and line ends at both sides.
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace utcp::cli
