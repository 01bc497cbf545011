#pragma once

#include <utcp/call_filter.hpp>
#include <utcp/call_options.hpp>
#include <utcp/catalogue.hpp>
#include <utcp/config.hpp>
#include <utcp/dialect.hpp>
#include <utcp/observer.hpp>
#include <utcp/registry.hpp>
#include <utcp/search_strategy.hpp>
#include <utcp/tool_result.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace utcp {

/// What an application supplies to a client beside its configuration.
struct client_options {
  client_options() = default;
  explicit client_options(utcp::registry r) : registry(std::move(r)) {}

  utcp::registry registry;                               ///< transports and other plug-ins; see utcp/builtin.hpp
  std::shared_ptr<utcp::repository> repository;          ///< null: the configuration's, else in memory
  std::shared_ptr<search_strategy> search;               ///< null: the configuration's, else `indexed`, else `tag`
  std::shared_ptr<utcp::observer> observer;              ///< null: nobody
  std::shared_ptr<utcp::clock> clock;                    ///< null: the system's
  std::vector<std::shared_ptr<call_filter>> filters;     ///< around each call, outermost first
  std::function<std::optional<std::string>(const std::string&)> environment;  ///< null: the process's
  /// Manuals of the configuration that the application has kept, by normalised name. A server that supports it is asked whether there
  /// is anything new; where there is not the report says `unchanged`, and the manual is not registered.
  std::map<std::string, manual_version> known_versions;
};

class client_core;

/// A pulled stream of results, made by `client::async_call_tool_streaming`. Destruction cancels.
class result_stream {
 public:
  result_stream() = default;
  explicit result_stream(std::shared_ptr<class stream_core> core) : core_(std::move(core)) {}

  /// The next item, or nothing at the end.
  task<result<std::optional<tool_result>>> next();

  /// Completes with `void(result<std::optional<tool_result>>)`.
  template <class Token>
  auto async_next(Token&& token) {
    return boost::asio::async_initiate<Token, void(result<std::optional<tool_result>>)>(
        [core = core_](auto handler) { start_next(core, std::move(handler)); }, token);
  }

 private:
  using next_handler = boost::asio::any_completion_handler<void(result<std::optional<tool_result>>)>;
  static void start_next(std::shared_ptr<class stream_core> core, next_handler handler);
  std::shared_ptr<class stream_core> core_;
};

/// Finds and calls tools. A handle: copies share one client. Thread-safe; the work runs on a strand of the executor the
/// client was made with. Every `async_` operation takes any Asio completion token (use_awaitable, use_future, deferred, a
/// callback) and honours its cancellation slot. When the last handle goes, operations under way end with errc::cancelled.
class client {
 public:
  template <class T>
  using handler = boost::asio::any_completion_handler<void(T)>;
  using reports = std::vector<manual_report>;
  /// Called with each item; false stops the stream.
  using item_callback = std::function<bool(tool_result)>;

  client() = default;

  /// Makes a client and registers all manuals of the configuration, in parallel. A manual that fails is in `registered()`, it
  /// does not fail the client. Completes with `void(result<client>)`.
  /// Fails with errc::invalid_config for what concerns the configuration as a whole (unknown search strategy, loader …), with
  /// errc::missing_variable where one of `tool_search_strategy` is not set, and for `plugins` as `add_plugin` does.
  template <class Token>
  static auto async_create(boost::asio::any_io_executor executor, client_config config, client_options options, Token&& token) {
    return boost::asio::async_initiate<Token, void(result<client>)>(
        [](auto h, boost::asio::any_io_executor e, client_config c, client_options o) {
          start_create(std::move(e), std::move(c), std::move(o), std::move(h));
        },
        token, std::move(executor), std::move(config), std::move(options));
  }
  static task<result<client>> create(client_config config, client_options options);

  /// How the registrations of the configuration went, in its order.
  const reports& registered() const noexcept;

  /// Registers one manual. Completes with `void(manual_report)`.
  template <class Token>
  auto async_register_manual(call_template manual, Token&& token) {
    return boost::asio::async_initiate<Token, void(manual_report)>(
        [core = core_](auto h, call_template m) { start_register(core, std::move(m), std::move(h)); }, token, std::move(manual));
  }
  task<manual_report> register_manual(call_template manual);

  /// Registers many in parallel; reports are in the order given. Completes with `void(reports)`.
  template <class Token>
  auto async_register_manuals(std::vector<call_template> manuals, Token&& token) {
    return boost::asio::async_initiate<Token, void(reports)>(
        [core = core_](auto h, std::vector<call_template> m) { start_register_all(core, std::move(m), std::move(h)); }, token,
        std::move(manuals));
  }
  task<reports> register_manuals(std::vector<call_template> manuals);

  /// Removes a manual and its tools, and drops its connections. The name may be as written or normalised.
  /// Fails with errc::unknown_tool. Completes with `void(result<void>)`.
  template <class Token>
  auto async_deregister_manual(std::string name, Token&& token) {
    return boost::asio::async_initiate<Token, void(result<void>)>(
        [core = core_](auto h, std::string n) { start_deregister(core, std::move(n), std::move(h)); }, token, std::move(name));
  }
  task<result<void>> deregister_manual(std::string name);

