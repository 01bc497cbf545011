#include "text_set.hpp"

#include <random>

namespace utcp::search_detail {
namespace {

constexpr std::uint64_t prime = (std::uint64_t{1} << 61) - 1;

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  const std::uint64_t sum = static_cast<std::uint64_t>(product & prime) + static_cast<std::uint64_t>(product >> 61);
  return sum >= prime ? sum - prime : sum;
}

std::uint64_t hash_base() {
  static const std::uint64_t drawn = [] {
    std::random_device source;
    return ((std::uint64_t{source()} << 32 | source()) % (prime - 1'000)) + 500;
  }();
  return drawn;
}

std::uint64_t append(std::uint64_t hash, std::uint64_t base, char c) {
  const std::uint64_t sum = multiply(hash, base) + static_cast<unsigned char>(c) + 1;
  return sum >= prime ? sum - prime : sum;
}

}  // namespace

std::uint64_t hash_text(std::string_view text) {
  const std::uint64_t base = hash_base();
  std::uint64_t hash = 0;
  for (const char c : text) hash = append(hash, base, c);
  return hash;
}

part_hashes::part_hashes(std::string_view text) {
  const std::uint64_t base = hash_base();
  prefixes_.reserve(text.size() + 1);
  powers_.reserve(text.size() + 1);
  prefixes_.push_back(0);
  powers_.push_back(1);
  for (const char c : text) {
    prefixes_.push_back(append(prefixes_.back(), base, c));
    powers_.push_back(multiply(powers_.back(), base));
  }
}

std::uint64_t part_hashes::at(std::size_t begin, std::size_t size) const {
  const std::uint64_t before = multiply(prefixes_[begin], powers_[size]);
  const std::uint64_t whole = prefixes_[begin + size];
  return whole >= before ? whole - before : whole + prime - before;
}

std::uint32_t text_set::find(std::string_view text, std::uint64_t hash) const {
  if (slots_.empty()) return none;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::uint32_t number = slots_[slot] - 1;
    if (entries_[number].hash == hash && this->text(number) == text) return number;
  }
  return none;
}

std::uint32_t text_set::insert(std::string_view text, std::uint64_t hash) {
  if (const std::uint32_t found = find(text, hash); found != none) return found;
  if (entries_.size() * 2 >= slots_.size()) grow();
  const auto number = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({hash, characters_.size(), text.size()});
  characters_ += text;
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = number + 1;
  return number;
}

void text_set::grow() {
  const std::size_t size = slots_.empty() ? 16 : slots_.size() * 2;
  slots_.assign(size, 0);
  for (std::uint32_t number = 0; number < entries_.size(); ++number) {
    std::size_t slot = entries_[number].hash & (size - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (size - 1);
    slots_[slot] = number + 1;
  }
}

number_lists::number_lists(const std::vector<pair>& pairs, std::size_t lists) : begins_(lists + 1, 0), numbers_(pairs.size()) {
  for (const auto& [list, number] : pairs) ++begins_[list + 1];
  for (std::size_t i = 0; i < lists; ++i) begins_[i + 1] += begins_[i];
  std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
  for (const auto& [list, number] : pairs) numbers_[next[list]++] = number;
}

}  // namespace utcp::search_detail
