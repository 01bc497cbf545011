#include "sealed_bytes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace utcp::search_detail {
namespace {

constexpr std::size_t block_size = 16u << 10;
constexpr std::uint64_t alignment = 8;
constexpr std::uint32_t byte_order = 0x0102'0304;

struct leading_part {
  char magic[8];
  std::uint32_t format;
  std::uint32_t order;  // of bytes: files of other machines are refused
  std::uint64_t size;   // of all
  std::uint64_t sections;
};
constexpr char file_magic[8] = {'u', 't', 'c', 'p', 'c', 'a', 't', '\n'};

struct section_place {
  std::uint64_t begin;  // in the body
  std::uint64_t size;
};

/// Every step can be undone, so a change within eight bytes always changes the sum.
std::uint64_t sum_of(std::string_view bytes) {
  std::uint64_t sum = 0x9E37'79B9'7F4A'7C15 ^ bytes.size();
  std::size_t at = 0;
  const auto add = [&](std::uint64_t word) { sum = std::rotl((sum ^ word) * 0x2545'F491'4F6C'DD1D, 29); };
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    add(word);
  }
  if (at < bytes.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    add(word);
  }
  return sum;
}

std::size_t blocks_of(std::size_t size) { return (size + block_size - 1) / block_size; }
std::uint64_t aligned(std::uint64_t size) { return (size + alignment - 1) / alignment * alignment; }

template <class T>
void append(std::string& to, const T& value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

error unusable(const char* why) { return {errc::invalid_config, std::string("the catalogue file cannot be used: ") + why}; }

}  // namespace

std::string sealed_bytes::seal(std::uint32_t format, const std::vector<std::string_view>& sections) {
  std::vector<section_place> places;
  std::uint64_t body_size = 0;
  for (const std::string_view section : sections) {
    places.push_back({body_size, section.size()});
    body_size += aligned(section.size());
  }
  const std::size_t blocks = blocks_of(body_size);
  const std::size_t head_size = sizeof(leading_part) + sections.size() * sizeof(section_place) + blocks * 8 + 8;
  std::string out;
  out.reserve(head_size + body_size);
  out.resize(head_size);
  for (const std::string_view section : sections) {
    out += section;
    out.resize(head_size + aligned(out.size() - head_size));
  }

  leading_part lead{{}, format, byte_order, out.size(), sections.size()};
  std::memcpy(lead.magic, file_magic, sizeof file_magic);
  std::string head;
  head.reserve(head_size);
  append(head, lead);
  for (const section_place& place : places) append(head, place);
  const std::string_view body = std::string_view(out).substr(head_size);
  for (std::size_t block = 0; block < blocks; ++block) append(head, sum_of(body.substr(block * block_size, block_size)));
  append(head, sum_of(head));
  std::memcpy(out.data(), head.data(), head.size());
  return out;
}

result<std::shared_ptr<const sealed_bytes>> sealed_bytes::open(std::shared_ptr<const void> owner, std::string_view bytes, std::uint32_t format,
                                                               std::size_t sections) {
  leading_part lead{};
  if (bytes.size() < sizeof lead) return unusable("it is too short");
  std::memcpy(&lead, bytes.data(), sizeof lead);
  if (std::memcmp(lead.magic, file_magic, sizeof file_magic) != 0) return unusable("it is no catalogue");
  if (lead.order != byte_order || lead.format != format || lead.sections != sections) return unusable("another version has written it");
  if (lead.size != bytes.size()) return unusable("it is not whole");

  const std::size_t fixed = sizeof lead + sections * sizeof(section_place) + 8;
  if (bytes.size() < fixed) return unusable("it is too short");
  // The body is what the sums of its blocks leave: each block takes its own size and eight bytes.
  const std::size_t blocks = blocks_of((bytes.size() - fixed) - (bytes.size() - fixed + block_size + 7) / (block_size + 8) * 8);
  const std::size_t head_size = fixed + blocks * 8;
  if (bytes.size() < head_size || blocks_of(bytes.size() - head_size) != blocks) return unusable("it is not whole");
  std::uint64_t sum = 0;
  std::memcpy(&sum, bytes.data() + head_size - 8, 8);
  if (sum != sum_of(bytes.substr(0, head_size - 8))) return unusable("it is damaged");

  auto out = std::shared_ptr<sealed_bytes>(new sealed_bytes);
  out->owner_ = std::move(owner);
  out->body_ = bytes.substr(head_size);
  out->sums_ = {reinterpret_cast<const std::uint64_t*>(bytes.data() + head_size - 8 - blocks * 8), blocks};
  out->seen_ = std::vector<std::atomic<bool>>(blocks);
  for (std::size_t i = 0; i < sections; ++i) {
    section_place place{};
    std::memcpy(&place, bytes.data() + sizeof lead + i * sizeof place, sizeof place);
    if (place.begin % alignment != 0 || place.begin > out->body_.size() || place.size > out->body_.size() - place.begin) return unusable("it is damaged");
    out->sections_.push_back(out->body_.substr(place.begin, place.size));
  }
  return std::shared_ptr<const sealed_bytes>(std::move(out));
}

bool sealed_bytes::whole() const {
  if (!intact(body_.data(), body_.size())) note_damage();
  return !damaged();
}

bool sealed_bytes::intact(const char* first, std::size_t size) const {
  if (size == 0) return true;
  const auto begin = static_cast<std::size_t>(first - body_.data());
  for (std::size_t block = begin / block_size; block <= (begin + size - 1) / block_size; ++block) {
    if (seen_[block].load(std::memory_order_relaxed)) continue;
    if (sum_of(body_.substr(block * block_size, block_size)) != sums_[block]) return false;
    seen_[block].store(true, std::memory_order_relaxed);
  }
  return true;
}

}  // namespace utcp::search_detail
