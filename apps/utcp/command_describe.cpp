#include "commands.hpp"
#include "describe_tool.hpp"
#include "output.hpp"

#include <memory>

namespace utcp::app {
namespace {

exit_code run_describe(program& p, const std::string& name) {
  session s(p.io, p.global);
  if (auto opened = s.open(contact::one_tool, name); !opened) return p.fail(opened.error());
  auto found = s.find(name);
  if (!found) return p.fail(found.error());
  if (p.global.json) p.io.json_line(tool_document(**found), false);
  else p.io.raw(describe(**found, p.io.width(), p.io.colour()));
  return exit_code::fine;
}

}  // namespace

void add_describe_command(CLI::App& app, program& p) {
  auto name = std::make_shared<std::string>();
  auto* command = add_command(app, p, "describe", "Show what a tool takes, gives, and how it is reached",
                              "  utcp describe weather.current\n"
                              "  utcp describe weather.current --json\n");
  command->add_option("name", *name, "The tool, as `utcp tools` lists it: manual.tool")->required()->type_name("TOOL");
  command->callback([&p, name] { p.chosen = [&p, name] { return run_describe(p, *name); }; });
}

}  // namespace utcp::app
