#pragma once

#include <utcp/transport.hpp>

namespace utcp {

/// The `sse` protocol: an answer is an event stream, each event's data an item, as JSON when it is JSON and else as text. A plain call
/// collects the items. Source: UTCP `sse` call template; WHATWG HTML, "Server-sent events".
///
/// A lost connection is made again with `Last-Event-ID`, after the time that the server asked for, unless the request had a body; a
/// stream that the server ends is at its end. Options of a template: `url`, `headers`, `body_field`, `header_fields`, `event_type`
/// (only events of that name; an event without one is `message`), `reconnect` (true), `retry_timeout` (ms before a reconnection,
/// 30000), and our own `max_reconnects` (5, in a row without an event between).
transport_factory make_sse_transport();

}  // namespace utcp
