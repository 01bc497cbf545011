#pragma once

#include <utcp/net/descriptor.hpp>
#include <utcp/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::net {

/// What to run and within which bounds.
struct process_description {
  process_description() = default;

  std::string program;                   ///< path, as `find_program` gives it; no shell, no search
  std::vector<std::string> arguments;    ///< argv, the program's own name first
  std::vector<std::string> environment;  ///< `NAME=value`; nothing else is inherited
  std::string working_dir;               ///< empty: this process's
  std::optional<std::string> input;      ///< stdin, then end of file; absent: /dev/null
  bool interactive = false;              ///< stdin stays open for `write` after `input`
  std::vector<descriptor> passed;        ///< given to the program as descriptors 3, 4, …; no other is
  std::size_t max_error_bytes = 1u << 20;  ///< of stderr the first bytes are kept, the rest is read and dropped
  std::function<void(std::string_view)> on_error_output;  ///< each piece of stderr as it comes, all of it; must not throw
  std::chrono::milliseconds grace{500};  ///< between SIGTERM and SIGKILL
  std::chrono::milliseconds drain{250};  ///< after the exit: for output that a process left behind still holds open
  std::string supervisor;                ///< path of the supervisor (`find_supervisor`); empty: none
};

/// How a process ended.
struct process_end {
  process_end() = default;

  int code = 0;    ///< exit status; meaningless when `signal` is set
  int signal = 0;  ///< the signal that killed it, or 0
  std::chrono::nanoseconds took{0};
};

class process_core;

/// A running program with its stdin, stdout and stderr.
///
/// It runs in a session and process group of its own, without a controlling terminal, with default signal handling, and
/// inherits no descriptor but the ones passed. When it exits, what is left of its group is killed after `drain`. A
/// cancelled operation, `stop` and destruction end the group: SIGTERM, then SIGKILL after `grace`; with a supervisor all
/// descendants, also those that left the group, and also when this process is killed itself. The end of the executor ends it
/// in the same way, and waits for it; without a supervisor by SIGKILL at once. No SIGCHLD or SIGPIPE handler is installed or
/// needed; the host must not reap foreign children (wait(-1)).
///
/// Not thread-safe: used on the executor it was started with (a strand, or one thread).
class subprocess {
 public:
  subprocess() = default;
  explicit subprocess(std::shared_ptr<process_core> core) noexcept : core_(std::move(core)) {}
  subprocess(subprocess&&) = default;
  subprocess& operator=(subprocess&& other) noexcept;
  ~subprocess();

  /// Fails with errc::invalid_config (no such program or directory, not executable), errc::too_large (arguments and
  /// environment beyond what the system passes on) or errc::unavailable (no processes or descriptors left).
  static result<subprocess> start(boost::asio::any_io_executor executor, process_description what);

  /// Bytes of stdout, at least one; empty at its end. What is not read stays in the pipe and holds the program back.
  /// One read at a time. When cancelled or stopped, completes once the processes are gone, with errc::cancelled or the
  /// reason of `stop`.
  task<result<std::string>> read();

  /// Completes when the program has ended and is reaped; stdout that was not read stays readable. Cancelled as `read`.
  task<result<process_end>> wait();

  /// Appends to stdin. Never waits: what the pipe does not take is kept and written later. A program that no longer reads
  /// is no error. Only with `interactive`.
  void write(std::string_view bytes);
  /// Ends stdin once all is written.
  void close_input();
  /// Bytes given to `write` that the program has not taken yet.
  std::size_t unwritten() const noexcept;

  /// Ends the program; operations under way fail with `reason`.
  void stop(errc reason);

  /// stderr so far, its first `max_error_bytes`.
  const std::string& error_output() const noexcept;
  /// The process id; with a supervisor the supervisor's.
  int id() const noexcept;

 private:
  std::shared_ptr<process_core> core_;
};

/// A finished run.
struct process_output {
  process_output() = default;

  process_end end;
  std::string out;
  std::string err;
};

/// Runs a program to its end. Fails as `subprocess::start` and `subprocess::read`, and with errc::too_large when stdout has
/// more than `max_output_bytes`: the program is killed then.
task<result<process_output>> run_process(boost::asio::any_io_executor executor, process_description what, std::size_t max_output_bytes);

/// The path of a program: `name` itself when it has a slash (from `base`, made absolute), else the first executable file of that
/// name in `search_path` (colon-separated, as PATH; empty: /usr/local/bin:/usr/bin:/bin).
/// Fails with errc::invalid_config: no such program, or a file that may not be executed.
result<std::string> find_program(std::string_view name, std::string_view search_path, const std::filesystem::path& base);

/// The path of the supervisor program of this installation or build, or empty.
std::string find_supervisor();

/// The longest single argument or `NAME=value` that the system passes on, in bytes.
constexpr std::size_t max_argument_bytes = (128u << 10) - 1;

}  // namespace utcp::net
