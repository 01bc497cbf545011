// utcp-supervisor CONTROL PARENT GRACE_MS DRAIN_MS PROGRAM ARGV0 [ARGUMENT…]
//
// Runs PROGRAM in a process group of its own and ends as it ends: with its exit status, or by its signal. Everything that
// PROGRAM started, daemons included, is gone by then: this process is the subreaper of them all.
//
// All descendants get SIGTERM, and SIGKILL after GRACE_MS, when the process PARENT dies, when the socket CONTROL closes, or
// on SIGTERM. After PROGRAM's own exit the rest has DRAIN_MS. When PROGRAM cannot be started its errno goes to CONTROL, as an
// int.
//
// When this process itself is killed by SIGKILL the kernel kills PROGRAM, too; what PROGRAM started is then out of reach.
//
// Written without the C++ library: it is started once for each call, and its start is what a call pays.

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <initializer_list>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// PROGRAM's children may be more than fit; what does not is found in the next round.
constexpr int most_processes = 4096;

struct process {
  int id;
  int parent;
};

struct state {
  pid_t program = -1;
  int status = 0;
  bool program_ended = false;
};

long long now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

int parent_of(const char* id) {
  char path[64] = "/proc/";
  ::strncat(path, id, 16);
  ::strcat(path, "/stat");
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  char text[512];
  const auto size = ::read(file, text, sizeof text - 1);
  ::close(file);
  if (size <= 0) return -1;
  text[size] = 0;
  // pid (name) state ppid …: the name may hold anything, also parentheses.
  const char* end = ::strrchr(text, ')');
  if (!end || ::strlen(end) < 4) return -1;
  return ::atoi(end + 4);
}

int list_processes(process* out) {
  DIR* folder = ::opendir("/proc");
  if (!folder) return 0;
  int count = 0;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    const int parent = parent_of(entry->d_name);
    if (parent > 0 && count < most_processes) out[count++] = process{::atoi(entry->d_name), parent};
  }
  ::closedir(folder);
  return count;
}

// Sends a signal to every descendant. A child of ours keeps its number until we reap it, which only reap() below does; a
// deeper one could in theory die and have its number given away between the look and the signal.
void signal_descendants(int signal) {
  static process all[most_processes];
  static int ours[most_processes + 1];
  const int count = list_processes(all);
  int known = 0;
  ours[known++] = ::getpid();
  for (int at = 0; at < known; ++at)
    for (int i = 0; i < count; ++i)
      if (all[i].parent == ours[at] && known <= most_processes) ours[known++] = all[i].id;
  for (int at = 1; at < known; ++at) {
    ::kill(ours[at], signal);
    if (signal != SIGKILL) ::kill(ours[at], SIGCONT);  // a stopped process acts on no signal
  }
}

// Reaps what has died. False: no descendant is left.
bool reap(state& now) {
  for (;;) {
    int status = 0;
    const pid_t who = ::waitpid(-1, &status, WNOHANG);
    if (who == 0) return true;
    if (who < 0 && errno == EINTR) continue;
    if (who < 0) return false;
    if (who == now.program) {
      now.program_ended = true;
      now.status = status;
    }
  }
}

// Kills until nobody is left, or only what may not be killed (programs of another user).
void kill_all(state& now) {
  const long long last = now_ms() + 2000;
  while (reap(now) && now_ms() < last) {
    signal_descendants(SIGKILL);
    const timespec moment{0, 1'000'000};
    ::nanosleep(&moment, nullptr);
  }
}

// Waits for descendants to end by themselves. False: somebody is left.
bool wait_for_all(state& now, int signals, long long until) {
  while (reap(now)) {
    const long long left = until - now_ms();
    if (left <= 0) return false;
    pollfd watched{signals, POLLIN, 0};
    ::poll(&watched, 1, static_cast<int>(left));
    signalfd_siginfo what;
    while (::read(signals, &what, sizeof what) == static_cast<ssize_t>(sizeof what)) {
    }
  }
  return true;
}

[[noreturn]] void end_like(const state& now) {
  if (now.program_ended && WIFEXITED(now.status)) ::_exit(WEXITSTATUS(now.status));
  const int signal = now.program_ended ? WTERMSIG(now.status) : SIGKILL;
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);  // the program has left its own
  ::signal(signal, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::raise(signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::_exit(128 + signal);
}

[[noreturn]] void run_program(char** arguments, const sigset_t& before, int failed, pid_t supervisor) {
  // The kernel takes the thread that forked for the parent; the supervisor has only one. A set-user-id PROGRAM loses this.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != supervisor) ::_exit(127);  // it died before the line above
  ::setpgid(0, 0);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::execv(arguments[0], arguments + 1);
  const int code = errno;
  [[maybe_unused]] const auto sent = ::write(failed, &code, sizeof code);
  ::_exit(127);
}

// Takes signals that came. True: everything shall end.
bool told_to_end(int signals) {
  bool end = false;
  signalfd_siginfo what;
  while (::read(signals, &what, sizeof what) == static_cast<ssize_t>(sizeof what)) end = end || what.ssi_signo != SIGCHLD;
  return end;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 7) return 64;
  const int control = ::atoi(arguments[1]);
  const pid_t parent = ::atoi(arguments[2]);
  const long long grace = ::atoll(arguments[3]);
  const long long drain = ::atoll(arguments[4]);
  ::fcntl(control, F_SETFD, FD_CLOEXEC);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

  sigset_t ours;
  sigset_t before;
  ::sigemptyset(&ours);
  for (int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::sigaddset(&ours, signal);
  ::sigprocmask(SIG_BLOCK, &ours, &before);
  const int signals = ::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
  // The socket alone is not enough: a fork of the parent that never execs would hold it open.
  const int watched_parent = static_cast<int>(::syscall(SYS_pidfd_open, parent, 0));
  if (signals < 0 || ::getppid() != parent) return 1;

  const pid_t own = ::getpid();
  state now;
  now.program = ::fork();
  if (now.program < 0) {
    const int code = errno;
    [[maybe_unused]] const auto sent = ::write(control, &code, sizeof code);
    return 1;
  }
  if (now.program == 0) run_program(arguments + 5, before, control, own);
  // The program's output must end when the program does, so nothing of it stays open here.
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard < 3; ++standard)
    if (null >= 0) ::dup2(null, standard);
  for (int each = 3; each < control; ++each) ::close(each);

  bool end = false;
  while (!end && reap(now) && !now.program_ended) {
    pollfd watched[3] = {{signals, POLLIN, 0}, {control, POLLIN, 0}, {watched_parent, POLLIN, 0}};
    ::poll(watched, 3, -1);
    end = told_to_end(signals) || watched[1].revents != 0 || watched[2].revents != 0;
  }
  if (end) signal_descendants(SIGTERM);
  if (!wait_for_all(now, signals, now_ms() + (end ? grace : drain))) kill_all(now);
  end_like(now);
}
