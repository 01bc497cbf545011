#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// A hash of text whose value for any part of a text follows from its prefixes: polynomial, modulo 2^61 - 1. The base is
/// drawn once a process, so that nobody can write texts that collide.
std::uint64_t hash_text(std::string_view text);

/// The hashes of all parts of one text.
class part_hashes {
 public:
  explicit part_hashes(std::string_view text);
  std::uint64_t at(std::size_t begin, std::size_t size) const;

 private:
  std::vector<std::uint64_t> prefixes_;
  std::vector<std::uint64_t> powers_;
};

/// Distinct texts, numbered from 0 in order of insertion.
class text_set {
 public:
  static constexpr std::uint32_t none = 0xFFFF'FFFF;

  std::uint32_t insert(std::string_view text) { return insert(text, hash_text(text)); }
  std::uint32_t insert(std::string_view text, std::uint64_t hash);
  std::uint32_t find(std::string_view text) const { return find(text, hash_text(text)); }
  std::uint32_t find(std::string_view text, std::uint64_t hash) const;

  std::size_t size() const noexcept { return entries_.size(); }
  std::string_view text(std::uint32_t number) const { return std::string_view(characters_).substr(entries_[number].begin, entries_[number].size); }
  std::uint64_t hash(std::uint32_t number) const { return entries_[number].hash; }
  std::size_t bytes() const noexcept { return characters_.capacity() + entries_.capacity() * sizeof(entry) + slots_.capacity() * sizeof(std::uint32_t); }

 private:
  struct entry {
    std::uint64_t hash;
    std::size_t begin;
    std::size_t size;
  };
  void grow();

  std::string characters_;
  std::vector<entry> entries_;
  std::vector<std::uint32_t> slots_;  // open addressing: number + 1, 0 is free
};

/// Many short lists of numbers in two arrays.
class number_lists {
 public:
  struct pair {
    std::uint32_t list;
    std::uint32_t number;
  };
  struct range {
    const std::uint32_t* first;
    const std::uint32_t* last;
    const std::uint32_t* begin() const { return first; }
    const std::uint32_t* end() const { return last; }
  };

  number_lists() : begins_(1, 0) {}
  /// Keeps the order of the pairs within each list.
  number_lists(const std::vector<pair>& pairs, std::size_t lists);

  range operator[](std::size_t list) const { return {numbers_.data() + begins_[list], numbers_.data() + begins_[list + 1]}; }

 private:
  std::vector<std::size_t> begins_;
  std::vector<std::uint32_t> numbers_;
};

}  // namespace utcp::search_detail
