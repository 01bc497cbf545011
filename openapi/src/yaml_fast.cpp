#include "yaml_tape_writer.hpp"

#include <yaml.h>

#include <algorithm>
#include <string>

namespace utcp::yaml_detail {
namespace {

struct parser_owner {
  parser_owner() { good = yaml_parser_initialize(&parser) == 1; }
  ~parser_owner() {
    if (good) yaml_parser_delete(&parser);
  }
  parser_owner(parser_owner&&) = delete;
  yaml_parser_t parser;
  bool good = false;
};

struct event_owner {
  event_owner() = default;
  ~event_owner() { yaml_event_delete(&event); }
  event_owner(event_owner&&) = delete;
  yaml_event_t event{};
};

std::string_view view_of(const yaml_char_t* text) { return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view(); }

position start_of(const yaml_mark_t& mark) { return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1}; }

/// Passes events on.
class libyaml_reader {
 public:
  libyaml_reader(tape& to, const document_limits& limits) : writer_(to, limits) {}

  /// False: this reader does not go on.
  bool take(const yaml_event_t& event) {
    const position at = start_of(event.start_mark);
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT: return ++documents_ == 1;
      case YAML_ALIAS_EVENT: {
        const auto known = names_.find(std::string(view_of(event.data.alias.anchor)));
        if (known == names_.end()) return false;
        writer_.alias(at, known->second);
        return true;
      }
      case YAML_SCALAR_EVENT: return scalar(at, event), true;
      case YAML_SEQUENCE_START_EVENT: return writer_.open(at, named(event.data.sequence_start.anchor), tape::kind::sequence), true;
      case YAML_MAPPING_START_EVENT: return writer_.open(at, named(event.data.mapping_start.anchor), tape::kind::mapping), true;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: return writer_.close(), true;
      default: return true;
    }
  }

 private:
  void scalar(position at, const yaml_event_t& event) {
    const auto& one = event.data.scalar;
    const std::string_view value(reinterpret_cast<const char*>(one.value), one.length);
    const bool plain = one.style == YAML_PLAIN_SCALAR_STYLE;
    const tape_writer::anchor name = named(one.anchor);
    if (!one.tag && plain && classify(value) == scalar_kind::null) writer_.null(at, name);
    else writer_.scalar(at, one.tag ? view_of(one.tag) : plain ? "?" : "!", name, value);
  }

  tape_writer::anchor named(const yaml_char_t* anchor) {
    if (!anchor) return 0;
    names_[std::string(view_of(anchor))] = ++anchors_;
    return anchors_;
  }

  tape_writer writer_;
  std::unordered_map<std::string, tape_writer::anchor> names_;
  tape_writer::anchor anchors_ = 0;
  int documents_ = 0;
};

/// Directives are compared with all others before, so many of them would take very long.
bool has_directives(std::string_view text) { return text.starts_with('%') || text.find("\n%") != std::string_view::npos; }

}  // namespace

bool read_tape_fast(std::string_view text, tape& to, const document_limits& limits) {
  if (has_directives(text)) return false;
  parser_owner owner;
  if (!owner.good) return false;
  yaml_parser_set_encoding(&owner.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&owner.parser, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  libyaml_reader reader(to, limits);
  try {
    for (;;) {
      event_owner next;
      if (yaml_parser_parse(&owner.parser, &next.event) != 1 || !reader.take(next.event)) return false;
      if (next.event.type == YAML_STREAM_END_EVENT) return true;
    }
  } catch (const stopped&) {
    return false;
  }
}

}  // namespace utcp::yaml_detail
