#pragma once

#include <utcp/auth/http_exchange.hpp>
#include <utcp/document.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace utcp {

/// What the fetching of a manual's other documents goes by.
struct reference_fetch {
  reference_fetch() = default;

  http_parts parts;
  boost::asio::any_io_executor executor;
  std::shared_ptr<utcp::clock> clock;
  document_ports documents;
  document_limits limits;
  std::shared_ptr<const call_template> provider;
  net::url from;        ///< where the manual came from, after redirects
  http_plan own;        ///< to the provider's origin, with its credentials
  http_plan elsewhere;  ///< to other origins, without
  std::size_t max_bytes = 0;  ///< of all of them together; what is left while they come
};

struct referenced_documents {
  referenced_documents() = default;

  std::shared_ptr<const fetched_documents> found;
  std::vector<notice> notices;
};

/// What the manual in an answer refers to: absolute URLs.
std::vector<std::string> references_of(const reference_fetch& how, const net::http_response& answer);

/// Fetches documents and what they refer to: at most 10,000, 32 levels deep, each once. A document that cannot be had costs itself
/// only. Not fetched: from another machine one of this machine, from a public address a private one, one that the URL policy forbids,
/// and one of another host where the provider's `other_origins` is "refuse".
/// Fails with errc::cancelled and errc::timed_out only.
task<result<referenced_documents>> fetch_referenced(reference_fetch how, std::vector<std::string> urls);

}  // namespace utcp
