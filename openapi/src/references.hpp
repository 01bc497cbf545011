#pragma once

#include "notices.hpp"
#include "tree.hpp"

#include <utcp/openapi/convert.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace utcp::openapi_detail {

/// A schema that has an `$id`: its references start there. Source: JSON Schema 2020-12, section 8.2.1.
struct id_scope {
  std::uint32_t begin, end;  // entries of the tree
  std::string base;
};

/// Finds what references mean, in the document or in others, which are loaded once.
class references {
 public:
  references(const openapi::document& root, const openapi::convert_options& options, notice_list& notices);

  /// What a `$ref` in the document of `from` means; nothing when it cannot be found (a notice says why, once).
  node resolve(node from, std::string_view reference);
  /// `at`, or where its chain of `$ref`s ends; nothing for one that leads nowhere or to itself.
  node follow(node at);
  /// An OpenAPI object that may be a reference: like `follow`; null stays.
  static bool is_reference(node at) { return at.is_object() && at["$ref"].is_string(); }

 private:
  const tree* document_at(const std::string& url, node from);
  node walk(node start, std::string_view fragment, std::string& why);
  /// What a reference means among the schemas that have an `$id`; nothing: it leads elsewhere.
  node among_ids(const std::vector<id_scope>& scopes, const id_scope* inside, const tree& in, std::string_view file, std::string_view fragment);
  const std::vector<id_scope>& scopes_of(const tree& in);
  node member(node of, const std::string& decoded, std::string_view raw);
  node anchor(const tree* in, std::string_view name);

  struct key {
    const tree* in;
    std::uint32_t scope;  // where the schema with an `$id` begins
    std::string_view text;
    bool operator==(const key&) const = default;
  };
  struct key_hash {
    std::size_t operator()(const key& k) const noexcept { return std::hash<const void*>()(k.in) ^ k.scope ^ std::hash<std::string_view>()(k.text); }
  };

  const openapi::convert_options& options_;
  notice_list& notices_;
  std::map<std::string, std::shared_ptr<const tree>, std::less<>> documents_;  // null: cannot be loaded
  std::unordered_map<key, node, key_hash> known_;
  std::unordered_map<const tree*, std::vector<id_scope>> scopes_;
  std::unordered_map<node, std::unordered_map<std::string_view, std::uint32_t>, node_hash> large_;  // members of large objects
  std::size_t loaded_ = 0;
  int hops_ = 0;
};

}  // namespace utcp::openapi_detail
