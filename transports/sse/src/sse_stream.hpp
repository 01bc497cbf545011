#pragma once

#include <utcp/auth/http_session.hpp>
#include <utcp/net/sse_decoder.hpp>
#include <utcp/transport.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace utcp::sse {

struct stream_options {
  std::optional<std::string> event_type;
  bool reconnect = true;
  std::chrono::milliseconds retry_timeout{30'000};
  unsigned max_reconnects = 5;
  std::size_t max_event_bytes = net::sse_decoder::default_max_event_bytes;
  bool want_meta = false;
};

/// Opens an event stream; `plan` is sent again for each reconnection.
/// Fails as open_exchange, with what the status means, and with errc::protocol_error when the answer is no event stream.
task<result<std::unique_ptr<tool_stream>>> open_events(std::shared_ptr<http_session> session, http_plan plan, stream_options options);

}  // namespace utcp::sse
