#include "content_decoder.hpp"

#include "http_rules.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace utcp::net {
namespace {

constexpr std::size_t max_codings = 5;
constexpr std::size_t piece_size = 16u << 10;

}  // namespace

class content_decoder::inflater {
 public:
  inflater() = default;
  inflater(inflater&&) = delete;
  ~inflater() {
    if (ready_) inflateEnd(&stream_);
  }

  bool feed(std::string_view bytes, const sink& to) {
    if (bytes.empty() || padding_) return true;
    if (!ready_ && !begin(bytes.front())) return false;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads it
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, piece_size> out;
    do {
      // A gzip body may have several members. What follows the last is padding.
      if (ended_ && stream_.avail_in == 0) return true;
      padding_ = ended_ && (*stream_.next_in != 0x1f || inflateReset(&stream_) != Z_OK);
      if (padding_) return true;
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = static_cast<uInt>(out.size());
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return false;
      ended_ = code == Z_STREAM_END;
      const std::size_t size = out.size() - stream_.avail_out;
      if (size > 0 && !to(std::string_view(out.data(), size))) return false;
      if (code == Z_BUF_ERROR) return true;  // it wants more
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    return true;
  }

  bool complete() const noexcept { return ended_ || !ready_; }

 private:
  // "deflate" means zlib's format (RFC 1950), but some servers send the bare one (RFC 1951); no block of that begins with an 8.
  bool begin(char first) {
    const auto byte = static_cast<unsigned char>(first);
    const bool framed = byte == 0x1f || (byte & 0x0f) == Z_DEFLATED;
    ready_ = inflateInit2(&stream_, framed ? 32 + MAX_WBITS : -MAX_WBITS) == Z_OK;
    return ready_;
  }

  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
  bool padding_ = false;  // to the end, whatever it holds
};

content_decoder::content_decoder() = default;
content_decoder::~content_decoder() = default;

void content_decoder::clear() noexcept { stages_.clear(); }

bool content_decoder::add(std::string_view field) {
  static constexpr std::array<std::string_view, 3> known = {"gzip", "x-gzip", "deflate"};
  while (!field.empty()) {
    const std::size_t comma = std::min(field.find(','), field.size());
    const std::string_view coding = trimmed(field.substr(0, comma));
    field.remove_prefix(std::min(comma + 1, field.size()));
    if (coding.empty() || equal_ignoring_case(coding, "identity")) continue;
    if (std::none_of(known.begin(), known.end(), [&](std::string_view one) { return equal_ignoring_case(one, coding); })) return false;
    if (stages_.size() == max_codings) return false;
    stages_.push_back(std::make_unique<inflater>());
  }
  return true;
}

bool content_decoder::feed(std::size_t stages, std::string_view bytes, const sink& to) {
  if (stages == 0) return to(bytes);
  return stages_[stages - 1]->feed(bytes, [&](std::string_view out) { return feed(stages - 1, out, to); });
}

bool content_decoder::complete() const noexcept {
  return std::all_of(stages_.begin(), stages_.end(), [](const auto& stage) { return stage->complete(); });
}

}  // namespace utcp::net
