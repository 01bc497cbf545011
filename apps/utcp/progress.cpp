#include "progress.hpp"

#include "duration.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace utcp::app {

std::string progress::line() const {
  if (expected_ < 2 || done_ >= expected_) return {};
  std::string out = "registering providers: " + std::to_string(done_) + " of " + std::to_string(expected_);
  const char* separator = ", waiting for ";
  for (const auto& name : waiting_) {
    out += separator + name;
    separator = ", ";
  }
  return out;
}

void progress::on_manual_registering(const std::string& name) {
  waiting_.insert(name);
  to_.progress(line());
}

void progress::on_manual_registered(const manual_report& report) {
  ++done_;
  waiting_.erase(report.name);
  if (verbose_ && report.unchanged) to_.note(report.name + ": unchanged, asked in " + show_duration(report.took));
  else if (verbose_ && report.ok())
    to_.note(report.name + ": " + std::to_string(report.tools) + " tools over " + report.protocol + " in " + show_duration(report.took));
  to_.progress(line());
}

void progress::on_call_progress(const std::string& tool, double done, double total, const std::string& message) {
  const auto number = [](double value) {
    std::array<char, 32> text{};
    const auto [end, failed] = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6);
    return std::string(text.data(), failed == std::errc() ? end : text.data());
  };
  std::string out = tool + ": " + number(done);
  if (total > 0) out += " of " + number(total);
  if (!message.empty()) out += ", " + message.substr(0, 100);
  in_call_ = true;
  to_.progress(out);
}

void progress::on_call_finished(const std::string& tool, std::chrono::nanoseconds took, const error* failure) {
  if (std::exchange(in_call_, false)) to_.progress({});
  if (verbose_) to_.note(tool + (failure ? ": failed after " : ": answered in ") + show_duration(took));
}

void progress::on_notice(const notice& what) {
  if (verbose_) to_.note(what.place.empty() ? what.message : what.place + ": " + what.message);
}

}  // namespace utcp::app
