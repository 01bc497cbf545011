#include "form_data.hpp"

#include "argument_text.hpp"
#include "file_value.hpp"

#include <utcp/document.hpp>
#include <utcp/net/media_type.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

namespace utcp::net {
namespace {

constexpr std::size_t max_parts = 100'000;

struct part {
  std::string head;  // its lines, without the empty one
  content data;
};

/// The parts of a body. In multipart/form-data, and where the body is an object, they have names.
struct part_list {
  bool named = true;
  std::vector<part> parts;
};

result<void> append_quoted(std::string& to, std::string_view text, const std::string& where) {
  to += '"';
  for (const char c : text) {
    switch (c) {
      case '"': to += "%22"; break;
      case '\r': to += "%0D"; break;
      case '\n': to += "%0A"; break;
      case '\0': return error(errc::invalid_argument, where + ": a name with NUL cannot be sent");
      default: to += c;
    }
  }
  to += '"';
  return {};
}

result<void> add_part(part_list& to, std::string_view name, std::string_view filename, std::string_view content_type, content data, const std::string& where) {
  if (to.parts.size() >= max_parts) return error(errc::too_large, "the body has more than " + std::to_string(max_parts) + " parts");
  part out;
  if (to.named) {
    out.head = "Content-Disposition: form-data; name=";
    if (auto fine = append_quoted(out.head, name, where); !fine) return fine;
  } else if (!filename.empty()) {
    out.head = "Content-Disposition: attachment";
  }
  if (!filename.empty()) {
    out.head += "; filename=";
    if (auto fine = append_quoted(out.head, filename, where); !fine) return fine;
  }
  if (!out.head.empty()) out.head += "\r\n";
  if (!content_type.empty()) out.head.append("Content-Type: ").append(content_type).append("\r\n");
  out.data = std::move(data);
  to.parts.push_back(std::move(out));
  return {};
}

void add_headers(part_list& to, std::size_t from, const http_header_list& headers) {
  for (std::size_t i = from; i < to.parts.size(); ++i)
    for (const http_header& header : headers) to.parts[i].head.append(header.name).append(": ").append(header.value).append("\r\n");
}

/// What a file that has no name gets: servers take a part without one for a text field, and read its bytes as text.
std::string_view usual_filename(const part_list& to, std::string_view name) { return to.named ? name : std::string_view(); }

result<void> add_file_part(part_list& to, const std::string& name, file_value file, std::string_view content_type, const std::string& where) {
  const std::size_t before = to.parts.size();
  auto added = add_part(to, name, file.filename, content_type, std::move(file.data), where);
  if (added) add_headers(to, before, file.headers);
  return added;
}

result<void> add_file(part_list& to, const std::string& name, const json& value, const std::string& where) {
  auto file = read_file(value, where);
  if (!file) return file.error();
  if (file->filename.empty() && file->is_bytes) file->filename = usual_filename(to, name);
  const std::string type = !file->content_type.empty() ? file->content_type : file->is_bytes ? "application/octet-stream" : "text/plain; charset=utf-8";
  return add_file_part(to, name, *std::move(file), type, where);
}

std::string place_of(std::string_view name) {
  std::string shown(utf8_prefix(name, 60));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return "part \"" + shown + "\" of the body";
}

// A type that a server takes for a field's, not for a file's.
bool is_field_type(const std::string& type) { return is_text_type(type) || is_json_type(type); }

// A value whose type the template says.
result<void> add_typed(part_list& to, const std::string& name, const json& value, const std::string& content_type) {
  const std::string where = place_of(name);
  const std::string type = media_type_of(content_type);
  if (is_file(value)) {
    auto file = read_file(value, where);
    if (!file) return file.error();
    if (file->filename.empty()) file->filename = usual_filename(to, name);
    const std::string own = file->content_type.empty() ? content_type : file->content_type;
    return add_file_part(to, name, *std::move(file), own, where);
  }
  if (type.starts_with("multipart/")) return error(errc::unsupported, where + ": a multipart body within a part; give its text as a file");
  if (value.is_string() && !is_json_type(type)) {
    const std::string_view filename = is_field_type(type) ? std::string_view() : usual_filename(to, name);
    return add_part(to, name, filename, content_type, content::of(value.get_ref<const std::string&>()), where);
  }
  if (type == "application/x-www-form-urlencoded" && value.is_object()) {
    std::string form;
    for (const auto& [member, item] : value.items()) append_pairs(form, member, item);
    return add_part(to, name, {}, content_type, content::owning(std::move(form)), where);
  }
  return add_part(to, name, {}, content_type, content::owning(write_json(value)), where);
}

result<void> add_styled(part_list& to, const std::string& name, const json& value, const value_style& how) {
  member_order no_order(nullptr);
  return write_pairs(styled_value(name, value, how, no_order, nullptr), value_escape::none, [&](std::string_view each, std::string text) {
    return add_part(to, each, {}, {}, content::owning(std::move(text)), place_of(each));
  });
}

result<void> add_value(part_list& to, const std::string& name, const json& value) {
  const std::string where = place_of(name);
  if (value.is_null()) return {};
  if (is_file(value)) return add_file(to, name, value, where);
  if (value.is_structured()) return add_part(to, name, {}, "application/json", content::owning(write_json(value)), where);
  if (value.is_string()) return add_part(to, name, {}, {}, content::of(value.get_ref<const std::string&>()), where);
  return add_part(to, name, {}, {}, content::owning(text_of(value).value_or(std::string())), where);
}

result<void> add_one(part_list& to, const std::string& name, const json& value, const property_encoding& how) {
  return how.content_type.empty() ? add_value(to, name, value) : add_typed(to, name, value, how.content_type);
}

result<void> add_encoded(part_list& to, const std::string& name, const json& value, const property_encoding& how) {
  if (value.is_null()) return {};
  const std::size_t before = to.parts.size();
  result<void> added;
  if (how.styled && !is_file(value)) {
    added = add_styled(to, name, value, how.how);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size() && added; ++i) added = value[i].is_null() ? result<void>() : add_one(to, name, value[i], how);
  } else {
    added = add_one(to, name, value, how);
  }
  if (added) add_headers(to, before, how.headers);
  return added;
}

const property_encoding* encoding_of(const body_encoding* encoding, std::string_view name) {
  if (!encoding) return nullptr;
  const auto found = encoding->find(name);
  return found == encoding->end() ? nullptr : &found->second;
}

result<part_list> parts_of_object(const json& object, const body_encoding* encoding) {
  part_list out;
  for (const auto& [name, value] : object.items()) {
    if (const property_encoding* how = encoding_of(encoding, name)) {
      if (auto added = add_encoded(out, name, value, *how); !added) return added.error();
      continue;
    }
    if (!value.is_array()) {
      if (auto added = add_value(out, name, value); !added) return added.error();
      continue;
    }
    for (const json& item : value)
      if (auto added = add_value(out, name, item); !added) return added.error();
  }
  return out;
}

result<part_list> parts_of_list(const json& list, const body_encoding* encoding) {
  part_list out;
  out.named = false;
  const property_encoding* of_the_rest = encoding_of(encoding, "*");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = std::to_string(i);
    const property_encoding* own = encoding_of(encoding, place);
    const property_encoding* how = own ? own : of_the_rest;
    const std::size_t before = out.parts.size();
    auto added = how ? add_one(out, place, list[i], *how) : add_value(out, place, list[i]);
    if (!added) return added.error();
    if (how) add_headers(out, before, how->headers);
  }
  return out;
}

