#include "catalogue_content.hpp"
#include "indexed_options.hpp"

#include <utcp/document.hpp>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace utcp {
namespace {

using search_detail::section;
using search_detail::text_index;

template <class T>
std::string_view bytes_of(std::span<const T> numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
}
template <class T>
std::string_view bytes_of(const std::vector<T>& numbers) {
  return bytes_of(std::span<const T>(numbers));
}

/// The shared definitions of one manual's schemas, numbered through all their tables.
class definition_numbers {
 public:
  std::uint32_t base_of(const schema_definitions& table) {
    const auto [at, fresh] = bases_.emplace(&table, count_);
    if (!fresh) return at->second;
    for (const auto& each : table.all) records.push_back(search_detail::write_definition_record(each, at->second));
    count_ = static_cast<std::uint32_t>(records.size());
    return at->second;
  }

  std::vector<std::string> records;

 private:
  std::unordered_map<const schema_definitions*, std::uint32_t> bases_;
  std::uint32_t count_ = 0;
};

}  // namespace

/// Puts manuals and their index behind each other: first those that are taken from other files, then those that are new.
class catalogue_writer {
 public:
  explicit catalogue_writer(const indexed_search_options& how) : how_(how) {}

  result<std::string> write(const std::vector<catalogue_entry>& entries, const json& notes) {
    for (std::uint32_t rank = 0; rank < entries.size(); ++rank)
      if (entries[rank].stored && !keep(*entries[rank].stored, entries[rank].name))
        return error(errc::invalid_config, "the catalogue file has no manual \"" + entries[rank].name + "\"");
    // In the order of the index, which takes one source after the other.
    for (kept_file& from : kept_)
      for (std::size_t at = 0; at < from.order.size(); ++at) {
        const std::uint32_t stored = from.order[at];
        const auto& manual = from.file->content_->manuals[stored];
        const auto rank = std::ranges::find_if(entries, [&](const catalogue_entry& e) { return e.stored.get() == from.file && e.name == manual.name; });
        if (rank == entries.end()) continue;
        from.index.keep[at] = true;
        if (auto copied = copy(*from.file->content_, stored); !copied) return copied.error();
        note(*rank, static_cast<std::size_t>(rank - entries.begin()), manual.tools, from.file->content_->places[stored].definitions);
      }
    std::vector<text_index::source> sources;
    for (kept_file& from : kept_) sources.push_back(std::move(from.index));
    for (std::size_t rank = 0; rank < entries.size(); ++rank)
      if (!entries[rank].stored) add(entries[rank], rank, sources);
    head_["notes"] = notes;
    head_["search"] = search_detail::write_indexed_options(how_);
    for (const kept_file& from : kept_)
      if (auto fine = from.file->content_->check(); !fine) return fine.error();
    if (sources.size() == 1 && std::ranges::find(sources.front().keep, false) == sources.front().keep.end()) return seal(*sources.front().index);
    return seal(text_index(sources));
  }

 private:
  struct kept_file {
    const catalogue_file* file;
    text_index::source index;
    std::vector<std::uint32_t> order;  // ranks, as they stand in the file
  };

  bool keep(const catalogue_file& file, const std::string& name) {
    const auto& content = *file.content_;
    if (std::ranges::find(content.manuals, name, &stored_manual::name) == content.manuals.end()) return false;
    if (std::ranges::find(kept_, &file, &kept_file::file) != kept_.end()) return true;
    const auto& part = content.view.parts.front();
    kept_.push_back({&file, {part.index, std::vector<bool>(part.ranks.size())}, part.ranks});
    return true;
  }

  result<void> copy(const catalogue_file::content& from, std::uint32_t rank) {
    const auto& place = from.places[rank];
    for (std::size_t i = 0; i < from.manuals[rank].tools; ++i) add_tool(from.tool_bytes(place.first_tool + i));
    for (std::size_t i = 0; i < place.definitions; ++i) add_definition(from.definition_bytes(place.first_definition + i));
    return from.check();
  }

