#include "xml_body.hpp"

#include "argument_text.hpp"

#include <utcp/net/media_type.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <array>

namespace utcp::net {
namespace {

constexpr std::size_t max_xml_nodes = 20'000;
constexpr std::size_t max_xml_depth = 64;

error bad_shape(const std::string& what) { return {errc::invalid_config, "\"x-body-xml\": " + what}; }

std::string shown_in_xml(std::string_view text) {
  std::string out(utf8_prefix(text, 60));
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

// XML 1.0, NCName; beyond ASCII all letters are taken.
bool is_xml_name(std::string_view text) {
  const auto letter = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80; };
  return !text.empty() && letter(static_cast<unsigned char>(text[0])) && is_utf8(text) && std::all_of(text.begin(), text.end(), [&](char each) {
    const auto c = static_cast<unsigned char>(each);
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

// XML 1.0, Char: what is not allowed even when escaped.
bool is_xml_text(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
    if (c == 0xef && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) == 0xbf && static_cast<unsigned char>(text[i + 2]) >= 0xbe) return false;
  }
  return true;
}

void append_xml(std::string& to, std::string_view text, bool attribute) {
  for (const char c : text) {
    switch (c) {
      case '&': to += "&amp;"; break;
      case '<': to += "&lt;"; break;
      case '>': to += "&gt;"; break;
      case '\r': to += "&#13;"; break;
      case '"': to += attribute ? "&quot;" : "\""; break;
      case '\n': to += attribute ? "&#10;" : "\n"; break;
      case '\t': to += attribute ? "&#9;" : "\t"; break;
      default: to += c;
    }
  }
}

void append_cdata(std::string& to, std::string_view text) {
  to += "<![CDATA[";
  for (std::size_t end; (end = text.find("]]>")) != std::string_view::npos; text.remove_prefix(end + 2)) to.append(text.substr(0, end + 2)).append("]]><![CDATA[");
  to.append(text).append("]]>");
}

/// Reads the shape, with counts.
class shape_reader {
 public:
  result<xml_node> read(const json& source, std::size_t depth) {
    if (!source.is_object()) return bad_shape("a node must be an object");
    if (depth > max_xml_depth || ++nodes_ > max_xml_nodes) return error(errc::too_large, "\"x-body-xml\" has more than " + std::to_string(max_xml_nodes) + " nodes, or deeper ones than " + std::to_string(max_xml_depth));
    xml_node out;
    std::string kind = "element";
    for (auto [key, to] : {std::pair("property", &out.property), std::pair("name", &out.name), std::pair("prefix", &out.prefix), std::pair("namespace", &out.space),
                           std::pair("type", &out.type), std::pair("nodeType", &kind)})
      if (auto fine = text(source, key, *to); !fine) return fine.error();
    if (out.name.empty()) out.name = out.property;
    if (!out.prefix.empty() && !is_xml_name(out.prefix)) return bad_shape("\"" + shown_in_xml(out.prefix) + "\" cannot be a prefix");
    if (!out.name.empty() && !is_xml_name(out.name)) return bad_shape("\"" + shown_in_xml(out.name) + "\" cannot be a name");
    if (!is_xml_text(out.space)) return bad_shape("a \"namespace\" that XML cannot hold");
    if (!out.prefix.empty()) out.name.insert(0, out.prefix + ":");
    static constexpr std::array<std::string_view, 5> kinds = {"element", "attribute", "text", "cdata", "none"};
    const auto known = std::find(kinds.begin(), kinds.end(), kind);
    if (known == kinds.end()) return bad_shape("the nodeType \"" + shown_in_xml(kind) + "\" is not known");
    out.kind = static_cast<xml_kind>(known - kinds.begin());
    if (const auto members = source.find("members"); members != source.end()) {
      if (!members->is_array()) return bad_shape("\"members\" must be a list");
      for (const json& each : *members) {
        auto made = read(each, depth + 1);
        if (!made) return made;
        if (made->property.empty() && made->name.empty()) return bad_shape("a member without \"property\"");
        out.members.push_back(*std::move(made));
      }
    }
    if (const auto items = source.find("items"); items != source.end()) {
      auto made = read(*items, depth + 1);
      if (!made) return made;
      out.items.push_back(*std::move(made));
    }
    return out;
  }

 private:
  static result<void> text(const json& source, const char* key, std::string& to) {
    const auto it = source.find(key);
    if (it == source.end() || it->is_null()) return {};
    if (!it->is_string()) return bad_shape(std::string("\"") + key + "\" must be a string");
    to = it->get_ref<const std::string&>();
    return {};
  }

  std::size_t nodes_ = 0;
};

/// An element that is being written.
struct open_element {
  std::string attributes;
  std::string content;
};

/// Writes one document.
class document_writer {
 public:
  explicit document_writer(const xml_shape& shape) : shape_(shape) {}

  result<void> write(open_element& in, const xml_node& as, const json& value, std::size_t depth) {
    if (value.is_null()) return {};
    if (depth > max_xml_depth) return error(errc::too_large, "the body is nested deeper than " + std::to_string(max_xml_depth));
    switch (as.kind) {
      case xml_kind::element: return as_element(in, as, value, depth);
      case xml_kind::attribute: return as_attribute(in, as, value);
      case xml_kind::none: return content(in, as, value, depth);
      default: break;
    }
    auto text = plain_text(as, value);
    if (!text) return text.error();
    if (as.kind == xml_kind::cdata) append_cdata(in.content, *text);
    else append_xml(in.content, *text, false);
    return {};
  }

 private:
  result<void> as_element(open_element& in, const xml_node& as, const json& value, std::size_t depth) {
    if (as.name.empty()) return bad_shape("an element without a name");
    open_element own;
    declare_namespace(own, as);
    if (auto fine = content(own, as, value, depth); !fine) return fine;
    in.content.append("<").append(as.name).append(own.attributes);
    if (own.content.empty()) in.content += "/>";
    else in.content.append(">").append(own.content).append("</").append(as.name).append(">");
    return {};
  }

  result<void> as_attribute(open_element& in, const xml_node& as, const json& value) {
    auto text = plain_text(as, value);
    if (!text) return text.error();
    if (as.name.empty()) return bad_shape("an attribute without a name");
    if (in.attributes.find(" " + as.name + "=\"") != std::string::npos) return {};
    if (!as.prefix.empty()) declare_namespace(in, as);
    in.attributes.append(" ").append(as.name).append("=\"");
    append_xml(in.attributes, *text, true);
    in.attributes += '"';
    return {};
  }

  result<void> content(open_element& in, const xml_node& as, const json& value, std::size_t depth) {
    const xml_node* from = as.type.empty() ? &as : shape_.type(as.type);
    if (value.is_object()) return members(in, *from, value, depth);
    if (value.is_array()) return items(in, as, *from, value, depth);
    auto text = plain_text(as, value);
    if (!text) return text.error();
    append_xml(in.content, *text, false);
    return {};
  }

  result<void> members(open_element& in, const xml_node& from, const json& object, std::size_t depth) {
    for (const xml_node& each : from.members)
      if (const auto it = object.find(each.property); it != object.end())
        if (auto fine = write(in, each, *it, depth + 1); !fine) return fine;
    for (const auto& [name, value] : object.items()) {
      if (std::any_of(from.members.begin(), from.members.end(), [&name = name](const xml_node& each) { return each.property == name; })) continue;
      if (auto fine = unknown(in, name, value, depth); !fine) return fine;
    }
    return {};
  }

  // A member that the shape does not have: an element, or one for each item.
  result<void> unknown(open_element& in, const std::string& name, const json& value, std::size_t depth) {
    if (!is_xml_name(name)) return error(errc::invalid_argument, "the body: \"" + shown_in_xml(name) + "\" cannot be the name of an XML element");
    xml_node as;
    as.name = name;
    if (value.is_array()) as.kind = xml_kind::none;
    return write(in, as, value, depth + 1);
  }

  result<void> items(open_element& in, const xml_node& as, const xml_node& from, const json& list, std::size_t depth) {
    xml_node plain;
    plain.name = as.name;
    const xml_node& item = from.items.empty() ? plain : from.items.front();
    for (const json& each : list)
      if (auto fine = write(in, item, each, depth + 1); !fine) return fine;
    return {};
  }

  static void declare_namespace(open_element& in, const xml_node& as) {
    if (as.space.empty()) return;
    const std::string start = as.prefix.empty() ? " xmlns=\"" : " xmlns:" + as.prefix + "=\"";
    if (in.attributes.find(start) != std::string::npos) return;
    in.attributes += start;
    append_xml(in.attributes, as.space, true);
    in.attributes += '"';
  }

  static result<std::string> plain_text(const xml_node& as, const json& value) {
    const std::string where = "the body: \"" + shown_in_xml(as.name.empty() ? as.property : as.name) + "\"";
    std::string out;
    if (value.is_object()) return error(errc::invalid_argument, where + " is text in XML, so it cannot be an object");
    if (value.is_array()) {
      for (const json& each : value) {  // XML Schema, list types
        if (each.is_structured()) return error(errc::invalid_argument, where + " is text in XML, so it cannot hold objects or lists");
        const auto text = text_of(each);
        if (!text) continue;
        if (!out.empty()) out += ' ';
        out += *text;
      }
    } else {
      out = text_of(value).value_or(std::string());
    }
    if (!is_xml_text(out)) return error(errc::invalid_argument, where + " holds a character that XML does not allow");
    return out;
  }

  const xml_shape& shape_;
};

bool knows_types(const xml_shape& shape, const xml_node& node) {
  const auto knows = [&](const xml_node& each) { return knows_types(shape, each); };
  return (node.type.empty() || shape.type(node.type)) && std::all_of(node.members.begin(), node.members.end(), knows) && std::all_of(node.items.begin(), node.items.end(), knows);
}

}  // namespace

const xml_node* xml_shape::type(std::string_view name) const {
  const auto it = types_.find(name);
  return it == types_.end() ? nullptr : &it->second;
}

result<std::shared_ptr<const xml_shape>> xml_shape::read(const json& source) {
  auto out = std::make_shared<xml_shape>();
  shape_reader reader;
  auto root = reader.read(source, 0);
  if (!root) return root.error();
  out->root_ = *std::move(root);
  if (out->root_.kind != xml_kind::element || out->root_.name.empty()) return bad_shape("the root must be an element with a name");
  if (const auto types = source.find("types"); types != source.end()) {
    if (!types->is_object()) return bad_shape("\"types\" must be an object");
    for (const auto& [name, each] : types->items()) {
      auto made = reader.read(each, 1);
      if (!made) return made.error();
      out->types_.emplace(name, *std::move(made));
    }
  }
  bool known = knows_types(*out, out->root_);
  for (const auto& [name, each] : out->types_) known = known && each.type.empty() && knows_types(*out, each);
  if (!known) return bad_shape("a \"type\" that is not among \"types\", or of a type itself");
  return std::shared_ptr<const xml_shape>(std::move(out));
}

result<std::string> xml_shape::write(const json& value) const {
  document_writer writer(*this);
  open_element document;
  const json nothing = json::object();
  if (auto fine = writer.write(document, root_, value.is_null() ? nothing : value, 0); !fine) return fine.error();
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + document.content;
}

}  // namespace utcp::net
