#pragma once

#include <utcp/registry.hpp>

namespace utcp {

/// A registry with every transport, reader and search strategy of this build. Each call gives a new one.
registry builtin_registry();

}  // namespace utcp
