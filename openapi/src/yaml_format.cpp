#include <utcp/openapi/yaml_format.hpp>

#include "yaml_expansion.hpp"
#include "yaml_tape.hpp"

#include <utcp/utf8.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <new>
#include <streambuf>
#include <string>
#include <unordered_map>
#include <vector>

namespace utcp {
namespace {

using namespace yaml_detail;

// yaml-cpp gives up at 500, with a message about a bad file.
constexpr std::size_t max_yaml_depth = 400;

position position_of(const YAML::Mark& mark) {
  return {static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1, static_cast<std::uint32_t>(std::max(mark.column, 0)) + 1};
}

/// Writes yaml-cpp's events on a tape, which is checked on the way: depth, number of values, keys.
class tape_writer final : public YAML::EventHandler {
 public:
  tape_writer(tape& to, const document_limits& limits) : to_(to), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp takes no notice of a comma outside of brackets, and would begin a document there again and again.
    if (!first_ && mark.pos == begin_) stop(position_of(mark), "a value cannot begin here; write it in quotes if it does begin with this sign");
    begin_ = mark.pos;
  }
  void OnDocumentEnd() override { first_ = false; }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!first_) return;  // nothing after the document's end
    add_scalar(mark, anchor, scalar_kind::null, "null");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    const bool merges = at_key() && ((tag == "?" && value == "<<") || tag == "tag:yaml.org,2002:merge");
    const scalar_kind kind = kind_of(position_of(mark), tag, value);
    add_scalar(mark, anchor, kind, value);
    to_.entries.back().merges = merges;
    last_scalar_ = static_cast<std::size_t>(std::max(mark.pos, 0));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, tape::kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, tape::kind::mapping);
  }
  void OnMapEnd() override { close(); }

  /// Where the last scalar that is not null begins, with its tag and anchor.
  std::size_t last_scalar() const noexcept { return last_scalar_; }

 private:
  struct level {
    std::size_t entry;
    bool key_next;  // of a mapping
  };

  static scalar_kind kind_of(position at, const std::string& tag, const std::string& value);
  bool at_key() const { return !open_.empty() && open_.back().key_next; }
  void add(const YAML::Mark& mark, YAML::anchor_t anchor, tape::kind kind);
  void add_scalar(const YAML::Mark& mark, YAML::anchor_t anchor, scalar_kind kind, std::string_view value);
  void open(const YAML::Mark& mark, YAML::anchor_t anchor, tape::kind kind);
  void close();
  void node_done() {
    if (!open_.empty() && to_.entries[open_.back().entry].kind == tape::kind::mapping) open_.back().key_next = !open_.back().key_next;
  }

  tape& to_;
  const document_limits& limits_;
  std::vector<level> open_;
  std::unordered_map<YAML::anchor_t, std::size_t> anchors_;
  std::size_t last_scalar_ = 0;
  int begin_ = 0;  // of the document
  bool first_ = true;
};

scalar_kind tape_writer::kind_of(position at, const std::string& tag, const std::string& value) {
  constexpr std::string_view core = "tag:yaml.org,2002:";
  if (tag == "?") return classify(value);
  if (!tag.starts_with(core)) return scalar_kind::string;
  const std::string_view type = std::string_view(tag).substr(core.size());
  const scalar_kind kind = classify(value);
  const bool integer = kind == scalar_kind::integer || kind == scalar_kind::octal || kind == scalar_kind::hexadecimal;
  if ((type == "null" && kind == scalar_kind::null) || (type == "bool" && kind == scalar_kind::boolean) || (type == "int" && integer) ||
      (type == "float" && kind == scalar_kind::real))
    return kind;
  if (type == "float" && kind == scalar_kind::integer) return scalar_kind::real;
  if (type == "null" || type == "bool" || type == "int" || type == "float") stop(at, "the value does not fit its tag !!" + std::string(type));
  return scalar_kind::string;
}

void tape_writer::add(const YAML::Mark& mark, YAML::anchor_t anchor, tape::kind kind) {
  if (!first_) stop(position_of(mark), "a second document begins; give each document a file of its own");
  if (to_.entries.size() >= limits_.max_values)
    stop_too_large(position_of(mark), "has more than " + std::to_string(limits_.max_values) + " values");
  if (anchor != YAML::NullAnchor) anchors_[anchor] = to_.entries.size();
  tape::entry& made = to_.entries.emplace_back();
  made.kind = kind;
  made.at = position_of(mark);
}

void tape_writer::add_scalar(const YAML::Mark& mark, YAML::anchor_t anchor, scalar_kind kind, std::string_view value) {
  add(mark, anchor, tape::kind::scalar);
  tape::entry& made = to_.entries.back();
  made.scalar = kind;
  made.begin = to_.texts.size();
  made.size = value.size();
  to_.texts += value;
  node_done();
}

