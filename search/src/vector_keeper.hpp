#pragma once

#include <utcp/catalogue.hpp>
#include <utcp/search/embedding_search.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace utcp {

/// Vectors of one length, scaled to length 1, one after the other. Immutable.
class unit_vectors {
 public:
  /// Fails with errc::protocol_error: another count or length, a number that is not finite.
  static result<unit_vectors> of(const std::vector<std::vector<float>>& vectors, std::size_t count);

  std::size_t size() const noexcept { return width_ == 0 ? 0 : numbers_.size() / width_; }
  std::size_t width() const noexcept { return width_; }
  std::span<const float> operator[](std::size_t i) const { return std::span(numbers_).subspan(i * width_, width_); }
  /// Appends others of the same width, or of any where there are none yet. False: another width.
  bool append(const unit_vectors& more);

 private:
  std::size_t width_ = 0;
  std::vector<float> numbers_;
};

/// Of two unit vectors of the same size.
float cosine(std::span<const float> a, std::span<const float> b);

/// Keeps the vectors of manuals as long as these live. Thread-safe.
class vector_keeper {
 public:
  using vectors_ptr = std::shared_ptr<const unit_vectors>;

  /// Asks the model for what is not known. Who wants the same manual waits. Fails as the model, and as unit_vectors::of.
  result<vectors_ptr> of(const manual_ptr& one, embedding_model& model, std::size_t batch);
  /// Drops what belongs to manuals that are gone.
  void sweep();

 private:
  struct slot {
    std::weak_ptr<const registered_manual> of;
    std::mutex asking;
    vectors_ptr made;
  };

  std::mutex mutex_;
  std::unordered_map<const registered_manual*, std::shared_ptr<slot>> slots_;
};

}  // namespace utcp
