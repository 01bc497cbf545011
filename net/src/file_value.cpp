#include "file_value.hpp"

#include <utcp/base64.hpp>
#include <utcp/net/media_type.hpp>

#include <algorithm>

namespace utcp::net {
namespace {

// Models write null for what they leave out.
const json* member(const json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

bool has_file_keys_only(const json& object) {
  const auto items = object.items();
  return std::all_of(items.begin(), items.end(), [](const auto& item) {
    const std::string& key = item.key();
    return key == "filename" || key == "content_type" || key == "headers" || key == "data" || key == "base64";
  });
}

content bytes_of(const json& binary) {
  const auto& raw = binary.get_binary();
  return content::of(std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size()));
}

result<void> read_text(const json& from, const char* key, std::string& to, const std::string& where) {
  const json* value = member(from, key);
  if (!value) return {};
  if (!value->is_string()) return error(errc::invalid_argument, where + ": \"" + key + "\" of a file must be text");
  to = value->get_ref<const std::string&>();
  return {};
}

error bad_headers(const std::string& where, const std::string& what) { return {errc::invalid_argument, where + ": \"headers\" of a file " + what}; }

result<void> read_file_headers(const json& from, http_header_list& to, const std::string& where) {
  const json* headers = member(from, "headers");
  if (!headers) return {};
  if (!headers->is_object()) return bad_headers(where, "must be an object of texts");
  for (const auto& [name, value] : headers->items()) {
    if (!value.is_string() && !value.is_number()) return bad_headers(where, "must be an object of texts");
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (auto fine = check_header(name, text); !fine) return bad_headers(where, "cannot be sent: " + fine.error().message);
    if (equal_ignoring_case(name, "Content-Type") || equal_ignoring_case(name, "Content-Disposition") || equal_ignoring_case(name, "Content-Transfer-Encoding"))
      return bad_headers(where, "may not hold \"" + name + "\": \"content_type\" and \"filename\" say that");
    to.set(name, text);
  }
  return {};
}

}  // namespace

bool is_binary_file(const json& value) {
  if (!value.is_object()) return value.is_binary();
  const json* data = member(value, "data");
  return data && data->is_binary() && has_file_keys_only(value);
}

bool is_file(const json& value) {
  if (is_binary_file(value)) return true;
  if (!value.is_object() || !has_file_keys_only(value)) return false;
  return member(value, "base64") || (member(value, "data") && (member(value, "filename") || member(value, "content_type") || member(value, "headers")));
}

result<file_value> read_file(const json& value, const std::string& where) {
  file_value out;
  out.is_bytes = true;
  if (value.is_binary()) {
    out.data = bytes_of(value);
    return out;
  }
  if (auto fine = read_text(value, "filename", out.filename, where); !fine) return fine.error();
  if (auto fine = read_text(value, "content_type", out.content_type, where); !fine) return fine.error();
  if (auto fine = check_header("Content-Type", out.content_type); !fine)
    return error(errc::invalid_argument, where + ": \"content_type\" of a file contains a line break or NUL");
  if (out.content_type.empty()) out.content_type = type_of_file_name(out.filename);
  if (auto fine = read_file_headers(value, out.headers, where); !fine) return fine.error();

  const json* data = member(value, "data");
  const json* base64 = member(value, "base64");
  if (data && base64) return error(errc::invalid_argument, where + ": a file has \"data\" or \"base64\", not both");
  if (data && data->is_binary()) {
    out.data = bytes_of(*data);
  } else if (data && data->is_string()) {
    out.data = content::of(data->get_ref<const std::string&>());
    out.is_bytes = false;
  } else if (base64 && base64->is_string()) {
    auto decoded = base64_decoded(base64->get_ref<const std::string&>());
    if (!decoded) return error(errc::invalid_argument, where + ": \"base64\" of a file is not base64 (RFC 4648: A-Z a-z 0-9 + /, padded with =, no blanks or line breaks)");
    out.data = content::owning(*std::move(decoded));
  } else {
    return error(errc::invalid_argument, where + ": \"" + (data ? "data" : "base64") + "\" of a file must be text");
  }
  return out;
}

}  // namespace utcp::net
