#pragma once

#include <utcp/transport.hpp>

namespace memo {

/// The memo protocol as a transport of a C++ application: `registry.add("memo", memo::make_transport())`.
utcp::transport_factory make_transport();

}  // namespace memo
