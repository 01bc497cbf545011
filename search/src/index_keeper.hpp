#pragma once

#include "text_index.hpp"

#include <utcp/catalogue.hpp>
#include <utcp/search/indexed_search.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace utcp {

/// The indexes that together hold a snapshot. Immutable.
struct index_view {
  static constexpr std::uint32_t gone = 0xFFFF'FFFF;

  struct part {
    std::shared_ptr<const search_detail::text_index> index;
    std::vector<std::uint32_t> ranks;  ///< by manual: its place in the snapshot, or `gone`
    std::size_t documents = 0;         ///< of manuals that are not gone
  };

  catalogue_ptr of;
  std::vector<part> parts;
  std::size_t documents = 0;  ///< all, not those gone
};

/// Keeps the index up with the snapshots. Thread-safe.
///
/// Manuals are indexed once. Small indexes are put together as they come, so that there are few; one that holds much that is
/// gone is written anew. What concerns many tools is done by a thread of its own, which ends when there is nothing to do.
class index_keeper {
 public:
  explicit index_keeper(const indexed_search_options& how) : how_(how) {}
  ~index_keeper();

  void follow(const catalogue_ptr& now);
  /// The view of a snapshot. Indexes what is not indexed yet.
  std::shared_ptr<const index_view> view_of(const catalogue_ptr& snapshot);
  std::shared_ptr<const index_view> newest() const { return std::atomic_load(&newest_); }

 private:
  using index_ptr = std::shared_ptr<const search_detail::text_index>;
  struct reading {
    std::weak_ptr<const registered_manual> of;
    std::once_flag once;
    index_ptr made;
  };

  index_ptr index_of(const manual_ptr& one);
  std::shared_ptr<const index_view> arrange(const catalogue_ptr& snapshot, std::size_t max_rewritten);
  void publish(std::shared_ptr<const index_view> made);
  void work();

  const indexed_search_options how_;
  std::shared_ptr<const index_view> newest_;  // atomic
  std::mutex mutex_;
  std::unordered_map<const registered_manual*, std::shared_ptr<reading>> readings_;  // not in the newest view
  catalogue_ptr wanted_;
  bool working_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread worker_;
};

}  // namespace utcp
