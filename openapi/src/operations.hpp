#pragma once

#include "api.hpp"

#include <vector>

namespace utcp::openapi_detail {

/// The operations of `paths`, in order. What is none is told in notices; so are webhooks and callbacks, which are no tools.
std::vector<operation> operations_of(const api& in);

/// What an operation answers when all goes well: the schema of its JSON, else of its first media type. Nothing: it says none.
node response_schema(const api& in, const operation& of);

/// Summary and description, or what stands for them.
std::string description_of(const api& in, const operation& of);

}  // namespace utcp::openapi_detail
