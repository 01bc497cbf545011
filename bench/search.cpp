// Searching without a client: what the library's strategies find, and how fast.
//
//   utcp-bench-search rankings MANUAL QUERIES [STRATEGY]       a JSON array of names for each query, to be judged
//   utcp-bench-search speed    MANUAL QUERIES TOOLS [STRATEGY] percentiles of a query's processor time over so many tools: the
//                                                             manual again and again, each time under other names
//
// QUERIES has a JSON object with `query` a line, all different. STRATEGY is `indexed` (usual) or `tag`.

#include "memory_figure.hpp"

#include <utcp/document.hpp>
#include <utcp/search/indexed_search.hpp>
#include <utcp/search/tag_search.hpp>

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace utcp;

double since(std::chrono::steady_clock::time_point start) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

/// Processor time of this thread: what a query takes of one core, whatever else the machine does.
double thread_cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> read_queries(const std::string& name) {
  std::vector<std::string> out;
  std::ifstream in(name);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) out.push_back(json::parse(line).at("query").get<std::string>());
  return out;
}

/// The manual's tools, under other names each time, until there are so many; 0: once.
catalogue_ptr read_tools(const std::string& file, std::size_t tools) {
  auto provider = std::make_shared<call_template>();
  provider->name = "manual";
  manual_source source;
  source.where = file;
  source.provider = provider;
  auto loaded = load_manual(read_file(file), source, {});
  if (!loaded) throw std::runtime_error(loaded.error().message);
  manual all;
  for (std::size_t round = 0; all.tools.empty() || all.tools.size() < tools; ++round)
    for (const tool_ptr& each : loaded->found.tools) {
      if (tools != 0 && all.tools.size() == tools) break;
      auto own = std::make_shared<tool>(*each);
      own->name = "manual." + each->name + (round == 0 ? std::string() : "_copy" + std::to_string(round));
      all.tools.push_back(std::move(own));
    }
  return std::make_shared<const catalogue>(std::vector<manual_ptr>{std::make_shared<const registered_manual>(provider, std::move(all))});
}

std::shared_ptr<search_strategy> make(const std::string& strategy) {
  return (strategy == "tag" ? make_tag_search() : make_indexed_search())(nullptr, dialect::v1).value();
}

void print_rankings(const catalogue_ptr& tools, const std::vector<std::string>& queries, const search_strategy& by) {
  for (const std::string& query : queries) {
    json names = json::array();
    for (const tool_match& match : by.search(tools, query, search_options(10)).value()) names.push_back(match.tool->name);
    std::cout << names.dump() << '\n';
  }
}

void print_speed(const catalogue_ptr& tools, const std::vector<std::string>& queries, const search_strategy& by) {
  json out;
  out["tools"] = tools->tool_count();
  out["queries"] = queries.size();
  const std::size_t before = bench::memory_figure("VmRSS");
  const double start = thread_cpu_s();
  (void)by.search(tools, "warm", search_options(10)).value();
  out["build_cpu_s"] = thread_cpu_s() - start;
  malloc_trim(0);
  out["resident_more_mb"] = (static_cast<double>(bench::memory_figure("VmRSS")) - static_cast<double>(before)) / 1e6;
  if (const auto* indexed = dynamic_cast<const indexed_search*>(&by)) out["index_mb"] = static_cast<double>(indexed->index_bytes()) / 1e6;
  std::vector<double> times;
  const auto all = std::chrono::steady_clock::now();
  for (const std::string& query : queries) {
    const double one = thread_cpu_s();
    (void)by.search(tools, query, search_options(10)).value();
    times.push_back((thread_cpu_s() - one) * 1e3);
  }
  out["queries_per_s"] = static_cast<double>(queries.size()) / since(all);
  std::ranges::sort(times);
  const auto at = [&](double share) { return times[std::min(times.size() - 1, static_cast<std::size_t>(share * static_cast<double>(times.size())))]; };
  out["p50_cpu_ms"] = at(0.5);
  out["p99_cpu_ms"] = at(0.99);
  out["max_cpu_ms"] = times.back();
  std::cout << out.dump() << '\n';
}

}  // namespace

int main(int count, char** words) {
  try {
    const std::vector<std::string> args(words + 1, words + count);
    if (args.size() >= 3 && args[0] == "rankings") {
      print_rankings(read_tools(args[1], 0), read_queries(args[2]), *make(args.size() > 3 ? args[3] : ""));
    } else if (args.size() >= 4 && args[0] == "speed") {
      print_speed(read_tools(args[1], std::stoul(args[3])), read_queries(args[2]), *make(args.size() > 4 ? args[4] : ""));
    } else {
      std::cerr << "usage: utcp-bench-search rankings|speed MANUAL QUERIES [TOOLS] [indexed|tag]\n";
      return 2;
    }
  } catch (const std::exception& e) {
    std::cerr << "utcp-bench-search: " << e.what() << '\n';
    return 1;
  }
}
