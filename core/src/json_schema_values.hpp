#pragma once

#include <utcp/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace utcp {

// JSON values as JSON Schema sees them: 1 and 1.0 are one number, and numbers are compared exactly.

/// The bits of schema_node::type that a value has.
unsigned schema_types_of(const json& value);

/// Such as "a string or null".
std::string names_of_types(unsigned types);

/// Less than, equal to or greater than 0.
int compare_numbers(const json& a, const json& b);

/// Not json's own ==, for which -1 is 18446744073709551615. Takes a unit of `work` for each value looked at, and gives up,
/// with `false`, at 0.
bool equal_values(const json& a, const json& b, std::uint64_t& work);

/// `of` is above 0.
bool is_multiple(const json& value, const json& of);

/// Text that is the same for equal values and for no others.
void write_canonical(const json& value, std::string& out);

/// JSON of at most about `limit` code points, an ellipsis where something is cut. Takes no more time than that.
std::string shortened_json(const json& value, std::size_t limit);

}  // namespace utcp
