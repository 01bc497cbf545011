#include "commands.hpp"
#include "host_import.hpp"
#include "output.hpp"

#include <utcp/builtin.hpp>

#include <memory>

namespace utcp::app {
namespace {

struct import_options {
  std::string file;
  std::string output;
};

exit_code run_import(program& p, const import_options& how) {
  const auto parts = builtin_registry();
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
  auto* command = add_command(app, p, "import", "Make a providers.json of an MCP host's file or a v1 configuration",
                              "  utcp import ~/.config/Claude/claude_desktop_config.json -o providers.json\n"
                              "  utcp import .vscode/mcp.json\n"
                              "  utcp import utcp_config.json -o providers.json\n");
  command->add_option("file", how->file, "A file with mcpServers (Claude Desktop), servers or mcp.servers (VS Code), or manual_call_templates")->required()->type_name("FILE");
  command->add_option("-o,--output", how->output, "Write to a file")->type_name("FILE");
  command->callback([&p, how] { p.chosen = [&p, how] { return run_import(p, *how); }; });
}

}  // namespace utcp::app
