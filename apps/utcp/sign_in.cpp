#include "sign_in.hpp"

#ifdef UTCP_WITH_MCP

#include <utcp/mcp/oauth_authorizer.hpp>
#include <utcp/transports/mcp.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

namespace utcp::app {
namespace {

class no_browser final : public mcp::browser {
 public:
  explicit no_browser(std::string manual) : manual_(std::move(manual)) {}
  result<std::unique_ptr<mcp::browser_visit>> open(std::string) override {
    return error(errc::unauthorized, "the server wants you to agree in a browser; run: utcp login " + manual_);
  }

 private:
  std::string manual_;
};

bool has_display() {
  for (const char* name : {"WAYLAND_DISPLAY", "DISPLAY"})
    if (const char* value = std::getenv(name); value && *value) return true;
  return false;
}

// The address goes as one argument to a program, never through a shell. The desktop's helper ends soon, and with us at the latest.
void open_in_browser(const std::string& url) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (::posix_spawn_file_actions_init(&files) != 0) return;
  if (::posix_spawnattr_init(&attributes) == 0) {
    for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::posix_spawn_file_actions_addopen(&files, each, "/dev/null", O_RDWR, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    std::string program = "xdg-open", address = url;
    char* words[] = {program.data(), address.data(), nullptr};
    pid_t ignored = 0;
    (void)::posix_spawnp(&ignored, "xdg-open", &files, &attributes, words, environ);
    ::posix_spawnattr_destroy(&attributes);
  }
  ::posix_spawn_file_actions_destroy(&files);
}

}  // namespace

void set_sign_in(registry& parts, console& io, sign_in how) {
  mcp_options options;
  options.browser = [&io, how](std::string manual, boost::asio::any_io_executor executor) -> std::shared_ptr<mcp::browser> {
    if (how == sign_in::refuse) return std::make_shared<no_browser>(std::move(manual));
    return mcp::make_loopback_browser(std::move(executor), [&io, manual](const std::string& url) {
      io.progress({});
      io.note(manual + ": open this address in a browser on this machine, and agree there:");
      io.err_line(url);
      if (has_display()) open_in_browser(url);
    });
  };
  parts.add("mcp", make_mcp_transport(std::move(options)));
}

result<std::vector<std::string>> sign_out(const std::optional<std::vector<std::string>>& servers) {
  const auto file = mcp::usual_token_file();
  std::vector<std::string> out;
  if (file.empty()) return out;
  const auto store = mcp::make_file_token_store(file);
  std::vector<std::optional<std::string>> wanted;
  if (servers) wanted.assign(servers->begin(), servers->end());
  else wanted.emplace_back();
  for (const auto& each : wanted) {
    boost::asio::io_context loop(1);
    result<std::vector<std::string>> done;
    std::exception_ptr thrown;
    boost::asio::co_spawn(loop, mcp::sign_out(store, each), [&](std::exception_ptr failure, result<std::vector<std::string>> got) {
      thrown = std::move(failure);
      done = std::move(got);
    });
    loop.run();
    if (thrown) std::rethrow_exception(thrown);
    if (!done) return done.error();
    out.insert(out.end(), done->begin(), done->end());
  }
  return out;
}

}  // namespace utcp::app

#else

namespace utcp::app {

void set_sign_in(registry&, console&, sign_in) {}

result<std::vector<std::string>> sign_out(const std::optional<std::vector<std::string>>&) { return error(errc::unsupported, "this build has no MCP"); }

}  // namespace utcp::app

#endif
