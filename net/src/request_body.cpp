#include "request_body.hpp"

#include "argument_text.hpp"
#include "file_value.hpp"

#include <utcp/document.hpp>
#include <utcp/net/media_type.hpp>

namespace utcp::net {
namespace {

result<encoded_body> file_body(const json& value, const std::optional<std::string>& content_type) {
  auto file = read_file(value, "the body");
  if (!file) return file.error();
  encoded_body out;
  out.text = file->data.view();
  if (content_type) out.content_type = *content_type;
  else out.content_type = file->content_type.empty() ? "application/octet-stream" : file->content_type;
  return out;
}

encoded_body text_body(std::string text, const std::string& content_type) {
  encoded_body out;
  out.text = std::move(text);
  out.content_type = content_type;
  return out;
}

std::string form_of(const json& object) {
  std::string out;
  for (const auto& [name, item] : object.items()) append_pairs(out, name, item);
  return out;
}

}  // namespace

result<encoded_body> encode_body(const json& value, const std::optional<std::string>& content_type) {
  const std::string type = content_type ? media_type_of(*content_type) : "application/json";
  if (type == "multipart/form-data" && !value.is_string() && !value.is_binary()) return write_form_data(value, *content_type);
  if (is_binary_file(value)) return file_body(value, content_type);
  if (is_json_type(type)) return text_body(write_json(value), content_type.value_or(type));
  if (value.is_string()) return text_body(value.get<std::string>(), *content_type);
  if (type == "application/x-www-form-urlencoded" && value.is_object()) return text_body(form_of(value), *content_type);
  if (is_file(value)) return file_body(value, content_type);
  if (type.starts_with("multipart/"))
    return error(errc::unsupported, "content_type \"" + type + "\": only multipart/form-data is built of arguments; give the encoded body as text");
  return text_body(write_json(value), *content_type);
}

}  // namespace utcp::net
