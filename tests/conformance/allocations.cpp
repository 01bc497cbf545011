// Replaces operator new for the test program, to see how much the client's thread asks for. Not under a sanitizer, which has
// its own: there the figure stays 0, and only plain builds judge it.
#include "bench.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t largest = 0;
}

namespace utcp::conformance {
std::size_t largest_allocation() noexcept { return largest; }
void reset_largest_allocation() noexcept { largest = 0; }
}  // namespace utcp::conformance

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(std::size_t size) {
  largest = std::max(largest, size);
  if (void* made = std::malloc(size == 0 ? 1 : size)) return made;
  throw std::bad_alloc();
}
void operator delete(void* gone) noexcept { std::free(gone); }
void operator delete(void* gone, std::size_t) noexcept { std::free(gone); }
#endif
