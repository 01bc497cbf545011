#include <utcp/input_source.hpp>

#include <utcp/descriptor.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace utcp {
namespace {

namespace asio = boost::asio;

class input_file final : public input_source {
 public:
  input_file(descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  // A pipe or a device has no size, and neither has a file of /proc.
  std::optional<std::uint64_t> size() const override {
    struct stat about {};
    if (::fstat(file_.get(), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0) return std::nullopt;
    return static_cast<std::uint64_t>(about.st_size);
  }

  result<std::size_t> read(char* to, std::size_t room) override {
    for (;;) {
      const auto n = ::read(file_.get(), to, room);
      if (n >= 0) {
        touched_ = touched_ || n > 0;
        return static_cast<std::size_t>(n);
      }
      if (errno != EINTR) return error(errc::invalid_argument, "cannot read " + name_ + ": " + std::strerror(errno));
    }
  }

  bool is_ready() const override {
    pollfd what{file_.get(), POLLIN, 0};
    return ::poll(&what, 1, 0) != 0;
  }

  task<void> wait_ready() override {
    boost::system::error_code failure;
    asio::posix::stream_descriptor waiting(co_await asio::this_coro::executor);
    waiting.assign(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0), failure);  // a copy, which Asio closes
    if (!failure) co_await waiting.async_wait(asio::posix::stream_descriptor::wait_read, asio::redirect_error(asio::use_awaitable, failure));
  }

  bool rewind() override {
    if (::lseek(file_.get(), 0, SEEK_SET) == 0) touched_ = false;
    return !touched_;
  }

 private:
  descriptor file_;
  std::string name_;
  bool touched_ = false;  // read from, and not gone back since
};

}  // namespace

result<std::shared_ptr<input_source>> open_input_file(const std::filesystem::path& file) {
  descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened) return error(errc::invalid_argument, "cannot read " + file.string() + ": " + std::strerror(errno));
  struct stat about {};
  if (::fstat(opened.get(), &about) == 0 && S_ISDIR(about.st_mode)) return error(errc::invalid_argument, file.string() + " is a folder; name a file");
  std::shared_ptr<input_source> source = std::make_shared<input_file>(std::move(opened), file.string());
  return source;
}

}  // namespace utcp
