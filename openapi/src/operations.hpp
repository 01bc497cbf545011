#pragma once

#include "api.hpp"

#include <vector>

namespace utcp::openapi_detail {

/// The operations of `paths`, in order. What is none is told in notices; so are webhooks and callbacks, which are no tools.
std::vector<operation> operations_of(const api& in);

/// What an operation answers when all goes well; nothing: it says none.
struct answer_schema {
  node schema;
  bool of_items = false;  ///< the answer is a stream of such items (OpenAPI 3.2)
};

/// The schema of its JSON, else of its first media type.
answer_schema response_schema(const api& in, const operation& of);

/// Summary and description, or what stands for them.
std::string description_of(const api& in, const operation& of);

}  // namespace utcp::openapi_detail
