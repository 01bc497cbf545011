#include "yaml_expansion.hpp"

#include <string>
#include <vector>

namespace utcp::yaml_detail {

void yaml_expansion::count(const tape::entry& one, std::size_t bytes) {
  if (++values_ > limits_.max_values) stop_too_large(one.at, "has more than " + std::to_string(limits_.max_values) + " values");
  if (expanding_ == 0) return;
  added_ += 1 + bytes;
  if (added_ > max_added_) stop_too_large(one.at, "its aliases add too much to it");
}

void yaml_expansion::go_deeper(const tape::entry& one) {
  if (++depth_ > limits_.max_depth) stop_too_large(one.at, "is nested deeper than " + std::to_string(limits_.max_depth) + " levels");
}

bool yaml_expansion::node(std::size_t index) {
  const tape::entry& one = from_.entries[index];
  switch (one.kind) {
    case tape::kind::scalar: return scalar(one);
    case tape::kind::sequence: return sequence(index);
    case tape::kind::mapping: return mapping(index);
    case tape::kind::alias: break;
  }
  ++expanding_;
  const bool going_on = node(one.link);
  --expanding_;
  return going_on;
}

bool yaml_expansion::scalar(const tape::entry& one) {
  count(one, one.size);
  const std::string_view text = from_.text(one);
  switch (one.scalar) {
    case scalar_kind::null: return to_.null();
    case scalar_kind::boolean: return to_.boolean(text[0] == 't' || text[0] == 'T');
    case scalar_kind::string: {
      std::string value(text);
      return to_.string(value);
    }
    case scalar_kind::real: return to_.number_float(real_value(text, one.scalar), std::string(text));
    case scalar_kind::integer:
    case scalar_kind::octal:
    case scalar_kind::hexadecimal: break;
  }
  bool negative = false;
  std::uint64_t magnitude = 0;
  if (!integer_value(text, one.scalar, negative, magnitude)) return to_.number_float(real_value(text, one.scalar), std::string(text));
  if (!negative) return to_.number_unsigned(magnitude);
  return to_.number_integer(static_cast<std::int64_t>(0 - magnitude));
}

bool yaml_expansion::sequence(std::size_t index) {
  const tape::entry& one = from_.entries[index];
  count(one, 0);
  go_deeper(one);
  if (!to_.start_array(static_cast<std::size_t>(-1))) return false;
  for (std::size_t item = index + 1; item < one.link; item = from_.after(item))
    if (!node(item)) return false;
  --depth_;
  return to_.end_array();
}

bool yaml_expansion::key(const tape::entry& one) {
  if (expanding_ > 0) added_ += one.size;
  std::string name(from_.text(one));
  return to_.key(name);
}

bool yaml_expansion::mapping(std::size_t index) {
  const tape::entry& one = from_.entries[index];
  count(one, 0);
  go_deeper(one);
  if (!to_.start_object(static_cast<std::size_t>(-1))) return false;
  std::vector<std::size_t> merges;
  for (std::size_t at = index + 1; at < one.link; at = from_.after(at + 1)) {
    if (from_.entries[at].merges) {
      merges.push_back(at + 1);
    } else if (!key(from_.entries[at]) || !node(at + 1)) {
      return false;
    }
  }
  if (!merges.empty()) {
    // The map's own keys win wherever they stand, so what is merged comes last and leaves them out.
    keys seen;
    for (std::size_t at = index + 1; at < one.link; at = from_.after(at + 1))
      if (!from_.entries[at].merges) seen.insert(from_.text(from_.entries[at]));
    for (const std::size_t value : merges)
      if (!merge(value, seen)) return false;
  }
  --depth_;
  return to_.end_object();
}

bool yaml_expansion::merge(std::size_t value, keys& seen) {
  const std::size_t source = from_.meant(value);
  const tape::entry& one = from_.entries[source];
  if (one.kind == tape::kind::mapping) return merge_mapping(source, seen);
  if (one.kind != tape::kind::sequence) stop(from_.entries[value].at, "`<<` merges a map or a list of maps");
  for (std::size_t item = source + 1; item < one.link; item = from_.after(item)) {
    const std::size_t map = from_.meant(item);
    if (from_.entries[map].kind != tape::kind::mapping) stop(from_.entries[item].at, "`<<` merges a map or a list of maps");
    if (!merge_mapping(map, seen)) return false;
  }
  return true;
}

bool yaml_expansion::merge_mapping(std::size_t index, keys& seen) {
  const tape::entry& one = from_.entries[index];
  if (++merge_depth_ > limits_.max_depth) stop_too_large(one.at, "is merged over more than " + std::to_string(limits_.max_depth) + " maps");
  ++expanding_;
  count(one, 0);
  std::vector<std::size_t> merges;
  for (std::size_t at = index + 1; at < one.link; at = from_.after(at + 1)) {
    if (from_.entries[at].merges) {
      merges.push_back(at + 1);
      continue;
    }
    count(one, 0);  // a key that is left out takes time too
    // Of equal keys the last wins, here as everywhere: earlier ones are told and then told again.
    if (!seen.contains(from_.text(from_.entries[at])) && (!key(from_.entries[at]) || !node(at + 1))) return false;
  }
  for (std::size_t at = index + 1; at < one.link; at = from_.after(at + 1))
    if (!from_.entries[at].merges) seen.insert(from_.text(from_.entries[at]));
  for (const std::size_t value : merges)
    if (!merge(value, seen)) return false;
  --expanding_;
  --merge_depth_;
  return true;
}

}  // namespace utcp::yaml_detail