void tape_writer::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto known = anchors_.find(anchor);
  if (known == anchors_.end()) stop(position_of(mark), "an alias has no anchor");
  const tape::entry& meant = to_.entries[known->second];
  const bool collection = meant.kind != tape::kind::scalar;
  if (collection && meant.link == tape::open) stop(position_of(mark), "an alias stands inside the value that it means");
  if (!at_key()) {
    const std::size_t link = known->second;
    add(mark, YAML::NullAnchor, tape::kind::alias);
    to_.entries.back().link = link;
    node_done();
    return;
  }
  if (collection) stop(position_of(mark), "a key is an alias of a list or map; keys must be plain text");
  const tape::entry copy = meant;
  add(mark, YAML::NullAnchor, tape::kind::scalar);
  to_.entries.back().begin = copy.begin;
  to_.entries.back().size = copy.size;
  node_done();
}

void tape_writer::open(const YAML::Mark& mark, YAML::anchor_t anchor, tape::kind kind) {
  if (at_key()) stop(position_of(mark), "a key is a list or map, or a bracket is not closed; keys must be plain text");
  const std::size_t max_depth = std::min(limits_.max_depth, max_yaml_depth);
  if (open_.size() >= max_depth) stop_too_large(position_of(mark), "is nested deeper than " + std::to_string(max_depth) + " levels");
  open_.push_back({to_.entries.size(), kind == tape::kind::mapping});
  add(mark, anchor, kind);
  to_.entries.back().link = tape::open;
}

void tape_writer::close() {
  to_.entries[open_.back().entry].link = to_.entries.size();
  open_.pop_back();
  node_done();
}

/// Reads from memory without a copy.
class memory_buffer final : public std::streambuf {
 public:
  explicit memory_buffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // a get area is not written to
    setg(begin, begin, begin + text.size());
  }
};

position position_in(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line_begin = before.rfind('\n');
  return {static_cast<std::uint32_t>(std::ranges::count(before, '\n')) + 1,
          static_cast<std::uint32_t>(line_begin == std::string_view::npos ? offset : offset - line_begin - 1) + 1};
}

/// yaml-cpp takes the byte 4 for the end of the text, and lets through what is not UTF-8.
void check_characters(std::string_view text) {
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F; };
  if (const auto bad = std::ranges::find_if(text, is_control); bad != text.end())
    stop(position_in(text, static_cast<std::size_t>(bad - text.begin())), "a control character");
  if (const std::size_t good = utf8_prefix_size(text); good < text.size()) stop(position_in(text, good), "a byte that is not UTF-8");
}

/// yaml-cpp takes a quoted text for closed when the document ends in it after a line break.
void check_quotes(std::string_view text, std::size_t last_scalar) {
  std::size_t i = last_scalar;
  while (i < text.size() && (text[i] == '!' || text[i] == '&')) {
    i = std::min(text.find_first_of(" \t\r\n", i), text.size());
    i = std::min(text.find_first_not_of(" \t\r\n", i), text.size());
  }
  if (i >= text.size() || (text[i] != '"' && text[i] != '\'')) return;
  const char quote = text[i++];
  while (i < text.size()) {
    const bool doubled = quote == '\'' && text.substr(i).starts_with("''");
    if (text[i] == quote && !doubled) return;
    i += doubled || (quote == '"' && text[i] == '\\') ? 2 : 1;
  }
  stop(position_in(text, last_scalar), "a quoted text is not closed");
}

void read_tape(std::string_view text, tape& to, const document_limits& limits) {
  memory_buffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  tape_writer writer(to, limits);
  while (parser.HandleNextDocument(writer)) {
  }
  check_quotes(text, writer.last_scalar());
}

class yaml_format final : public text_format {
 public:
  result<void> read(std::string_view text, nlohmann::json_sax<json>& handler, const document_limits& limits) const override {
    if (text.size() > limits.max_bytes)
      return error{errc::too_large, "has " + std::to_string(text.size()) + " bytes; the limit is " + std::to_string(limits.max_bytes)};
    try {
      if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
      check_characters(text);
      tape whole;
      read_tape(text, whole, limits);
      document_limits clamped = limits;
      clamped.max_depth = std::min(limits.max_depth, max_yaml_depth);
      yaml_expansion(whole, handler, clamped, 1'000'000 + text.size() * 10).run();
      return {};
    } catch (const stopped& s) {
      return s.why;
    } catch (const YAML::Exception& e) {
      return error{errc::invalid_config, "is not valid YAML " + place_of(position_of(e.mark)) + ": " + e.msg};
    } catch (const std::bad_alloc&) {
      return error{errc::too_large, "needs more memory than there is"};
    } catch (const std::exception& e) {
      return error{errc::invalid_config, std::string("cannot be read as YAML: ") + e.what()};
    }
  }
};

}  // namespace

std::shared_ptr<const text_format> make_yaml_format() { return std::make_shared<const yaml_format>(); }

}  // namespace utcp
