#include "placeholders.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace utcp::cli {
namespace {

constexpr std::string_view prefix = "UTCP_ARG_";
constexpr std::string_view suffix = "_UTCP_END";

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Takes the last word off a text.
std::string_view take_last_word(std::string_view& text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && !is_blank(text[begin - 1])) --begin;
  const auto word = text.substr(begin);
  text.remove_suffix(word.size());
  return word;
}

std::string_view first_word(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end]) && text[end] != ';') ++end;
  return text.substr(0, end);
}

/// Whether a text is a name and the beginning of its subscript, as in `a[1+`.
bool ends_in_subscript(std::string_view text) {
  std::size_t name = 0;
  while (name < text.size() && is_word(text[name])) ++name;
  return name > 0 && name < text.size() && text[name] == '[' && text.find(']', name) == std::string_view::npos;
}

/// Whether a `[[` is open at the end of a text. Elsewhere `-ne` and the like are options, as in `echo -ne`.
bool inside_double_brackets(std::string_view text) {
  const auto open = text.rfind("[[");
  return open != std::string_view::npos && text.find("]]", open) == std::string_view::npos;
}

// Bash evaluates the operands of these in `[[ … ]]` as arithmetic, where a subscript in a value may run a command.
constexpr std::array<std::string_view, 6> comparisons{"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
constexpr std::array<std::string_view, 8> before_unary{"[[", "[", "test", "!", "-a", "-o", "&&", "||"};
constexpr std::array<std::string_view, 4> declarations{"declare", "typeset", "local", "readonly"};
// These take the name of a variable, with a subscript, also from a quoted word.
constexpr std::array<std::string_view, 12> name_takers{"[[", "[", "test", "unset", "read", "printf", "mapfile", "readarray", "export", "declare", "typeset", "local"};

/// Whether what follows `before` in a command, up to `after`, is evaluated as arithmetic. Guesses on the safe side.
bool is_evaluated(std::string_view before, std::string_view after) {
  std::string_view rest = before;
  std::string_view word = !rest.empty() && is_blank(rest.back()) ? std::string_view() : take_last_word(rest);
  const auto begin = before.find_last_of(";&|({\n");
  std::string_view command = begin == std::string_view::npos ? before : before.substr(begin + 1);
  const std::string_view name = first_word(command);
  if (is_one_of(name, name_takers)) word.remove_prefix(std::min(word.find_first_not_of("\"'$"), word.size()));
  if (ends_in_subscript(word)) return true;
  const std::string_view previous = take_last_word(rest);
  if (inside_double_brackets(before)) {
    if (is_one_of(previous, comparisons)) return true;
    // The rest of the placeholder's own word, and the one after it.
    while (!after.empty() && !is_blank(after.front())) after.remove_prefix(1);
    if (is_one_of(first_word(after), comparisons)) return true;
  }
  if (previous == "-v" && is_one_of(take_last_word(rest), before_unary)) return true;
  if (name == "let") return true;
  if (!is_one_of(name, declarations)) return false;
  for (std::string_view each = take_last_word(command); !each.empty(); each = take_last_word(command))
    if (each.front() == '-' && each.find('i') != std::string_view::npos) return true;
  return false;
}

/// Whether the part of `${…` after the brace ends within a subscript, or an offset or length.
bool is_evaluated_parameter(std::string_view inside) {
  inside.remove_prefix(std::min(inside.find_first_not_of("#!"), inside.size()));
  if (ends_in_subscript(inside)) return true;
  std::size_t at = 0;
  while (at < inside.size() && (is_word(inside[at]) || inside[at] == '@' || inside[at] == '*')) ++at;
  if (at < inside.size() && inside[at] == '[') at = std::min(inside.find(']', at), inside.size() - 1) + 1;
  return at < inside.size() && inside[at] == ':' && (at + 1 == inside.size() || std::string_view("-=?+").find(inside[at + 1]) == std::string_view::npos);
}

struct placeholder {
  std::string name;
  std::size_t size = 0;
};

/// The placeholder that begins at the front of a text. Its name is the shortest possible.
std::optional<placeholder> placeholder_at(std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  const auto end = text.find(suffix, prefix.size() + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const auto name = text.substr(prefix.size(), end - prefix.size());
  if (!std::all_of(name.begin(), name.end(), is_word)) return std::nullopt;
  return placeholder{std::string(name), end + suffix.size()};
}

enum class quoting { command, substitution, backtick, doubled, single, ansi, parameter, arithmetic, old_arithmetic, here_document };

struct region {
  quoting kind;
  std::size_t begin = 0;  // of what is inside
  int open_parentheses = 0;
};

struct here_document {
  std::string delimiter;
  bool strip_tabs = false;
  bool literal = false;
};

class rewriter {
 public:
  rewriter(std::string_view text, std::string_view nonce, rewritten_command& out, quoting start) : text_(text), nonce_(nonce), out_(out) {
    regions_.push_back({start});
  }

  result<void> run() {
    while (at_ < text_.size()) {
      if (auto found = placeholder_at(text_.substr(at_))) {
        refer(*found);
        at_ += found->size;
        continue;
      }
      step();
      if (failure_) return *failure_;
    }
    return {};
  }

 private:
  char here() const { return text_[at_]; }
  bool ahead(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  region& top() { return regions_.back(); }
  void open(quoting kind, std::size_t size) {
    copy(size);
    regions_.push_back({kind, at_});
  }
  void close(std::size_t size) {
    copy(size);
    if (regions_.size() > 1) regions_.pop_back();
  }
  void copy(std::size_t size) {
    size = std::min(size, text_.size() - at_);
    out_.text.append(text_.substr(at_, size));
    at_ += size;
  }
  /// A backslash and what it escapes. Before a placeholder it escapes nothing and goes.
  void copy_escaped() {
    if (placeholder_at(text_.substr(at_ + 1))) ++at_;
    else copy(2);
  }

  /// Whether double quotes hold around the innermost region.
  bool inside_double_quotes() const {
    for (auto it = regions_.rbegin(); it != regions_.rend(); ++it) {
      if (it->kind == quoting::doubled || it->kind == quoting::here_document) return true;
      if (it->kind != quoting::parameter) return false;
    }
    return false;
  }

  /// Whether bash evaluates what stands here as arithmetic.
  bool is_arithmetic(std::size_t size) const {
    for (auto it = regions_.rbegin(); it != regions_.rend(); ++it) {
      switch (it->kind) {
        case quoting::arithmetic:
        case quoting::old_arithmetic: return true;
        case quoting::parameter:
          if (is_evaluated_parameter(text_.substr(it->begin, at_ - it->begin))) return true;
          break;
        case quoting::here_document: return false;
        case quoting::command:
        case quoting::substitution:
        case quoting::backtick: return is_evaluated(text_.substr(it->begin, at_ - it->begin), text_.substr(at_ + size));
        default: break;  // quotes change nothing about it
      }
    }
    return false;
  }

  void refer(const placeholder& found) {
    out_.names.insert(found.name);
    if (is_arithmetic(found.size)) out_.numbers.insert(found.name);
    const std::string variable = argument_variable(nonce_, found.name);
    switch (top().kind) {
      case quoting::single: out_.text += "'\"$" + variable + "\"'"; return;
      case quoting::ansi: out_.text += "'\"$" + variable + "\"$'"; return;
      case quoting::arithmetic:
      case quoting::old_arithmetic: out_.text += "${" + variable + "}"; return;
      default: break;
    }
    if (inside_double_quotes()) out_.text += "${" + variable + "}";
    else out_.text += "\"$" + variable + "\"";
  }

  void step() {
    switch (top().kind) {
      case quoting::single: return here() == '\'' ? close(1) : copy(1);
      case quoting::ansi: return here() == '\\' ? copy_escaped() : here() == '\'' ? close(1) : copy(1);
      case quoting::doubled: return here() == '"' ? close(1) : step_expanding();
      case quoting::here_document: return step_expanding();
      case quoting::parameter: return step_parameter();
      case quoting::arithmetic: return step_arithmetic('(', ')');
      case quoting::old_arithmetic: return step_arithmetic('[', ']');
      default: return step_command();
    }
  }

  /// Text in which only backslash, `$` and backtick mean something.
  void step_expanding() {
    if (here() == '\\') return copy_escaped();
    if (!open_expansion()) copy(1);
  }

  bool open_expansion() {
    if (ahead("$((")) return open(quoting::arithmetic, 3), true;
    if (ahead("$[")) return open(quoting::old_arithmetic, 2), true;
    if (ahead("$(")) return open(quoting::substitution, 2), true;
    if (ahead("${")) return open(quoting::parameter, 2), true;
    if (here() == '`') return open(quoting::backtick, 1), true;
    return false;
  }

  void step_parameter() {
    if (here() == '\\') return copy_escaped();
    if (here() == '}') return close(1);
    if (here() == '"') return open(quoting::doubled, 1);
    if (here() == '\'' && !inside_double_quotes()) return open(quoting::single, 1);
    if (!open_expansion()) copy(1);
  }

  void step_arithmetic(char opening, char closing) {
    if (here() == opening) ++top().open_parentheses;
    if (here() == closing) {
      if (top().open_parentheses == 0) return close(closing == ')' && ahead("))") ? 2 : 1);
      --top().open_parentheses;
    }
    if (!open_expansion()) copy(1);
  }

  void step_command() {
    const char c = here();
    if (c == '\\') return copy_escaped();
    if (c == '\'') return open(quoting::single, 1);
    if (c == '"') return open(quoting::doubled, 1);
    if (ahead("$'")) return open(quoting::ansi, 2);
    if (ahead("$\"")) return open(quoting::doubled, 2);
    if (c == '`' && top().kind == quoting::backtick) return close(1);
    if (open_expansion()) return;
    if (c == '#' && begins_word()) return skip_comment();
    if (ahead("((") && begins_word()) return open(quoting::arithmetic, 2);
    if (c == '(') ++top().open_parentheses;
    if (c == ')') {
      if (top().open_parentheses > 0) --top().open_parentheses;
      else if (top().kind == quoting::substitution) return close(1);
    }
    if (ahead("<<<")) return copy(3);
    if (ahead("<<")) return note_here_document();
    copy(1);
    if (c == '\n') read_here_documents();
  }

  bool begins_word() const {
    if (at_ == 0) return true;
    const char before = text_[at_ - 1];
    return is_blank(before) || before == ';' || before == '&' || before == '|' || before == '(' || before == ')';
  }

  /// A quote in a comment opens nothing.
  void skip_comment() {
    while (at_ < text_.size() && here() != '\n') {
      if (auto found = placeholder_at(text_.substr(at_))) {
        at_ += found->size;
        out_.text += found->name;
      } else {
        copy(1);
      }
    }
  }

  void note_here_document() {
    here_document next;
    copy(2);
    if (at_ < text_.size() && here() == '-') {
      next.strip_tabs = true;
      copy(1);
    }
    while (at_ < text_.size() && (here() == ' ' || here() == '\t')) copy(1);
    while (at_ < text_.size() && std::string_view(" \t\n;&|<>()").find(here()) == std::string_view::npos) {
      const char c = here();
      if (c == '\'' || c == '"' || c == '\\') next.literal = true;
      else next.delimiter += c;
      copy(1);
    }
    if (!next.delimiter.empty() || next.literal) waiting_.push_back(std::move(next));
  }

  void read_here_documents() {
    const auto all = std::exchange(waiting_, {});
    for (const here_document& each : all) {
      const auto begin = at_;
      auto end = begin;
      for (;;) {
        const auto line_end = std::min(text_.find('\n', end), text_.size());
        auto line = text_.substr(end, line_end - end);
        if (each.strip_tabs) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        if (line == each.delimiter || line_end == text_.size()) break;
        end = line_end + 1;
      }
      rewrite_body(text_.substr(begin, end - begin), each);
      at_ = end;
      copy(std::min(text_.find('\n', end), text_.size()) - end + 1);
      if (failure_) return;
    }
  }

  void rewrite_body(std::string_view body, const here_document& as) {
    if (!as.literal) {
      rewriter inner(body, nonce_, out_, quoting::here_document);
      if (auto done = inner.run(); !done) failure_ = done.error();
      return;
    }
    for (std::size_t at = body.find(prefix); at != std::string_view::npos; at = body.find(prefix, at + 1))
      if (auto found = placeholder_at(body.substr(at))) {
        failure_ = error(errc::invalid_config, "the argument \"" + found->name + "\" stands in a here-document with a quoted delimiter, where a shell replaces nothing; write <<" +
                                                   as.delimiter + " without quotes");
        return;
      }
    out_.text.append(body);
  }

  std::string_view text_;
  std::string_view nonce_;
  rewritten_command& out_;
  std::vector<region> regions_;
  std::vector<here_document> waiting_;
  std::optional<error> failure_;
  std::size_t at_ = 0;
};

}  // namespace

std::string argument_variable(std::string_view nonce, std::string_view name) { return "__UTCP_ARG_" + std::string(nonce) + "_" + std::string(name); }

result<rewritten_command> rewrite_placeholders(std::string_view command, std::string_view nonce) {
  rewritten_command out;
  rewriter all(command, nonce, out, quoting::command);
  if (auto done = all.run(); !done) return done.error();
  return out;
}

}  // namespace utcp::cli
