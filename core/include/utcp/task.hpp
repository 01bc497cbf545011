#pragma once

#include <boost/asio/awaitable.hpp>

namespace utcp {

/// A coroutine of the library. Parameters of coroutines are values, never views (docs/toolchain.md).
template <class T>
using task = boost::asio::awaitable<T>;

}  // namespace utcp
