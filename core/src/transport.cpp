#include <utcp/call_filter.hpp>
#include <utcp/dialect.hpp>
#include <utcp/document.hpp>
#include <utcp/masking.hpp>
#include <utcp/transport.hpp>

namespace utcp {
namespace {

class single_item final : public tool_stream {
 public:
  explicit single_item(tool_result item) : item_(std::move(item)) {}
  task<result<std::optional<tool_result>>> next() override { co_return std::exchange(item_, std::nullopt); }

 private:
  std::optional<tool_result> item_;
};

std::size_t size_of(const tool_result& item) {
  if (auto* text = std::get_if<std::string>(&item.value)) return text->size();
  if (auto* data = std::get_if<bytes>(&item.value)) return data->size();
  return write_json(std::get<json>(item.value)).size();
}

/// Items of one kind join into that kind; of mixed kinds each becomes an element of an array.
class collected {
 public:
  void add(tool_result item) {
    if (items_.empty()) kind_ = item.value.index();
    mixed_ = mixed_ || kind_ != item.value.index();
    items_.push_back(std::move(item));
  }

  tool_result take() {
    if (!items_.empty() && !mixed_) {
      if (kind_ == 1) return tool_result(joined<std::string>());
      if (kind_ == 2) return tool_result(joined<bytes>());
    }
    json out = json::array();
    for (tool_result& item : items_) out.push_back(item.to_json());
    return tool_result(std::move(out));
  }

 private:
  template <class Kind>
  Kind joined() {
    Kind out;
    for (tool_result& item : items_) {
      auto& part = std::get<Kind>(item.value);
      out.insert(out.end(), part.begin(), part.end());
    }
    return out;
  }

  std::vector<tool_result> items_;
  std::size_t kind_ = 0;
  bool mixed_ = false;
};

}  // namespace

task<result<tool_result>> collect(std::unique_ptr<tool_stream> from, std::size_t max_bytes) {
  collected all;
  std::size_t size = 0;
  for (;;) {
    auto item = co_await from->next();
    if (!item) co_return std::move(item).error();
    if (!*item) co_return all.take();
    size += size_of(**item);
    if (size > max_bytes) co_return error(errc::too_large, "the stream has more than " + std::to_string(max_bytes) + " bytes; read it as a stream, or raise the limit");
    all.add(std::move(**item));
  }
}

task<result<std::unique_ptr<tool_stream>>> call_filter::open_stream(tool_call what, call_context context, stream_next next) {
  return next(std::move(what), std::move(context));
}

task<result<std::unique_ptr<tool_stream>>> transport::open_stream(tool_call what, call_context context) {
  auto answer = co_await call(std::move(what), std::move(context));
  if (!answer) co_return std::move(answer).error();
  co_return std::unique_ptr<tool_stream>(std::make_unique<single_item>(std::move(*answer)));
}

task<void> transport::release(std::string) { co_return; }

bool transport::takes_input(const tool_call&) const { return false; }

bool transport::idempotent(const tool_call&) const { return false; }

result<json> transport::preview(const tool_call& what, const call_context&) const {
  std::vector<notice> ignored;
  json out = json::object();
  out["call_template"] = mask_template(write_call_template(*what.how, what.how->dialect, fidelity::full, ignored));
  out["arguments"] = what.arguments;
  return out;
}

}  // namespace utcp
