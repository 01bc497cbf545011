#include "redaction.hpp"

#include <algorithm>

namespace utcp {
namespace {

constexpr std::size_t shortest_secret = 4;
constexpr std::size_t max_depth = 256;

std::string percent_encoded(const std::string& text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if ((u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '-' || u == '.' || u == '_' || u == '~') {
      out += c;
    } else {
      out += '%';
      out += hex[u >> 4];
      out += hex[u & 15];
    }
  }
  return out;
}

/// What begins with a slash is what stands behind a host: the slash stays, so that the host ends where it ended.
std::size_t kept_size(const std::string& secret) { return secret.front() == '/' || secret.front() == '?' ? 1 : 0; }

/// How many bytes at the end of a text a secret begins with.
std::size_t begun_size(std::string_view text, std::string_view secret) {
  for (std::size_t size = std::min(text.size(), secret.size() - 1); size >= shortest_secret; --size)
    if (text.ends_with(secret.substr(0, size))) return size;
  return 0;
}

/// How many bytes at the beginning of a text a secret ends with.
std::size_t ended_size(std::string_view text, std::string_view secret) {
  for (std::size_t size = std::min(text.size(), secret.size() - 1); size >= shortest_secret; --size)
    if (text.starts_with(secret.substr(secret.size() - size))) return size;
  return 0;
}

class redacting_observer final : public observer {
 public:
  redacting_observer(std::shared_ptr<observer> to, const redactor& redact) : to_(std::move(to)), redact_(redact) {}

  void on_manual_registering(const std::string& name) override { to_->on_manual_registering(name); }
  void on_manual_registered(const manual_report& report) override {
    manual_report told = report;
    for (notice& each : told.notices) each = redact_(std::move(each));
    if (told.failure) told.failure = redact_(*std::move(told.failure));
    to_->on_manual_registered(told);
  }
  void on_manual_deregistered(const std::string& name) override { to_->on_manual_deregistered(name); }
  void on_call_started(const std::string& tool) override { to_->on_call_started(tool); }
  void on_call_finished(const std::string& tool, std::chrono::nanoseconds took, const error* failure) override {
    if (!failure) return to_->on_call_finished(tool, took, nullptr);
    const error told = redact_(*failure);
    to_->on_call_finished(tool, took, &told);
  }
  void on_call_progress(const std::string& tool, double done, double total, const std::string& message) override { to_->on_call_progress(tool, done, total, redact_.of_piece(message)); }
  void on_notice(const notice& what) override {
    notice told = redact_(what);
    told.message = redact_.of_piece(std::move(told.message));
    to_->on_notice(told);
  }

 private:
  std::shared_ptr<observer> to_;
  redactor redact_;
};

}  // namespace

redactor::redactor(std::vector<std::string> secrets) {
  for (std::string& each : secrets) {
    if (each.size() < shortest_secret) continue;
    if (auto encoded = percent_encoded(each); encoded != each) secrets_.push_back(std::move(encoded));
    secrets_.push_back(std::move(each));
  }
  std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string redactor::operator()(std::string text) const {
  for (const std::string& each : secrets_) {
    const std::size_t kept = kept_size(each);
    for (auto at = text.find(each); at != std::string::npos; at = text.find(each, at + kept + mask.size())) text.replace(at + kept, each.size() - kept, mask);
  }
  return text;
}

void redactor::redact(json& value, std::size_t depth) const {
  if (depth > max_depth) {
    value = mask;
  } else if (value.is_string()) {
    value = (*this)(std::move(value.get_ref<std::string&>()));
  } else if (value.is_array()) {
    for (json& child : value) redact(child, depth + 1);
  } else if (value.is_object()) {
    std::vector<std::string> telling;
    for (auto& [key, child] : value.items()) {
      redact(child, depth + 1);
      if ((*this)(key) != key) telling.push_back(key);
    }
    for (const std::string& key : telling) {
      json child = std::move(value[key]);
      value.erase(key);
      value[(*this)(key)] = std::move(child);
    }
  }
}

json redactor::operator()(json value) const {
  if (!empty()) redact(value, 0);
  return value;
}

error redactor::operator()(error e) const {
  if (empty()) return e;
  e.message = (*this)(std::move(e.message));
  redact(e.remote, 0);
  return e;
}

notice redactor::operator()(notice n) const {
  n.place = (*this)(std::move(n.place));
  n.message = (*this)(std::move(n.message));
  return n;
}

std::string redactor::of_piece(std::string text) const {
  text = (*this)(std::move(text));
  for (const std::string& each : secrets_) {
    if (const std::size_t size = begun_size(text, each)) text.replace(text.size() - size + kept_size(each), std::string::npos, mask);
    if (const std::size_t size = ended_size(text, each)) text.replace(0, size, mask);
  }
  return text;
}

std::shared_ptr<observer> redacting(std::shared_ptr<observer> to, const redactor& redact) {
  if (redact.empty()) return to;
  return std::make_shared<redacting_observer>(std::move(to), redact);
}

std::vector<std::string> auth_secrets(const json& auth) {
  std::vector<std::string> out;
  if (!auth.is_object()) return out;
  for (const auto& [key, value] : auth.items())
    if (value.is_string() && !is_open_auth_key(key)) out.push_back(value.get<std::string>());
  return out;
}

}  // namespace utcp
