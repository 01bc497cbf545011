// [quickstart]
#include <utcp/builtin.hpp>
#include <utcp/sync_client.hpp>

#include <iostream>

int main() {
  auto client = utcp::sync_client::create("providers.json", utcp::client_options(utcp::builtin_registry())).value();
  for (const auto& match : client.search_tools("weather in a city").value()) std::cout << match.tool->name << "\n";
  auto forecast = client.call_tool("weather.get_forecast", {{"city", "Oslo"}, {"days", 2}});
  if (!forecast) return std::cerr << forecast.error().message << "\n", 1;
  std::cout << forecast->to_json().dump(2) << "\n";
}
// [/quickstart]
