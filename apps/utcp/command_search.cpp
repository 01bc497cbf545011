#include "commands.hpp"
#include "output.hpp"
#include "table.hpp"

#include <cstdio>
#include <memory>

namespace utcp::app {
namespace {

struct search_command_options {
  std::vector<std::string> words;
  std::size_t limit = 10;
  std::vector<std::string> tags;
  bool show_scores = false;
  bool all = false;
};

std::string sentence(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string score_text(double score) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", score);
  return text;
}

json match_document(const tool_match& match) {
  json out = json::object();
  out["name"] = match.tool->name;
  out["score"] = match.score;
  out["description"] = match.tool->description;
  out["tags"] = match.tool->tags;
  out["protocol"] = match.tool->tool_call_template->protocol;
  out["inputs"] = match.tool->inputs.to_json();
  out["outputs"] = match.tool->outputs.to_json();
  return out;
}

void write_table(program& p, const std::vector<tool_match>& found, const search_command_options& how) {
  std::vector<std::string> headings{"NAME", "DESCRIPTION"};
  if (how.show_scores) headings.insert(headings.begin(), "SCORE");
  table rows(headings);
  for (const auto& match : found) {
    if (match.score <= 0 && !how.all) continue;
    std::vector<std::string> cells{match.tool->name, match.tool->description};
    if (how.show_scores) cells.insert(cells.begin(), score_text(match.score));
    rows.add(std::move(cells));
  }
  if (rows.empty()) p.io.note("no tool fits; `utcp tools` lists all");
  else p.io.raw(rows.lines(p.io.width(), p.io.colour()));
}

exit_code run_search(program& p, const search_command_options& how) {
  session s(p.io, p.global);
  if (auto opened = s.open(contact::all); !opened) return p.fail(opened.error());
  search_options options(how.limit);
  options.any_of_tags_required = how.tags;
  auto found = s.tools().search_tools(sentence(how.words), options);
  if (!found) return p.fail(found.error());
  if (p.global.json) {
    json out = json::array();
    for (const auto& match : *found) out.push_back(match_document(match));
    p.io.json_line(out, false);
    return exit_code::fine;
  }
  write_table(p, *found, how);
  return exit_code::fine;
}

}  // namespace

void add_search_command(CLI::App& app, program& p) {
  auto how = std::make_shared<search_command_options>();
  auto* command = add_command(app, p, "search", "Find the tools that fit a sentence, best first",
                              "  utcp search \"weather in a city\"\n"
                              "  utcp search \"send a message\" --limit 3 --tag mail --show-scores\n"
                              "  utcp search \"weather in a city\" --json\n");
  command->add_option("sentence", how->words, "What the tool should do")->required()->type_name("WORDS");
  command->add_option("--limit", how->limit, "At most so many tools (10)")->type_name("N")->check(whole_number());
  command->add_option("--tag", how->tags, "Only tools with this tag, ignoring case; repeated: with any of them")
      ->type_name("TAG")->allow_extra_args(false);
  command->add_flag("--show-scores", how->show_scores, "Show how well each tool fits");
  command->add_flag("--all", how->all, "Also show tools that fit not at all, up to the limit");
  command->callback([&p, how] { p.chosen = [&p, how] { return run_search(p, *how); }; });
}

}  // namespace utcp::app
