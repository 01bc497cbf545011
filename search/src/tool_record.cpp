#include "tool_record.hpp"

#include <cstring>

namespace utcp::search_detail {
namespace {

constexpr std::uint32_t no_size = 0;
constexpr std::uint32_t has_size = 1;

void put(std::string& to, std::uint32_t number) { to.append(reinterpret_cast<const char*>(&number), sizeof number); }

void put(std::string& to, std::string_view text) {
  put(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

void put_numbers(std::string& to, std::span<const std::uint32_t> numbers, std::uint32_t base) {
  put(to, static_cast<std::uint32_t>(numbers.size()));
  for (const std::uint32_t each : numbers) put(to, each + base);
}

/// Takes one thing after the other; after the first that is not there all are empty.
class record_reader {
 public:
  explicit record_reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const noexcept { return fine_ && rest_.empty(); }

  std::uint32_t number() {
    std::uint32_t out = 0;
    const std::string_view raw = take(sizeof out);
    if (fine_) std::memcpy(&out, raw.data(), sizeof out);
    return out;
  }
  std::string_view text() { return take(number()); }
  std::vector<std::uint32_t> numbers() {
    const std::string_view raw = take(std::size_t{number()} * sizeof(std::uint32_t));
    std::vector<std::uint32_t> out(raw.size() / sizeof(std::uint32_t));
    if (!out.empty()) std::memcpy(out.data(), raw.data(), raw.size());
    return out;
  }
  std::vector<std::string_view> texts() {
    std::vector<std::string_view> out;
    for (std::uint32_t left = number(); left > 0 && fine_; --left) out.push_back(text());
    return out;
  }
  schema_record schema() {
    schema_record out;
    out.text = text();
    out.used = numbers();
    return out;
  }

 private:
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) fine_ = false;
    if (!fine_) return {};
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  std::string_view rest_;
  bool fine_ = true;
};

}  // namespace

std::string write_tool_record(const tool& one, const std::function<std::uint32_t(const schema_definitions&)>& number_of) {
  std::string out;
  put(out, one.name);
  put(out, one.description);
  put(out, one.tool_call_template ? std::string_view(one.tool_call_template->protocol) : std::string_view());
  put(out, static_cast<std::uint32_t>(one.tags.size()));
  for (const std::string& tag : one.tags) put(out, tag);
  put(out, one.average_response_size ? has_size : no_size);
  if (one.average_response_size) {
    const auto bits = static_cast<std::uint64_t>(*one.average_response_size);
    put(out, static_cast<std::uint32_t>(bits >> 32));
    put(out, static_cast<std::uint32_t>(bits));
  }
  for (const schema* each : {&one.inputs, &one.outputs}) {
    const auto form = each->stored();
    put(out, form.text);
    put_numbers(out, form.used, form.from ? number_of(*form.from) : 0);
  }
  put(out, one.extra.empty() ? std::string_view() : std::string_view(*one.extra.shared_text()));
  return out;
}

std::optional<tool_record> read_tool_record(std::string_view bytes) {
  record_reader from(bytes);
  tool_record out;
  out.name = from.text();
  out.description = from.text();
  out.protocol = from.text();
  out.tags = from.texts();
  if (from.number() == has_size) {
    const auto high = static_cast<std::uint64_t>(from.number()) << 32;
    out.average_response_size = static_cast<std::int64_t>(high | from.number());
  }
  out.inputs = from.schema();
  out.outputs = from.schema();
  out.extra = from.text();
  return from.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

std::string write_definition_record(const schema_definitions::definition& one, std::uint32_t base) {
  std::string out;
  put(out, one.name);
  put(out, one.text);
  put_numbers(out, one.uses, base);
  return out;
}

std::optional<definition_record> read_definition_record(std::string_view bytes) {
  record_reader from(bytes);
  definition_record out;
  out.name = from.text();
  out.text = from.text();
  out.uses = from.numbers();
  return from.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace utcp::search_detail
