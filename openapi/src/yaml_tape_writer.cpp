#include "yaml_tape_writer.hpp"

#include <algorithm>

namespace utcp::yaml_detail {
namespace {

scalar_kind kind_of_scalar(position at, std::string_view tag, std::string_view value) {
  constexpr std::string_view core = "tag:yaml.org,2002:";
  if (tag == "?") return classify(value);
  if (!tag.starts_with(core)) return scalar_kind::string;
  const std::string_view type = tag.substr(core.size());
  const scalar_kind kind = classify(value);
  const bool integer = kind == scalar_kind::integer || kind == scalar_kind::octal || kind == scalar_kind::hexadecimal;
  if ((type == "null" && kind == scalar_kind::null) || (type == "bool" && kind == scalar_kind::boolean) || (type == "int" && integer) ||
      (type == "float" && kind == scalar_kind::real))
    return kind;
  if (type == "float" && kind == scalar_kind::integer) return scalar_kind::real;
  if (type == "null" || type == "bool" || type == "int" || type == "float") stop(at, "the value does not fit its tag !!" + std::string(type));
  return scalar_kind::string;
}

}  // namespace

void tape_writer::scalar(position at, std::string_view tag, anchor name, std::string_view value) {
  const bool merges = at_key() && ((tag == "?" && value == "<<") || tag == "tag:yaml.org,2002:merge");
  add_scalar(at, name, kind_of_scalar(at, tag, value), value);
  to_.entries.back().merges = merges;
}

void tape_writer::add(position at, anchor name, tape::kind kind) {
  if (to_.entries.size() >= limits_.max_values) stop_too_large(at, "has more than " + std::to_string(limits_.max_values) + " values");
  if (name != 0) anchors_[name] = to_.entries.size();
  tape::entry& made = to_.entries.emplace_back();
  made.kind = kind;
  made.at = at;
}

void tape_writer::add_scalar(position at, anchor name, scalar_kind kind, std::string_view value) {
  add(at, name, tape::kind::scalar);
  tape::entry& made = to_.entries.back();
  made.scalar = kind;
  made.begin = to_.texts.size();
  made.size = value.size();
  to_.texts += value;
  node_done();
}

void tape_writer::alias(position at, anchor name) {
  const auto known = anchors_.find(name);
  if (known == anchors_.end()) stop(at, "an alias has no anchor");
  const tape::entry& meant = to_.entries[known->second];
  const bool collection = meant.kind != tape::kind::scalar;
  if (collection && meant.link == tape::open) stop(at, "an alias stands inside the value that it means");
  if (!at_key()) {
    const std::size_t link = known->second;
    add(at, 0, tape::kind::alias);
    to_.entries.back().link = link;
    node_done();
    return;
  }
  if (collection) stop(at, "a key is an alias of a list or map; keys must be plain text");
  const tape::entry copy = meant;
  add(at, 0, tape::kind::scalar);
  to_.entries.back().begin = copy.begin;
  to_.entries.back().size = copy.size;
  node_done();
}

void tape_writer::open(position at, anchor name, tape::kind kind) {
  if (at_key()) stop(at, "a key is a list or map, or a bracket is not closed; keys must be plain text");
  const std::size_t max_depth = std::min(limits_.max_depth, max_yaml_depth);
  if (open_.size() >= max_depth) stop_too_large(at, "is nested deeper than " + std::to_string(max_depth) + " levels");
  open_.push_back({to_.entries.size(), kind == tape::kind::mapping});
  add(at, name, kind);
  to_.entries.back().link = tape::open;
}

void tape_writer::close() {
  to_.entries[open_.back().entry].link = to_.entries.size();
  open_.pop_back();
  node_done();
}

}  // namespace utcp::yaml_detail
