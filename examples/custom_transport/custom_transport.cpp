// A transport of an application's own, beside the built-in ones: the tools are functions of this program.
#include <utcp/builtin.hpp>
#include <utcp/dialect.hpp>
#include <utcp/sync_client.hpp>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>
#include <string>

// [transport]
class in_process final : public utcp::transport {
 public:
  /// The manual of a provider. Tools have bare names here; the client puts the provider's name before them.
  utcp::task<utcp::result<utcp::discovery>> discover(utcp::call_template provider, utcp::call_context,
                                                     std::shared_ptr<utcp::catalogue_events>) override {
    auto how = std::make_shared<const utcp::call_template>(std::move(provider));
    utcp::json source{{"name", "shout"}, {"description", "Writes a text in capitals"}};
    source["inputs"] = {{"type", "object"}, {"properties", {{"text", {{"type", "string"}}}}}, {"required", {"text"}}};
    auto shout = utcp::read_tool(source, utcp::trust::configuration, how, "in_process");
    if (!shout) co_return shout.error();
    utcp::discovery out;
    out.found.tools.push_back(std::make_shared<const utcp::tool>(std::move(*shout)));
    co_return out;
  }

  /// `*what.how` has its variables replaced; `what.arguments` is an object.
  utcp::task<utcp::result<utcp::tool_result>> call(utcp::tool_call what, utcp::call_context) override {
    const auto text = what.arguments.find("text");
    if (text == what.arguments.end() || !text->is_string())
      co_return utcp::error(utcp::errc::invalid_argument, what.tool->name + ": \"text\" must be a string");
    auto out = text->get<std::string>();
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    co_return utcp::tool_result(std::move(out));
  }
};

int main() {
  auto registry = utcp::builtin_registry();
  registry.add("in_process", [](const utcp::transport_services&) { return std::make_shared<in_process>(); });

  utcp::json providers = utcp::json::array({{{"name", "own"}, {"provider_type", "in_process"}}});
  auto config = utcp::read_config(providers, ".").value();
  auto client = utcp::sync_client::create(std::move(config), utcp::client_options(std::move(registry))).value();
  std::cout << client.call_tool("own.shout", {{"text", "hello"}}).value().to_json().get<std::string>() << "\n";
}
// [/transport]
