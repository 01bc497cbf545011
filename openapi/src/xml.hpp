#pragma once

#include "api.hpp"

namespace utcp::openapi_detail {

/// `x-body-xml` for a schema: how its objects become XML. Null, with a notice, when the schema does not name the root or is too large.
json xml_shape_of(const api& in, node schema);

}  // namespace utcp::openapi_detail
