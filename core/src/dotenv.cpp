#include <utcp/variables.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace utcp {
namespace {

constexpr std::size_t max_dotenv_bytes = 1u << 20;
constexpr std::string_view no_break_space = "\xC2\xA0";  // white space to python-dotenv too

/// Reads python-dotenv's grammar. A line that does not fit it is skipped, as there.
class dotenv_reader {
 public:
  explicit dotenv_reader(std::string_view text) : text_(text) {}

  struct pair {
    std::string key;
    std::string value;
  };

  /// The next pair; nothing at the end.
  std::optional<pair> next() {
    while (at_ < text_.size()) {
      skip_blank();
      if (at_ >= text_.size()) break;
      if (text_[at_] == '#') {
        skip_line();
        continue;
      }
      if (text_.substr(at_, 6) == "export" && at_ + 6 < text_.size() && is_space(text_[at_ + 6])) {
        at_ += 6;
        skip_spaces();
      }
      pair out;
      out.key = read_key();
      skip_spaces();
      if (out.key.empty() || at_ >= text_.size() || text_[at_] != '=') {
        skip_line();
        continue;
      }
      ++at_;
      skip_spaces();
      if (!read_value(out.value)) {
        skip_line();
        continue;
      }
      return out;
    }
    return std::nullopt;
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\v'; }
  static bool is_end(char c) { return c == '\n' || c == '\r'; }

  void skip_spaces() {
    for (;;) {
      if (at_ < text_.size() && is_space(text_[at_])) ++at_;
      else if (text_.substr(at_, 2) == no_break_space) at_ += 2;
      else return;
    }
  }
  void skip_blank() {
    while (at_ < text_.size() && (is_space(text_[at_]) || is_end(text_[at_]))) ++at_;
  }
  void skip_line() {
    while (at_ < text_.size() && !is_end(text_[at_])) ++at_;
  }

  std::string read_key() {
    if (at_ < text_.size() && text_[at_] == '\'') {
      auto end = text_.find('\'', at_ + 1);
      if (end == std::string_view::npos) return {};
      std::string key(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return key;
    }
    const auto begin = at_;
    while (at_ < text_.size() && text_[at_] != '=' && text_[at_] != '#' && !is_space(text_[at_]) && !is_end(text_[at_]) &&
           text_.substr(at_, 2) != no_break_space)
      ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool read_value(std::string& out) {
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return read_quoted(text_[at_], out);
    const auto begin = at_;
    skip_line();
    std::string_view value = text_.substr(begin, at_ - begin);
    for (std::size_t i = 0; i < value.size(); ++i)
      if (value[i] == '#' && is_space(text_[begin + i - 1])) {  // also right after "= "
        value = value.substr(0, i);
        break;
      }
    while (!value.empty() && (is_space(value.back()) || value.ends_with(no_break_space))) value.remove_suffix(is_space(value.back()) ? 1 : 2);
    out = value;
    return true;
  }

  bool read_quoted(char quote, std::string& out) {
    for (auto i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == quote) {
        at_ = i + 1;
        skip_spaces();
        return at_ == text_.size() || is_end(text_[at_]) || text_[at_] == '#';  // anything else spoils the line
      }
      if (text_[i] != '\\' || i + 1 >= text_.size()) {
        out += text_[i];
        continue;
      }
      append_escape(text_[++i], quote, out);
    }
    return false;
  }

  static void append_escape(char c, char quote, std::string& out) {
    if (c == '\\' || c == '\'') {
      out += c;
      return;
    }
    static constexpr std::string_view from = "\"abfnrtv";
    static constexpr std::string_view to = "\"\a\b\f\n\r\t\v";
    const auto k = quote == '"' ? from.find(c) : std::string_view::npos;
    if (k == std::string_view::npos) {
      out += '\\';
      out += c;
    } else {
      out += to[k];
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

using lookup = std::function<std::optional<std::string>(const std::string&)>;

/// `${NAME}` and `${NAME:-default}`: the file's earlier pairs first, then the environment, then the default.
std::string interpolate(const std::string& value, const std::map<std::string, std::string>& known, const lookup& environment) {
  std::string out;
  std::size_t at = 0;
  for (auto open = value.find("${"); open != std::string::npos; open = value.find("${", at)) {
    const auto close = value.find('}', open);
    if (close == std::string::npos) break;
    std::string name = value.substr(open + 2, close - open - 2);
    std::string fallback;
    if (auto colon = name.find(":-"); colon != std::string::npos) {
      fallback = name.substr(colon + 2);
      name.erase(colon);
    }
    out.append(value, at, open - at);
    if (auto it = known.find(name); it != known.end()) out += it->second;
    else if (auto from = environment ? environment(name) : std::nullopt) out += *from;
    else out += fallback;
    at = close + 1;
  }
  return out.append(value, at);
}

class dotenv_loader final : public variable_loader {
 public:
  dotenv_loader(std::string name, bool found, std::map<std::string, std::string> pairs)
      : name_(std::move(name)), found_(found), pairs_(std::move(pairs)) {}

  std::optional<std::string> load(const std::string& name) const override {
    auto it = pairs_.find(name);
    return it == pairs_.end() ? std::nullopt : std::optional<std::string>(it->second);
  }
  std::string describe() const override { return name_ + (found_ ? "" : " (no such file)"); }

 private:
  std::string name_;
  bool found_;
  std::map<std::string, std::string> pairs_;
};

}  // namespace

std::map<std::string, std::string> parse_dotenv(std::string_view text, const lookup& environment) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::map<std::string, std::string> out;
  dotenv_reader reader(text);
  while (auto pair = reader.next()) out[pair->key] = interpolate(pair->value, out, environment);
  return out;
}

result<std::shared_ptr<variable_loader>> make_dotenv_loader(const std::filesystem::path& file) {
  std::error_code ec;
  if (!std::filesystem::exists(file, ec)) return std::shared_ptr<variable_loader>(std::make_shared<dotenv_loader>(file.string(), false, std::map<std::string, std::string>{}));
  if (!std::filesystem::is_regular_file(file, ec)) return error(errc::invalid_config, file.string() + ": is not a file");
  if (std::filesystem::file_size(file, ec) > max_dotenv_bytes)
    return error(errc::too_large, file.string() + ": is larger than " + std::to_string(max_dotenv_bytes) + " bytes");
  std::ifstream in(file, std::ios::binary);
  if (!in) return error(errc::invalid_config, file.string() + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  return std::shared_ptr<variable_loader>(std::make_shared<dotenv_loader>(file.string(), true, parse_dotenv(text, environment)));
}

}  // namespace utcp
