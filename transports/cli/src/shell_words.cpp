#include "shell_words.hpp"

#include <optional>

namespace utcp::cli {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Appends a double-quoted part that begins after `at`'s quote. Gives the position after the closing quote, or npos.
std::size_t take_double_quoted(std::string_view text, std::size_t at, std::string& word) {
  for (; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\')) ++at;
    word += text[at];
  }
  return std::string_view::npos;
}

}  // namespace

result<std::vector<std::string>> split_shell_words(std::string_view text) {
  std::vector<std::string> out;
  std::optional<std::string> word;  // set but empty after `''`
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_blank(c)) {
      if (word) out.push_back(std::move(*word));
      word.reset();
      ++at;
      continue;
    }
    if (!word) word.emplace();
    if (c == '\'') {
      const auto end = text.find('\'', at + 1);
      if (end == std::string_view::npos) return error(errc::invalid_config, "a single quote at character " + std::to_string(at + 1) + " is not closed");
      word->append(text.substr(at + 1, end - at - 1));
      at = end + 1;
    } else if (c == '"') {
      const auto end = take_double_quoted(text, at + 1, *word);
      if (end == std::string_view::npos) return error(errc::invalid_config, "a double quote at character " + std::to_string(at + 1) + " is not closed");
      at = end;
    } else if (c == '\\') {
      if (at + 1 == text.size()) return error(errc::invalid_config, "ends with a backslash; double it, or take it away");
      *word += text[at + 1];
      at += 2;
    } else {
      *word += c;
      ++at;
    }
  }
  if (word) out.push_back(std::move(*word));
  return out;
}

}  // namespace utcp::cli
