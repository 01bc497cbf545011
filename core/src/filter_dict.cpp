#include "result_selector.hpp"

#include <utcp/post_processors.hpp>

namespace utcp {
namespace {

bool is_empty_container(const json& value) { return value.is_structured() && value.empty(); }

/// Drops the keys; in lists also the objects and lists that are empty afterwards.
void exclude(json& value, const name_set& keys) {
  if (value.is_object()) {
    for (auto it = value.begin(); it != value.end();) {
      if (keys.contains(it.key())) {
        it = value.erase(it);
      } else {
        exclude(*it, keys);
        ++it;
      }
    }
  } else if (value.is_array()) {
    auto& items = value.get_ref<json::array_t&>();
    for (json& item : items) exclude(item, keys);
    std::erase_if(items, is_empty_container);
  }
}

/// Keeps the keys, and whatever leads to them.
void include(json& value, const name_set& keys) {
  if (value.is_object()) {
    for (auto it = value.begin(); it != value.end();) {
      const bool listed = keys.contains(it.key());
      if (!listed || it->is_object()) include(*it, keys);
      if (listed || (it->is_structured() && !it->empty())) ++it;
      else it = value.erase(it);
    }
  } else if (value.is_array()) {
    auto& items = value.get_ref<json::array_t&>();
    for (json& item : items) include(item, keys);
    std::erase_if(items, [](const json& item) { return !item.is_structured() || item.empty(); });
  }
}

class filter_dict final : public post_processor {
 public:
  filter_dict(result_selector selector, name_set excluded, name_set included)
      : selector_(std::move(selector)), excluded_(std::move(excluded)), included_(std::move(included)) {}

  result<tool_result> process(tool_result value, const std::string& tool, const std::string& manual) const override {
    auto* document = std::get_if<json>(&value.value);
    if (!document || !selector_.selects(tool, manual)) return value;
    if (!excluded_.empty()) exclude(*document, excluded_);
    if (!included_.empty()) include(*document, included_);
    return value;
  }

 private:
  result_selector selector_;
  name_set excluded_;
  name_set included_;
};

}  // namespace

result<std::shared_ptr<post_processor>> make_filter_dict(const json& options) {
  constexpr std::string_view type = "filter_dict";
  auto selector = result_selector::read(options, type, {"exclude_keys", "only_include_keys"});
  if (!selector) return selector.error();
  auto excluded = read_names(options, "exclude_keys", type);
  if (!excluded) return excluded.error();
  auto included = read_names(options, "only_include_keys", type);
  if (!included) return included.error();
  return std::shared_ptr<post_processor>(std::make_shared<filter_dict>(std::move(*selector), std::move(*excluded), std::move(*included)));
}

}  // namespace utcp
