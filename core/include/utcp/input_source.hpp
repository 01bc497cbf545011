#pragma once

#include <utcp/error.hpp>
#include <utcp/task.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace utcp {

/// Port: the bytes that go with a call, pulled while it runs. Used by one call at a time, on the client's strand: what has to
/// wait for its bytes says so by `is_ready` and `wait_ready`, so that `read` need not.
class input_source {
 public:
  virtual ~input_source() = default;

  /// Bytes in all, when that is known.
  virtual std::optional<std::uint64_t> size() const = 0;
  /// Puts at most `room` bytes to `to` and says how many; 0 at the end.
  virtual result<std::size_t> read(char* to, std::size_t room) = 0;
  /// Goes to the beginning: called before each sending, the first too. False when what has been read cannot be had again; a
  /// redirect or another try then fails.
  virtual bool rewind() = 0;

  /// Whether `read` has something at once: bytes, the end, or a failure.
  virtual bool is_ready() const { return true; }
  /// Completes when it has, or may have. Cancelled when the call ends before.
  virtual task<void> wait_ready() { co_return; }
  /// The call that had it is over, whether it began or not. On any thread.
  virtual void on_call_end() noexcept {}
};

/// The bytes of a file, a pipe or a terminal. Fails with errc::invalid_argument when it cannot be opened or is a folder.
result<std::shared_ptr<input_source>> open_input_file(const std::filesystem::path& file);

}  // namespace utcp
