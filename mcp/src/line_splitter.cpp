#include "line_splitter.hpp"

namespace utcp::mcp {

void line_splitter::feed(std::string_view bytes) {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = searched_ = 0;
  } else if (at_ > (64u << 10) && at_ > buffer_.size() / 2) {
    buffer_.erase(0, at_);
    searched_ -= at_;
    at_ = 0;
  }
  buffer_ += bytes;
}

std::optional<line> line_splitter::next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched_);
    const bool whole = end != std::string::npos;
    const std::string_view piece = std::string_view(buffer_).substr(at_, (whole ? end : buffer_.size()) - at_);
    if (dropping_ || piece.size() > max_line_bytes_) {
      if (!dropping_) head_ = piece.substr(0, kept_bytes_);
      dropping_ = true;
      tail_ += piece.size() > kept_bytes_ ? piece.substr(piece.size() - kept_bytes_) : piece;
      if (tail_.size() > kept_bytes_) tail_.erase(0, tail_.size() - kept_bytes_);
      at_ = searched_ = whole ? end + 1 : buffer_.size();
      if (!whole) return std::nullopt;
      dropping_ = false;
      // What is handed out stays valid until the next call, which may begin another long line.
      buffer_.erase(0, at_);
      at_ = searched_ = 0;
      std::string kept = head_ + tail_;
      const std::size_t head_size = head_.size();
      head_ = std::move(kept);
      tail_.clear();
      line out;
      out.cut = true;
      out.text = std::string_view(head_).substr(0, head_size);
      out.tail = std::string_view(head_).substr(head_size);
      return out;
    }
    if (!whole) {
      searched_ = buffer_.size();
      return std::nullopt;
    }
    at_ = searched_ = end + 1;
    line out;
    out.text = piece;
    if (out.text.ends_with('\r')) out.text.remove_suffix(1);
    if (out.text.find_first_not_of(" \t") != std::string_view::npos) return out;
  }
}

}  // namespace utcp::mcp
