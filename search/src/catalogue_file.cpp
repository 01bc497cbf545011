#include <utcp/search/catalogue_file.hpp>

#include "catalogue_content.hpp"
#include "find_tools.hpp"
#include "mapped_file.hpp"

#include <algorithm>
#include <cstring>

namespace utcp {

using search_detail::section;

catalogue_file::catalogue_file(std::unique_ptr<const content> held) : content_(std::move(held)) {}
catalogue_file::~catalogue_file() = default;

result<catalogue_file_ptr> catalogue_file::open(const std::filesystem::path& file) {
  auto mapped = search_detail::map_own_file(file);
  if (!mapped) return mapped.error();
  auto opened = open(std::move(mapped->owner), mapped->bytes);
  if (!opened) return error(errc::invalid_config, file.string() + ": " + opened.error().message);
  return opened;
}

result<catalogue_file_ptr> catalogue_file::open_bytes(std::string bytes) {
  // A string need not be aligned.
  auto held = std::make_shared<std::vector<std::uint64_t>>(bytes.size() / 8 + 1);
  std::memcpy(held->data(), bytes.data(), bytes.size());
  const std::string_view seen(reinterpret_cast<const char*>(held->data()), bytes.size());
  return open(std::move(held), seen);
}

result<catalogue_file_ptr> catalogue_file::open(std::shared_ptr<const void> owner, std::string_view bytes) {
  auto file = search_detail::sealed_bytes::open(std::move(owner), bytes, search_detail::catalogue_format_of_build(), search_detail::section_count);
  if (!file) return file.error();
  auto made = std::make_unique<content>();
  made->file = *file;
  const auto text = [&](section which) {
    const auto raw = made->file->section<char>(static_cast<std::size_t>(which));
    return std::string_view(raw.data(), raw.size());
  };
  made->tool_begins = made->file->section<std::uint64_t>(static_cast<std::size_t>(section::tool_begins));
  made->tools = text(section::tools);
  made->definition_begins = made->file->section<std::uint64_t>(static_cast<std::size_t>(section::definition_begins));
  made->definitions = text(section::definitions);
  const std::string_view head = text(section::head);
  if (auto read = made->read_head(made->file->part(head, 0, head.size())); !read) return read.error();
  return catalogue_file_ptr(new catalogue_file(std::move(made)));
}

const std::vector<stored_manual>& catalogue_file::manuals() const noexcept { return content_->manuals; }
const json& catalogue_file::notes() const noexcept { return content_->notes; }
const indexed_search_options& catalogue_file::how() const noexcept { return content_->how; }

result<std::vector<tool_match>> catalogue_file::search(std::string_view query, const search_options& options) const {
  if (auto checked = search_detail::check_query(query); !checked) return checked.error();
  if (options.limit == 0 || content_->view.documents == 0) return std::vector<tool_match>();
  auto found = search_detail::find_tools(content_->view, query, options, content_->how,
                                         [&](const search_detail::text_hit& hit) { return content_->tool(hit.rank, hit.tool); });
  if (auto fine = content_->check(); !fine) return fine.error();
  return found;
}

result<void> catalogue_file::for_each_tool(const std::function<bool(const std::string&, const tool_ptr&)>& visit) const {
  for (std::size_t rank = 0; rank < content_->manuals.size(); ++rank)
    for (std::size_t i = 0; i < content_->manuals[rank].tools; ++i) {
      const tool_ptr one = content_->tool(rank, i);
      if (auto fine = content_->check(); !fine) return fine;
      if (!visit(content_->manuals[rank].name, one)) return {};
    }
  return {};
}

bool catalogue_file::intact() const { return content_->file->whole(); }

}  // namespace utcp
