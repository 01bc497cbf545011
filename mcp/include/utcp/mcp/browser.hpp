#pragma once

#include <utcp/error.hpp>
#include <utcp/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace utcp::mcp {

/// One visit of a person to an authorization server. Its destruction ends it, also when no answer has come.
class browser_visit {
 public:
  virtual ~browser_visit() = default;

  /// Where the server is to send the person back to: loopback, or https.
  virtual const std::string& redirect_uri() const noexcept = 0;

  /// Sends the person to `url`; gives the query with which they come back to the redirect URI. Called once.
  virtual task<result<std::string>> go(std::string url) = 0;
};

/// Port: the step of an authorization that a person does in a browser.
class browser {
 public:
  virtual ~browser() = default;

  /// `before` is the redirect URI of an earlier visit, or empty: servers know clients by it, so a visit takes it again when it can.
  virtual result<std::unique_ptr<browser_visit>> open(std::string before) = 0;
};

/// Listens on 127.0.0.1 for the person's return. `show` is told where to send them; it must return at once.
/// At most 16 connections at a time, 10 s and 16 KiB a request; what does not come from this authorization is turned away.
/// `open` fails with errc::unavailable when no port is free.
std::shared_ptr<browser> make_loopback_browser(boost::asio::any_io_executor executor, std::function<void(const std::string& url)> show);

/// For an application that receives the redirect itself. `go` is browser_visit::go.
std::shared_ptr<browser> make_callback_browser(std::string redirect_uri, std::function<task<result<std::string>>(std::string url)> go);

}  // namespace utcp::mcp
