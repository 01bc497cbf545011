// Searching: the first line is the query, each further line a tool, `description|tag|tag`.
#include "fuzz_input.hpp"

#include <utcp/search/tag_search.hpp>

#include <algorithm>
#include <string>

using namespace utcp;

namespace {

manual_ptr read_tools(std::string_view lines) {
  call_template provider;
  provider.name = "m";
  const auto shared = std::make_shared<const call_template>(std::move(provider));
  manual published;
  while (!lines.empty()) {
    std::string_view line = fuzz::take_line(lines);
    tool made;
    made.name = "m." + std::to_string(published.tools.size());
    made.tool_call_template = shared;
    for (std::size_t bar = line.find('|');; bar = line.find('|')) {
      const std::string part(line.substr(0, bar));
      if (made.description.empty() && made.tags.empty()) made.description = part;
      else made.tags.push_back(part);
      if (bar == std::string_view::npos) break;
      line.remove_prefix(bar + 1);
    }
    published.tools.push_back(std::make_shared<const tool>(std::move(made)));
  }
  return std::make_shared<const registered_manual>(shared, std::move(published));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const std::string_view query = fuzz::take_line(rest);
  const manual_ptr tools = read_tools(rest);
  const auto in = std::make_shared<const catalogue>(std::vector<manual_ptr>{tools});
  for (const dialect flavour : {dialect::v0, dialect::v1}) {
    const tag_search search{tag_search_options(flavour)};
    for (const std::size_t limit : {std::size_t{1}, std::size_t{3}, search_options::no_limit}) {
      const auto found = search.search(in, query, search_options(limit));
      if (!found) continue;
      fuzz::require(found->size() == std::min(limit, in->tool_count()));
      fuzz::require(std::is_sorted(found->begin(), found->end(), [](const tool_match& a, const tool_match& b) { return a.score > b.score; }));
    }
  }
  return 0;
}
