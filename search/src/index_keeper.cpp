#include "index_keeper.hpp"

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

namespace utcp {
namespace {

using search_detail::text_index;

/// Tools that a search may index or rewrite by itself: some 10 ms. With more the thread does it, ahead of the search.
constexpr std::size_t quick_tools = 512;

std::unordered_map<const registered_manual*, std::uint32_t> ranks_in(const catalogue& snapshot) {
  std::unordered_map<const registered_manual*, std::uint32_t> out;
  out.reserve(snapshot.manuals().size());
  for (std::uint32_t i = 0; i < snapshot.manuals().size(); ++i) out.emplace(snapshot.manuals()[i].get(), i);
  return out;
}

std::size_t size_of(const index_view::part& one) { return one.index->documents(); }

text_index::source kept_of(const index_view::part& one) {
  text_index::source out{one.index, std::vector<bool>(one.ranks.size())};
  for (std::size_t i = 0; i < one.ranks.size(); ++i) out.keep[i] = one.ranks[i] != index_view::gone;
  return out;
}

/// Of those that are too small or hold too much that is gone, which to write anew as one; they move to the end. The number of
/// the others stays in proportion to the logarithm of the tools.
std::size_t choose_rewritten(std::vector<index_view::part>& parts, std::size_t max_rewritten) {
  std::ranges::stable_sort(parts, std::greater<>(), size_of);
  std::size_t first = parts.size();
  std::size_t sum = 0;
  while (first > 0) {
    const index_view::part& next = parts[first - 1];
    const bool small = size_of(next) <= 2 * sum + 32;
    const bool stale = next.documents < size_of(next);
    if (!(small || stale || first == parts.size()) || sum + size_of(next) > max_rewritten) break;
    sum += size_of(next);
    --first;
  }
  // Larger ones that are partly gone.
  for (std::size_t i = 0; i < first; ++i)
    if (parts[i].documents < size_of(parts[i]) && sum + size_of(parts[i]) <= max_rewritten) {
      sum += size_of(parts[i]);
      std::rotate(parts.begin() + static_cast<std::ptrdiff_t>(i), parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, parts.end());
      --first;
      --i;
    }
  return first;
}

}  // namespace

index_keeper::~index_keeper() {
  stopping_ = true;
  if (worker_.joinable()) worker_.join();
}

void index_keeper::follow(const catalogue_ptr& now) {
  if (!now) return;
  const auto known = newest();
  std::unordered_set<const registered_manual*> indexed;
  std::size_t held = 0;
  std::size_t live = 0;
  if (known)
    for (const auto& part : known->parts)
      for (const manual_ptr& one : part.index->manuals()) {
        indexed.insert(one.get());
        held += one->tools().size();
      }
  std::size_t missing = 0;
  for (const manual_ptr& one : now->manuals()) {
    if (indexed.contains(one.get())) live += one->tools().size();
    else missing += one->tools().size() + 1;
  }
  const std::size_t gone = held - std::min(held, live);
  if (missing <= quick_tools && (gone <= quick_tools || gone * 4 <= held)) return;
  std::lock_guard lock(mutex_);
  wanted_ = now;
  if (working_) return;
  if (worker_.joinable()) worker_.join();  // it is at its end
  working_ = true;
  worker_ = std::thread([this] { work(); });
}

void index_keeper::work() {
  for (;;) {
    catalogue_ptr next;
    {
      std::lock_guard lock(mutex_);
      next = std::move(wanted_);
      wanted_ = nullptr;
      if (!next || stopping_) {
        working_ = false;
        return;
      }
    }
    // Manual by manual, so that a search that comes meanwhile finds those done, and a client that goes away waits for one only.
    std::unordered_set<const registered_manual*> done;
    if (const auto known = newest())
      for (const auto& part : known->parts)
        for (const manual_ptr& one : part.index->manuals()) done.insert(one.get());
    for (const manual_ptr& one : next->manuals()) {
      if (stopping_) break;
      if (!done.contains(one.get())) index_of(one);
    }
    if (!stopping_) publish(arrange(next, static_cast<std::size_t>(-1)));
  }
}

index_keeper::index_ptr index_keeper::index_of(const manual_ptr& one) {
  std::shared_ptr<reading> mine;
  {
    std::lock_guard lock(mutex_);
    std::shared_ptr<reading>& slot = readings_[one.get()];
    // A dead manual's address may have been given to a new one.
    if (!slot || slot->of.expired()) {
      slot = std::make_shared<reading>();
      slot->of = one;
    }
    mine = slot;
  }
  std::call_once(mine->once, [&] { mine->made = std::make_shared<const text_index>(one, how_, stopping_); });
  return mine->made;
}

std::shared_ptr<const index_view> index_keeper::arrange(const catalogue_ptr& snapshot, std::size_t max_rewritten) {
  const auto ranks = ranks_in(*snapshot);
  auto made = std::make_shared<index_view>();
  made->of = snapshot;
  std::vector<bool> covered(snapshot->manuals().size());
  const auto place = [&](const index_ptr& index) {
    index_view::part part{index, {}, 0};
    for (const manual_ptr& one : index->manuals()) {
      const auto found = ranks.find(one.get());
      const bool here = found != ranks.end() && !covered[found->second];
      part.ranks.push_back(here ? found->second : index_view::gone);
      if (!here) continue;
      covered[found->second] = true;
      part.documents += one->tools().size();
    }
    if (part.documents > 0) made->parts.push_back(std::move(part));
  };
  if (const auto known = newest())
    for (const auto& part : known->parts) place(part.index);
  for (std::size_t i = 0; i < covered.size(); ++i)
    if (!covered[i] && !snapshot->manuals()[i]->tools().empty()) place(index_of(snapshot->manuals()[i]));

  const std::size_t first = choose_rewritten(made->parts, max_rewritten);
  const bool worth_it = first + 1 < made->parts.size() || (first < made->parts.size() && made->parts[first].documents < size_of(made->parts[first]));
  if (worth_it) {
    std::vector<text_index::source> sources;
    for (std::size_t i = first; i < made->parts.size(); ++i) sources.push_back(kept_of(made->parts[i]));
    made->parts.resize(first);
    covered.assign(covered.size(), false);
    for (const auto& part : made->parts)
      for (const std::uint32_t rank : part.ranks)
        if (rank != index_view::gone) covered[rank] = true;
    place(std::make_shared<const text_index>(sources));
  }
  for (const auto& part : made->parts) made->documents += part.documents;
  return made;
}

std::shared_ptr<const index_view> index_keeper::view_of(const catalogue_ptr& snapshot) {
  if (auto known = newest(); known && known->of == snapshot) return known;
  auto made = arrange(snapshot, quick_tools * 8);
  publish(made);
  return made;
}

void index_keeper::publish(std::shared_ptr<const index_view> made) {
  std::lock_guard lock(mutex_);
  // What the view holds needs no keeping by itself.
  for (const auto& part : made->parts)
    for (const manual_ptr& one : part.index->manuals()) readings_.erase(one.get());
  std::erase_if(readings_, [](const auto& entry) { return entry.second->of.expired(); });
  std::atomic_store(&newest_, std::move(made));
}

}  // namespace utcp
