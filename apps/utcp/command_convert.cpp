#include "commands.hpp"
#include "conversion.hpp"
#include "openapi_conversion.hpp"
#include "openapi_flags.hpp"
#include "output.hpp"

#include <utcp/builtin.hpp>
#include <utcp/document.hpp>

#include <memory>
#include <optional>

namespace utcp::app {
namespace {

struct convert_options {
  std::string file;
  std::string to;
  bool full = false;
  std::string output;
  spec_options spec;
  bool report = false;
};

/// What an OpenAPI document becomes, written one tool at a time.
exit_code convert_spec(program& p, const convert_options& how, const openapi::document& source, const document_ports& ports) {
  auto done = convert_openapi(source, how.spec, ports, p.global.allow_insecure_http);
  if (!done) return p.fail(done.error());
  result_sink sink(p.io, p.global.json);
  if (!how.output.empty())
    if (auto opened = sink.to_file(how.output); !opened) return p.fail(opened.error());
  std::optional<error> failed;
  write_tools(done->found, how.to == "v0" ? dialect::v0 : dialect::v1, how.full ? fidelity::full : fidelity::portable, done->notices, [&](std::string_view text) {
    if (failed) return;
    if (auto written = sink.piece(tool_result(std::string(text)), false); !written) failed = written.error();
  });
  if (failed) return p.fail(*failed);
  if (auto finished = sink.finish(); !finished) return p.fail(finished.error());
  if (how.report)
    for (const auto& n : done->notices) p.io.note(n.place.empty() ? n.message : n.place + ": " + n.message);
  else if (!done->notices.empty())
    p.io.note(std::to_string(done->found.tools.size()) + " tools; " + std::to_string(done->notices.size()) + " remarks, which --report shows");
  return exit_code::fine;
}

exit_code run_convert(program& p, const convert_options& how) {
  const auto parts = builtin_registry();
  auto text = read_spec(how.file, p.global.allow_insecure_http);
  if (!text) return p.fail(text.error());
  if (const auto document = as_openapi(*text, how.file, parts.documents)) return convert_spec(p, how, *document, parts.documents);
  if (auto read = read_document(*text, syntax_of_path(how.file), how.file, parts.documents); !read) return p.fail(read.error());
  if (is_web_url(how.file) || how.spec.any() || how.report)
    return p.fail(error(errc::invalid_argument, how.file + ": is no OpenAPI document; URLs and these options are for those"));
  if (how.to.empty()) return p.fail(error(errc::invalid_argument, "--to is needed: v0 or v1"));
  text = std::string();
  const auto to = how.to == "v0" ? dialect::v0 : dialect::v1;
  auto done = convert_file(how.file, to, how.full ? fidelity::full : fidelity::portable, parts.documents);
  if (!done) return p.fail(done.error());
  for (const auto& n : done->notices) p.io.note(n.place.empty() ? n.message : n.place + ": " + n.message);
  for (const auto& e : done->failures) p.io.note("left out: " + e.message);
  if (how.output.empty()) {
    p.io.json_line(done->document, !p.global.json);
  } else {
    result_sink file(p.io, p.global.json);
    if (auto opened = file.to_file(how.output); !opened) return p.fail(opened.error());
    if (auto written = file.whole(tool_result(std::move(done->document))); !written) return p.fail(written.error());
    if (auto finished = file.finish(); !finished) return p.fail(finished.error());
  }
  return done->failures.empty() ? exit_code::fine : exit_code::configuration;
}

}  // namespace

void add_convert_command(CLI::App& app, program& p) {
  auto how = std::make_shared<convert_options>();
  auto* command = add_command(app, p, "convert", "Make a manual of an OpenAPI document, or rewrite a manual or a configuration in the other dialect",
                              "  utcp convert providers.json --to v1 -o utcp.json\n"
                              "  utcp convert utcp.json --to v0 -o providers.json\n"
                              "  utcp convert manual.json --to v1 --full\n"
                              "  utcp convert openapi.yaml -o manual.json --report\n"
                              "  utcp convert spec.json --spec-url https://api.example.com/v1/spec.json --include 'tag:pets'\n"
                              "  utcp convert https://api.example.com/openapi.json --exclude 'method:DELETE'\n");
  command->add_option("file", how->file, "An OpenAPI document (file or URL), a manual, a providers.json or a v1 configuration")->required()->type_name("FILE");
  command->add_option("--to,--dialect", how->to, "v0 or v1; an OpenAPI document becomes v1 unless told otherwise")->type_name("DIALECT")->check(CLI::IsMember({"v0", "v1"}));
  command->add_flag("--full", how->full, "Keep everything that was read, also what other UTCP clients refuse");
  command->add_option("-o,--output", how->output, "Write to a file")->type_name("FILE");
  add_spec_flags(*command, how->spec);
  command->add_flag("--report", how->report, "Tell everything of an OpenAPI document that a manual cannot say, with its place");
  command->callback([&p, how] { p.chosen = [&p, how] { return run_convert(p, *how); }; });
}

}  // namespace utcp::app
