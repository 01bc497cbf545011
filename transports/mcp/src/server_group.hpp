#pragma once

#include "mcp_settings.hpp"

#include <utcp/mcp/session.hpp>
#include <utcp/observer.hpp>
#include <utcp/transport.hpp>
#include <utcp/transports/mcp.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace utcp::mcp_transport {

/// What all groups of a transport are made with.
struct group_parts {
  transport_services services;
  mcp_options options;
  http_parts http;
  std::string supervisor;  ///< empty: none
};

/// Where a name leads to.
struct route {
  std::size_t server = 0;
  std::string target;    ///< the tool's own name, or the resource's URI
  bool is_resource = false;
  bool unwrap = false;   ///< see map_result
};

/// The servers of one template, with a session each.
class server_group : public std::enable_shared_from_this<server_group> {
 public:
  server_group(std::shared_ptr<const group_parts> parts, std::string manual, const call_template& how, const call_context& context, mcp_settings settings);

  /// Asks all servers at once; those that fail are notices, unless all do.
  static task<result<discovery>> discover(std::shared_ptr<server_group> self, call_template provider, call_context context);
  static task<result<tool_result>> call(std::shared_ptr<server_group> self, std::string tool, json arguments, call_context context);
  static task<void> close(std::shared_ptr<server_group> self);

  /// Who hears of changed lists from now on.
  void listen(std::shared_ptr<catalogue_events> events) { told_->events = std::move(events); }
  bool is_for(const json& options, const json& auth) const { return options_ == options && auth_ == auth; }
  /// The route of a bare name, `server.tool`. Fails with errc::unknown_tool.
  result<route> find(const std::string& bare) const;
  const std::string& name_of(std::size_t server) const { return servers_[server].name; }

 private:
  struct server {
    std::string name;
    std::optional<error> failure;  // cannot be used at all
    std::optional<std::chrono::milliseconds> timeout;
    std::unique_ptr<mcp::session> session;
  };
  struct listing {
    std::vector<mcp::tool> tools;
    std::vector<json> resources;
    std::vector<std::string> notices;
  };
  struct gathering;
  /// Who is told of what servers say on their own. Outlives the group while a server ends.
  struct audience {
    std::string manual;
    std::shared_ptr<utcp::observer> observer;
    std::shared_ptr<catalogue_events> events;

    void tell(const std::string& server, std::string what) const;
  };

  static task<result<listing>> list(std::shared_ptr<server_group> self, std::size_t at);
  static task<void> gather(std::shared_ptr<server_group> self, std::shared_ptr<gathering> into, time_point until);
  static task<void> close_one(std::shared_ptr<server_group> self, std::size_t at);
  result<mcp::server_address> address_of(const server_settings& settings, const call_template& how, const call_context& context) const;
  result<mcp::server_address> program_of(const program_settings& settings) const;
  result<mcp::server_address> url_of(const server_settings& settings, const call_template& how, const call_context& context) const;
  mcp::session_options session_options_of(const std::string& server, mcp::era_choice era) const;
  result<void> take(std::size_t at, const result<listing>& answer, const std::shared_ptr<const call_template>& provider, discovery& out);
  void add_tools(std::size_t at, const listing& from, const std::shared_ptr<const call_template>& provider, discovery& out);

  std::shared_ptr<const group_parts> parts_;
  std::shared_ptr<audience> told_ = std::make_shared<audience>();
  std::string manual_;
  json options_;
  json auth_;
  bool resources_as_tools_;
  bool raw_;
  bool tasks_;
  std::vector<server> servers_;
  std::map<std::string, route, std::less<>> routes_;
};

}  // namespace utcp::mcp_transport
