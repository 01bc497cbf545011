#pragma once

#include <utcp/error.hpp>
#include <utcp/manual_version.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace utcp {

/// How the registration of one manual ended.
struct manual_report {
  std::string name;      ///< normalised
  std::string protocol;
  std::size_t tools = 0;  ///< registered
  bool unchanged = false;  ///< of a refresh, or with `client_options::known_versions`: the server has nothing new
  manual_version version;  ///< for `client_options::known_versions` of a later process; empty where the server does not tell it
  std::vector<notice> notices;
  std::optional<error> failure;  ///< empty: registered
  std::chrono::nanoseconds took{0};

  bool ok() const noexcept { return !failure; }
};

/// Port: told of what a client does. Calls come from the client's executor, must be quick, and must not throw.
/// No argument holds a value of a variable or of `auth`: they are `***`.
class observer {
 public:
  virtual ~observer() = default;
  virtual void on_manual_registering(const std::string& /*name*/) {}
  virtual void on_manual_registered(const manual_report&) {}
  virtual void on_manual_deregistered(const std::string& /*name*/) {}
  virtual void on_call_started(const std::string& /*tool*/) {}
  /// A stream's call finishes with its last item, with a failure, or with errc::cancelled when its last handle goes before.
  virtual void on_call_finished(const std::string& /*tool*/, std::chrono::nanoseconds /*took*/, const error* /*null: fine*/) {}
  /// How far a call is, where its server says so. `total` is 0 when it is not known; `message` is the server's own.
  virtual void on_call_progress(const std::string& /*tool*/, double /*done*/, double /*total*/, const std::string& /*message*/) {}
  virtual void on_notice(const notice&) {}
};

}  // namespace utcp
