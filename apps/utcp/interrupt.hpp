#pragma once

namespace utcp::app {

/// Turns SIGINT and SIGTERM into something a program can wait for. The first one is noted; the second ends the process at
/// once. One per process, as signal handlers are. Also ignores SIGPIPE, so that a closed pipe is an error of `write`.
class interrupt {
 public:
  /// Installs the handlers; they stay until the process ends.
  static void watch();
  /// Becomes readable when the first signal arrives; -1 before `watch`.
  static int descriptor() noexcept;
  /// The signal that arrived, or 0.
  static int arrived() noexcept;
};

}  // namespace utcp::app
