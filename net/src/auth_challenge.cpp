#include <utcp/net/auth_challenge.hpp>

#include <algorithm>
#include <optional>

namespace utcp::net {
namespace {

bool is_token_char(char c) noexcept {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token68_char(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

error too_many(const char* what) { return {errc::too_large, std::string("WWW-Authenticate: more than ") + what}; }

class challenge_reader {
 public:
  explicit challenge_reader(std::string_view text) : rest_(text) {}

  result<std::vector<auth_challenge>> read() {
    for (;;) {
      skip([](char c) { return is_space(c) || c == ','; });
      if (rest_.empty()) return std::move(out_);
      const std::string_view word = take(is_token_char);
      if (word.empty()) {
        if (auto past = skip_item(); !past) return past.error();
        continue;
      }
      auto is_one = read_parameter(word);
      if (!is_one) return is_one.error();
      if (*is_one) continue;
      if (out_.size() == max_challenges) return too_many("32 challenges");
      out_.emplace_back().scheme = lower(word);
      const bool space = !rest_.empty() && is_space(rest_.front());
      skip(is_space);
      if (space) take_token68();
    }
  }

 private:
  template <class Is>
  std::string_view take(Is is) {
    const auto end = static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is) - rest_.begin());
    const std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }
  template <class Is>
  void skip(Is is) { (void)take(is); }

  // What follows `word` makes it a parameter of the last challenge. False: it does not, and nothing is taken.
  result<bool> read_parameter(std::string_view word) {
    const std::string_view before = rest_;
    skip(is_space);
    if (out_.empty() || rest_.empty() || rest_.front() != '=') {
      rest_ = before;
      return false;
    }
    rest_.remove_prefix(1);
    skip(is_space);
    std::string value;
    if (!rest_.empty() && rest_.front() == '"') {
      auto quoted = take_quoted();
      if (!quoted) return quoted.error();
      value = *std::move(quoted);
    } else {
      value = take([](char c) { return c != ',' && !is_space(c); });
    }
    if (++parameters_ > max_challenge_parameters) return too_many("64 parameters");
    out_.back().parameters.emplace_back(lower(word), std::move(value));
    return true;
  }

  result<std::string> take_quoted() {
    std::string out;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '"') {
        rest_.remove_prefix(at + 1);
        return out;
      }
      if (rest_[at] == '\\' && ++at == rest_.size()) break;
      out.push_back(rest_[at]);
    }
    return error(errc::protocol_error, "WWW-Authenticate: a quoted text has no end");
  }

  // `Negotiate YII=`; `Bearer realm=x` is none, as something stands behind its equals sign.
  void take_token68() {
    const std::string_view before = rest_;
    std::string_view text = take(is_token68_char);
    const std::size_t padding = take([](char c) { return c == '='; }).size();
    const std::string_view whole = before.substr(0, text.size() + padding);
    skip(is_space);
    if (!text.empty() && (rest_.empty() || rest_.front() == ',')) out_.back().token68 = whole;
    else rest_ = before;
  }

  result<bool> skip_item() {
    while (!rest_.empty() && rest_.front() != ',') {
      if (rest_.front() != '"') {
        rest_.remove_prefix(1);
        continue;
      }
      auto quoted = take_quoted();
      if (!quoted) return quoted.error();
    }
    return true;
  }

  std::string_view rest_;
  std::vector<auth_challenge> out_;
  std::size_t parameters_ = 0;
};

}  // namespace

const std::string* auth_challenge::find(std::string_view name) const noexcept {
  const auto it = std::find_if(parameters.begin(), parameters.end(), [&](const auto& each) { return each.first == name; });
  return it == parameters.end() ? nullptr : &it->second;
}

result<std::vector<auth_challenge>> parse_challenges(std::string_view field) {
  if (field.size() > max_challenge_bytes) return too_many("16 KiB");
  const auto control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; };
  if (std::any_of(field.begin(), field.end(), control)) return error(errc::protocol_error, "WWW-Authenticate: a control character");
  return challenge_reader(field).read();
}

}  // namespace utcp::net
