#include "openapi_conversion.hpp"

#include "spec_fetch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

namespace utcp::app {
namespace {

/// What a person's document refers to, as it is asked for. One from the web leads to no files.
openapi::document_loader load_for_person(const openapi::document& source, const spec_options& how, const document_ports& ports, bool allow_insecure_http) {
  constexpr std::size_t max_bytes = 512u << 20;
  std::string referrer;
  openapi::document_loader files;
  if (is_web_url(source.url())) referrer = source.url();
  else files = how.root.empty() ? openapi::load_any_files(ports.yaml) : openapi::load_files_of(source, how.root, ports.yaml);
  auto fetcher = std::make_shared<spec_fetcher>(allow_insecure_http);
  return [=, yaml = ports.yaml, left = max_bytes](const std::string& url) mutable -> result<openapi::document> {
    if (!is_web_url(url)) return files ? files(url) : error(errc::not_allowed, url + ": a document from the web does not lead to files");
    auto text = fetcher->fetch(url, referrer);
    if (!text) return text.error();
    if (text->size() > left) return error(errc::too_large, url + ": the document and what it refers to are too large");
    left -= text->size();
    return openapi::read_part(*text, syntax_of_path(url), url, yaml.get());
  };
}

}  // namespace

bool spec_options::any() const {
  return !spec_url.empty() || !root.empty() || !base_url.empty() || !prefix.empty() || !include.empty() || !exclude.empty() || !server_variables.empty() || server_arguments || skip_deprecated || wire_names;
}

result<openapi::convert_options> spec_options::to_convert() const {
  openapi::convert_options out;
  out.spec_url = spec_url;
  out.base_url = base_url;
  out.prefix = prefix;
  out.include = include;
  out.exclude = exclude;
  out.server_arguments = server_arguments;
  out.skip_deprecated = skip_deprecated;
  out.safe_arguments = !wire_names;
  for (const std::string& each : server_variables) {
    const auto equals = each.find('=');
    if (equals == std::string::npos || equals == 0) return error(errc::invalid_argument, "--server-variable: expected NAME=VALUE, not \"" + each + "\"");
    out.server_variables[each.substr(0, equals)] = each.substr(equals + 1);
  }
  return out;
}

json spec_options::to_provider() const {
  json out = json::object();
  if (!spec_url.empty()) out["spec_url"] = spec_url;
  if (!root.empty()) out["root"] = root;
  if (!base_url.empty()) out["base_url"] = base_url;
  if (!prefix.empty()) out["prefix"] = prefix;
  if (!include.empty()) out["include"] = include;
  if (!exclude.empty()) out["exclude"] = exclude;
  for (const std::string& each : server_variables)
    if (const auto equals = each.find('='); equals != std::string::npos) out["server_variables"][each.substr(0, equals)] = each.substr(equals + 1);
  if (server_arguments) out["server_arguments"] = true;
  if (skip_deprecated) out["skip_deprecated"] = true;
  if (wire_names) out["safe_arguments"] = false;
  return out.empty() ? json() : out;
}

bool is_web_url(std::string_view text) noexcept { return text.starts_with("http://") || text.starts_with("https://"); }

result<std::string> read_spec(const std::string& file_or_url, bool allow_insecure_http) {
  if (is_web_url(file_or_url)) return spec_fetcher(allow_insecure_http).fetch(file_or_url);
  std::error_code ec;
  if (!std::filesystem::is_regular_file(file_or_url, ec)) return error(errc::invalid_config, file_or_url + ": cannot be read; is it there?");
  const auto size = std::filesystem::file_size(file_or_url, ec);
  const document_limits limits;
  if (size > limits.max_bytes) return error(errc::too_large, file_or_url + ": is larger than " + std::to_string(limits.max_bytes) + " bytes");
  std::ifstream in(file_or_url, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::optional<openapi::document> as_openapi(std::string_view text, const std::string& where, const document_ports& ports) {
  if (!openapi::may_be_openapi(text)) return std::nullopt;
  auto read = openapi::document::read(text, syntax_of_path(where), where, ports.yaml.get());
  if (!read || read->version().empty()) return std::nullopt;
  return std::move(*read);
}

result<openapi::conversion> convert_openapi(const openapi::document& source, const spec_options& how, const document_ports& ports, bool allow_insecure_http) {
  auto options = how.to_convert();
  if (!options) return options.error();
  if (is_web_url(source.url())) options->allow_local_servers = false;
  options->load = load_for_person(source, how, ports, allow_insecure_http);
  return openapi::convert(source, *options);
}

void write_tools(const manual& source, dialect to, fidelity how, std::vector<notice>& notices, const std::function<void(std::string_view)>& out) {
  manual part = source;
  part.tools.clear();
  const std::string head = write_json(write_manual(part, to, how, notices));
  const std::string_view mark = "\"tools\":[";
  const auto at = head.find(mark) + mark.size();
  out(std::string_view(head).substr(0, at));
  part.extra = json::object();
  const char* before = "\n";
  for (const tool_ptr& each : source.tools) {
    auto copy = std::make_shared<tool>(*each);
    if (to == dialect::v1) copy->inputs = copy->outputs = schema();
    part.tools.assign(1, copy);
    json written = write_manual(part, to, how, notices);
    if (written["tools"].empty()) continue;  // a notice says why
    std::string text = write_json(written["tools"][0]);
    if (to == dialect::v1) {
      text.pop_back();
      if (!each->inputs.empty()) text += ",\"inputs\":" + *each->inputs.shared_text();
      if (!each->outputs.empty()) text += ",\"outputs\":" + *each->outputs.shared_text();
      text += '}';
    }
    out(before + text);
    before = ",\n";
  }
  out("\n");
  out(std::string_view(head).substr(at));
  out("\n");
}

}  // namespace utcp::app
