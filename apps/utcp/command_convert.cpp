#include "commands.hpp"
#include "conversion.hpp"
#include "output.hpp"

#include <utcp/builtin.hpp>

#include <memory>

namespace utcp::app {
namespace {

struct convert_options {
  std::string file;
  std::string to;
  bool full = false;
  std::string output;
};

exit_code run_convert(program& p, const convert_options& how) {
  const auto parts = builtin_registry();
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
  auto* command = add_command(app, p, "convert", "Rewrite a manual or a configuration in the other dialect",
                              "  utcp convert providers.json --to v1 -o utcp.json\n"
                              "  utcp convert utcp.json --to v0 -o providers.json\n"
                              "  utcp convert manual.json --to v1 --full\n"
                              "  utcp convert openapi.yaml --to v1\n");
  command->add_option("file", how->file, "A manual, an OpenAPI document, a providers.json or a v1 configuration")->required()->type_name("FILE");
  command->add_option("--to", how->to, "v0 or v1")->required()->type_name("DIALECT")->check(CLI::IsMember({"v0", "v1"}));
  command->add_flag("--full", how->full, "Keep everything that was read, also what other UTCP clients refuse");
  command->add_option("-o,--output", how->output, "Write to a file")->type_name("FILE");
  command->callback([&p, how] { p.chosen = [&p, how] { return run_convert(p, *how); }; });
}

}  // namespace utcp::app
