// The yardstick of the side-by-side benchmark: the same calls in plain libcurl, no library of ours.
//
// utcp-bench-curl SCENARIO DIR ARGS… prints one JSON line, as utcp-bench does. Each call formats its URL, gets the body into a
// std::string that is used again, and checks the status; nothing parses the body and nothing bounds its size or the time.
//
//   seq n        one easy handle, curl_easy_perform, the connection kept
//   conc n k     k easy handles in one multi handle, each added again when done; curl_multi_socket_action on epoll
//   poll n k     the same with curl_multi_perform and curl_multi_poll

#include "cpu_time.hpp"

#include <curl/curl.h>

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using easy_handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using multi_handle = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

/// The address of the only tool of DIR's manual.
std::string tool_url(const std::string& dir) {
  std::ifstream file(dir + "/manual_v0_1.json");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::string key = "\"url\": \"";
  const auto at = text.find(key);
  if (at == std::string::npos) throw std::runtime_error("no manual in " + dir);
  const auto begin = at + key.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

struct transfer {
  easy_handle easy{curl_easy_init(), &curl_easy_cleanup};
  std::string url;
  std::string body;
  std::size_t left = 0;  // calls that this handle still has to make
  std::size_t next = 0;

  explicit transfer(std::size_t calls) : left(calls) {
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t size, void* self) {
      static_cast<transfer*>(self)->body.append(data, size);
      return size;
    });
  }
  transfer(transfer&&) = delete;

  void prepare(const std::string& base) {
    url = base + "?id=" + std::to_string(next++);
    --left;
    body.clear();
    curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  }

  void check(CURLcode code) const {
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != 200 || body.empty()) throw std::runtime_error(std::string("call failed: ") + curl_easy_strerror(code));
  }
};

void run_seq(const std::string& base, transfer& one) {
  while (one.left > 0) {
    one.prepare(base);
    one.check(curl_easy_perform(one.easy.get()));
  }
}

/// Takes what is done out of `multi` and adds it again while it has calls left; the number that left for good.
std::size_t take_done(CURLM* multi, const std::string& base) {
  std::size_t ended = 0;
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // `message` dies with the removal
    char* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    auto& done = *reinterpret_cast<transfer*>(owner);
    curl_multi_remove_handle(multi, done.easy.get());
    done.check(code);
    if (done.left == 0) {
      ++ended;
      continue;
    }
    done.prepare(base);
    curl_multi_add_handle(multi, done.easy.get());
  }
  return ended;
}

struct event_loop {
  CURLM* multi;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  long timeout_ms = -1;
  explicit event_loop(CURLM* m) : multi(m) {}
  event_loop(event_loop&&) = delete;
  ~event_loop() { close(epoll); }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
    auto& loop = *static_cast<event_loop*>(self);
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(loop.epoll, EPOLL_CTL_DEL, socket, nullptr);
      return 0;
    }
    epoll_event event{};
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    event.data.fd = socket;
    epoll_ctl(loop.epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    if (!known) curl_multi_assign(loop.multi, socket, &loop);  // forgotten with CURL_POLL_REMOVE
    return 0;
  }
};

void run_events(CURLM* multi, const std::string& base, std::size_t running) {
  event_loop loop(multi);
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &event_loop::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &loop);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &loop);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, +[](CURLM*, long ms, void* self) {
    static_cast<event_loop*>(self)->timeout_ms = ms;
    return 0;
  });
  int ignored = 0;
  curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &ignored);
  std::array<epoll_event, 64> events{};
  while (running > 0) {
    const int count = epoll_wait(loop.epoll, events.data(), static_cast<int>(events.size()), static_cast<int>(loop.timeout_ms));
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      int what = 0;
      if (event.events & (EPOLLIN | EPOLLHUP)) what |= CURL_CSELECT_IN;
      if (event.events & EPOLLOUT) what |= CURL_CSELECT_OUT;
      if (event.events & EPOLLERR) what |= CURL_CSELECT_ERR;
      curl_multi_socket_action(multi, event.data.fd, what, &ignored);
    }
    if (count == 0) curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &ignored);
    running -= take_done(multi, base);
  }
  // Their data dies with the loop; curl closes its connections later.
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, nullptr);
}

void run_poll(CURLM* multi, const std::string& base, std::size_t running) {
  while (running > 0) {
    int ignored = 0;
    curl_multi_perform(multi, &ignored);
    const std::size_t ended = take_done(multi, base);
    running -= ended;
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 1000, &ignored);
  }
}

void run_conc(const std::string& base, std::size_t calls, std::size_t at_once, bool with_events) {
  std::vector<std::unique_ptr<transfer>> all;
  multi_handle multi(curl_multi_init(), [](CURLM* m) { return curl_multi_cleanup(m); });
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(at_once));
  for (std::size_t i = 0; i < at_once; ++i) {
    all.push_back(std::make_unique<transfer>(calls / at_once));
    all.back()->prepare(base);
    curl_multi_add_handle(multi.get(), all.back()->easy.get());
  }
  if (with_events) run_events(multi.get(), base, at_once);
  else run_poll(multi.get(), base, at_once);
}

struct measured {
  double calls_per_s = 0;
  double cpu_us_per_call = 0;
};

template <class Run>
measured measure(std::size_t calls, Run run) {
  const double cpu = utcp::bench::cpu_us();
  const auto start = std::chrono::steady_clock::now();
  run();
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  measured out;
  out.calls_per_s = static_cast<double>(calls) / took;
  out.cpu_us_per_call = (utcp::bench::cpu_us() - cpu) / static_cast<double>(calls);
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> args(argv, argv + argc);
  if (args.size() < 4) throw std::runtime_error("usage: utcp-bench-curl seq|conc|poll DIR n [k]");
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::string base = tool_url(args[2]);
  const std::size_t calls = std::stoull(args[3]);
  measured got;
  if (args[1] == "seq") {
    transfer first(1);
    run_seq(base, first);
    first.left = calls;
    got = measure(calls, [&] { run_seq(base, first); });
  } else if (args[1] == "conc" || args[1] == "poll") {
    const std::size_t at_once = std::stoull(args.at(4));
    got = measure(calls / at_once * at_once, [&] { run_conc(base, calls, at_once, args[1] == "conc"); });
  } else {
    throw std::runtime_error("unknown scenario " + args[1]);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(R"({"peer":"curl","scenario":"%s","calls_per_s":%.1f,"cpu_us_per_call":%.3f,"rss_mb":%.1f})" "\n", args[1].c_str(), got.calls_per_s, got.cpu_us_per_call,
              static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
