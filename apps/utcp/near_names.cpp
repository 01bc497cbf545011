#include "near_names.hpp"

#include <utcp/edit_distance.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace utcp::app {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view after_manual(std::string_view name) {
  auto dot = name.find('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::size_t tolerance(std::string_view text) { return std::max<std::size_t>(1, std::min<std::size_t>(3, text.size() / 3)); }

bool holds(std::string_view whole, std::string_view part) { return part.size() >= 3 && whole.find(part) != std::string_view::npos; }

/// How far a name is from the wanted one; a large number when it is not near at all.
std::size_t rank(std::string_view wanted, std::string_view name) {
  constexpr std::size_t far = 100;
  std::size_t best = far;
  const auto whole_limit = tolerance(wanted);
  if (auto d = edit_distance(wanted, name, whole_limit); d <= whole_limit) best = d;
  const auto wanted_tail = after_manual(wanted);
  const auto name_tail = after_manual(name);
  const auto tail_limit = tolerance(wanted_tail);
  if (auto d = edit_distance(wanted_tail, name_tail, tail_limit); d <= tail_limit) best = std::min(best, d + 1);
  if (best == far && (holds(name_tail, wanted_tail) || holds(wanted_tail, name_tail))) best = 10;
  return best;
}

}  // namespace

std::vector<std::string> near_names(std::string_view wanted, const std::vector<std::string>& names, std::size_t count) {
  constexpr std::size_t far = 100;
  const std::string needle = lower(wanted);
  std::vector<std::pair<std::size_t, const std::string*>> found;
  for (const auto& name : names)
    if (auto r = rank(needle, lower(name)); r < far) found.emplace_back(r, &name);
  std::stable_sort(found.begin(), found.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
  std::vector<std::string> out;
  for (const auto& [r, name] : found) {
    if (out.size() == count) break;
    out.push_back(*name);
  }
  return out;
}

}  // namespace utcp::app
