#include "commands.hpp"
#include "host_import.hpp"
#include "openapi_flags.hpp"
#include "output.hpp"

#include <utcp/builtin.hpp>

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>

#include <filesystem>
#include <memory>

namespace utcp::app {
namespace {

struct import_options {
  std::string file;
  std::string output;
  std::string name;
  spec_options spec;
};

/// The provider that reads an OpenAPI document each time.
json provider_of(const import_options& how, const openapi::document& source) {
  call_template out;
  const bool web = is_web_url(how.file);
  std::string name = how.name;
  if (name.empty()) {
    const auto end = how.file.find_last_of("?#");
    const std::string path = web && end != std::string::npos ? how.file.substr(0, end) : how.file;
    name = std::filesystem::path(path).stem().string();
  }
  out.name = normalise_manual_name(name.empty() ? "api" : name);
  if (web) {
    out.protocol = "http";
    out.options["http_method"] = "GET";
    out.options["url"] = how.file;
  } else {
    out.protocol = "text";
    out.options["file_path"] = source.url().starts_with("file://") ? std::filesystem::absolute(how.file).lexically_normal().string() : how.file;
  }
  if (json options = how.spec.to_provider(); !options.is_null()) out.options["openapi"] = std::move(options);
  std::vector<notice> none;
  return write_call_template(out, dialect::v0, fidelity::full, none);
}

/// Adds to the providers of the output file, which may exist.
exit_code import_spec(program& p, const import_options& how, const openapi::document& source, const document_ports& ports) {
  spec_options as_provider = how.spec;
  if (as_provider.root.empty()) as_provider.root = ".";  // a provider's documents lie in one folder unless it says more
  auto done = convert_openapi(source, as_provider, ports, p.global.allow_insecure_http);
  if (!done) return p.fail(done.error());
  json provider = provider_of(how, source);
  p.io.note(std::to_string(done->found.tools.size()) + " tools, " + std::to_string(done->notices.size()) + " remarks (utcp convert --report shows them)");
  json document = json::array();
  std::error_code ec;
  if (!how.output.empty() && std::filesystem::exists(how.output, ec)) {
    auto text = read_spec(how.output, false);
    if (!text) return p.fail(text.error());
    auto before = parse_json(*text);
    if (!before) return p.fail(error(errc::invalid_config, how.output + ": " + before.error().message));
    document = std::move(*before);
  }
  json* list = document.is_object() && document.contains("providers") ? &document["providers"] : &document;
  if (!list->is_array()) return p.fail(error(errc::invalid_config, how.output + ": expected an array of providers"));
  for (const json& each : *list)
    if (each.is_object() && each.value("name", json()) == provider["name"])
      return p.fail(error(errc::already_registered, how.output + " has a provider \"" + provider["name"].get<std::string>() + "\"; give another --name"));
  list->push_back(std::move(provider));
  if (how.output.empty()) {
    p.io.json_line(document, !p.global.json);
    return exit_code::fine;
  }
  result_sink file(p.io, p.global.json);
  if (auto opened = file.to_file(how.output); !opened) return p.fail(opened.error());
  if (auto written = file.whole(tool_result(std::move(document))); !written) return p.fail(written.error());
  if (auto finished = file.finish(); !finished) return p.fail(finished.error());
  return exit_code::fine;
}

exit_code run_import(program& p, const import_options& how) {
  const auto parts = builtin_registry();
  // The reader of hosts' files says what is wrong with one that cannot be read.
  if (const auto text = read_spec(how.file, p.global.allow_insecure_http); text) {
    if (const auto document = as_openapi(*text, how.file, parts.documents)) return import_spec(p, how, *document, parts.documents);
    if (is_web_url(how.file)) return p.fail(error(errc::invalid_config, how.file + ": is no OpenAPI document"));
  } else if (is_web_url(how.file)) {
    return p.fail(text.error());
  }
  if (how.spec.any() || !how.name.empty()) return p.fail(error(errc::invalid_argument, how.file + ": is no OpenAPI document; these options are for those"));
  auto done = import_host_file(how.file, parts.documents);
  if (!done) return p.fail(done.error());
  for (const auto& remark : done->remarks) p.io.note(remark);
  if (how.output.empty()) {
    p.io.json_line(done->document, !p.global.json);
    return exit_code::fine;
  }
  result_sink file(p.io, p.global.json);
  if (auto opened = file.to_file(how.output); !opened) return p.fail(opened.error());
  if (auto written = file.whole(tool_result(std::move(done->document))); !written) return p.fail(written.error());
  if (auto finished = file.finish(); !finished) return p.fail(finished.error());
  return exit_code::fine;
}

}  // namespace

void add_import_command(CLI::App& app, program& p) {
  auto how = std::make_shared<import_options>();
  auto* command = add_command(app, p, "import", "Make a providers.json of an MCP host's file, a v1 configuration or an OpenAPI document",
                              "  utcp import ~/.config/Claude/claude_desktop_config.json -o providers.json\n"
                              "  utcp import .vscode/mcp.json\n"
                              "  utcp import utcp_config.json -o providers.json\n"
                              "  utcp import https://api.example.com/openapi.json -o providers.json\n");
  command->add_option("file", how->file, "A file with mcpServers (Claude Desktop), servers or mcp.servers (VS Code), manual_call_templates, or an OpenAPI document (file or URL)")->required()->type_name("FILE");
  command->add_option("-o,--output", how->output, "Write to a file; an OpenAPI document is added to the providers that it has")->type_name("FILE");
  command->add_option("--name", how->name, "Name of an OpenAPI document's provider")->type_name("NAME");
  add_spec_flags(*command, how->spec);
  command->callback([&p, how] { p.chosen = [&p, how] { return run_import(p, *how); }; });
}

}  // namespace utcp::app
