#include <utcp/mcp/token_store.hpp>

#include <utcp/document.hpp>
#include <utcp/net/descriptor.hpp>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace utcp::mcp {
namespace {

constexpr std::size_t max_file_bytes = 4u << 20;
constexpr auto lock_patience = std::chrono::seconds(2);
constexpr auto lock_pause = std::chrono::milliseconds(10);

class memory_token_store final : public token_store {
 public:
  task<result<std::optional<secret>>> load(std::string name) override {
    const auto it = entries_.find(name);
    if (it == entries_.end()) co_return std::optional<secret>();
    co_return std::optional<secret>(it->second);
  }
  task<result<void>> save(std::string name, secret value) override {
    entries_.insert_or_assign(std::move(name), std::move(value));
    co_return result<void>();
  }
  task<result<void>> erase(std::string name) override {
    entries_.erase(name);
    co_return result<void>();
  }
  task<result<std::vector<std::string>>> names() override {
    std::vector<std::string> out;
    for (const auto& [name, ignored] : entries_) out.push_back(name);
    co_return out;
  }

 private:
  std::map<std::string, secret> entries_;
};

error failed(const std::filesystem::path& file, const char* what) {
  return {errc::unavailable, "credentials file " + file.string() + ": " + what + ": " + std::strerror(errno)};
}

// The whole file is read and written: it holds a few entries.
class file_token_store final : public token_store {
 public:
  explicit file_token_store(std::filesystem::path file) : file_(std::move(file)) {}

  task<result<std::optional<secret>>> load(std::string name) override {
    auto entries = read();
    if (!entries) co_return entries.error();
    const auto it = entries->find(name);
    if (it == entries->end() || !it->is_string()) co_return std::optional<secret>();
    co_return std::optional<secret>(secret(it->get<std::string>()));
  }
  task<result<void>> save(std::string name, secret value) override { co_return change(std::move(name), json(value.reveal())); }
  task<result<void>> erase(std::string name) override { co_return change(std::move(name), json()); }
  task<result<std::vector<std::string>>> names() override {
    const auto entries = read();
    if (!entries) co_return entries.error();
    std::vector<std::string> out;
    for (const auto& [name, ignored] : entries->items()) out.push_back(name);
    co_return out;
  }

 private:
  result<json> read() const {
    const net::descriptor file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file && errno == ENOENT) return json::object();
    if (!file) return failed(file_, "cannot be opened");
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) return failed(file_, "cannot be looked at");
    if (!S_ISREG(about.st_mode)) return error(errc::invalid_config, "credentials file " + file_.string() + " is no file");
    if (about.st_uid != ::geteuid()) return error(errc::not_allowed, "credentials file " + file_.string() + " belongs to another user");
    if ((about.st_mode & 077) != 0) return error(errc::not_allowed, "credentials file " + file_.string() + " is open to other users; run: chmod 600 " + file_.string());
    if (static_cast<std::size_t>(about.st_size) > max_file_bytes) return too_large();
    std::string text;
    char piece[16 << 10];
    for (;;) {
      const ssize_t got = ::read(file.get(), piece, sizeof piece);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed(file_, "cannot be read");
      if (got == 0) break;
      text.append(piece, static_cast<std::size_t>(got));
      if (text.size() > max_file_bytes) return too_large();
    }
    auto document = parse_json(text);
    if (!document || !document->is_object() || !document->contains("entries") || !(*document)["entries"].is_object())
      return error(errc::invalid_config, "credentials file " + file_.string() + " is not one of utcp's; move it away");
    return std::move((*document)["entries"]);
  }

  error too_large() const { return {errc::too_large, "credentials file " + file_.string() + " is larger than 4 MiB"}; }

  result<void> change(std::string name, json value) const {
    if (auto made = make_folder(); !made) return made.error();
    auto lock = take_lock();
    if (!lock) return lock.error();
    auto entries = read();
    if (!entries) return entries.error();
    if (value.is_null() && !entries->contains(name)) return {};
    if (value.is_null()) entries->erase(name);
    else (*entries)[name] = std::move(value);
    const std::string text = write_json(json{{"version", 1}, {"entries", *std::move(entries)}}, 1) + "\n";
    if (text.size() > max_file_bytes) return too_large();
    return replace(text);
  }

  result<void> make_folder() const {
    const auto folder = file_.parent_path();
    if (folder.empty()) return {};
    std::error_code failure;
    if (std::filesystem::exists(folder, failure)) return {};
    if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), failure);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed(folder, "cannot be made");
    return {};
  }

  // Of a file beside it, since the file itself is replaced. Closing it gives the lock back.
  result<net::descriptor> take_lock() const {
    const std::string name = file_.string() + ".lock";
    net::descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock) return failed(name, "cannot be opened");
    const auto last = std::chrono::steady_clock::now() + lock_patience;
    while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return failed(name, "cannot be locked");
      if (std::chrono::steady_clock::now() > last) return error(errc::unavailable, "credentials file " + file_.string() + ": another process holds its lock");
      std::this_thread::sleep_for(lock_pause);
    }
    return lock;
  }

  result<void> replace(const std::string& text) const {
    std::string name = file_.string() + ".XXXXXX";
    const net::descriptor file(::mkostemp(name.data(), O_CLOEXEC));  // mode 0600
    if (!file) return failed(name, "cannot be made");
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t put = ::write(file.get(), text.data() + done, text.size() - done);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) break;
      done += static_cast<std::size_t>(put);
    }
    if (done == text.size() && ::fsync(file.get()) == 0 && ::rename(name.c_str(), file_.c_str()) == 0) return {};
    error failure = failed(file_, "cannot be written");
    ::unlink(name.c_str());
    return failure;
  }

  std::filesystem::path file_;
};

}  // namespace

task<result<std::vector<std::string>>> token_store::names() { co_return error(errc::unsupported, "this store of credentials does not tell what it holds"); }

std::shared_ptr<token_store> make_memory_token_store() { return std::make_shared<memory_token_store>(); }
std::shared_ptr<token_store> make_file_token_store(std::filesystem::path file) { return std::make_shared<file_token_store>(std::move(file)); }

std::filesystem::path usual_token_file() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data && *data == '/') return std::filesystem::path(data) / "utcp" / "credentials.json";
  const char* home = std::getenv("HOME");
  if (home && *home == '/') return std::filesystem::path(home) / ".local" / "share" / "utcp" / "credentials.json";
  return {};
}

}  // namespace utcp::mcp
