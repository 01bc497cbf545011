#pragma once

#include <utcp/transport.hpp>

namespace utcp {

/// The `http_stream` protocol (`streamable_http` in v1): an answer is a sequence of items that are pulled as they arrive; what is not
/// pulled stays with the server. Source: UTCP `http_stream` and `streamable_http` call templates.
///
/// JSON Lines give a JSON value a line, a JSON body one value, other text pieces of text, all else bytes of at most `chunk_size`. A
/// plain call collects them: JSON Lines to an array, text and bytes joined, a JSON body as it is.
/// Options of a template: those of `http`, `chunk_size` (bytes, 4096) and `timeout` (ms, of the whole stream; not set: none).
transport_factory make_http_stream_transport();

}  // namespace utcp
