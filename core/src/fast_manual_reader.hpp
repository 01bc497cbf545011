#pragma once

#include <utcp/document.hpp>

#include <functional>
#include <optional>
#include <string>

namespace utcp {

/// What the fast reader gives beside the tools: the document's other keys.
using manual_head = json;

/// Reads a JSON manual with simdjson, several times quicker than through a DOM. It knows the usual shape only: `on_tool` gets
/// each tool ready made, or, for a tool that it does not know how to read, `on_other` gets the parsed element.
/// Nothing is returned when the text is anything but a valid JSON object with one array `tools`: the caller reads it again the
/// thorough way, which has the error messages.
std::optional<manual_head> read_manual_fast(std::string& text, const manual_source& source, const document_limits& limits,
                                            const std::function<void(tool)>& on_tool, const std::function<void(const json&)>& on_other);

}  // namespace utcp
