#pragma once

#include <utcp/search_strategy.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace utcp::test {

struct described {
  std::string name;  // manual.tool
  std::string description;
  std::vector<std::string> tags;
};

inline manual_ptr make_manual(const std::string& name, const std::vector<described>& tools) {
  call_template provider;
  provider.name = name;
  auto shared = std::make_shared<const call_template>(std::move(provider));
  manual published;
  for (const described& d : tools) {
    auto made = std::make_shared<tool>();
    made->name = d.name;
    made->description = d.description;
    made->tags = d.tags;
    made->tool_call_template = shared;
    published.tools.push_back(std::move(made));
  }
  return std::make_shared<const registered_manual>(shared, std::move(published));
}

inline catalogue_ptr make_catalogue(std::vector<manual_ptr> manuals) {
  return std::make_shared<const catalogue>(std::move(manuals));
}

inline catalogue_ptr make_catalogue(const std::vector<described>& tools) { return make_catalogue({make_manual("m", tools)}); }

using named_scores = std::vector<std::pair<std::string, double>>;

inline named_scores found(const search_strategy& by, const catalogue_ptr& in, std::string_view query, const search_options& options = {}) {
  named_scores out;
  for (const tool_match& match : by.search(in, query, options).value()) out.emplace_back(match.tool->name, match.score);
  return out;
}

}  // namespace utcp::test
