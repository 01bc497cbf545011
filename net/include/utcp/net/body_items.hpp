#pragma once

#include <utcp/net/http_client.hpp>
#include <utcp/transport.hpp>

#include <cstddef>
#include <memory>

namespace utcp::net {

struct body_items_options {
  body_items_options() = default;

  std::size_t chunk_bytes = 65536;            ///< of text and bytes, at most
  std::size_t max_item_bytes = 64u << 20;     ///< of a line or a whole JSON body
  bool want_meta = false;                     ///< the first item gets status and header fields
};

/// The items of an answer, by its content type: each line of JSON Lines is a JSON value (text when it is none; blank lines are left
/// out); a JSON body is one item, decoded as net::decode_body does; other text comes in pieces that cut no character; all else in
/// pieces of bytes. Pieces come as they arrive. An empty body has no item.
/// `next` fails with errc::too_large beyond `max_item_bytes`, and as http_body_stream::read. Source: UTCP `http_stream`.
std::unique_ptr<tool_stream> make_body_items(http_stream answer, const body_items_options& options);

}  // namespace utcp::net
