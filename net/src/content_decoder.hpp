#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace utcp::net {

/// Undoes gzip (also as x-gzip) and deflate, as the bytes come: all codings of a response's Content-Encoding fields, in turn.
/// Source: RFC 9110 section 8.4; RFC 1950 to 1952.
class content_decoder {
 public:
  /// Takes what came out; false stops the decoding.
  using sink = std::function<bool(std::string_view)>;

  content_decoder();
  ~content_decoder();
  content_decoder(content_decoder&&) = delete;

  /// Adds the codings that one field lists. False: one is unknown, or there are more than five.
  bool add(std::string_view field);
  void clear() noexcept;
  /// False: the body is sent as it is.
  bool active() const noexcept { return !stages_.empty(); }
  std::size_t codings() const noexcept { return stages_.size(); }
  /// False when the bytes are wrong, or the sink has stopped.
  bool feed(std::string_view bytes, const sink& to) { return feed(stages_.size(), bytes, to); }
  /// Whether everything came, to the end of the coded data; also when nothing came.
  bool complete() const noexcept;

 private:
  class inflater;
  bool feed(std::size_t stages, std::string_view bytes, const sink& to);

  std::vector<std::unique_ptr<inflater>> stages_;  // in the order in which they were applied
};

}  // namespace utcp::net
