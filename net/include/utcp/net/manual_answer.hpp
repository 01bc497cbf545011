#pragma once

#include <utcp/net/http_message.hpp>
#include <utcp/transport.hpp>

#include <memory>

namespace utcp::net {

/// How an answer's text is written, by its type and its URL.
syntax syntax_of_answer(const http_response& answer);

/// Reads the manual (or OpenAPI document, with the `others` that it refers to) in an answer. Pure. Tools of a manual that came from another machine and that
/// would call this one are left out, each with a notice. Tools that would call another host than the provider's, or than those of its
/// `allowed_origins`, are told of in a notice, or left out where its `other_origins` is "refuse" (docs/security.md).
/// Fails with what the status means, and with errc::invalid_config that says what came instead of a manual and what to do.
result<discovery> read_manual_answer(http_response answer, std::shared_ptr<const call_template> provider, const document_ports& documents,
                                     const document_limits& limits, std::shared_ptr<const fetched_documents> others = nullptr);

}  // namespace utcp::net
