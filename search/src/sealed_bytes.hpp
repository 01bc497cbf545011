#pragma once

#include <utcp/error.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// Sections of bytes that may have been damaged on a disk. What they begin with is checked when they are opened, the rest block by
/// block when it is first looked at: a search reads little of a large file. Immutable but for what was found out; thread-safe.
class sealed_bytes {
 public:
  /// Lays the sections out behind each other, aligned for any number. `format` is told apart from others.
  static std::string seal(std::uint32_t format, const std::vector<std::string_view>& sections);
  /// `bytes` live as long as `owner` and are aligned for 64-bit numbers. Fails with errc::invalid_config for what `seal` has not made,
  /// was made for another format or number of sections, or is not whole.
  static result<std::shared_ptr<const sealed_bytes>> open(std::shared_ptr<const void> owner, std::string_view bytes, std::uint32_t format, std::size_t sections);

  /// A section as numbers, not checked yet; empty where its size does not fit.
  template <class T>
  std::span<const T> section(std::size_t number) const {
    const std::string_view raw = sections_[number];
    if (raw.size() % sizeof(T) != 0) return {};
    return {reinterpret_cast<const T*>(raw.data()), raw.size() / sizeof(T)};
  }

  /// Part of a section. Empty, and the damage noted, where it goes beyond the section or is not what was written.
  template <class T>
  std::span<const T> part(std::span<const T> of, std::size_t first, std::size_t count) const {
    if (first <= of.size() && count <= of.size() - first) {
      const auto out = of.subspan(first, count);
      if (intact(reinterpret_cast<const char*>(out.data()), out.size_bytes())) return out;
    }
    note_damage();
    return {};
  }
  std::string_view part(std::string_view of, std::size_t first, std::size_t size) const {
    const auto out = part(std::span<const char>(of.data(), of.size()), first, size);
    return {out.data(), out.size()};
  }

  /// Whether no block is damaged. Reads all.
  bool whole() const;
  /// Whatever was read since may be wrong.
  bool damaged() const noexcept { return damaged_.load(std::memory_order_relaxed); }
  void note_damage() const noexcept { damaged_.store(true, std::memory_order_relaxed); }

 private:
  sealed_bytes() = default;
  bool intact(const char* first, std::size_t size) const;

  std::shared_ptr<const void> owner_;
  std::vector<std::string_view> sections_;
  std::string_view body_;               // all blocks
  std::span<const std::uint64_t> sums_;  // by block
  mutable std::vector<std::atomic<bool>> seen_;
  mutable std::atomic<bool> damaged_ = false;
};

}  // namespace utcp::search_detail
