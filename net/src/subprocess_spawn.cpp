#include "subprocess_spawn.hpp"

#include <utcp/net/descriptor.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace utcp::net {
namespace {

// Our descriptors for a child lie above its own numbers, so that no dup2 overwrites the source of a later one.
constexpr int first_safe_number = 64;

std::string text_of(int code) { return std::generic_category().message(code); }

class file_actions {
 public:
  file_actions() { ::posix_spawn_file_actions_init(&actions_); }
  ~file_actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;

  int open_null(int to) { return ::posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_RDONLY, 0); }
  int close_from(int first) { return ::posix_spawn_file_actions_addclosefrom_np(&actions_, first); }
  int change_directory(const std::string& to) { return ::posix_spawn_file_actions_addchdir_np(&actions_, to.c_str()); }

  /// Gives `from` to the child as `to`.
  int give(descriptor& from, int to) {
    if (from.get() < first_safe_number) {
      descriptor higher(::fcntl(from.get(), F_DUPFD_CLOEXEC, first_safe_number));
      if (!higher) return errno;
      from = std::move(higher);
    }
    return ::posix_spawn_file_actions_adddup2(&actions_, from.get(), to);
  }

  const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// A session of its own, no blocked signals, no ignored signals.
class spawn_attributes {
 public:
  spawn_attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~spawn_attributes() { ::posix_spawnattr_destroy(&attributes_); }
  spawn_attributes(const spawn_attributes&) = delete;
  spawn_attributes& operator=(const spawn_attributes&) = delete;
  const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

result<void> check_sizes(const process_description& what) {
  std::size_t all = what.program.size();
  for (const auto* list : {&what.arguments, &what.environment}) {
    for (const std::string& each : *list) {
      if (each.find('\0') != std::string::npos)
        return error(errc::invalid_argument, what.program + ": an argument or variable holds a NUL character, which no program can be given; send it on stdin");
      if (each.size() > max_argument_bytes)
        return error(errc::too_large, what.program + ": one argument has " + std::to_string(each.size()) + " bytes; the system passes on at most " + std::to_string(max_argument_bytes));
      all += each.size() + 1 + sizeof(char*);
    }
  }
  const long limit = ::sysconf(_SC_ARG_MAX);
  if (limit > 0 && all + 4096 > static_cast<std::size_t>(limit))
    return error(errc::too_large, what.program + ": arguments and environment have " + std::to_string(all) + " bytes; the system passes on at most " + std::to_string(limit));
  return {};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& each : texts) out.push_back(each.data());
  out.push_back(nullptr);
  return out;
}

/// The supervisor's command line: its control descriptor, our id, the two waits, then the program and its argv.
std::vector<std::string> supervised(const process_description& what, int control) {
  std::vector<std::string> out{what.supervisor, std::to_string(control), std::to_string(::getpid()), std::to_string(what.grace.count()),
                               std::to_string(what.drain.count()), what.program};
  out.insert(out.end(), what.arguments.begin(), what.arguments.end());
  return out;
}

result<void> connect_stdin(const process_description& what, file_actions& actions, spawned& out, descriptor& given) {
  if (what.interactive) {
    auto pipe = make_pipe();
    if (!pipe) return pipe.error();
    given = std::move(pipe->read);
    out.in = std::move(pipe->write);
    ::fcntl(out.in.get(), F_SETFL, O_NONBLOCK);
  } else if (what.input && !what.input->empty()) {
    // A file, not a pipe: nothing has to be pumped, and a program that does not read it breaks no pipe.
    auto file = make_memory_file(*what.input);
    if (!file) return file.error();
    given = std::move(*file);
  } else {
    actions.open_null(0);
    return {};
  }
  if (int code = actions.give(given, 0)) return no_resources("cannot give stdin to a program", code);
  return {};
}

result<void> connect_output(file_actions& actions, int number, descriptor& ours, descriptor& given) {
  auto pipe = make_pipe();
  if (!pipe) return pipe.error();
  given = std::move(pipe->write);
  ours = std::move(pipe->read);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  if (int code = actions.give(given, number)) return no_resources("cannot give a pipe to a program", code);
  return {};
}

result<void> connect_control(file_actions& actions, int number, descriptor& ours, descriptor& given) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return no_resources("cannot make a socket pair", errno);
  ours = descriptor(ends[0]);
  given = descriptor(ends[1]);
  if (int code = actions.give(given, number)) return no_resources("cannot give a socket to a program", code);
  return {};
}

}  // namespace

error cannot_start(const process_description& what, int code) {
  struct stat seen {};
  if (!what.working_dir.empty() && (::stat(what.working_dir.c_str(), &seen) != 0 || !S_ISDIR(seen.st_mode)))
    return error(errc::invalid_config, "working_dir " + what.working_dir + ": is not a directory; correct it or create it");
  const std::string& name = what.program;
  switch (code) {
    case ENOENT: return error(errc::invalid_config, name + ": there is no such program, or the interpreter after its #! is missing");
    case EACCES: return error(errc::invalid_config, name + ": may not be executed; check its permissions (chmod +x) and those of its folders");
    case ENOEXEC: return error(errc::invalid_config, name + ": is not a program of this machine; a script needs a first line such as #!/bin/sh");
    case E2BIG: return error(errc::too_large, name + ": arguments and environment are larger than the system passes on");
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE: return error(errc::unavailable, name + ": cannot be started now: " + text_of(code));
    default: return error(errc::invalid_config, name + ": cannot be started: " + text_of(code));
  }
}

result<spawned> spawn(process_description& what) {
  if (auto fits = check_sizes(what); !fits) return fits.error();
  static const spawn_attributes attributes;
  spawned out;
  file_actions actions;
  std::array<descriptor, 4> given;
  if (auto done = connect_stdin(what, actions, out, given[0]); !done) return done.error();
  if (auto done = connect_output(actions, 1, out.out, given[1]); !done) return done.error();
  if (auto done = connect_output(actions, 2, out.err, given[2]); !done) return done.error();
  int number = 3;
  for (descriptor& each : what.passed)
    if (int code = actions.give(each, number++)) return no_resources("cannot give a descriptor to a program", code);
  std::vector<std::string> wrapped;
  if (!what.supervisor.empty()) {
    wrapped = supervised(what, number);
    if (auto done = connect_control(actions, number++, out.control, given[3]); !done) return done.error();
  }
  int code = actions.close_from(number);
  if (code == 0 && !what.working_dir.empty()) code = actions.change_directory(what.working_dir);
  if (code != 0) return no_resources("cannot prepare a program", code);

  auto& arguments = wrapped.empty() ? what.arguments : wrapped;
  const std::string& path = wrapped.empty() ? what.program : what.supervisor;
  auto argv = pointers(arguments);
  auto envp = pointers(what.environment);
  code = ::posix_spawn(&out.pid, path.c_str(), actions.get(), attributes.get(), argv.data(), envp.data());
  if (code != 0) return cannot_start(what, code);
  what.passed.clear();
  out.exit = descriptor(static_cast<int>(::syscall(SYS_pidfd_open, out.pid, 0)));
  if (!out.exit) {
    // Without it nobody would notice the end. The only ways here are no descriptors left, or a kernel before 5.3.
    const int why = errno;
    ::kill(-out.pid, SIGKILL);
    ::waitpid(out.pid, nullptr, 0);
    return no_resources("cannot watch a program", why);
  }
  return out;
}

}  // namespace utcp::net
