#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace utcp::openapi_detail {

class node;

/// A document as it was written: a row of entries, containers before what they hold, keys before their values. Keeps the order
/// of keys, and takes 16 bytes a value beside its text.
class tree {
 public:
  enum class kind : std::uint8_t { null, boolean, negative, whole, real, string, array, object };

  struct place {
    std::uint32_t begin, size;
  };

  struct entry {
    tree::kind kind = kind::null;
    bool dead = false;       // a key that a later equal one replaces
    std::uint32_t next = 0;  // the entry after the whole value
    union {
      std::uint64_t whole = 0;
      std::int64_t negative;
      double real;
      bool boolean;
      place text;  // in `texts`
    };
  };

  node root() const;
  std::string_view text_of(const entry& one) const { return std::string_view(texts).substr(one.text.begin, one.text.size); }

  std::vector<entry> entries;
  std::string texts;
  std::string url;                              ///< where the document is: the base of its references
  bool repaired = false;  // halves of UTF-16 pairs were replaced
  std::vector<std::uint32_t> repeated_keys;     ///< the keys that were replaced
  std::vector<std::uint32_t> cut;               ///< values that were too deep and are null now
};

/// A value in a tree, or nothing.
class node {
 public:
  using kind = tree::kind;

  node() = default;
  node(const tree* of, std::uint32_t at) : tree_(of), at_(at) {}

  explicit operator bool() const noexcept { return tree_ != nullptr; }
  bool is(tree::kind wanted) const noexcept { return tree_ && entry().kind == wanted; }
  bool is_object() const noexcept { return is(kind::object); }
  bool is_array() const noexcept { return is(kind::array); }
  bool is_string() const noexcept { return is(kind::string); }
  bool is_null() const noexcept { return is(kind::null); }
  bool is_boolean() const noexcept { return is(kind::boolean); }
  bool is_number() const noexcept { return is(kind::whole) || is(kind::negative) || is(kind::real); }
  bool is_true() const noexcept { return is_boolean() && entry().boolean; }

  /// The string; empty when it is none.
  std::string_view text() const noexcept { return is_string() ? tree_->text_of(entry()) : std::string_view(); }
  double number() const noexcept;

  /// A member of an object, else nothing.
  node operator[](std::string_view key) const noexcept;
  /// An element of an array, else nothing.
  node item(std::size_t index) const noexcept;
  bool empty() const noexcept { return !tree_ || entry().next == at_ + 1; }
  /// Of a container.
  std::size_t size() const noexcept;

  const tree* owner() const noexcept { return tree_; }
  std::uint32_t index() const noexcept { return at_; }
  const tree::entry& entry() const noexcept { return tree_->entries[at_]; }
  friend bool operator==(const node& a, const node& b) = default;

  /// Calls `f(key, value)` for each member of an object, in order.
  template <class F>
  void each_member(F f) const {
    if (!is_object()) return;
    for (std::uint32_t at = at_ + 1; at < entry().next;) {
      const auto& key = tree_->entries[at];
      if (!key.dead) f(tree_->text_of(key), node(tree_, at + 1));
      at = tree_->entries[at + 1].next;
    }
  }

  /// Calls `f(value)` for each element of an array, in order.
  template <class F>
  void each_item(F f) const {
    if (!is_array()) return;
    for (std::uint32_t at = at_ + 1; at < entry().next; at = tree_->entries[at].next) f(node(tree_, at));
  }

 private:
  const tree* tree_ = nullptr;
  std::uint32_t at_ = 0;
};

inline node tree::root() const { return entries.empty() ? node() : node(this, 0); }

/// The JSON pointer of a value in its document.
std::string pointer_of(node of);

/// `~` and `/` of a key escaped for a JSON pointer.
std::string pointer_token(std::string_view key);

struct node_hash {
  std::size_t operator()(const node& of) const noexcept {
    return std::hash<const void*>()(of.owner()) ^ (static_cast<std::size_t>(of.index()) * 0x9E3779B97F4A7C15u);
  }
};

}  // namespace utcp::openapi_detail
