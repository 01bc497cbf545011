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
  if (file->headers.begin() != file->headers.end()) return error(errc::invalid_argument, "\"headers\" of a file are for a part of a multipart body; this body is the file itself");
  encoded_body out;
  out.text = file->data.view();
  if (content_type) out.content_type = *content_type;
  else out.content_type = file->content_type.empty() ? "application/octet-stream" : file->content_type;
  return out;
}

bool is_xml_type(const std::string& type) { return type == "application/xml" || type == "text/xml" || type.ends_with("+xml"); }

bool is_json_sequence(const std::string& type) { return is_json_lines_type(type) || type == "application/json-seq" || type.ends_with("+json-seq"); }

/// A value a line; of json-seq each after a record separator (RFC 7464).
std::string json_sequence(const json& list, const std::string& type) {
  const std::string_view before = type.ends_with("json-seq") ? "\x1e" : "";
  std::string out;
  for (const json& each : list) out.append(before).append(write_json(each)).append("\n");
  return out;
}

encoded_body text_body(std::string text, const std::string& content_type) {
  encoded_body out;
  out.text = std::move(text);
  out.content_type = content_type;
  return out;
}

result<void> append_property(std::string& form, const std::string& name, const json& value, const property_encoding& how) {
  if (value.is_null()) return {};
  member_order no_order(nullptr);
  if (how.styled) return append_styled_query(form, styled_value(name, value, how.how, no_order, nullptr), value_escape::form);
  value_style content;
  content.style = parameter_style::content;
  content.content_type = how.content_type;
  return append_styled_query(form, styled_value(name, value, content, no_order, nullptr), value_escape::form);
}

result<std::string> form_of(const json& object, const body_encoding* encoding) {
  std::string out;
  for (const auto& [name, item] : object.items()) {
    const auto how = encoding ? encoding->find(name) : body_encoding::const_iterator();
    if (!encoding || how == encoding->end() || (!how->second.styled && how->second.content_type.empty())) append_pairs(out, name, item);
    else if (auto fine = append_property(out, name, item, how->second); !fine) return fine.error();
  }
  return out;
}

}  // namespace

result<encoded_body> encode_body(const json& value, const std::optional<std::string>& content_type, const body_encoding* encoding, const xml_shape* xml) {
  const std::string type = content_type ? media_type_of(*content_type) : "application/json";
  if (type == "multipart/form-data" && !value.is_string() && !value.is_binary()) return write_multipart(value, *content_type, encoding);
  if (is_binary_file(value)) return file_body(value, content_type);
  if (is_json_type(type)) return text_body(write_json(value), content_type.value_or(type));
  if (value.is_array() && is_json_sequence(type)) return text_body(json_sequence(value, type), *content_type);
  if (value.is_string()) return text_body(value.get<std::string>(), *content_type);
  if (type == "application/x-www-form-urlencoded" && value.is_object()) {
    auto form = form_of(value, encoding);
    if (!form) return form.error();
    return text_body(*std::move(form), *content_type);
  }
  if (is_file(value)) return file_body(value, content_type);
  if (xml && is_xml_type(type)) {
    auto document = xml->write(value);
    if (!document) return document.error();
    return text_body(*std::move(document), *content_type);
  }
  if (type.starts_with("multipart/")) return write_multipart(value, *content_type, encoding);
  return text_body(write_json(value), *content_type);
}

}  // namespace utcp::net
