#include <utcp/transports/text.hpp>

#include "regular_file.hpp"

#include <utcp/utf8.hpp>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace utcp {
namespace {

/// Where a template's text is: in the configuration, or else in a file.
struct text_place {
  const json* content = nullptr;
  std::filesystem::path file;
  std::string named;  // for messages
};

const json* option(const call_template& of, const char* key) {
  const auto found = of.options.find(key);
  return found == of.options.end() || found->is_null() ? nullptr : &*found;
}

result<text_place> find_text(const call_template& how, const std::filesystem::path& root_dir) {
  const std::string at = how.name.empty() ? how.protocol : how.protocol + " provider \"" + how.name + "\"";
  text_place place;
  place.content = option(how, "content");
  const json* path = option(how, "file_path");
  if (place.content && path) return error{errc::invalid_config, at + ": has `file_path` and `content`; remove one"};
  if (place.content) {
    place.named = at + ", content";
    return place;
  }
  if (!path) return error{errc::invalid_config, at + ": `file_path` is missing; name a file, or give the text itself as `content`"};
  if (!path->is_string() || path->get_ref<const std::string&>().empty())
    return error{errc::invalid_config, at + ": `file_path` must be a path, such as \"manual.json\""};
  const auto& written = path->get_ref<const std::string&>();
  if (written.find('\0') != std::string::npos) return error{errc::invalid_config, at + ": `file_path` holds a NUL byte"};
  if (how.origin == trust::remote)
    return error{errc::not_allowed, at + ": the local file " + written + " was named by a remote manual; only the configuration may name files"};
  place.file = (root_dir / written).lexically_normal();
  place.named = place.file.string();
  return place;
}

tool_result result_of(std::string text) {
  if (is_utf8(text)) return tool_result(std::move(text));
  bytes raw(text.size());
  std::memcpy(raw.data(), text.data(), text.size());
  return tool_result(std::move(raw));
}

class text_transport final : public transport {
 public:
  explicit text_transport(const transport_services& services)
      : documents_(services.documents), limits_(services.limits), root_dir_(services.root_dir) {}

  task<result<discovery>> discover(call_template provider, call_context, std::shared_ptr<catalogue_events>) override {
    co_return read_manual(std::make_shared<const call_template>(std::move(provider)));
  }

  task<result<tool_result>> call(tool_call what, call_context context) override {
    co_return read_text(*what.how, context.max_response_bytes);
  }

  bool idempotent(const tool_call&) const override { return true; }

 private:
  result<discovery> read_manual(std::shared_ptr<const call_template> provider) const {
    auto place = find_text(*provider, root_dir_);
    if (!place) return std::move(place).error();
    std::string text;
    manual_source source;
    source.where = place->named;
    source.origin = trust::configuration;
    source.local = true;
    if (!place->content) {
      auto read = text_detail::read_regular_file(place->file, place->named, limits_.max_bytes);
      if (!read) return std::move(read).error();
      text = std::move(*read);
      source.as = syntax_of_path(place->named);
    } else if (place->content->is_string()) {
      text = place->content->get_ref<const std::string&>();
    } else {
      text = write_json(*place->content);
      source.as = syntax::json;
    }
    source.provider = std::move(provider);
    auto loaded = load_manual(std::move(text), source, documents_, limits_);
    if (!loaded) return std::move(loaded).error();
    discovery out;
    out.found = std::move(loaded->found);
    out.notices = std::move(loaded->notices);
    return out;
  }

  result<tool_result> read_text(const call_template& how, std::size_t max_bytes) const {
    auto place = find_text(how, root_dir_);
    if (!place) return std::move(place).error();
    if (!place->content) {
      auto text = text_detail::read_regular_file(place->file, place->named, max_bytes);
      if (!text) return std::move(text).error();
      return result_of(std::move(*text));
    }
    const std::size_t size = place->content->is_string() ? place->content->get_ref<const std::string&>().size() : write_json(*place->content).size();
    if (size > max_bytes) return error{errc::too_large, place->named + ": has more than " + std::to_string(max_bytes) + " bytes"};
    if (place->content->is_string()) return result_of(place->content->get<std::string>());
    return tool_result(*place->content);
  }

  document_ports documents_;
  document_limits limits_;
  std::filesystem::path root_dir_;
};

}  // namespace

transport_factory make_text_transport() {
  return [](const transport_services& services) -> std::shared_ptr<transport> { return std::make_shared<text_transport>(services); };
}

}  // namespace utcp
