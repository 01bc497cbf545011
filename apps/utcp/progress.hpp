#pragma once

#include "console.hpp"

#include <utcp/observer.hpp>

#include <set>
#include <string>

namespace utcp::app {

/// Shows on a terminal how far the registration of several providers is, and with `verbose` what else happens.
class progress : public observer {
 public:
  progress(console& to, std::size_t expected, bool verbose) : to_(to), expected_(expected), verbose_(verbose) {}

  void on_manual_registering(const std::string& name) override;
  void on_manual_registered(const manual_report& report) override;
  void on_call_finished(const std::string& tool, std::chrono::nanoseconds took, const error* failure) override;
  void on_call_progress(const std::string& tool, double done, double total, const std::string& message) override;
  void on_notice(const notice& what) override;

  /// The line to show, or nothing: `registering providers: 3 of 20, waiting for slow, slower`.
  std::string line() const;

 private:
  console& to_;
  std::size_t expected_;
  bool verbose_;
  std::size_t done_ = 0;
  bool in_call_ = false;  // a line about it is shown
  std::set<std::string> waiting_;
};

}  // namespace utcp::app
