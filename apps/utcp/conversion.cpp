#include "conversion.hpp"

#include <utcp/config.hpp>
#include <utcp/dialect.hpp>
#include <utcp/variables.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace utcp::app {
namespace {

/// Settings of a configuration beside its providers, in both spellings; `providers_file_path` is read through.
constexpr std::array<const char*, 5> provider_keys{"providers", "manual_call_templates", "providers_file_path", "variables", "load_variables_from"};

bool is_foreign(const json& document, const document_ports& ports) {
  return std::any_of(ports.importers.begin(), ports.importers.end(), [&](const auto& each) { return each->accepts(document); });
}

result<conversion> convert_manual(std::string_view text, const std::string& where, dialect to, fidelity how, const document_ports& ports) {
  manual_source source;
  source.where = where;
  source.as = syntax_of_path(where);
  source.origin = trust::configuration;
  source.local = true;
  auto own = std::make_shared<call_template>();
  own->name = normalise_manual_name(std::filesystem::path(where).stem().string());
  own->protocol = "text";
  source.provider = own;
  auto loaded = load_manual(std::string(text), source, ports);
  if (!loaded) return loaded.error();
  conversion out;
  out.notices = std::move(loaded->notices);
  out.document = write_manual(loaded->found, to, how, out.notices);
  return out;
}

/// v0 names the kind of a variable loader `type`.
json write_loader(json entry, dialect to) {
  if (to == dialect::v0 && entry.contains("variable_loader_type")) {
    entry["type"] = entry["variable_loader_type"];
    entry.erase("variable_loader_type");
  }
  return entry;
}

json other_settings(const json& source, const client_config& read, dialect to, fidelity how, std::vector<notice>& notices) {
  json out = json::object();
  if (!source.is_object()) return out;
  if (auto variables = source.find("variables"); variables != source.end() && !variables->is_null()) out["variables"] = *variables;
  for (const auto& entry : read.load_variables_from) out["load_variables_from"].push_back(write_loader(entry, to));
  for (const auto& [key, value] : source.items()) {
    if (std::find(provider_keys.begin(), provider_keys.end(), key) != provider_keys.end() || key == "variable_loaders" || value.is_null()) continue;
    const bool known = key == "tool_search_strategy" || key == "tool_repository" || key == "post_processing";
    if (known || how == fidelity::full) out[key] = value;
    else notices.emplace_back("/" + key, "setting dropped: peers do not know it; --full keeps it");
  }
  return out;
}

/// v1 keeps only tools of a manual's own protocol unless it lists others. v0 has no such rule: where the list can stay, it is
/// written out, so that no manual may do more than before.
call_template as_narrow(call_template source, dialect to) {
  auto& allowed = source.allowed_communication_protocols;
  if (to == dialect::v0 && source.dialect == dialect::v1 && (!allowed || allowed->empty())) allowed.emplace(1, source.protocol);
  return source;
}

/// v0 looks for the bare name of a variable, v1 for one that begins with the manual's name.
void tell_of_variables(const call_template& source, dialect to, std::vector<notice>& notices) {
  if (to != dialect::v1 || source.dialect != dialect::v0) return;
  variable_scope scope;
  scope.manual = normalise_manual_name(source.name);
  scope.dialect = dialect::v0;
  for (const std::string& name : required_variables(source, scope))
    notices.emplace_back(source.name, "v1 looks for the variable " + namespaced_variable(scope.manual, name) + " where v0 took " + name + "; set it under that name");
}

result<conversion> convert_config(const json& source, const std::filesystem::path& root_dir, const std::string& where, dialect to, fidelity how,
                                  const document_ports& ports) {
  auto read = read_config(source, root_dir, where, ports);
  if (!read) return read.error();
  conversion out;
  json entries = json::array();
  for (const auto& each : read->manuals) {
    if (each.failure) {
      out.failures.push_back(*each.failure);
    } else {
      tell_of_variables(*each.how, to, out.notices);
      entries.push_back(write_call_template(how == fidelity::full ? as_narrow(*each.how, to) : *each.how, to, how, out.notices));
    }
  }
  const bool wraps = source.is_object() && !looks_like_provider(source);
  json settings = other_settings(wraps ? source : json(), *read, to, how, out.notices);
  if (to == dialect::v1) {
    out.document = std::move(settings);
    out.document["manual_call_templates"] = std::move(entries);
  } else if (how == fidelity::full && !settings.empty()) {
    out.document = std::move(settings);
    out.document["providers"] = std::move(entries);
  } else {
    for (const auto& [key, value] : settings.items())
      out.notices.emplace_back("/" + key, "left out: a v0 providers.json holds providers only; give it to the client's configuration, or use --full");
    out.document = std::move(entries);
  }
  return out;
}

}  // namespace

result<conversion> convert_text(std::string_view text, const std::filesystem::path& root_dir, const std::string& where, dialect to,
                                fidelity how, const document_ports& ports) {
  auto document = read_document(text, syntax_of_path(where), where, ports);
  if (!document) return document.error();
  if (looks_like_manual(*document) || is_foreign(*document, ports)) return convert_manual(text, where, to, how, ports);
  return convert_config(*document, root_dir, where, to, how, ports);
}

result<conversion> convert_file(const std::filesystem::path& file, dialect to, fidelity how, const document_ports& ports) {
  std::ifstream in(file, std::ios::binary);
  std::error_code ignored;
  if (!in || std::filesystem::is_directory(file, ignored)) return error(errc::invalid_config, file.string() + ": cannot be read; is it there?");
  document_limits limits;
  if (std::filesystem::file_size(file, ignored) > limits.max_bytes)
    return error(errc::too_large, file.string() + ": is larger than " + std::to_string(limits.max_bytes) + " bytes");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto folder = file.parent_path();
  return convert_text(text, folder.empty() ? "." : folder, file.string(), to, how, ports);
}

}  // namespace utcp::app
