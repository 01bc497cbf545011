// What an application that found utcp does first: make a client from JSON in code and look for a tool.

#include <utcp/builtin.hpp>
#include <utcp/sync_client.hpp>

#include <iostream>

int main() {
  const utcp::json provider = {
      {"name", "notes"}, {"provider_type", "text"}, {"content", {{"version", "1.0"}, {"tools", {{{"name", "read"}, {"description", "Read the notes"}, {"tags", {"notes"}}}}}}}};
  auto config = utcp::read_config(utcp::json::array({provider}), ".");
  auto client = utcp::sync_client::create(config.value(), utcp::client_options(utcp::builtin_registry()));
  for (const auto& match : client.value().search_tools("read my notes").value()) std::cout << match.tool->name << '\n';
  auto answer = client.value().call_tool("notes.read");
  return answer && client.value().tools()->tool_count() == 1 ? 0 : 1;
}
