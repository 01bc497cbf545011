#include "selection.hpp"

#include "ascii.hpp"
#include "names.hpp"

#include <algorithm>

namespace utcp::openapi_detail {
namespace {

}  // namespace

selection::selection(const openapi::convert_options& options) : skip_deprecated_(options.skip_deprecated) {
  for (const std::string& each : options.include) include_.push_back(parse(each));
  for (const std::string& each : options.exclude) exclude_.push_back(parse(each));
}

selection::pattern selection::parse(const std::string& text) {
  using by = pattern::by;
  pattern out;
  for (const auto& [word, what] : {std::pair<const char*, by>{"tag:", by::tag}, {"path:", by::path}, {"method:", by::method}, {"id:", by::id}})
    if (text.starts_with(word)) {
      out.what = what;
      out.text = text.substr(std::string_view(word).size());
      if (what == by::method) out.text = upper(out.text);
      return out;
    }
  const auto space = text.find(" /");
  if (text.starts_with("/")) {
    out.what = by::path;
    out.text = text;
  } else if (space != std::string::npos) {
    out.what = by::method_and_path;
    out.method = upper(std::string_view(text).substr(0, space));
    out.text = text.substr(space + 1);
  } else {
    out.text = text;
  }
  return out;
}

bool selection::matches(const pattern& one, const operation& of) {
  switch (one.what) {
    case pattern::by::id: return matches_glob(one.text, of.object["operationId"].text());
    case pattern::by::path: return matches_glob(one.text, of.path);
    case pattern::by::method: return matches_glob(one.text, of.method);
    case pattern::by::method_and_path: return matches_glob(one.method, of.method) && matches_glob(one.text, of.path);
    case pattern::by::tag: break;
  }
  bool found = false;
  of.object["tags"].each_item([&](node tag) { found = found || (tag.is_string() && matches_glob(one.text, tag.text())); });
  return found;
}

bool selection::takes(const operation& of) const {
  auto any = [&](const std::vector<pattern>& some) { return std::any_of(some.begin(), some.end(), [&](const pattern& one) { return matches(one, of); }); };
  if (skip_deprecated_ && of.object["deprecated"].is_true()) return false;
  return (include_.empty() || any(include_)) && !any(exclude_);
}

}  // namespace utcp::openapi_detail
