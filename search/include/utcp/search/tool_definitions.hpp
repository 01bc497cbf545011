#pragma once

#include <utcp/catalogue.hpp>
#include <utcp/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// Who is to read tool definitions: the chat APIs of OpenAI, Anthropic and Mistral, or another UTCP client.
enum class tool_format { openai, anthropic, mistral, utcp };

/// `openai`, `anthropic`, `mistral`, `utcp`; nothing for another text.
std::optional<tool_format> tool_format_named(std::string_view name);

/// A name that the format allows: letters, digits, `_` and `-`, at most 64 characters. `manual.tool` becomes `manual__tool`;
/// where that would not tell the name apart from others, or is too long, eight digits of a hash of the name follow. The same name
/// always gives the same; in the format `utcp` it stays.
std::string tool_name_for(tool_format format, std::string_view full_name);

/// The tool that a name of `tool_name_for` (or a full name) stands for; null when there is none.
tool_ptr find_tool_named(const catalogue& in, tool_format format, std::string_view name);

struct tool_definitions {
  json definitions = json::array();
  std::size_t tokens = 0;        ///< of all, as `estimated_tokens` says
  std::size_t left_out = 0;      ///< tools that the budget had no room for
};

/// An upper estimate without a model's tokenizer: one token for every three bytes of the compact JSON text. English and JSON
/// take four bytes a token in the models of 2024 to 2026, other scripts about three.
std::size_t estimated_tokens(const json& definition);

/// Definitions in the order given, as long as they fit the budget in tokens; a tool that does not fit is left out, those after it
/// are still tried. Inputs that are no object become one without properties; the APIs take nothing else. `utcp` writes
/// tools of UTCP 1.x without their call templates: what a model needs, and no credentials.
tool_definitions define_tools(const std::vector<tool_ptr>& tools, tool_format format, std::optional<std::size_t> budget = std::nullopt);

}  // namespace utcp
