#pragma once

#include <utcp/tool.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// A schema as it is stored: its own text, and the numbers of the manual's definitions that it uses.
struct schema_record {
  std::string_view text;  ///< empty: absent
  std::vector<std::uint32_t> used;
};

/// A tool as it is stored: without its call template, which may hold credentials, but for the protocol.
struct tool_record {
  std::string_view name;
  std::string_view description;
  std::string_view protocol;
  std::vector<std::string_view> tags;
  std::optional<std::int64_t> average_response_size;
  schema_record inputs;
  schema_record outputs;
  std::string_view extra;
};

/// `number_of` gives a table of shared definitions the number from which its own are counted.
std::string write_tool_record(const tool& one, const std::function<std::uint32_t(const schema_definitions&)>& number_of);
/// Nothing for bytes that `write_tool_record` has not made.
std::optional<tool_record> read_tool_record(std::string_view bytes);

struct definition_record {
  std::string_view name;
  std::string_view text;
  std::vector<std::uint32_t> uses;
};

std::string write_definition_record(const schema_definitions::definition& one, std::uint32_t base);
std::optional<definition_record> read_definition_record(std::string_view bytes);

}  // namespace utcp::search_detail
