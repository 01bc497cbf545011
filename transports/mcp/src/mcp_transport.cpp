#include <utcp/transports/mcp.hpp>

#include "server_group.hpp"

#include <utcp/auth/http_session.hpp>
#include <utcp/net/subprocess.hpp>

#include <exception>

namespace utcp {
namespace {

using namespace mcp_transport;

constexpr std::size_t max_groups_per_manual = 4;

template <class T>
task<result<T>> guarded(task<result<T>> work) {
  try {
    co_return co_await std::move(work);
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "mcp");
  }
}

class mcp_client_transport final : public transport {
 public:
  mcp_client_transport(const transport_services& services, mcp_options options) {
    auto parts = std::make_shared<group_parts>();
    parts->services = services;
    parts->http = http_session::of(services)->parts();
    if (options.supervise) parts->supervisor = options.supervisor ? *options.supervisor : net::find_supervisor();
    parts->options = std::move(options);
    parts_ = std::move(parts);
  }

  task<result<discovery>> discover(call_template provider, call_context context, std::shared_ptr<catalogue_events> events) override {
    auto group = group_of(provider.name, provider, context);
    if (!group) co_return group.error();
    (*group)->listen(std::move(events));
    // The provider's template has changed: its old servers end.
    co_await drop_others(provider.name, *group);
    co_return co_await guarded(server_group::discover(*group, std::move(provider), std::move(context)));
  }

  task<result<tool_result>> call(tool_call what, call_context context) override {
    if (what.how->origin == trust::remote)
      co_return error(errc::not_allowed, what.tool->name + ": its template was fetched from a remote; only a configuration may name MCP servers. Add an mcp provider for it");
    auto group = group_of(context.manual, *what.how, context);
    if (!group) co_return group.error();
    std::string name = what.tool->name;
    co_return co_await guarded(server_group::call(*group, std::move(name), std::move(what.arguments), std::move(context)));
  }

  task<void> release(std::string manual_name) override {
    const auto found = groups_.find(manual_name);
    if (found == groups_.end()) co_return;
    const auto going = std::move(found->second);
    groups_.erase(found);
    for (const auto& each : going) co_await server_group::close(each);
  }

 private:
  using groups = std::vector<std::shared_ptr<server_group>>;

  /// The servers of a template, made on first use. Sessions live as long as the template stays the same.
  result<std::shared_ptr<server_group>> group_of(const std::string& manual, const call_template& how, const call_context& context) {
    groups& known = groups_[manual];
    for (const auto& each : known)
      if (each->is_for(how.options, how.auth)) return each;
    auto settings = read_settings(how);
    if (!settings) return settings.error();
    if (known.size() >= max_groups_per_manual) known.erase(known.begin());
    known.push_back(std::make_shared<server_group>(parts_, manual, how, context, *std::move(settings)));
    return known.back();
  }

  task<void> drop_others(std::string manual, std::shared_ptr<server_group> but) {
    groups& known = groups_[manual];
    if (known.size() < 2) co_return;
    const groups going = std::exchange(known, groups(1, but));
    for (const auto& each : going)
      if (each != but) co_await server_group::close(each);
  }

  std::shared_ptr<const group_parts> parts_;
  std::map<std::string, groups> groups_;
};

}  // namespace

transport_factory make_mcp_transport(mcp_options options) {
  return [options = std::move(options)](const transport_services& services) -> std::shared_ptr<transport> {
    return std::make_shared<mcp_client_transport>(services, options);
  };
}

}  // namespace utcp
