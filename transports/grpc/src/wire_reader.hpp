#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace utcp::grpc_transport {

enum class wire_type : std::uint8_t { varint = 0, fixed64 = 1, length_delimited = 2, start_group = 3, end_group = 4, fixed32 = 5 };

/// Reads protobuf's wire format. Every operation says whether it could; after a failure nothing is read any more.
/// Source: https://protobuf.dev/programming-guides/encoding/
class wire_reader {
 public:
  explicit wire_reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool at_end() const noexcept { return at_ == end_; }
  std::string_view rest() const noexcept { return std::string_view(at_, static_cast<std::size_t>(end_ - at_)); }
  const char* position() const noexcept { return at_; }

  bool read_varint(std::uint64_t& out) noexcept {
    out = 0;
    for (unsigned shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      out |= static_cast<std::uint64_t>(byte & 0x7f) << (shift & 63);
      if (byte < 0x80) return shift < 63 || byte <= 1;
    }
    return false;
  }

  bool read_tag(int& number, wire_type& type) noexcept {
    std::uint64_t tag = 0;
    if (!read_varint(tag) || tag > 0xffff'ffffu || (tag & 7) > 5 || tag >> 3 == 0) return false;
    number = static_cast<int>(tag >> 3);
    type = static_cast<wire_type>(tag & 7);
    return true;
  }

  template <class T>
  bool read_fixed(T& out) noexcept {  // little endian, as are all machines that this is built for
    if (rest().size() < sizeof out) return false;
    std::memcpy(&out, at_, sizeof out);
    at_ += sizeof out;
    return true;
  }

  bool read_bytes(std::string_view& out) noexcept {
    std::uint64_t size = 0;
    if (!read_varint(size) || size > rest().size()) return false;
    out = rest().substr(0, static_cast<std::size_t>(size));
    at_ += size;
    return true;
  }

  /// Leaves out the value of a field whose tag has been read.
  bool skip(int number, wire_type type, int depth = 0) noexcept {
    std::uint64_t ignored64 = 0;
    std::uint32_t ignored32 = 0;
    std::string_view ignored;
    switch (type) {
      case wire_type::varint: return read_varint(ignored64);
      case wire_type::fixed64: return read_fixed(ignored64);
      case wire_type::length_delimited: return read_bytes(ignored);
      case wire_type::fixed32: return read_fixed(ignored32);
      case wire_type::end_group: return false;
      case wire_type::start_group: break;
    }
    if (depth > 100) return false;
    for (;;) {
      int inner = 0;
      wire_type kind{};
      if (!read_tag(inner, kind)) return false;
      if (kind == wire_type::end_group) return inner == number;
      if (!skip(inner, kind, depth + 1)) return false;
    }
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace utcp::grpc_transport
