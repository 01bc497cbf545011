// The static face of the memo protocol: utcp's transport interface over `notebooks`.
#include "memo_transport.hpp"

#include "notebooks.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace memo {
namespace {

using utcp::errc;
using utcp::error;
using utcp::result;
using utcp::task;

/// The books of one client, shared with its streams.
struct shelf {
  notebooks books;
  std::uint64_t next_id = 1;
};

/// Where a reply meets the coroutine that waits for it. Everything is on the client's strand.
struct slot {
  explicit slot(boost::asio::any_io_executor executor) : rung(std::move(executor), boost::asio::steady_timer::time_point::max()) {}

  boost::asio::steady_timer rung;
  std::optional<answer> got;
};

errc errc_of(const std::string& name) {
  for (errc each : {errc::invalid_config, errc::invalid_argument, errc::cancelled, errc::unavailable})
    if (utcp::to_string(each) == name) return each;
  return errc::remote_failed;
}

/// A reply that fills the slot, if somebody still waits there.
reply fill(const std::shared_ptr<slot>& into) {
  return [weak = std::weak_ptr<slot>(into)](answer got) {
    auto still = weak.lock();
    if (!still) return;
    still->got = std::move(got);
    still->rung.cancel();
  };
}

/// Waits for the slot. When the wait is cancelled, so is what was asked.
task<result<answer>> wait_for(std::shared_ptr<shelf> on, std::uint64_t id, std::shared_ptr<slot> where) {
  if (!where->got) {
    boost::system::error_code ignored;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
    co_await where->rung.async_wait(token);
  }
  if (!where->got) {
    on->books.cancel(id);
    co_return error(errc::cancelled, "cancelled");
  }
  answer got = std::move(*where->got);
  if (!got.error.empty()) co_return error(errc_of(got.error), std::move(got.message), std::move(got.remote));
  co_return got;
}

result<utcp::tool_result> within(utcp::json value, std::size_t max_bytes) {
  if (utcp::write_json(value).size() > max_bytes)
    return error(errc::too_large, "the note has more than " + std::to_string(max_bytes) + " bytes; raise max_response_bytes");
  return utcp::tool_result(std::move(value));
}

class watch_stream final : public utcp::tool_stream {
 public:
  watch_stream(std::shared_ptr<shelf> on, std::uint64_t number, boost::asio::any_io_executor executor, std::size_t max_bytes)
      : shelf_(std::move(on)), number_(number), executor_(std::move(executor)), max_bytes_(max_bytes) {}
  ~watch_stream() override { close(); }

  task<result<std::optional<utcp::tool_result>>> next() override {
    using item = std::optional<utcp::tool_result>;
    if (!open_) co_return item();
    auto where = std::make_shared<slot>(executor_);
    const std::uint64_t id = shelf_->next_id++;
    shelf_->books.next(number_, id, fill(where));
    auto got = co_await wait_for(shelf_, id, where);
    if (!got || got->end) close();
    if (!got) co_return std::move(got).error();
    if (got->end) co_return item();
    auto value = within(std::move(got->value), max_bytes_);
    if (value) co_return item(std::move(*value));
    close();
    co_return std::move(value).error();
  }

 private:
  void close() {
    if (std::exchange(open_, false)) shelf_->books.cancel(number_);
  }

  std::shared_ptr<shelf> shelf_;
  std::uint64_t number_;
  boost::asio::any_io_executor executor_;
  std::size_t max_bytes_;
  bool open_ = true;
};

class memo_transport final : public utcp::transport {
 public:
  explicit memo_transport(utcp::transport_services services) : services_(std::move(services)) {}

  task<result<utcp::discovery>> discover(utcp::call_template provider, utcp::call_context context, std::shared_ptr<utcp::catalogue_events>) override {
    json left_out;
    answer got = shelf_->books.discover(context.manual, provider.options, left_out);
    if (!got.error.empty()) co_return error(errc_of(got.error), std::move(got.message));
    utcp::manual_source source;
    source.where = "memo";
    source.as = utcp::syntax::json;
    source.provider = std::make_shared<const utcp::call_template>(std::move(provider));
    auto loaded = utcp::load_manual(got.value.dump(), source, services_.documents, services_.limits);
    if (!loaded) co_return std::move(loaded).error();
    utcp::discovery out;
    out.found = std::move(loaded->found);
    out.notices = std::move(loaded->notices);
    for (const json& each : left_out) out.notices.emplace_back(each.at("place").get<std::string>(), each.at("message").get<std::string>());
    co_return out;
  }

  task<result<utcp::tool_result>> call(utcp::tool_call what, utcp::call_context context) override {
    auto where = std::make_shared<slot>(services_.executor);
    const std::uint64_t id = shelf_->next_id++;
    shelf_->books.call(id, context.manual, what.how->options, bare_name(what, context), what.arguments, fill(where));
    auto got = co_await wait_for(shelf_, id, where);
    if (!got) co_return std::move(got).error();
    co_return within(std::move(got->value), context.max_response_bytes);
  }

  task<result<std::unique_ptr<utcp::tool_stream>>> open_stream(utcp::tool_call what, utcp::call_context context) override {
    auto where = std::make_shared<slot>(services_.executor);
    const std::uint64_t id = shelf_->next_id++;
    shelf_->books.open_stream(id, context.manual, what.how->options, bare_name(what, context), what.arguments, fill(where));
    auto got = co_await wait_for(shelf_, id, where);
    if (!got) co_return std::move(got).error();
    co_return std::unique_ptr<utcp::tool_stream>(std::make_unique<watch_stream>(shelf_, id, services_.executor, context.max_response_bytes));
  }

  task<void> release(std::string manual) override {
    shelf_->books.release(manual);
    co_return;
  }

 private:
  static std::string bare_name(const utcp::tool_call& what, const utcp::call_context& context) {
    const std::string prefix = context.manual + ".";
    return what.tool->name.starts_with(prefix) ? what.tool->name.substr(prefix.size()) : what.tool->name;
  }

  utcp::transport_services services_;
  std::shared_ptr<shelf> shelf_ = std::make_shared<shelf>();
};

}  // namespace

utcp::transport_factory make_transport() {
  return [](const utcp::transport_services& services) { return std::make_shared<memo_transport>(services); };
}

}  // namespace memo
