#include "tree_builder.hpp"

namespace utcp::openapi_detail {

bool tree_builder::too_large(std::string what) {
  failure_ = error(errc::too_large, std::move(what));
  going_on_ = false;
  return false;
}

tree::entry* tree_builder::add(tree::kind kind) {
  if (skipped_depth_ > 0 || !going_on_) return nullptr;
  if (to_.entries.size() >= std::min<std::size_t>(limits_.max_values, 0xFFFFFFF0u)) {
    too_large("has more than " + std::to_string(limits_.max_values) + " values");
    return nullptr;
  }
  tree::entry& made = to_.entries.emplace_back();
  made.kind = kind;
  made.next = static_cast<std::uint32_t>(to_.entries.size());
  return &made;
}

void tree_builder::set_text(tree::entry& one, std::string_view text) {
  one.text.begin = static_cast<std::uint32_t>(to_.texts.size());
  one.text.size = static_cast<std::uint32_t>(text.size());
  to_.texts += text;
}

bool tree_builder::boolean(bool v) {
  if (auto* made = add(tree::kind::boolean)) made->boolean = v;
  return going_on_;
}

bool tree_builder::number_integer(number_integer_t v) {
  if (v >= 0) return number_unsigned(static_cast<number_unsigned_t>(v));
  if (auto* made = add(tree::kind::negative)) made->negative = v;
  return going_on_;
}

bool tree_builder::number_unsigned(number_unsigned_t v) {
  if (auto* made = add(tree::kind::whole)) made->whole = v;
  return going_on_;
}

bool tree_builder::number_float(number_float_t v, const string_t&) {
  if (auto* made = add(tree::kind::real)) made->real = v;
  return going_on_;
}

bool tree_builder::string_view(std::string_view v) {
  if (auto* made = add(tree::kind::string)) set_text(*made, v);
  return going_on_;
}

bool tree_builder::key_view(std::string_view name) { return string_view(name); }

bool tree_builder::open(tree::kind kind) {
  if (!going_on_) return false;
  if (skipped_depth_ > 0) return ++skipped_depth_, true;
  if (open_.size() >= limits_.max_depth) {
    const auto at = static_cast<std::uint32_t>(to_.entries.size());
    if (add(tree::kind::null)) to_.cut.push_back(at);
    skipped_depth_ = 1;
    return going_on_;
  }
  const auto at = static_cast<std::uint32_t>(to_.entries.size());
  if (!add(kind)) return going_on_;
  open_.push_back(at);
  return true;
}

bool tree_builder::close() {
  if (!going_on_) return false;
  if (skipped_depth_ > 0) return --skipped_depth_, true;
  const std::uint32_t at = open_.back();
  open_.pop_back();
  to_.entries[at].next = static_cast<std::uint32_t>(to_.entries.size());
  if (to_.entries[at].kind == tree::kind::object) mark_repeated_keys(at);
  return true;
}

/// Of equal keys the last one counts.
void tree_builder::mark_repeated_keys(std::uint32_t object) {
  auto& entries = to_.entries;
  // A small filter of lengths and last letters tells most objects apart from those that need a look.
  std::uint64_t filter = 0;
  bool suspicious = false;
  std::size_t count = 0;
  for (std::uint32_t at = object + 1; at < entries[object].next; at = entries[at + 1].next, ++count) {
    const std::string_view key = to_.text_of(entries[at]);
    const std::size_t mixed = key.size() * 7 + (key.empty() ? 0 : static_cast<unsigned char>(key.back()) + static_cast<unsigned char>(key[key.size() / 2]) * 31u);
    const std::uint64_t bit = std::uint64_t{1} << (mixed & 63);
    suspicious = suspicious || (filter & bit) != 0;
    filter |= bit;
  }
  if (!suspicious || count < 2) return;
  std::unordered_map<std::string_view, std::uint32_t> seen;
  seen.reserve(count);
  for (std::uint32_t at = object + 1; at < entries[object].next; at = entries[at + 1].next) {
    auto [known, fresh] = seen.try_emplace(to_.text_of(entries[at]), at);
    if (fresh) continue;
    entries[known->second].dead = true;
    to_.repeated_keys.push_back(at);
    known->second = at;
  }
}

bool tree_builder::parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) {
  // "[json.exception.parse_error.101] parse error at line 1, column 5: …"
  std::string text = e.what();
  if (const auto at = text.find("] "); at != std::string::npos) text.erase(0, at + 2);
  failure_ = error(errc::invalid_config, "is not valid JSON: " + text.substr(0, 200));
  return false;
}

}  // namespace utcp::openapi_detail
