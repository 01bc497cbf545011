#pragma once

#include "client_core.hpp"

#include <deque>
#include <mutex>

namespace utcp {

/// The call that a stream answers.
struct stream_call {
  std::string tool;
  std::string manual;
  redactor redact;
  std::stop_token stop;
  time_point began;
};

/// What stands behind the handles of one stream. Lives and dies on the client's strand. When the last handle goes, a read
/// under way ends with errc::cancelled.
class stream_core : public std::enable_shared_from_this<stream_core> {
 public:
  static std::shared_ptr<stream_core> make(std::shared_ptr<client_core> core, std::unique_ptr<tool_stream> items, stream_call about);

  task<result<std::optional<tool_result>>> next(std::shared_ptr<operation> op);
  /// An item that was here when the one before it was read. Callable anywhere: what it saves is the way to the strand.
  std::optional<tool_result> take_fetched();
  const std::shared_ptr<operations>& running() const noexcept { return core_->running(); }
  const std::stop_token& stop() const noexcept { return about_.stop; }

 private:
  stream_core() = default;
  void close();
  void end(const error* failure);
  void fetch_ready();

  std::shared_ptr<client_core> core_;
  std::unique_ptr<tool_stream> items_;  // null: at the end
  stream_call about_;
  std::shared_ptr<operation> reading_;  // null: nobody waits for an item
  std::mutex fetched_mutex_;
  std::deque<tool_result> fetched_;
};

}  // namespace utcp
