#include "dialect_fields.hpp"
#include "document_builder.hpp"
#include "fast_manual_reader.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>

namespace utcp {
namespace {

// More would only repeat what the first ones say.
constexpr std::size_t max_skipped_notices = 50;

std::string keys_of(const json& object) {
  std::string out;
  std::size_t n = 0;
  for (auto& [key, value] : object.items()) {
    if (++n > 8) return out + ", …";
    out += (n > 1 ? ", \"" : "\"") + key.substr(0, 40) + "\"";
  }
  return out.empty() ? "none" : out;
}

/// Turns the elements of `tools` into tools as they are read.
class tool_sink {
 public:
  tool_sink(const manual_source& source, loaded_manual& out) : source_(source), out_(out) {}

  void read(const json& element) {
    const std::string place = "/tools/" + std::to_string(index_++);
    auto made = read_tool(element, source_.origin, source_.provider, source_.where + "#" + place);
    if (!made) {
      if (++skipped_ <= max_skipped_notices) out_.notices.emplace_back(place, "skipped: " + made.error().message);
      return;
    }
    // Tools of one manual mostly share their template.
    if (last_ && *made->tool_call_template == *last_) made->tool_call_template = last_;
    last_ = made->tool_call_template;
    keep(std::move(*made));
  }

  void take(tool made) {
    ++index_;
    keep(std::move(made));
  }

  void finish() {
    if (skipped_ > max_skipped_notices)
      out_.notices.emplace_back("/tools", std::to_string(skipped_ - max_skipped_notices) + " more tools were skipped for reasons like these");
  }

  dialect first_dialect() const noexcept { return first_dialect_; }

 private:
  void keep(tool made) {
    if (out_.found.tools.empty()) first_dialect_ = made.tool_call_template->dialect;
    // Made as a mutable object: the client still puts the manual's name before the tool's.
    out_.found.tools.push_back(std::make_shared<tool>(std::move(made)));
  }

  const manual_source& source_;
  loaded_manual& out_;
  std::shared_ptr<const call_template> last_;
  std::size_t index_ = 0;
  std::size_t skipped_ = 0;
  dialect first_dialect_ = dialect::v1;
};

/// The manual's own keys, in any letter case; the unknown ones go to `extra`.
void read_head(json root, manual& out, dialect of_tools) {
  std::string version;
  for (auto& [key, value] : root.items()) {
    auto is = [&name = key](std::string_view wanted) { return equals_ignoring_case(name, wanted); };
    if (is("tools") || value.is_null()) continue;
    if (value.is_string() && is("utcp_version")) out.utcp_version = value.get<std::string>();
    else if (value.is_string() && is("manual_version")) out.manual_version = value.get<std::string>();
    else if (value.is_string() && is("version")) version = value.get<std::string>();
    else out.extra[key] = std::move(value);
  }
  if (!out.utcp_version.empty()) {
    out.written_as = dialect::v1;
    if (!version.empty()) out.extra["version"] = version;  // v1 gives the key no meaning
  } else if (!version.empty()) {
    out.written_as = dialect::v0;
    out.utcp_version = version;
  } else {
    out.written_as = of_tools;
  }
}

import_context context_of(const manual_source& source) {
  import_context context;
  context.where = source.where;
  context.local = source.local;
  context.origin = source.origin;
  context.others = source.others;
  if (source.provider) {
    context.name = source.provider->name;
    context.auth_tools = source.provider->auth_tools;
    context.options = source.provider->options;
    if (auto it = source.provider->options.find("base_url"); it != source.provider->options.end() && it->is_string())
      context.base_url = it->get<std::string>();
  }
  return context;
}

std::optional<result<loaded_manual>> import_foreign_text(const std::string& text, const manual_source& source, const document_ports& ports,
                                                         const document_limits& limits) {
  for (const auto& importer : ports.importers) {
    loaded_manual out;
    auto imported = importer->import_text(text, source.as, context_of(source), limits, out.notices);
    if (!imported) continue;
    if (!*imported) return imported->error();
    out.found = std::move(**imported);
    return out;
  }
  return std::nullopt;
}

result<loaded_manual> import_foreign(json root, const manual_source& source, const document_ports& ports) {
  const import_context context = context_of(source);
  for (const auto& importer : ports.importers) {
    if (!importer->accepts(root)) continue;
    loaded_manual out;
    auto imported = importer->import(std::move(root), context, out.notices);
    if (!imported) return imported.error();
    out.found = std::move(*imported);
    return out;
  }
  if (root.contains("openapi") || root.contains("swagger"))
    return error(errc::unsupported, source.where + ": is an OpenAPI document; this build has no importer for it");
  return error(errc::invalid_config, source.where + ": is not a UTCP manual: it has no \"tools\" (its keys: " + keys_of(root) + ")");
}

/// The quick way, where it applies; nothing where the thorough way must decide.
std::optional<loaded_manual> load_fast(std::string& text, const manual_source& source, const document_limits& limits) {
#ifdef UTCP_WITH_SIMDJSON
  if (text.empty() || source.as == syntax::yaml || (text.front() != '{' && text.front() != ' ' && text.front() != '\n')) return std::nullopt;
  loaded_manual out;
  tool_sink sink(source, out);
  auto head = read_manual_fast(text, source, limits, [&](tool made) { sink.take(std::move(made)); }, [&](const json& element) { sink.read(element); });
  if (!head) return std::nullopt;
  sink.finish();
  read_head(std::move(*head), out.found, sink.first_dialect());
  return out;
#else
  (void)text, (void)source, (void)limits;
  return std::nullopt;
#endif
}

}  // namespace

result<loaded_manual> load_manual(std::string text, const manual_source& source, const document_ports& ports, const document_limits& limits) {
  if (auto fast = load_fast(text, source, limits)) return std::move(*fast);
  if (auto foreign = import_foreign_text(text, source, ports, limits)) return std::move(*foreign);
  loaded_manual out;
  document_builder builder(limits);
  tool_sink sink(source, out);
  builder.on_tool = [&](json element, std::size_t) {
    sink.read(element);
    return true;
  };
  if (auto fed = feed(text, source.as, source.where, ports, builder, limits); !fed) return fed.error();
  json root = builder.take();
  if (!root.is_object())
    return error(errc::invalid_config, source.where + ": is " + type_phrase(root) + ", not a UTCP manual; a manual is an object with \"tools\"");
  if (!builder.saw_tools()) {
    for (auto& [key, value] : root.items())
      if (equals_ignoring_case(key, "tools") && !value.is_null())
        return error(errc::invalid_config, source.where + "#/" + key + ": expected an array of tools, not " + type_phrase(value));
    return import_foreign(std::move(root), source, ports);
  }
  sink.finish();
  read_head(std::move(root), out.found, sink.first_dialect());
  return out;
}

}  // namespace utcp
