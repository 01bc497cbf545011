#include <utcp/auth/http_family.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <string_view>

namespace utcp {
namespace {

constexpr std::size_t max_known_options = 1024;

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

result<std::shared_ptr<const net::tool_request_options>> http_family_transport::options_of(const tool_call& what) const {
  const auto known = known_options_.find(what.how);
  if (known != known_options_.end()) return known->second;
  auto read = request_options(*what.how);
  if (!read) return read.error();
  auto out = std::make_shared<const net::tool_request_options>(*std::move(read));
  if (what.tool && what.how == what.tool->tool_call_template) {  // else variables were replaced: the next call has another one
    if (known_options_.size() >= max_known_options) known_options_.clear();
    known_options_.emplace(what.how, out);
  }
  return out;
}

bool http_family_transport::takes_input(const tool_call&) const { return true; }

bool http_family_transport::idempotent(const tool_call& what) const {
  const auto options = options_of(what);
  if (!options) return false;
  const net::tool_request_options& how = **options;
  static constexpr std::string_view known[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "QUERY"};
  return std::find(std::begin(known), std::end(known), how.method) != std::end(known) && !(how.post_with_body && how.body_field);
}

result<json> http_family_transport::preview(const tool_call& what, const call_context& context) const {
  auto options = request_options(*what.how);  // not options_of: a preview may run outside the strand
  if (!options) return options.error();
  return session_->preview(what, context, *options);
}

}  // namespace utcp
