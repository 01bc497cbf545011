// The full-text index: the first line is the query, each further line a tool, `name|description|schema`.
#include "fuzz_input.hpp"

#include <utcp/search/indexed_search.hpp>
#include <utcp/search/tool_definitions.hpp>

#include <algorithm>
#include <cmath>
#include <string>

using namespace utcp;

namespace {

std::string take_part(std::string_view& line) {
  const std::size_t bar = line.find('|');
  std::string out(line.substr(0, bar));
  line.remove_prefix(bar == std::string_view::npos ? line.size() : bar + 1);
  return out;
}

manual_ptr read_tools(std::string_view lines) {
  call_template provider;
  provider.name = "m";
  const auto shared = std::make_shared<const call_template>(std::move(provider));
  manual published;
  while (!lines.empty()) {
    std::string_view line = fuzz::take_line(lines);
    tool made;
    made.name = "m." + take_part(line);
    made.description = take_part(line);
    made.tags.push_back(made.description.substr(0, 8));
    made.inputs = schema::of_checked_text(std::string(line));  // the reader of schemas takes any text
    made.tool_call_template = shared;
    published.tools.push_back(std::make_shared<const tool>(std::move(made)));
  }
  return std::make_shared<const registered_manual>(shared, std::move(published));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const std::string_view query = fuzz::take_line(rest);
  const auto in = std::make_shared<const catalogue>(std::vector<manual_ptr>{read_tools(rest)});
  const indexed_search search;
  search_options options(search_options::no_limit);
  options.explain = true;
  const auto all = search.search(in, query, options);
  if (!all) return 0;
  fuzz::require(all->size() <= in->tool_count());
  fuzz::require(std::is_sorted(all->begin(), all->end(), [](const tool_match& a, const tool_match& b) { return a.score > b.score; }));
  const auto few = search.search(in, query, search_options(2)).value();
  fuzz::require(few.size() == std::min<std::size_t>(2, all->size()));
  for (std::size_t i = 0; i < few.size(); ++i) fuzz::require(few[i].tool == (*all)[i].tool && few[i].score == (*all)[i].score);
  for (const tool_match& match : *all) {
    double sum = 0;
    for (const match_reason& why : match.why) sum += why.points;
    fuzz::require(std::abs(sum - match.score) <= 1e-3 * (1 + match.score));
    fuzz::require(tool_name_for(tool_format::openai, match.tool->name).size() <= 64);
  }
  return 0;
}
