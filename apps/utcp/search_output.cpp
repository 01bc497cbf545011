#include "search_output.hpp"

#include "table.hpp"

#include <utcp/dialect.hpp>

#include <algorithm>
#include <cstdio>
#include <set>

namespace utcp::app {
namespace {

std::string score_text(double score) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", score);
  return text;
}

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

/// The same filters as the strategies have, for tools that no strategy has found.
bool passes(const std::string& manual, const tool& one, const search_options& how) {
  const auto has_tag = [&](const std::string& wanted) {
    return std::ranges::any_of(one.tags, [&](const std::string& tag) { return lowered(tag) == lowered(wanted); });
  };
  const auto is_manual = [&](const std::string& name) { return normalise_manual_name(name) == manual; };
  const auto is_protocol = [&](const std::string& name) { return canonical_protocol(name) == one.tool_call_template->protocol; };
  return (how.any_of_tags_required.empty() || std::ranges::any_of(how.any_of_tags_required, has_tag)) && std::ranges::all_of(how.all_of_tags_required, has_tag) &&
         (how.manuals.empty() || std::ranges::any_of(how.manuals, is_manual)) && (how.protocols.empty() || std::ranges::any_of(how.protocols, is_protocol));
}

/// `town > citi (related) 1.2`, or `city 3.4` where it is the query's own word.
std::string reason_text(const match_reason& why) {
  std::string out = why.asked;
  if (why.how != "word") out += " > " + why.found + " (" + why.how + ")";
  return out + " " + score_text(why.points);
}

}  // namespace

result<std::vector<tool_match>> tool_source::search(std::string_view query, const search_options& how) const {
  return stored_ ? stored_->search(query, how) : registered_->search_tools(query, how);
}

result<void> tool_source::for_each_tool(const std::function<bool(const std::string&, const tool_ptr&)>& visit) const {
  if (stored_) return stored_->for_each_tool(visit);
  const catalogue_ptr all = registered_->tools();
  for (const manual_ptr& of : all->manuals())
    for (const tool_ptr& one : of->tools())
      if (!visit(of->name(), one)) return {};
  return {};
}

result<void> tool_source::add_unfound(const search_options& how, std::vector<tool_match>& found) const {
  std::set<std::string> there;
  for (const tool_match& match : found) there.insert(match.tool->name);
  return for_each_tool([&](const std::string& manual, const tool_ptr& one) {
    if (found.size() >= how.limit) return false;
    if (!there.contains(one->name) && passes(manual, *one, how)) found.push_back({one, 0, {}});
    return true;
  });
}

json match_documents(const std::vector<tool_match>& found, const search_view& how) {
  json out = json::array();
  for (const tool_match& match : found) {
    json one = json::object();
    one["name"] = match.tool->name;
    one["score"] = match.score;
    one["description"] = match.tool->description;
    one["tags"] = match.tool->tags;
    one["protocol"] = match.tool->tool_call_template->protocol;
    one["inputs"] = match.tool->inputs.to_json();
    one["outputs"] = match.tool->outputs.to_json();
    if (how.reasons) {
      json& reasons = one["why"] = json::array();
      for (const match_reason& why : match.why) reasons.push_back({{"asked", why.asked}, {"found", why.found}, {"how", why.how}, {"points", why.points}});
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::string match_lines(const std::vector<tool_match>& found, const search_view& how, std::optional<std::size_t> width, bool colour) {
  const bool scores = how.scores || how.reasons;
  std::vector<std::string> headings{"NAME", how.reasons ? "FOUND BY" : "DESCRIPTION"};
  if (scores) headings.insert(headings.begin(), "SCORE");
  table rows(headings);
  for (const tool_match& match : found) {
    if (match.score <= 0 && !how.all) continue;
    std::string last = match.tool->description;
    if (how.reasons) {
      last.clear();
      for (const match_reason& why : match.why) last += (last.empty() ? "" : ", ") + reason_text(why);
    }
    std::vector<std::string> cells{match.tool->name, std::move(last)};
    if (scores) cells.insert(cells.begin(), score_text(match.score));
    rows.add(std::move(cells));
  }
  return rows.empty() ? std::string() : rows.lines(width, colour);
}

}  // namespace utcp::app
