#include "manual_text.hpp"

#include <utcp/dialect.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>

namespace utcp::cli {
namespace {

// A text of nothing but opening braces would be looked through again from each of them.
constexpr std::size_t scan_budget_factor = 16;

/// The end of the JSON value that begins at `at` with a brace or bracket, or npos.
std::size_t end_of_value(std::string_view text, std::size_t at, std::size_t max_depth) {
  std::size_t depth = 0;
  bool in_string = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      else if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') {
      if (++depth > max_depth) return std::string_view::npos;
    }
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

class collector {
 public:
  collector(const manual_source& source, const document_ports& ports, const document_limits& limits) : source_(source), ports_(ports), limits_(limits) {}

  /// Takes a JSON value when it is a manual, a tool or an array of tools.
  void take(std::string_view text) {
    auto value = parse_json(text, limits_);
    if (!value) return;
    if (looks_like_manual(*value)) {
      auto read = load_manual(std::string(text), source_, ports_, limits_);
      if (read) merge(std::move(*read));
    } else if (looks_like_tool(*value)) {
      add_tool(*value);
    } else if (value->is_array() && !value->empty() && std::all_of(value->begin(), value->end(), looks_like_tool)) {
      for (const json& each : *value) add_tool(each);
    }
  }

  void merge(loaded_manual more) {
    out_.notices.insert(out_.notices.end(), more.notices.begin(), more.notices.end());
    if (!found_) {
      found_ = true;
      more.found.tools.insert(more.found.tools.begin(), out_.found.tools.begin(), out_.found.tools.end());
      out_.found = std::move(more.found);
    } else {
      out_.found.tools.insert(out_.found.tools.end(), more.found.tools.begin(), more.found.tools.end());
    }
  }

  bool found_any() const noexcept { return found_ || !out_.found.tools.empty() || skipped_ > 0; }

  loaded_manual take_all() {
    if (!found_ && !out_.found.tools.empty()) out_.found.written_as = out_.found.tools.front()->tool_call_template->dialect;
    return std::move(out_);
  }

 private:
  void add_tool(const json& value) {
    const std::string place = "/tools/" + std::to_string(out_.found.tools.size() + skipped_);
    auto read = read_tool(value, source_.origin, source_.provider, source_.where + "#" + place);
    if (read) {
      out_.found.tools.push_back(std::make_shared<const tool>(std::move(*read)));
      return;
    }
    ++skipped_;
    if (skipped_ <= 50) out_.notices.emplace_back(place, "skipped: " + read.error().message);
  }

  const manual_source& source_;
  const document_ports& ports_;
  const document_limits& limits_;
  loaded_manual out_;
  std::size_t skipped_ = 0;
  bool found_ = false;
};

/// Looks at each value that begins a line, or, `anywhere`, at each value.
void scan(std::string_view text, bool anywhere, collector& into, const document_limits& limits) {
  std::size_t budget = text.size() * scan_budget_factor + (1u << 16);
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '{' || c == '[') {
      const auto end = end_of_value(text, at, limits.max_depth);
      const std::size_t looked_at = (end == std::string_view::npos ? text.size() : end) - at;
      if (looked_at > budget) return;
      budget -= looked_at;
      if (end != std::string_view::npos) {
        into.take(text.substr(at, end - at));
        at = end;
      } else {
        ++at;
      }
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || anywhere) {
      ++at;
      continue;
    }
    if (!anywhere) {
      const auto line_end = text.find('\n', at);
      if (line_end == std::string_view::npos) return;
      at = line_end + 1;
    }
  }
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string as_utf8(std::string text) {
  std::size_t good = utf8_prefix_size(text);
  if (good == text.size()) return text;
  std::string out;
  std::string_view rest = text;
  for (;;) {
    out.append(rest.substr(0, good));
    rest.remove_prefix(good);
    if (rest.empty()) return out;
    out += "\xEF\xBF\xBD";
    rest.remove_prefix(1);
    good = utf8_prefix_size(rest);
  }
}

result<loaded_manual> find_manual(std::string_view text, const manual_source& source, const document_ports& ports, const document_limits& limits) {
  const std::string_view whole = trimmed(text);
  if (whole.empty()) return error(errc::invalid_config, source.where + ": printed nothing; a manual was expected");
  manual_source as_json = source;
  as_json.as = syntax::json;
  std::optional<error> why;
  if (whole.front() == '{') {
    auto read = load_manual(std::string(whole), as_json, ports, limits);
    if (read || read.error() == errc::too_large) return read;
    why = std::move(read).error();
  }
  collector all(as_json, ports, limits);
  scan(whole, false, all, limits);
  if (!all.found_any()) scan(whole, true, all, limits);
  if (all.found_any()) return all.take_all();
  if (why) return *why;
  return error(errc::invalid_config, source.where + ": printed no manual and no tools, but a text of " + std::to_string(whole.size()) + " bytes; check that the command prints its UTCP manual");
}

}  // namespace utcp::cli
