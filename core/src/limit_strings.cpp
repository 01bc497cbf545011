#include "dialect_fields.hpp"
#include "result_selector.hpp"
#include "utf8.hpp"

#include <utcp/post_processors.hpp>

namespace utcp {
namespace {

constexpr std::uint64_t default_limit = 10'000;

void cut(std::string& text, std::uint64_t limit) { text.resize(bytes_of_code_points(text, limit)); }

void cut_strings(json& value, std::uint64_t limit) {
  if (value.is_string()) cut(value.get_ref<std::string&>(), limit);
  else if (value.is_structured())
    for (json& child : value) cut_strings(child, limit);
}

class limit_strings final : public post_processor {
 public:
  limit_strings(result_selector selector, std::uint64_t limit) : selector_(std::move(selector)), limit_(limit) {}

  result<tool_result> process(tool_result value, const std::string& tool, const std::string& manual) const override {
    if (!selector_.selects(tool, manual)) return value;
    if (auto* text = std::get_if<std::string>(&value.value)) cut(*text, limit_);
    else if (auto* document = std::get_if<json>(&value.value)) cut_strings(*document, limit_);
    return value;
  }

 private:
  result_selector selector_;
  std::uint64_t limit_;
};

}  // namespace

result<std::shared_ptr<post_processor>> make_limit_strings(const json& options) {
  constexpr std::string_view type = "limit_strings";
  auto selector = result_selector::read(options, type, {"limit"});
  if (!selector) return selector.error();
  std::uint64_t limit = default_limit;
  if (auto it = options.find("limit"); it != options.end() && !it->is_null()) {
    // Signed and not negative happens with JSON made in code.
    if (!it->is_number_integer() || (!it->is_number_unsigned() && it->get<std::int64_t>() < 0))
      return error(errc::invalid_config, "limit_strings: \"limit\" must be an integer that is not negative, not " +
                                             (it->is_number() ? it->dump() : type_phrase(*it)));
    limit = it->get<std::uint64_t>();
  }
  return std::shared_ptr<post_processor>(std::make_shared<limit_strings>(std::move(*selector), limit));
}

}  // namespace utcp