  /// Reads a manual's tools anew and puts them in the place of the old ones. A server that supports it is asked whether there is
  /// anything new (`unchanged` in the report). When it fails the old tools stay. Fails with errc::unknown_tool, and as a registration.
  /// Completes with `void(manual_report)`.
  template <class Token>
  auto async_refresh_manual(std::string name, Token&& token) {
    return boost::asio::async_initiate<Token, void(manual_report)>(
        [core = core_](auto h, std::string n) { start_refresh(core, std::move(n), std::move(h)); }, token, std::move(name));
  }
  task<manual_report> refresh_manual(std::string name);

  /// Calls `manual.tool`. `arguments` is a JSON object. A tool that streams is collected: JSON items to an array, bytes and
  /// text joined. Fails with errc::unknown_tool, invalid_argument, not_allowed, timed_out, cancelled and whatever the
  /// transport reports. Completes with `void(result<tool_result>)`.
  template <class Token>
  auto async_call_tool(std::string name, json arguments, call_options options, Token&& token) {
    return boost::asio::async_initiate<Token, void(result<tool_result>)>(
        [core = core_](auto h, std::string n, json a, call_options o) {
          start_call(core, std::move(n), std::move(a), std::move(o), std::move(h));
        },
        token, std::move(name), std::move(arguments), std::move(options));
  }
  task<result<tool_result>> call_tool(std::string name, json arguments, call_options options);
  task<result<tool_result>> call_tool(std::string name, json arguments);

  /// The same, with `tool_result::meta` filled: of http {"status", "headers", "http_version", "timings_ms"}.
  template <class Token>
  auto async_call_tool_full(std::string name, json arguments, call_options options, Token&& token) {
    options.want_meta = true;
    return async_call_tool(std::move(name), std::move(arguments), std::move(options), std::forward<Token>(token));
  }
  task<result<tool_result>> call_tool_full(std::string name, json arguments, call_options options);

  /// Opens a stream of results. Completes with `void(result<result_stream>)`.
  template <class Token>
  auto async_call_tool_streaming(std::string name, json arguments, call_options options, Token&& token) {
    return boost::asio::async_initiate<Token, void(result<result_stream>)>(
        [core = core_](auto h, std::string n, json a, call_options o) {
          start_stream(core, std::move(n), std::move(a), std::move(o), std::move(h));
        },
        token, std::move(name), std::move(arguments), std::move(options));
  }
  task<result<result_stream>> call_tool_streaming(std::string name, json arguments, call_options options);
  /// Pushes each item to `on_item` on the client's strand. Completes with `void(result<void>)` at the end.
  template <class Token>
  auto async_for_each_item(std::string name, json arguments, call_options options, item_callback on_item, Token&& token) {
    return boost::asio::async_initiate<Token, void(result<void>)>(
        [core = core_](auto h, std::string n, json a, call_options o, item_callback f) {
          start_for_each(core, std::move(n), std::move(a), std::move(o), std::move(f), std::move(h));
        },
        token, std::move(name), std::move(arguments), std::move(options), std::move(on_item));
  }

  /// Tools for a sentence, best first. Blocks while the strategy does: `embedding` asks its model. Fails with
  /// errc::invalid_argument (the query is too long), unsupported (no search strategy), and as the strategy does.
  result<std::vector<tool_match>> search_tools(std::string_view query, const search_options& options = {}) const;

  /// All tools now; a snapshot that later registrations do not change.
  catalogue_ptr tools() const;
  /// One tool, or null.
  tool_ptr tool(std::string_view full_name) const;

  /// What would be sent, with secrets as `***`; nothing is sent and no input is read. Protocol-specific JSON. Fails as a call
  /// that cannot be sent. With an input only on the client's strand, or while nothing else runs.
  result<json> preview(std::string_view name, const json& arguments, const call_options& options = {}) const;

  /// The variables that the configuration and the registered tools need; sorted, unique.
  std::vector<std::string> required_variables() const;

  /// One manual that holds all tools, under their full names.
  json export_manual(dialect as, fidelity how, std::vector<notice>& notices) const;

  explicit operator bool() const noexcept { return core_ != nullptr; }

 private:
  explicit client(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

  static void start_create(boost::asio::any_io_executor, client_config, client_options, handler<result<client>>);
  static void start_register(std::shared_ptr<client_core>, call_template, handler<manual_report>);
  static void start_register_all(std::shared_ptr<client_core>, std::vector<call_template>, handler<reports>);
  static void start_deregister(std::shared_ptr<client_core>, std::string, handler<result<void>>);
  static void start_refresh(std::shared_ptr<client_core>, std::string, handler<manual_report>);
  static void start_call(std::shared_ptr<client_core>, std::string, json, call_options, handler<result<tool_result>>);
  static void start_stream(std::shared_ptr<client_core>, std::string, json, call_options, handler<result<result_stream>>);
  static void start_for_each(std::shared_ptr<client_core>, std::string, json, call_options, item_callback, handler<result<void>>);

  std::shared_ptr<client_core> core_;
};

}  // namespace utcp