// RFC 2046 section 5.1.1.
bool is_boundary(std::string_view text) {
  static constexpr std::string_view others = "'()+_,-./:=? ";
  return !text.empty() && text.size() <= 70 && text.back() != ' ' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
  });
}

std::string random_boundary() {
  static constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> any(0, letters.size() - 1);
  std::string out = "----utcp";
  for (int i = 0; i < 24; ++i) out += letters[any(random)];
  return out;
}

bool occurs_in(const part_list& parts, const std::string& boundary) {
  const std::string line = "--" + boundary;
  return std::any_of(parts.parts.begin(), parts.parts.end(), [&](const part& each) { return each.data.view().find(line) != std::string_view::npos; });
}

std::string written(const part_list& list, const std::string& boundary) {
  std::size_t size = boundary.size() + 6;
  for (const part& each : list.parts) size += boundary.size() + each.head.size() + each.data.view().size() + 10;
  std::string out;
  out.reserve(size);
  for (const part& each : list.parts) out.append("--").append(boundary).append("\r\n").append(each.head).append("\r\n").append(each.data.view()).append("\r\n");
  return out.append("--").append(boundary).append("--\r\n");
}

}  // namespace

result<encoded_body> write_multipart(const json& value, std::string_view content_type, const body_encoding* encoding) {
  const std::string type = media_type_of(content_type);
  const bool is_list = value.is_array() && type != "multipart/form-data";
  if (!value.is_object() && !is_list)
    return error(errc::invalid_argument, "the body must be an object whose members are the parts of " + type + (type == "multipart/form-data" ? "" : ", or a list of parts") + ", not " + std::string(value.type_name()));
  auto parts = is_list ? parts_of_list(value, encoding) : parts_of_object(value, encoding);
  if (!parts) return parts.error();
  encoded_body out;
  out.content_type = content_type;
  std::string boundary;
  if (const auto given = parameter_of(content_type, "boundary")) {
    boundary = *given;
    if (!is_boundary(boundary)) return error(errc::invalid_config, "the boundary in the Content-Type \"" + type + "\" must be 1 to 70 letters, digits or '()+_,-./:=?");
    if (occurs_in(*parts, boundary)) return error(errc::invalid_argument, "a part of the body contains the boundary that the Content-Type fixes; leave the boundary out of it");
  } else {
    do boundary = random_boundary();
    while (occurs_in(*parts, boundary));
    out.content_type += "; boundary=" + boundary;
  }
  out.text = written(*parts, boundary);
  return out;
}

}  // namespace utcp::net
