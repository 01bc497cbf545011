#pragma once

#include <utcp/call_context.hpp>
#include <utcp/document.hpp>
#include <utcp/error.hpp>
#include <utcp/manual.hpp>
#include <utcp/task.hpp>
#include <utcp/tool_result.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <typeindex>
#include <unordered_map>
#include <vector>

namespace utcp {

/// What a provider publishes. Partial success is a success with notices.
struct discovery {
  manual found;
  std::vector<notice> notices;
  bool unchanged = false;  ///< as last time, and `found` is empty; only where call_context::may_be_unchanged
  manual_version version;  ///< for asking again
};

/// Port: a transport tells its client that a manual's tools changed. Safe to call from any thread.
class catalogue_events {
 public:
  virtual ~catalogue_events() = default;
  virtual void manual_changed(std::string manual_name) = 0;
};

/// A sequence of results, pulled. Destruction cancels what still runs.
class tool_stream {
 public:
  virtual ~tool_stream() = default;
  /// The next item, or nothing at the end. After an error or the end every further call gives nothing.
  virtual task<result<std::optional<tool_result>>> next() = 0;

  /// An item that is here already, so that `next` need not run for it. Nothing: `next` has to find out, also about errors
  /// and the end. Default: nothing.
  virtual std::optional<tool_result> take_ready() { return std::nullopt; }
};

/// Reads a stream to its end: JSON items become an array, text and bytes are joined. Fails with what the stream fails with,
/// and errc::too_large past `max_bytes`.
task<result<tool_result>> collect(std::unique_ptr<tool_stream> from, std::size_t max_bytes);

/// Port: one protocol. Knows no client and no repository.
///
/// All calls come on one executor (a strand of the client). Operations honour the deadline and asio's cancellation, and
/// fail with errc::cancelled then. Nothing is thrown.
class transport {
 public:
  virtual ~transport() = default;

  /// Finds the tools of a provider. Tools come with bare names.
  virtual task<result<discovery>> discover(call_template provider, call_context context, std::shared_ptr<catalogue_events> events) = 0;

  virtual task<result<tool_result>> call(tool_call what, call_context context) = 0;

  /// Default: a stream of one item, the result of `call`.
  virtual task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context);

  /// Drops connections, processes and caches of a manual. Default: nothing to drop.
  virtual task<void> release(std::string manual_name);

  /// Whether a call's template can send `tool_call::input`. Default: no.
  virtual bool takes_input(const tool_call& what) const;

  /// Whether the call may be sent twice without harm. Default: no.
  virtual bool idempotent(const tool_call& what) const;

  /// What would be sent, for `--dry-run`: protocol-specific JSON, no input or output done. The call's template has its
  /// variables and its `auth` masked; other credentials that are written out in it are masked here (utcp/masking.hpp).
  /// Default: the template, all masked, and the arguments.
  virtual result<json> preview(const tool_call& what, const call_context& context) const;
};

/// Objects that transports of one client share, made on first use (an HTTP engine, a token cache). Thread-safe.
class shared_services {
 public:
  template <class T, class Make>
  std::shared_ptr<T> get(Make make) {
    std::lock_guard lock(mutex_);
    auto& slot = made_[std::type_index(typeid(T))];
    if (!slot) slot = std::shared_ptr<T>(make());
    return std::static_pointer_cast<T>(slot);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> made_;
};

/// What a transport is made with. Copies share.
struct transport_services {
  boost::asio::any_io_executor executor;   ///< the client's strand
  std::shared_ptr<utcp::clock> clock;
  document_ports documents;
  document_limits limits;
  std::filesystem::path root_dir;          ///< relative file paths start here
  std::string source = "configuration";    ///< what messages call the configuration: its file
  json http = json::object();              ///< `client_defaults::http`, for transports that speak HTTP
  std::optional<std::vector<std::string>> allowed_programs;  ///< `client_config::allowed_programs`, for transports that start some
  std::shared_ptr<shared_services> shared;
};

using transport_factory = std::function<std::shared_ptr<transport>(const transport_services&)>;

}  // namespace utcp
