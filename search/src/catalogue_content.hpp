#pragma once

#include "index_keeper.hpp"
#include "sealed_bytes.hpp"
#include "tool_record.hpp"

#include <utcp/search/catalogue_file.hpp>

namespace utcp::search_detail {

/// Raised by whatever changes the sections, what stands in them, or how text becomes terms.
inline constexpr std::uint32_t catalogue_format = 1;

/// The sections of a catalogue file. Records and texts stand one after the other; where each begins, and where the last ends, is in a
/// section of its own.
enum class section : std::uint8_t {
  head,  // JSON
  tool_begins, tools,
  definition_begins, definitions,
  text_begins, characters,
  list_begins, documents, impacts, max_impacts, in_names, order,
};
inline constexpr std::size_t section_count = 13;

/// Distinguishes builds whose indexes do not fit each other.
std::uint32_t catalogue_format_of_build();

}  // namespace utcp::search_detail

namespace utcp {

struct catalogue_file::content {
  struct place {  // of a manual in the file, where they stand in another order
    std::uint32_t first_tool = 0;
    std::uint32_t first_definition = 0;
    std::uint32_t definitions = 0;
    std::uint32_t rank = 0;
  };

  std::shared_ptr<const search_detail::sealed_bytes> file;
  std::vector<stored_manual> manuals;  // by rank
  std::vector<place> places;           // by rank
  json notes;
  indexed_search_options how;
  index_view view;

  std::span<const std::uint64_t> tool_begins;
  std::string_view tools;
  std::span<const std::uint64_t> definition_begins;
  std::string_view definitions;

  result<void> read_head(std::string_view text);

  std::string_view tool_bytes(std::size_t number) const { return record(tools, tool_begins, number); }
  std::string_view definition_bytes(std::size_t number) const { return record(definitions, definition_begins, number); }
  /// Null, and the damage noted, where there is none.
  tool_ptr tool(std::size_t rank, std::size_t number) const;
  result<void> check() const;

 private:
  std::string_view record(std::string_view from, std::span<const std::uint64_t> begins, std::size_t number) const;
  std::optional<schema> read_schema(const search_detail::schema_record& from, const place& of) const;
};

}  // namespace utcp
