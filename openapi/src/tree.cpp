#include "tree.hpp"

namespace utcp::openapi_detail {

double node::number() const noexcept {
  if (is(kind::whole)) return static_cast<double>(entry().whole);
  if (is(kind::negative)) return static_cast<double>(entry().negative);
  return is(kind::real) ? entry().real : 0.0;
}

node node::operator[](std::string_view key) const noexcept {
  if (!is_object()) return {};
  const std::uint32_t end = entry().next;
  for (std::uint32_t at = at_ + 1; at < end; at = tree_->entries[at + 1].next) {
    const auto& one = tree_->entries[at];
    if (one.text.size == key.size() && !one.dead && tree_->text_of(one) == key) return {tree_, at + 1};
  }
  return {};
}

node node::item(std::size_t index) const noexcept {
  if (!is_array()) return {};
  for (std::uint32_t at = at_ + 1; at < entry().next; at = tree_->entries[at].next)
    if (index-- == 0) return {tree_, at};
  return {};
}

std::size_t node::size() const noexcept {
  std::size_t count = 0;
  if (is_array())
    for (std::uint32_t at = at_ + 1; at < entry().next; at = tree_->entries[at].next) ++count;
  else each_member([&](std::string_view, node) { ++count; });
  return count;
}

std::string pointer_token(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

std::string pointer_of(node of) {
  if (!of) return {};
  std::string out;
  const auto& entries = of.owner()->entries;
  std::uint32_t at = 0;
  while (at != of.index()) {
    // The child that holds it.
    const bool object = entries[at].kind == tree::kind::object;
    std::uint32_t child = at + 1;
    std::size_t count = 0;
    while (child < entries[at].next) {
      const std::uint32_t value = object ? child + 1 : child;
      if (of.index() < entries[value].next) {
        out += '/';
        out += object ? pointer_token(of.owner()->text_of(entries[child])) : std::to_string(count);
        if (of.index() == child && object) return out;  // the key itself
        child = value;
        break;
      }
      child = entries[value].next;
      ++count;
    }
    if (child >= entries[at].next || child <= at) break;
    at = child;
  }
  return out;
}

}  // namespace utcp::openapi_detail
