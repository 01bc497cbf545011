#include <utcp/auth/http_family.hpp>

#include <exception>

namespace utcp {
namespace {

task<result<discovery>> run_discovery(std::shared_ptr<http_session> session, call_template provider, call_context context,
                                      result<net::tool_request_options> options, const char* protocol) {
  if (!options) co_return options.error();
  try {
    co_return co_await session->discover(std::move(provider), std::move(context), *std::move(options));
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, protocol);
  }
}

}  // namespace

task<result<discovery>> http_family_transport::discover(call_template provider, call_context context, std::shared_ptr<catalogue_events>) {
  auto options = discovery_options(provider);
  return run_discovery(session_, std::move(provider), std::move(context), std::move(options), protocol_);
}

task<void> http_family_transport::release(std::string manual) {
  session_->forget(manual);
  co_return;
}

bool http_family_transport::takes_input(const tool_call&) const { return true; }

bool http_family_transport::idempotent(const tool_call& what) const {
  const auto options = request_options(what.how);
  return options && options->method != "POST" && options->method != "PATCH" && !(options->post_with_body && options->body_field);
}

result<json> http_family_transport::preview(const tool_call& what, const call_context& context) const {
  auto options = request_options(what.how);
  if (!options) return options.error();
  return session_->preview(what, context, *options);
}

}  // namespace utcp
