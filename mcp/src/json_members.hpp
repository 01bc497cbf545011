#pragma once

#include <utcp/error.hpp>
#include <utcp/json.hpp>

#include <string>

namespace utcp::mcp {

/// A member of an object, or null.
inline const json* member(const json& of, const char* key) {
  if (!of.is_object()) return nullptr;
  const auto it = of.find(key);
  return it == of.end() ? nullptr : &*it;
}

/// The same when it is text.
inline const std::string* text_member(const json& of, const char* key) {
  const json* found = member(of, key);
  return found && found->is_string() ? &found->get_ref<const std::string&>() : nullptr;
}

/// The same when it is an object.
inline const json* object_member(const json& of, const char* key) {
  const json* found = member(of, key);
  return found && found->is_object() ? found : nullptr;
}

/// The HTTP status that a failure has in `remote`, or 0.
inline int status_of(const error& why) {
  const json* status = member(why.remote, "status");
  return status && status->is_number_integer() ? status->get<int>() : 0;
}

}  // namespace utcp::mcp
