#pragma once

#include "notices.hpp"
#include "references.hpp"
#include "schema_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace utcp::openapi_detail {

/// What the parts of one conversion share.
struct api {
  const openapi::convert_options& options;
  node root;
  std::string version;
  generation schemas = generation::openapi_3_1;
  std::string spec_url;  // where relative URLs start; empty: not known
  notice_list& notices;
  references& refs;
  schema_writer& writer;

  bool is_swagger() const { return schemas == generation::swagger_2; }
};

/// One operation as the document has it, its references followed.
struct operation {
  std::string path;
  std::string method;  // upper case
  node item;           // the path item; its `$ref` target when there is one
  node item_beside;    // the path item with the `$ref`, whose own keys win
  node object;         // the operation

  /// A key of the path item.
  node of_item(std::string_view key) const {
    const node own = item_beside[key];
    return own ? own : item[key];
  }
  std::string place() const { return method + " " + path; }
};

}  // namespace utcp::openapi_detail
