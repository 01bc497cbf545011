#include "catalogue_cache.hpp"
#include "commands.hpp"
#include "output.hpp"
#include "search_output.hpp"

#include <utcp/document.hpp>

#include <fstream>
#include <iostream>
#include <memory>

namespace utcp::app {
namespace {

struct search_command_options {
  std::vector<std::string> words;
  search_options find;
  search_view view;
  std::string queries;
  std::string format;
  std::optional<std::size_t> budget;
  bool no_cache = false;
  bool refresh = false;
  std::optional<std::chrono::milliseconds> max_age;
};

std::string sentence(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// The query of a line of --queries: a JSON string, or an object with `query`.
result<std::string> query_of(const std::string& line, std::size_t number) {
  const error wrong(errc::invalid_argument, "line " + std::to_string(number) + " of --queries is no JSON string and no object with \"query\"");
  auto read = parse_json(line);
  if (!read) return wrong;
  if (read->is_string()) return read->get<std::string>();
  if (!read->is_object()) return wrong;
  const auto query = read->find("query");
  return query != read->end() && query->is_string() ? result<std::string>(query->get<std::string>()) : result<std::string>(wrong);
}

/// One ranking a line: a JSON array of names, best first.
result<exit_code> rank_all(program& p, const tool_source& from, const search_command_options& how) {
  std::ifstream file;
  if (how.queries != "-") {
    file.open(how.queries);
    if (!file) return error(errc::invalid_argument, "cannot read " + how.queries);
  }
  std::istream& in = how.queries == "-" ? std::cin : file;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto query = query_of(line, number);
    if (!query) return query.error();
    auto found = from.search(*query, how.find);
    if (!found) return found.error();
    json names = json::array();
    for (const tool_match& match : *found) names.push_back(match.tool->name);
    p.io.json_line(names, false);
  }
  return exit_code::fine;
}

exit_code write_definitions(program& p, const std::vector<tool_match>& found, const search_command_options& how) {
  std::vector<tool_ptr> tools;
  for (const tool_match& match : found) tools.push_back(match.tool);
  const tool_definitions made = define_tools(tools, *tool_format_named(how.format), how.budget);
  p.io.json_line(made.definitions, false);
  if (made.left_out > 0)
    p.io.note(std::to_string(made.left_out) + (made.left_out == 1 ? " tool does" : " tools do") + " not fit the budget of " + std::to_string(*how.budget) +
              " tokens; about " + std::to_string(made.tokens) + " are used");
  return exit_code::fine;
}

result<exit_code> search_in(program& p, const tool_source& from, const search_command_options& how) {
  if (!how.queries.empty()) return rank_all(p, from, how);
  auto found = from.search(sentence(how.words), how.find);
  if (!found) return found.error();
  if (how.view.all)
    if (auto added = from.add_unfound(how.find, *found); !added) return added.error();
  if (!how.format.empty()) return write_definitions(p, *found, how);
  if (p.global.json) p.io.json_line(match_documents(*found, how.view), false);
  else if (const auto lines = match_lines(*found, how.view, p.io.width(), p.io.colour()); lines.empty()) p.io.note("no tool fits; `utcp tools` lists all");
  else p.io.raw(lines);
  return exit_code::fine;
}

result<exit_code> search_registered(program& p, const search_command_options& how) {
  session s(p.io, p.global);
  if (auto opened = s.open(contact::all); !opened) return opened.error();
  return search_in(p, tool_source(s.tools()), how);
}

/// A file that turns out to be damaged is made anew, once.
result<exit_code> search_cached(program& p, const search_command_options& how, cache_use use) {
  session s(p.io, p.global);
  auto catalogue = catalogue_cache(p.io, p.global, use).open(s);
  if (catalogue && !*catalogue) return search_registered(p, how);
  result<exit_code> done = catalogue ? result<exit_code>(exit_code::fine) : result<exit_code>(catalogue.error());
  // What was written for some queries cannot be taken back.
  bool damaged = catalogue ? !how.queries.empty() && !(*catalogue)->intact() : done.error() == errc::invalid_config;
  if (catalogue && !damaged) {
    done = search_in(p, tool_source(**catalogue), how);
    damaged = !done && !(*catalogue)->intact();
  }
  if (!damaged || use.refresh) return done;
  use.refresh = true;
  return search_cached(p, how, use);
}

exit_code run_search(program& p, const search_command_options& how) {
  const auto misused = [&](const char* why) { return p.fail(error(errc::invalid_argument, std::string(why) + ". See `utcp search --help`")); };
  if (how.words.empty() == how.queries.empty()) return misused(how.words.empty() ? "a sentence is needed, or --queries FILE" : "a sentence and --queries do not go together");
  if (how.budget && how.format.empty()) return misused("--budget needs --format");
  if (how.no_cache && (how.refresh || how.max_age)) return misused("--no-cache does not go together with --refresh or --max-age");
  auto use = usual_cache_use();
  if (!use) return p.fail(use.error());
  if (how.max_age) use->max_age = *how.max_age;
  use->refresh = how.refresh;
  auto done = how.no_cache || use->off ? search_registered(p, how) : search_cached(p, how, *use);
  return done ? *done : p.fail(done.error());
}

CLI::Validator max_age_text() {
  auto refuse = [](const std::string& text) {
    return parse_max_age(text) ? std::string() : "\"" + text + "\" is no duration; write 0, 30s, 10m or 1h (at most a day)";
  };
  return CLI::Validator(refuse, "", "duration");
}

CLI::Validator known_format() {
  auto refuse = [](const std::string& text) {
    return tool_format_named(text) ? std::string() : "\"" + text + "\" is no format; write openai, anthropic, mistral or utcp";
  };
  return CLI::Validator(refuse, "", "format");
}

}  // namespace

void add_search_command(CLI::App& app, program& p) {
  auto how = std::make_shared<search_command_options>();
  auto* command = add_command(app, p, "search", "Find the tools that fit a sentence, best first",
                              "  utcp search \"weather in a city\"\n"
                              "  utcp search \"send a message\" --limit 3 --tag mail --explain\n"
                              "  utcp search \"weather in a city\" --json\n"
                              "  utcp search \"weather in a city\" --format openai --budget 4000\n"
                              "  utcp search --queries queries.jsonl --limit 10 --json\n");
  command->add_option("sentence", how->words, "What the tool should do")->type_name("WORDS");
  command->add_option("--limit", how->find.limit, "At most so many tools (10); 0 gives none")->type_name("N")->check(whole_number());
  command->add_option("--tag", how->find.any_of_tags_required, "Only tools with this tag, ignoring case; repeated: with any of them")
      ->type_name("TAG")->allow_extra_args(false);
  command->add_option("--each-tag", how->find.all_of_tags_required, "Only tools with this tag, ignoring case; repeated: with each of them")
      ->type_name("TAG")->allow_extra_args(false);
  command->add_option("--manual", how->find.manuals, "Only tools of this manual; repeated: of any of them")->type_name("NAME")->allow_extra_args(false);
  command->add_option("--protocol", how->find.protocols, "Only tools called over this protocol; repeated: over any of them")
      ->type_name("NAME")->allow_extra_args(false);
  command->add_flag("--show-scores", how->view.scores, "Show how well each tool fits");
  command->add_flag("--explain", how->find.explain, "Show which words found each tool, and what each gave");
  command->add_flag("--all", how->view.all, "Also show tools that fit not at all, up to the limit");
  command->add_option("--format", how->format, "Write tool definitions for a model: openai, anthropic, mistral, utcp")->type_name("NAME")->check(known_format());
  command->add_option("--budget", how->budget, "With --format: leave out what would make more tokens, estimated")->type_name("TOKENS")->check(whole_number());
  command->add_option("--queries", how->queries, "Rank for each line, a JSON string or an object with \"query\"; - for standard input. Writes an array of names a line")
      ->type_name("FILE");
  command->add_flag("--no-cache", how->no_cache, "Neither read nor write the cache of what providers gave");
  command->add_flag("--refresh", how->refresh, "Ask all providers anew");
  command->add_option_function<std::string>("--max-age", [how](const std::string& text) { how->max_age = parse_max_age(text); },
                                            "Ask providers for news that were last asked longer ago (5m); 0 always")
      ->type_name("TIME")->check(max_age_text());
  command->callback([&p, how] {
    how->view.reasons = how->find.explain;
    p.chosen = [&p, how] { return run_search(p, *how); };
  });
}

}  // namespace utcp::app