  void add(const catalogue_entry& entry, std::size_t rank, std::vector<text_index::source>& sources) {
    definition_numbers definitions;
    const std::size_t tools = entry.registered ? entry.registered->tools().size() : 0;
    if (entry.registered)
      for (const tool_ptr& one : entry.registered->tools())
        add_tool(search_detail::write_tool_record(*one, [&](const schema_definitions& table) { return definitions.base_of(table); }));
    for (const std::string& record : definitions.records) add_definition(record);
    if (entry.registered) {
      const std::atomic<bool> never = false;
      sources.push_back({std::make_shared<const text_index>(entry.registered, how_, never), {true}});
    }
    note(entry, rank, tools, definitions.records.size());
  }

  void note(const catalogue_entry& entry, std::size_t rank, std::size_t tools, std::size_t definitions) {
    head_["manuals"].push_back({{"name", entry.name}, {"rank", rank}, {"tools", tools}, {"definitions", definitions}, {"notes", entry.notes}});
  }

  void add_tool(std::string_view record) {
    tools_ += record;
    tool_begins_.push_back(tools_.size());
  }
  void add_definition(std::string_view record) {
    definitions_ += record;
    definition_begins_.push_back(definitions_.size());
  }

  result<std::string> seal(const text_index& index) const {
    if (!index.intact()) return error(errc::invalid_config, "the catalogue file is damaged");
    std::string characters;
    std::vector<std::uint32_t> text_begins{0};
    for (std::uint32_t term = 0; term < index.terms(); ++term) {
      characters += index.text(term);
      if (characters.size() > std::numeric_limits<std::uint32_t>::max()) return error(errc::too_large, "the words of the catalogue do not fit a file");
      text_begins.push_back(static_cast<std::uint32_t>(characters.size()));
    }
    const std::string head = write_json(head_);
    const auto& at = index.arrays();
    std::vector<std::string_view> sections(search_detail::section_count);
    const auto set = [&](section which, std::string_view bytes) { sections[static_cast<std::size_t>(which)] = bytes; };
    set(section::head, head);
    set(section::tool_begins, bytes_of(tool_begins_));
    set(section::tools, tools_);
    set(section::definition_begins, bytes_of(definition_begins_));
    set(section::definitions, definitions_);
    set(section::text_begins, bytes_of(text_begins));
    set(section::characters, characters);
    set(section::list_begins, bytes_of(at.begins));
    set(section::documents, bytes_of(at.documents));
    set(section::impacts, bytes_of(at.impacts));
    set(section::max_impacts, bytes_of(at.max_impacts));
    set(section::in_names, bytes_of(at.in_names));
    set(section::order, bytes_of(at.order));
    return search_detail::sealed_bytes::seal(search_detail::catalogue_format_of_build(), sections);
  }

  const indexed_search_options& how_;
  std::vector<kept_file> kept_;
  json head_ = {{"manuals", json::array()}};
  std::string tools_;
  std::vector<std::uint64_t> tool_begins_{0};
  std::string definitions_;
  std::vector<std::uint64_t> definition_begins_{0};
};

result<std::string> write_catalogue(const std::vector<catalogue_entry>& entries, const indexed_search_options& how, const json& notes) {
  return catalogue_writer(how).write(entries, notes);
}

bool catalogue_file::holds(const registered_manual& one) const {
  const auto found = std::ranges::find(content_->manuals, one.name(), &stored_manual::name);
  if (found == content_->manuals.end() || found->tools != one.tools().size()) return false;
  const auto& place = content_->places[static_cast<std::size_t>(found - content_->manuals.begin())];
  definition_numbers definitions;
  for (std::size_t i = 0; i < one.tools().size(); ++i) {
    const auto record = search_detail::write_tool_record(*one.tools()[i], [&](const schema_definitions& table) { return definitions.base_of(table); });
    if (record != content_->tool_bytes(place.first_tool + i)) return false;
  }
  if (definitions.records.size() != place.definitions) return false;
  for (std::size_t i = 0; i < definitions.records.size(); ++i)
    if (definitions.records[i] != content_->definition_bytes(place.first_definition + i)) return false;
  return content_->check().has_value();
}

}  // namespace utcp
