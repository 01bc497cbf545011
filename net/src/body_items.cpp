#include <utcp/net/body_items.hpp>

#include <utcp/document.hpp>
#include <utcp/net/media_type.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <cstddef>

namespace utcp::net {
namespace {

using item = std::optional<tool_result>;

enum class kind { lines, whole, text, octets };

kind kind_of(std::string_view media_type) {
  if (is_json_lines_type(media_type)) return kind::lines;
  if (is_json_type(media_type)) return kind::whole;
  return is_text_type(media_type) ? kind::text : kind::octets;
}

tool_result octets(std::string_view data) {
  const auto* begin = reinterpret_cast<const std::byte*>(data.data());
  return tool_result(bytes(begin, begin + data.size()));
}

tool_result text_or_octets(std::string_view data) { return is_utf8(data) ? tool_result(std::string(data)) : octets(data); }

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

class body_items final : public tool_stream {
 public:
  body_items(http_stream answer, const body_items_options& options) : answer_(std::move(answer)), options_(options) {
    content_type_ = answer_.head.fields.find("content-type").value_or("");
    kind_ = kind_of(media_type_of(content_type_));
    options_.chunk_bytes = std::max<std::size_t>(options_.chunk_bytes, kind_ == kind::text ? 4 : 1);  // room for any character
    if (options_.want_meta) meta_ = describe_head(answer_.head);
  }

  task<result<item>> next() override {
    while (answer_.body) {
      auto ready = failed_ ? result<item>(*failed_) : take();
      if (!ready) {
        answer_.body.reset();
        co_return ready.error();
      }
      if (*ready) {
        (*ready)->meta = std::exchange(meta_, json());
        co_return std::move(*ready);
      }
      if (ended_) {
        answer_.body.reset();
        break;
      }
      auto more = co_await answer_.body->read();
      if (!more) {
        answer_.body.reset();
        co_return more.error();
      }
      if (*more) add(**std::move(more));
      else ended_ = true;
    }
    co_return item();
  }

  // A line that is no item, or too large, is for next().
  std::optional<tool_result> take_ready() override {
    if (!answer_.body || kind_ == kind::whole || failed_) return std::nullopt;
    auto ready = take();
    if (!ready) {
      failed_ = std::move(ready).error();
      return std::nullopt;
    }
    if (*ready) (*ready)->meta = std::exchange(meta_, json());
    return *std::move(ready);
  }

 private:
  void add(std::string more) {
    if (at_ == buffer_.size()) {
      buffer_ = std::move(more);
      searched_ = 0;
    } else {
      buffer_.erase(0, at_);
      searched_ -= at_;
      buffer_ += more;
    }
    at_ = 0;
  }

  std::string_view left() const { return std::string_view(buffer_).substr(at_); }

  std::string_view take_front(std::size_t size) {
    const std::string_view out = left().substr(0, size);
    at_ += size;
    searched_ = std::max(searched_, at_);
    return out;
  }

  /// The next item of what has come, or nothing.
  result<item> take() {
    switch (kind_) {
      case kind::lines: return take_line();
      case kind::whole: return take_whole();
      case kind::text: return take_text();
      case kind::octets: break;
    }
    if (left().empty()) return item();
    return item(octets(take_front(std::min(left().size(), options_.chunk_bytes))));
  }

  error too_large(const char* what) const {
    return {errc::too_large, answer_.request.target.shown() + ": " + what + " is larger than " + std::to_string(options_.max_item_bytes) +
                                 " bytes; raise max_response_bytes to accept it"};
  }

  result<item> take_line() {
    for (;;) {
      const std::size_t end = buffer_.find('\n', std::max(at_, searched_));
      searched_ = buffer_.size();
      if (end == std::string::npos && (!ended_ || left().empty())) {
        if (left().size() > options_.max_item_bytes) return too_large("a line of the answer");
        return item();
      }
      const std::size_t size = end == std::string::npos ? left().size() : end - at_;
      const std::string_view line = left().substr(0, size);
      at_ += std::min(size + 1, left().size());
      searched_ = at_;
      if (is_blank(line)) continue;
      if (line.size() > options_.max_item_bytes) return too_large("a line of the answer");
      auto value = parse_json(line);
      return item(value ? tool_result(*std::move(value)) : text_or_octets(line));
    }
  }

  result<item> take_whole() {
    if (left().size() > options_.max_item_bytes) return too_large("the answer");
    if (!ended_ || left().empty()) return item();
    at_ = 0;
    std::string whole = std::exchange(buffer_, std::string());
    return item(decode_body(std::move(whole), content_type_));
  }

  // A character that is not whole yet waits for the rest.
  result<item> take_text() {
    std::string_view ready = left().substr(0, options_.chunk_bytes);
    if (!(ended_ && ready.size() == left().size())) ready = ready.substr(0, ready.size() - unfinished_size(ready));
    if (ready.empty()) return item();
    return item(text_or_octets(take_front(ready.size())));
  }

  static std::size_t unfinished_size(std::string_view text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
      const auto c = static_cast<unsigned char>(text[text.size() - back]);
      if (c < 0x80) return 0;
      if (c < 0xc0) continue;
      const std::size_t size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
      return size > back ? back : 0;
    }
    return 0;
  }

  http_stream answer_;
  body_items_options options_;
  std::string content_type_;
  kind kind_ = kind::octets;
  json meta_;
  std::string buffer_;
  std::size_t at_ = 0;        // what is before has been given out
  std::size_t searched_ = 0;  // up to here no line ends
  bool ended_ = false;
  std::optional<error> failed_;  // found by take_ready
};

}  // namespace

std::unique_ptr<tool_stream> make_body_items(http_stream answer, const body_items_options& options) {
  return std::make_unique<body_items>(std::move(answer), options);
}

}  // namespace utcp::net
