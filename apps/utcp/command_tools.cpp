#include "commands.hpp"
#include "describe_tool.hpp"
#include "output.hpp"
#include "table.hpp"

#include <utcp/dialect.hpp>

#include <algorithm>
#include <cctype>
#include <memory>
#include <set>

namespace utcp::app {
namespace {

struct tools_options {
  std::vector<std::string> manuals;
  std::vector<std::string> tags;
};

bool same_word(const std::string& a, const std::string& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

bool has_a_tag(const tool& t, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::any_of(t.tags.begin(), t.tags.end(), [&](const std::string& tag) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& w) { return same_word(tag, w); });
  });
}

/// The tools of the manuals asked for, or why there is no such manual.
result<std::vector<tool_ptr>> chosen_tools(const client& from, const tools_options& how) {
  const auto all = from.tools();
  std::set<std::string> wanted;
  for (const auto& name : how.manuals) {
    const auto manual = normalise_manual_name(name);
    const auto& reports = from.registered();
    const bool configured = std::any_of(reports.begin(), reports.end(), [&](const manual_report& r) { return r.name == manual; });
    if (!all->find_manual(manual) && !configured) return error(errc::unknown_tool, "there is no manual \"" + name + "\" in the configuration");
    wanted.insert(manual);
  }
  std::vector<tool_ptr> out;
  for (const auto& manual : all->manuals())
    if (wanted.empty() || wanted.contains(manual->name()))
      for (const auto& t : manual->tools())
        if (has_a_tag(*t, how.tags)) out.push_back(t);
  return out;
}

void write_json_array(console& io, const std::vector<tool_ptr>& tools) {
  // One tool at a time: a catalogue of many would be large as one document.
  io.raw("[");
  bool first = true;
  for (const auto& t : tools) {
    if (!first) io.raw(",\n");
    first = false;
    io.json_part(tool_document(*t));
  }
  io.raw("]\n");
}

exit_code run_tools(program& p, const tools_options& how) {
  session s(p.io, p.global);
  if (auto opened = s.open(contact::all); !opened) return p.fail(opened.error());
  auto tools = chosen_tools(s.tools(), how);
  if (!tools) return p.fail(tools.error());
  if (p.global.json) {
    write_json_array(p.io, *tools);
    return exit_code::fine;
  }
  if (tools->empty()) {
    p.io.note("no tools");
    return exit_code::fine;
  }
  table rows({"NAME", "PROTOCOL", "DESCRIPTION"});
  for (const auto& t : *tools) rows.add({t->name, t->tool_call_template->protocol, t->description});
  p.io.raw(rows.lines(p.io.width(), p.io.colour()));
  return exit_code::fine;
}

}  // namespace

void add_tools_command(CLI::App& app, program& p) {
  auto how = std::make_shared<tools_options>();
  auto* command = add_command(app, p, "tools", "List the tools of all providers",
                              "  utcp tools\n"
                              "  utcp tools --manual weather --json\n"
                              "  utcp --config shop.yaml tools --tag mail --tag chat\n");
  command->add_option("--manual", how->manuals, "Only tools of this manual; may be repeated")->type_name("MANUAL")->allow_extra_args(false);
  command->add_option("--tag", how->tags, "Only tools with this tag, ignoring case; repeated: with any of them")
      ->type_name("TAG")->allow_extra_args(false);
  command->callback([&p, how] { p.chosen = [&p, how] { return run_tools(p, *how); }; });
}

}  // namespace utcp::app
