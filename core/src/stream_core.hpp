#pragma once

#include "client_core.hpp"

namespace utcp {

/// What stands behind the handles of one stream. Lives and dies on the client's strand.
class stream_core : public std::enable_shared_from_this<stream_core> {
 public:
  static std::shared_ptr<stream_core> make(std::shared_ptr<client_core> core, std::unique_ptr<tool_stream> items, std::string tool, std::string manual, redactor redact);

  task<result<std::optional<tool_result>>> next(std::shared_ptr<operation> op);
  const std::shared_ptr<operations>& running() const noexcept { return core_->running(); }

 private:
  stream_core() = default;

  std::shared_ptr<client_core> core_;
  std::unique_ptr<tool_stream> items_;  // null: at the end
  std::string tool_;
  std::string manual_;
  redactor redact_;
  bool busy_ = false;
};

}  // namespace utcp
