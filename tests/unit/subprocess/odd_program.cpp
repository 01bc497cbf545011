// A program that behaves as its first argument says; the tests of subprocess and cli run it.

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <initializer_list>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>

extern char** environ;

namespace {

std::string json_text(const char* text) {
  std::string out = "\"";
  for (const char* at = text; *at; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (c == '"' || c == '\\') out += '\\';
    if (c < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
      out += escaped;
    } else {
      out += *at;
    }
  }
  return out + "\"";
}

void say(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto n = ::write(1, text.data() + done, text.size() - done);
    if (n <= 0) std::_Exit(9);
    done += static_cast<std::size_t>(n);
  }
}

int print_arguments(int count, char** arguments) {
  std::string out = "[";
  for (int i = 2; i < count; ++i) out += (i > 2 ? "," : "") + json_text(arguments[i]);
  say(out + "]\n");
  return 0;
}

int copy_input() {
  static char buffer[65536];
  for (;;) {
    const auto n = ::read(0, buffer, sizeof buffer);
    if (n <= 0) return 0;
    say(std::string(buffer, static_cast<std::size_t>(n)));
  }
}

int flood(int to, const char* amount) {
  static char buffer[65536];
  std::memset(buffer, 'x', sizeof buffer);
  long long left = std::atoll(amount);
  while (left > 0) {
    const auto n = ::write(to, buffer, left < static_cast<long long>(sizeof buffer) ? static_cast<std::size_t>(left) : sizeof buffer);
    if (n <= 0) return 9;
    left -= n;
  }
  return 0;
}

[[noreturn]] void wait_forever() {
  for (;;) ::pause();
}

// A child that holds our output. `away`: it leaves our session as a daemon does, and no longer has us as its parent.
int start_child(bool away, bool deaf) {
  int told[2];
  if (::pipe2(told, O_CLOEXEC) != 0) return -1;
  if (::fork() == 0) {
    if (away) {
      ::setsid();
      if (::fork() != 0) ::_exit(0);
    }
    if (deaf) ::signal(SIGTERM, SIG_IGN);
    const int id = ::getpid();
    if (::write(told[1], &id, sizeof id) < 0) ::_exit(1);
    wait_forever();
  }
  int id = -1;
  if (::read(told[0], &id, sizeof id) != sizeof id) return -1;
  return id;
}

int list_descriptors() {
  std::string out;
  DIR* folder = ::opendir("/proc/self/fd");
  if (!folder) return 1;
  while (const dirent* entry = ::readdir(folder))
    if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != ::dirfd(folder)) out += std::string(entry->d_name) + "\n";
  ::closedir(folder);
  say(out);
  return 0;
}

int print_environment() {
  for (char** at = environ; *at; ++at) say(std::string(*at) + "\n");
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string what = count > 1 ? arguments[1] : "";
  const char* how = count > 2 ? arguments[2] : "0";
  if (what == "arguments") return print_arguments(count, arguments);
  if (what == "environment") return print_environment();
  if (what == "copy") return copy_input();
  if (what == "exit") return std::atoi(how);
  if (what == "flood") return flood(1, how);
  if (what == "flood-errors") return flood(2, how);
  if (what == "descriptors") return list_descriptors();
  if (what == "no-input") return 0;
  if (what == "die") ::raise(std::atoi(how));
  if (what == "bad-text") say("ok \xff\xfe end\n");
  if (what == "terminal") {
    const bool has = ::open("/dev/tty", O_RDWR) >= 0;
    say(has ? "a terminal\n" : "no terminal\n");
  }
  if (what == "fail") {
    say("partial answer\n");
    std::fprintf(stderr, "it broke\n");
    return 3;
  }
  if (what == "folder") {
    char path[4096];
    say(::getcwd(path, sizeof path) ? std::string(path) + "\n" : "?\n");
  }
  if (what == "deaf") {
    ::signal(SIGTERM, SIG_IGN);
    say("ready\n");
    wait_forever();
  }
  if (what == "tidies") {  // on SIGTERM, to the descriptor it was given
    ::signal(SIGTERM, [](int) { ::_exit(::write(3, "tidied", 6) == 6 ? 0 : 1); });
    say("ready\n");
    wait_forever();
  }
  if (what == "wait") {
    say(std::to_string(::getpid()) + "\nready\n");
    wait_forever();
  }
  if (what == "leave-behind") {  // exits at once; a member of its group holds the output
    say(std::to_string(start_child(false, false)) + "\n");
    return 0;
  }
  if (what == "fork-away") {  // exits at once; a daemon of another session holds the output
    say(std::to_string(start_child(true, true)) + "\n");
    return 0;
  }
  if (what == "tree") {
    for (bool away : {false, true, false, true}) say(std::to_string(start_child(away, true)) + "\n");
    say("ready\n");
    wait_forever();
  }
  if (what == "close-output") {
    ::close(1);
    ::usleep(30'000);
    return 7;
  }
  if (what == "lines") {
    for (int i = 0; i < std::atoi(how); ++i) say("{\"line\": " + std::to_string(i) + "}\n");
    if (count > 3) wait_forever();
  }
  if (what == "print") say(how);
  return 0;
}
