#include "catalogue_content.hpp"

#include <utcp/document.hpp>

#include <algorithm>
#include <map>
#include <numeric>

namespace utcp {
namespace {

using search_detail::section;
using search_detail::text_index;

constexpr std::size_t max_depth = 256;              // as document_limits: nothing deeper can have been read
constexpr std::size_t max_definitions = 100'000;    // of one schema
constexpr std::size_t max_schema_bytes = 256u << 20;

error damaged_file() { return {errc::invalid_config, "the catalogue file is damaged"}; }

/// Whoever reads a schema relies on it.
bool is_shallow(std::string_view json_text) {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json_text.size(); ++i) {
    const char c = json_text[i];
    if (in_text) {
      if (c == '\\') ++i;
      else if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth) return false;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return true;
}

std::optional<std::uint32_t> number_in(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  const auto value = whole_number(*found);
  return value && *value < search_detail::text_set::none ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

}  // namespace

std::uint32_t search_detail::catalogue_format_of_build() {
  std::uint32_t out = catalogue_format << 8;
#ifdef UTCP_WITH_STEMMER
  out |= 1;
#endif
#ifdef UTCP_WITH_UTF8PROC
  out |= 2;
#endif
  return out;
}

result<void> catalogue_file::content::read_head(std::string_view text) {
  const auto head = parse_json(text);
  if (!head || !head->is_object() || !head->contains("manuals") || !head->contains("notes") || !head->contains("search")) return damaged_file();
  auto options = read_indexed_search_options((*head)["search"]);
  if (!options || !(*head)["manuals"].is_array()) return damaged_file();
  how = *options;
  notes = (*head)["notes"];
  const json& all = (*head)["manuals"];
  manuals.resize(all.size());
  places.resize(all.size());
  std::vector<bool> taken(all.size());
  std::vector<std::string> names;
  std::vector<std::uint32_t> first_tools{0};
  std::uint64_t definition = 0;
  index_view::part part{nullptr, {}, 0};
  for (const json& each : all) {
    if (!each.is_object() || !each.contains("name") || !each["name"].is_string()) return damaged_file();
    const auto rank = number_in(each, "rank");
    const auto tools_of = number_in(each, "tools");
    const auto definitions_of = number_in(each, "definitions");
    if (!rank || !tools_of || !definitions_of || *rank >= all.size() || taken[*rank]) return damaged_file();
    taken[*rank] = true;
    manuals[*rank] = {each["name"].get<std::string>(), *tools_of, each.value("notes", json())};
    places[*rank] = {first_tools.back(), static_cast<std::uint32_t>(definition), *definitions_of, *rank};
    if (std::uint64_t{first_tools.back()} + *tools_of >= search_detail::text_set::none) return damaged_file();
    first_tools.push_back(first_tools.back() + *tools_of);
    definition += *definitions_of;
    names.push_back(manuals[*rank].name);
    part.ranks.push_back(*rank);
  }
  if (definition + 1 != definition_begins.size() || std::size_t{first_tools.back()} + 1 != tool_begins.size()) return damaged_file();

  search_detail::index_arrays at;
  const auto numbers = [&](section which) { return file->section<std::uint32_t>(static_cast<std::size_t>(which)); };
  const auto bytes = [&](section which) { return file->section<std::uint8_t>(static_cast<std::size_t>(which)); };
  at.begins = numbers(section::list_begins);
  at.documents = numbers(section::documents);
  at.impacts = bytes(section::impacts);
  at.max_impacts = bytes(section::max_impacts);
  at.in_names = bytes(section::in_names);
  at.order = numbers(section::order);
  at.text_begins = numbers(section::text_begins);
  const auto characters = file->section<char>(static_cast<std::size_t>(section::characters));
  at.characters = {characters.data(), characters.size()};
  const std::size_t terms = at.order.size();
  if (at.begins.size() != terms + 1 || at.text_begins.size() != terms + 1 || at.max_impacts.size() != terms || at.in_names.size() != terms ||
      at.impacts.size() != at.documents.size())
    return damaged_file();
  part.documents = view.documents = first_tools.back();
  part.index = std::make_shared<const text_index>(file, at, std::move(names), std::move(first_tools));
  view.parts.push_back(std::move(part));
  return {};
}

std::string_view catalogue_file::content::record(std::string_view from, std::span<const std::uint64_t> begins, std::size_t number) const {
  const auto ends = file->part(begins, number, 2);
  if (ends.empty()) return {};
  if (ends[1] < ends[0]) {
    file->note_damage();
    return {};
  }
  return file->part(from, ends[0], ends[1] - ends[0]);
}

/// A table of its own with the definitions that are needed, in their order: the same text comes of it.
std::optional<schema> catalogue_file::content::read_schema(const search_detail::schema_record& from, const place& of) const {
  if (from.text.empty()) return schema();
  if (!is_shallow(from.text)) return std::nullopt;
  if (from.used.empty()) return schema::of_checked_text(std::string(from.text));
  std::map<std::uint32_t, search_detail::definition_record> needed;
  std::vector<std::uint32_t> open = from.used;
  std::size_t size = 0;
  while (!open.empty()) {
    const std::uint32_t number = open.back();
    open.pop_back();
    if (needed.contains(number)) continue;
    if (number >= of.definitions || needed.size() >= max_definitions) return std::nullopt;
    auto read = search_detail::read_definition_record(definition_bytes(std::size_t{of.first_definition} + number));
    if (!read || !is_shallow(read->text) || (size += read->text.size()) > max_schema_bytes) return std::nullopt;
    open.insert(open.end(), read->uses.begin(), read->uses.end());
    needed.emplace(number, std::move(*read));
  }
  auto table = std::make_shared<schema_definitions>();
  for (const auto& [number, definition] : needed) table->all.push_back({std::string(definition.name), std::string(definition.text), {}});
  std::vector<std::uint32_t> all(table->all.size());
  std::iota(all.begin(), all.end(), 0U);
  return schema::of_shared_definitions(std::string(from.text), std::move(table), std::move(all));
}

tool_ptr catalogue_file::content::tool(std::size_t rank, std::size_t number) const {
  const place& of = places[rank];
  const auto read = search_detail::read_tool_record(tool_bytes(of.first_tool + number));
  auto inputs = read ? read_schema(read->inputs, of) : std::nullopt;
  auto outputs = read ? read_schema(read->outputs, of) : std::nullopt;
  if (!inputs || !outputs || !is_shallow(read->extra)) {
    file->note_damage();
    return nullptr;
  }
  auto out = std::make_shared<utcp::tool>();
  out->name = read->name;
  out->description = read->description;
  out->tags.assign(read->tags.begin(), read->tags.end());
  out->average_response_size = read->average_response_size;
  out->inputs = *std::move(inputs);
  out->outputs = *std::move(outputs);
  if (!read->extra.empty()) out->extra = schema::of_checked_text(std::string(read->extra));
  auto how_called = std::make_shared<call_template>();
  how_called->name = manuals[rank].name;
  how_called->protocol = read->protocol;
  how_called->origin = trust::remote;
  out->tool_call_template = std::move(how_called);
  return out;
}

result<void> catalogue_file::content::check() const {
  if (file->damaged()) return damaged_file();
  return {};
}

}  // namespace utcp
