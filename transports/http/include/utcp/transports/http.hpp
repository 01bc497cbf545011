#pragma once

#include <utcp/transport.hpp>

namespace utcp {

/// The `http` protocol: manuals and OpenAPI documents are fetched, tools are called with one request each. Source: UTCP
/// `http` call template. Transports of one client share connections and OAuth2 tokens through `shared_services`.
///
/// Options of a template: `url`, `http_method`, `content_type`, `headers`, `body_field`, `header_fields`, and our own
/// `post_args_as_json`. URLs must be https or point at this machine unless `allow_insecure_http`.
transport_factory make_http_transport();

}  // namespace utcp
