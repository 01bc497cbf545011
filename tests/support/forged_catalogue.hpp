#pragma once

#include "catalogue_content.hpp"

#include <utcp/document.hpp>
#include <utcp/search/catalogue_file.hpp>

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace utcp::test {

/// A file that somebody made who knows how: its sections are changed, its sums are right.
class forged_catalogue {
 public:
  explicit forged_catalogue(const std::string& whole) {
    using namespace search_detail;
    auto held = std::make_shared<std::vector<std::uint64_t>>(whole.size() / 8 + 1);
    std::memcpy(held->data(), whole.data(), whole.size());
    const std::string_view bytes(reinterpret_cast<const char*>(held->data()), whole.size());
    const auto file = sealed_bytes::open(held, bytes, catalogue_format_of_build(), section_count).value();
    for (std::size_t i = 0; i < section_count; ++i) {
      const auto raw = file->section<char>(i);
      sections_.emplace_back(raw.data(), raw.size());
    }
  }

  /// Five bytes a change: section, what to do, place (two), value.
  void change(std::span<const std::uint8_t> edits) {
    for (; edits.size() >= 5; edits = edits.subspan(5)) {
      std::string& section = sections_[edits[0] % sections_.size()];
      const std::size_t at = edits[2] | edits[3] << 8;
      const auto value = static_cast<char>(edits[4]);
      switch (edits[1] % 4) {
        case 0:
          if (!section.empty()) section[at % section.size()] = value;
          break;
        case 1: section.resize(section.size() - at % (section.size() + 1)); break;
        case 2: section.append(at % 64, value); break;
        case 3:
          if (section.size() >= 4) std::memset(section.data() + at % (section.size() / 4) * 4, value, 4);
          break;
      }
    }
  }

  std::string bytes() const {
    return search_detail::sealed_bytes::seal(search_detail::catalogue_format_of_build(), {sections_.begin(), sections_.end()});
  }

 private:
  std::vector<std::string> sections_;
};

/// Does all that can be done with a file. Whether nothing was wrong with it.
inline bool use_all_of(const catalogue_file& file) {
  bool fine = true;
  search_options all(search_options::no_limit);
  all.explain = true;
  search_options some(3);
  some.any_of_tags_required = {"weather", "mail"};
  some.manuals = {"weather"};
  for (const char* query : {"weather mesage in the ci", "send", "th"})
    for (const auto& options : {all, some}) {
      const auto found = file.search(query, options);
      fine = fine && found.has_value();
      if (found)
        for (const auto& each : *found) (void)each.tool->inputs.to_json();
    }
  fine = file.for_each_tool([](const std::string&, const tool_ptr& one) { return (void)write_json(one->outputs.to_json()), true; }).has_value() && fine;
  return fine;
}

}  // namespace utcp::test
