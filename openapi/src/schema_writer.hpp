#pragma once

#include "definitions.hpp"
#include "json_out.hpp"
#include "notices.hpp"
#include "references.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace utcp::openapi_detail {

/// Which generation of schemas a document has.
enum class generation { swagger_2, openapi_3_0, openapi_3_1 };

/// What stands beside a schema and belongs to it: a parameter's or body's own words.
struct overlay {
  std::string_view description;  ///< before the schema's own
  node example;                  ///< of the parameter or media type
  node examples;
  bool deprecated = false;
  bool also_string = false;      ///< a text is fine, too, whatever the type
  bool swagger_parameter = false;  ///< the schema is a Swagger parameter itself
};

/// Bits of `schema_writer::shape`.
enum shape : unsigned { shape_scalar = 1, shape_array = 2, shape_object = 4 };

/// Translates schemas to JSON Schema 2020-12. References become `#/$defs/…`, so the result is finite.
class schema_writer {
 public:
  schema_writer(references& refs, definitions& defs, notice_list& notices, generation of) : refs_(refs), defs_(defs), notices_(notices), generation_(of) {}

  schema_text write(node schema, direction way, const overlay& beside = {});
  /// The schema of a list of such items.
  schema_text write_list_of(node items, direction way, std::string_view description);
  /// Writes the definitions that are asked for and not written yet.
  void write_definitions();

  /// Which kinds of values a schema allows as far as it says; 0: anything.
  unsigned shape(node schema, int depth = 0);
  /// The schema that a chain of references means; nothing when it leads nowhere.
  node target(node schema) { return refs_.follow(schema); }

 private:
  struct frame;

  void put(node schema, const overlay* beside, std::string& out);
  void put_reference(node schema, std::string_view reference, const overlay* beside, std::string& out);
  void put_object(node schema, const overlay* beside, std::string& out, bool without_choice = false);
  void put_keyword(frame& at, std::string_view key, node value);
  void put_type(frame& at);
  void put_number(frame& at, std::string_view key, node value);
  void put_properties(frame& at, node value);
  void put_required(frame& at);
  void put_list(frame& at, std::string_view key, node value);
  void put_map(frame& at, std::string_view key, node value);
  void put_items(frame& at, node value);
  void put_sub(frame& at, std::string_view key, node value, bool keep_boolean);
  void put_enum(frame& at, node value);
  void put_examples(object_out& members, std::string& out, const overlay* beside, node schema);
  bool put_parent(frame& at, node value, std::string& out);
  bool comes_from(node schema, node parent, int depth = 0);
  void put_name_lists(frame& at, std::string_view key, node value);
  bool put_variant(frame& at, node value, std::string& out);
  bool is_hidden(node property);
  void drop(node value, std::string_view key, std::string_view why);

  references& refs_;
  definitions& defs_;
  notice_list& notices_;
  generation generation_;
  direction way_ = direction::request;
  bool sensitive_ = false;  // the text depends on the direction
  schema_text* to_ = nullptr;
};

}  // namespace utcp::openapi_detail
