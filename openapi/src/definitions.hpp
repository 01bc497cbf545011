#pragma once

#include "tree.hpp"

#include <utcp/schema.hpp>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace utcp::openapi_detail {

/// Schemas are for what is sent or for what comes back: `readOnly` and `writeOnly` make the difference.
enum class direction : std::uint8_t { request, response };

/// A schema's text without its `$defs`, and which definitions it refers to.
struct schema_text {
  std::string text;
  std::vector<std::uint32_t> uses;  // sorted, unique

  void use(std::uint32_t definition);
};

/// The definitions of one manual: each schema that something refers to, once, under a name of its own.
class definitions {
 public:
  /// The definition of a schema; made when it is new, to be written later.
  std::uint32_t of(node target);
  const std::string& name(std::uint32_t definition) const { return all_[definition].name; }

  /// The next one that has no text yet; nothing: all have.
  node next_unwritten(std::uint32_t& definition) const;
  /// `response` may be empty: as `request`.
  void write(std::uint32_t definition, schema_text request, schema_text response, bool same);

  /// Makes the table of those that are needed. To be called once, when all is written.
  std::shared_ptr<const schema_definitions> finish(const std::vector<const schema_text*>& requests, const std::vector<const schema_text*>& responses);
  /// Where the table has them.
  std::vector<std::uint32_t> places(const schema_text& of, direction way) const;

 private:
  struct one {
    node target;
    std::string name;
    schema_text text[2];
    bool same = true;         // both ways have the text of `request`
    bool written = false;
    bool needed[2] = {false, false};
    bool differs = false;     // itself or what it uses
    std::uint32_t place[2] = {0, 0};
    const schema_text& of(direction way) const { return text[same ? 0 : static_cast<int>(way)]; }
  };

  void mark_needed(const std::vector<const schema_text*>& by, direction way);
  void mark_different();

  std::vector<one> all_;
  std::unordered_map<node, std::uint32_t, node_hash> known_;
  std::set<std::string, std::less<>> names_;
  std::uint32_t written_ = 0;
};

}  // namespace utcp::openapi_detail
