#pragma once

#include <utcp/auth/http_session.hpp>

#include <memory>
#include <string>
#include <unordered_map>

namespace utcp {

/// What the transports over HTTP have in common: discovery, preview, release. One of the family adds its calls and streams.
class http_family_transport : public transport {
 public:
  task<result<discovery>> discover(call_template provider, call_context context, std::shared_ptr<catalogue_events> events) override;
  task<void> release(std::string manual) override;
  bool takes_input(const tool_call& what) const override;
  /// Calls whose method is (RFC 9110 section 9.2.2).
  bool idempotent(const tool_call& what) const override;
  result<json> preview(const tool_call& what, const call_context& context) const override;

 protected:
  /// `protocol` begins the messages of unexpected failures.
  http_family_transport(const transport_services& services, const char* protocol) : session_(http_session::of(services)), protocol_(protocol) {}

  /// What a template says about the request of a call, and of a discovery. Fails with errc::invalid_config.
  virtual result<net::tool_request_options> request_options(const call_template& how) const = 0;
  virtual result<net::tool_request_options> discovery_options(const call_template& provider) const { return request_options(provider); }

  /// `request_options` of a call's template; a tool's own are read once. On the client's strand only.
  result<std::shared_ptr<const net::tool_request_options>> options_of(const tool_call& what) const;

  const std::shared_ptr<http_session>& session() const noexcept { return session_; }

 private:
  std::shared_ptr<http_session> session_;
  const char* protocol_;
  // By the template, which a tool and this share.
  mutable std::unordered_map<std::shared_ptr<const call_template>, std::shared_ptr<const net::tool_request_options>> known_options_;
};

}  // namespace utcp
