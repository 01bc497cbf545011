#include <utcp/openapi/yaml_format.hpp>

#include "yaml_expansion.hpp"
#include "yaml_tape_writer.hpp"

#include <utcp/utf8.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <new>
#include <streambuf>
#include <string>

namespace utcp {
namespace {

using namespace yaml_detail;

position position_of(const YAML::Mark& mark) {
  return {static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1, static_cast<std::uint32_t>(std::max(mark.column, 0)) + 1};
}

/// yaml-cpp writes the characters of the escapes \N and \_ as one byte each, which is no UTF-8.
std::string in_utf8(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const std::size_t good = utf8_prefix_size(value);
    out += value.substr(0, good);
    value.remove_prefix(good);
    if (value.empty()) break;
    out += '\xC2';
    out += value.front();
    value.remove_prefix(1);
  }
  return out;
}

/// Passes yaml-cpp's events on.
class event_reader final : public YAML::EventHandler {
 public:
  event_reader(tape& to, const document_limits& limits) : writer_(to, limits) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp takes no notice of a comma outside of brackets, and would begin a document there again and again.
    if (!first_ && mark.pos == begin_) stop(position_of(mark), "a value cannot begin here; write it in quotes if it does begin with this sign");
    begin_ = mark.pos;
  }
  void OnDocumentEnd() override { first_ = false; }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (first_) writer_.null(position_of(mark), anchor);  // nothing after the document's end
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (is_utf8(value)) writer_.scalar(checked(mark), tag, anchor, value);
    else writer_.scalar(checked(mark), tag, anchor, in_utf8(value));
    last_scalar_ = static_cast<std::size_t>(std::max(mark.pos, 0));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { writer_.alias(checked(mark), anchor); }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    writer_.open(checked(mark), anchor, tape::kind::sequence);
  }
  void OnSequenceEnd() override { writer_.close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    writer_.open(checked(mark), anchor, tape::kind::mapping);
  }
  void OnMapEnd() override { writer_.close(); }

  /// Where the last scalar that is not null begins, with its tag and anchor.
  std::size_t last_scalar() const noexcept { return last_scalar_; }

 private:
  position checked(const YAML::Mark& mark) const {
    if (!first_) stop(position_of(mark), "a second document begins; give each document a file of its own");
    return position_of(mark);
  }

  tape_writer writer_;
  std::size_t last_scalar_ = 0;
  int begin_ = 0;  // of the document
  bool first_ = true;
};

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
#ifdef UTCP_WITH_LIBYAML
  if (read_tape_fast(text, to, limits)) return;
  to = tape();  // whatever is unusual or wrong is the thorough reader's
#endif
  memory_buffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  event_reader writer(to, limits);
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
