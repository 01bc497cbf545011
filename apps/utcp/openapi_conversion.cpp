#include "openapi_conversion.hpp"

#include "spec_fetch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

namespace utcp::app {
namespace {

/// Documents at URLs are loaded before the conversion, which waits for nothing. Only those of the first one's origin: others may
/// be anywhere, and the text that names them came from elsewhere.
openapi::document_loader load_from_web(const openapi::document& root, const document_ports& ports, bool allow_insecure_http) {
  constexpr std::size_t max_documents = 10'000;
  std::size_t left = 512u << 20;  // bytes
  auto known = std::make_shared<std::map<std::string, result<openapi::document>>>();
  const std::string origin = root.url().substr(0, root.url().find('/', root.url().find("://") + 3));
  std::vector<std::string> open = openapi::references_of(root);
  while (!open.empty() && known->size() < max_documents) {
    const std::string url = std::move(open.back());
    open.pop_back();
    if (url == root.url() || known->count(url)) continue;
    if (url != origin && !url.starts_with(origin + "/")) {
      known->emplace(url, error(errc::not_allowed, url + ": only documents of " + origin + " are read for this one"));
      continue;
    }
    auto text = fetch_text(url, allow_insecure_http);
    if (text && text->size() > left) text = error(errc::too_large, url + ": the document and what it refers to are too large");
    if (!text) {
      known->emplace(url, text.error());
      continue;
    }
    left -= text->size();
    auto read = openapi::read_part(*text, syntax_of_path(url), url, ports.yaml.get());
    if (read)
      for (std::string& more : openapi::references_of(*read)) open.push_back(std::move(more));
    known->emplace(url, std::move(read));
  }
  return [known](const std::string& url) -> result<openapi::document> {
    if (auto found = known->find(url); found != known->end()) return found->second;
    return error(errc::too_large, url + ": the document refers to too many others");
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
  if (is_web_url(file_or_url)) return fetch_text(file_or_url, allow_insecure_http);
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
  if (is_web_url(source.url())) {
    options->allow_local_servers = false;
    options->load = load_from_web(source, ports, allow_insecure_http);
  } else {
    options->load = how.root.empty() ? openapi::load_any_files(ports.yaml) : openapi::load_files_of(source, how.root, ports.yaml);
  }
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
