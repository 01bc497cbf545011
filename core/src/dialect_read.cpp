#include "dialect_fields.hpp"
#include "document_builder.hpp"

#include <utcp/auth.hpp>
#include <utcp/dialect.hpp>

#include <algorithm>
#include <array>

namespace utcp {
namespace {

// JSON pointer escapes, RFC 6901 section 3.
std::string pointer(const std::string& place, std::string_view key) {
  std::string out = place + '/';
  for (char c : key) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

error wrong_type(const std::string& place, std::string_view key, std::string_view wanted, const json& found) {
  return error(errc::invalid_config, pointer(place, key) + ": expected " + std::string(wanted) + ", not " + type_phrase(found));
}

/// The value of the first of `keys` that is there and not null; null otherwise.
template <std::size_t N>
const json* first_of(const json& object, const std::array<const char*, N>& keys) {
  for (const char* key : keys)
    if (auto it = object.find(key); it != object.end() && !it->is_null()) return &*it;
  return nullptr;
}

result<json> read_auth(const json& source, const std::string& place) {
  if (!source.is_object()) return error(errc::invalid_config, place + ": expected an object with \"auth_type\", not " + type_phrase(source));
  json out = json::object();
  for (auto& [key, value] : source.items())
    if (!value.is_null()) out[key] = value;
  if (!out.contains("auth_type")) {
    if (auto type = out.find("type"); type != out.end() && type->is_string()) {
      out["auth_type"] = *type;
      out.erase("type");
    } else if (out.contains("token_url") || out.contains("issuer")) {
      out["auth_type"] = "oauth2";
    } else if (out.contains("username")) {
      out["auth_type"] = "basic";
    } else if (out.contains("api_key")) {
      out["auth_type"] = "api_key";
    } else {
      return error(errc::invalid_config, place + ": \"auth_type\" is missing; write \"auth_type\": \"api_key\", \"basic\" or \"oauth2\"");
    }
  }
  auto parsed = parse_auth(out);
  // Kinds that only some peers know are kept and written again; the call that needs one fails.
  if (!parsed && parsed.error() == errc::unsupported) return out;
  if (!parsed) return error(errc::invalid_config, place + ": " + parsed.error().message);
  return out;
}

result<std::vector<std::string>> read_protocols(const json& source, const std::string& place) {
  std::vector<std::string> out;
  if (!source.is_array()) return wrong_type(place, "allowed_communication_protocols", "an array of strings", source);
  for (const json& entry : source) {
    if (!entry.is_string()) return wrong_type(place, "allowed_communication_protocols", "an array of strings", entry);
    out.push_back(canonical_protocol(entry.get_ref<const std::string&>()));
  }
  return out;
}

/// Takes the discriminator out of `options`. A bare `type` counts only when no other is there: samples carry stray ones.
result<void> take_protocol(json& options, call_template& out, const std::string& place) {
  for (const char* key : {"call_template_type", "provider_type", "type"}) {
    auto it = options.find(key);
    if (it == options.end()) continue;
    if (!it->is_string() || it->get_ref<const std::string&>().empty()) return wrong_type(place, key, "the name of a protocol", *it);
    out.protocol = canonical_protocol(it->get_ref<const std::string&>());
    out.dialect = std::string_view(key) == "call_template_type" ? dialect::v1 : dialect::v0;
    options.erase(it);
    return {};
  }
  return error(errc::invalid_config,
               place + ": \"provider_type\" (v0) or \"call_template_type\" (v1) is missing; write for example \"provider_type\": \"http\"");
}

result<std::vector<std::string>> read_tags(const json& source, const std::string& place) {
  std::vector<std::string> out;
  if (source.is_string()) {
    out.push_back(source.get<std::string>());
    return out;
  }
  if (!source.is_array()) return wrong_type(place, "tags", "an array of strings", source);
  out.reserve(source.size());
  for (const json& tag : source) {
    if (tag.is_null()) continue;
    if (!tag.is_string()) return wrong_type(place, "tags", "an array of strings", tag);
    out.push_back(tag.get<std::string>());
  }
  return out;
}

result<schema> read_schema(const json& source, const char* key, const std::string& place) {
  if (!source.is_object() && !source.is_boolean()) return wrong_type(place, key, "a JSON Schema object", source);
  return schema(source);
}

constexpr std::array<const char*, 4> input_keys{"inputs", "parameters", "input_schema", "inputSchema"};
constexpr std::array<const char*, 3> output_keys{"outputs", "output_schema", "outputSchema"};
constexpr std::array<const char*, 3> template_keys{"tool_call_template", "tool_provider", "provider"};

bool is_tool_key(std::string_view key) {
  auto is = [&](const char* k) { return key == k; };
  return key == "name" || key == "description" || key == "tags" || key == "average_response_size" ||
         std::any_of(input_keys.begin(), input_keys.end(), is) || std::any_of(output_keys.begin(), output_keys.end(), is) ||
         std::any_of(template_keys.begin(), template_keys.end(), is);
}

json with_lower_case_keys(const json& source) {
  json out = json::object();
  for (auto& [key, value] : source.items()) {
    std::string lower = key;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    out[lower] = value;
  }
  return out;
}

result<void> read_template_of(const json& source, trust origin, const std::shared_ptr<const call_template>& inherited,
                              const std::string& place, tool& out) {
  const char* found_as = nullptr;
  const json* how = nullptr;
  for (const char* key : template_keys)
    if (auto it = source.find(key); it != source.end() && !it->is_null()) {
      how = &*it;
      found_as = key;
      break;
    }
  if (!how) {
    if (!inherited)
      return error(errc::invalid_config, place + ": the tool has no \"tool_call_template\" (v1) or \"tool_provider\" (v0), and there is no provider to take it from");
    out.tool_call_template = inherited;
    return {};
  }
  auto read = read_call_template(*how, origin, pointer(place, found_as));
  if (!read) return read.error();
  out.tool_call_template = std::make_shared<const call_template>(std::move(*read));
  return {};
}

}  // namespace

std::string canonical_protocol(std::string_view name) {
  if (name == "streamable_http" || name == "streamable-http" || name == "http_stream") return "http_stream";
  if (name == "ws") return "websocket";
  return std::string(name);
}

std::string normalise_manual_name(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    const auto u = static_cast<unsigned char>(c);
    const bool word = u >= 0x80 || (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_';
    if (!word) c = '_';
  }
  return out;
}

bool looks_like_manual(const json& document) {
  if (!document.is_object()) return false;
  for (auto& [key, value] : document.items())
    if (value.is_array() && equals_ignoring_case(key, "tools")) return true;
  return false;
}

bool looks_like_provider(const json& value) { return value.is_object() && (value.contains("provider_type") || value.contains("call_template_type")); }

bool looks_like_tool(const json& value) {
  if (!value.is_object()) return false;
  bool named = false;
  bool says_more = false;
  for (auto& [key, ignored] : value.items()) {
    named = named || equals_ignoring_case(key, "name");
    for (std::string_view telling : {"description", "tool_call_template", "tool_provider", "inputs", "parameters"})
      says_more = says_more || equals_ignoring_case(key, telling);
  }
  return named && says_more;
}

result<call_template> read_call_template(const json& source, trust origin, const std::string& place) {
  if (!source.is_object()) return error(errc::invalid_config, place + ": expected an object that describes a provider, not " + type_phrase(source));
  call_template out;
  out.origin = origin;
  for (auto& [key, value] : source.items())
    // An explicit null switches `body_field` and `response_byte_format` off; anywhere else null means absent.
    if (!value.is_null() || key == "body_field" || key == "response_byte_format") out.options[key] = value;
  if (auto taken = take_protocol(out.options, out, place); !taken) return taken.error();
  if (auto it = out.options.find("name"); it != out.options.end()) {
    if (!it->is_string()) return wrong_type(place, "name", "a string", *it);
    out.name = it->get<std::string>();
    out.options.erase(it);
  }
  for (auto [key, to] : {std::pair<const char*, json*>("auth", &out.auth), {"auth_tools", &out.auth_tools}}) {
    auto it = out.options.find(key);
    if (it == out.options.end()) continue;
    auto read = read_auth(*it, pointer(place, key));
    if (!read) return read.error();
    *to = std::move(*read);
    out.options.erase(key);
  }
  if (auto it = out.options.find("allowed_communication_protocols"); it != out.options.end()) {
    auto read = read_protocols(*it, place);
    if (!read) return read.error();
    out.allowed_communication_protocols = std::move(*read);
    out.options.erase("allowed_communication_protocols");
  }
  if (auto checked = normalise_options(out.protocol, out.options, place); !checked) return checked.error();
  return out;
}

result<tool> read_tool(const json& source, trust origin, const std::shared_ptr<const call_template>& inherited, const std::string& place) {
  if (!source.is_object()) return error(errc::invalid_config, place + ": expected a tool object, not " + type_phrase(source));
  auto name = source.find("name");
  if (name == source.end()) {
    json lower = with_lower_case_keys(source);  // go-utcp writes `Name`
    if (lower.contains("name") && !source.contains("name")) return read_tool(lower, origin, inherited, place);
    return error(errc::invalid_config, place + ": the tool has no \"name\"");
  }
  if (!name->is_string() || name->get_ref<const std::string&>().empty()) return wrong_type(place, "name", "a name", *name);
  tool out;
  out.name = name->get<std::string>();
  if (auto it = source.find("description"); it != source.end() && !it->is_null()) {
    if (!it->is_string()) return wrong_type(place, "description", "a string", *it);
    out.description = it->get<std::string>();
  }
  if (auto it = source.find("tags"); it != source.end() && !it->is_null()) {
    auto tags = read_tags(*it, place);
    if (!tags) return tags.error();
    out.tags = std::move(*tags);
  }
  if (auto it = source.find("average_response_size"); it != source.end() && it->is_number()) out.average_response_size = it->get<std::int64_t>();
  if (const json* inputs = first_of(source, input_keys)) {
    auto read = read_schema(*inputs, "inputs", place);
    if (!read) return read.error();
    out.inputs = std::move(*read);
  }
  if (const json* outputs = first_of(source, output_keys)) {
    auto read = read_schema(*outputs, "outputs", place);
    if (!read) return read.error();
    out.outputs = std::move(*read);
  }
  if (auto read = read_template_of(source, origin, inherited, place, out); !read) return read.error();
  json extra;
  for (auto& [key, value] : source.items())
    if (!value.is_null() && !is_tool_key(key)) extra[key] = value;
  if (!extra.is_null()) out.extra = schema(extra);
  return out;
}

}  // namespace utcp
