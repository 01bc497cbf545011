#pragma once

#include <utcp/tool.hpp>

#include <optional>
#include <string>
#include <vector>

namespace utcp::app {

/// One row of the inputs' table; `name` is dotted for what is inside an object.
struct input_row {
  std::string name;
  std::string type;
  bool required = false;
  std::string description;
};

/// The arguments of a schema, objects opened up to three deep. Required ones come first.
std::vector<input_row> input_rows(const json& inputs);

/// A schema's type for people: `string`, `integer or null`, `array of string`, `"c" or "f"`, `string (date)`.
std::string type_text(const json& schema, const json& root);

/// A command line that calls the tool with made-up values for its required arguments.
std::string example_call(const std::string& name, const json& inputs);

/// The tool as JSON for `--json`, secrets masked; its template is written as v1 `tool_call_template`.
json tool_document(const tool& shown);

/// The tool for people. Not yet harmless for a terminal. `width` as for table::lines.
std::string describe(const tool& shown, std::optional<std::size_t> width, bool bold);

}  // namespace utcp::app
