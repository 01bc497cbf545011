// A chat model that finds and calls tools: for each prompt the agent searches for relevant tools, offers them to an
// OpenAI-compatible endpoint, calls what the model asks for, and feeds the results back until the model answers.
#include "tool_names.hpp"

#include <utcp/builtin.hpp>
#include <utcp/sync_client.hpp>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace {

using utcp::json;

struct settings {
  std::string config = "providers.json";
  std::string base_url = "https://api.openai.com/v1";
  std::string model = "gpt-4o-mini";
  std::optional<std::string> once;
};

constexpr int max_rounds = 8;                   // of tool calls for one prompt
constexpr std::size_t max_calls = 16;           // of tools, in one message
constexpr std::size_t max_tools = 10;           // offered for one prompt
constexpr std::size_t max_turns = 20;           // remembered
constexpr std::size_t max_result_bytes = 20'000;  // of a tool's answer that the model sees
constexpr std::size_t max_description_bytes = 1'000;  // of a tool; OpenAI refuses a request with a longer one
constexpr const char* endpoint_manual = "chat_endpoint";
constexpr const char* instructions = "You are a helpful assistant. Use the tools when they help. Answer briefly.";

/// The endpoint is a tool like any other: a manual of one POST, whose argument `body` is the request.
utcp::call_template endpoint(const settings& how, bool has_key) {
  json provider = {{"provider_type", "http"}, {"http_method", "POST"}, {"url", how.base_url + "/chat/completions"}, {"body_field", "body"}};
  if (has_key) provider["headers"]["Authorization"] = "Bearer ${OPENAI_API_KEY}";
  json tool = {{"name", "complete"}, {"description", "Completes a chat"}, {"tool_provider", std::move(provider)}};
  utcp::call_template out;
  out.name = endpoint_manual;
  out.protocol = "text";
  out.dialect = utcp::dialect::v0;  // in v0 a tool may use another protocol than its manual
  out.options["content"] = json{{"version", "0.1.0"}, {"tools", json::array({std::move(tool)})}};
  return out;
}

/// Without what is null: python-utcp writes one for each keyword that is not set, and OpenAI refuses the schema.
json without_nulls(json schema) {
  if (schema.is_object())
    for (auto it = schema.begin(); it != schema.end();) it = it->is_null() && it.key() != "const" && it.key() != "default" ? schema.erase(it) : std::next(it);
  if (schema.is_structured())
    for (json& child : schema) child = without_nulls(std::move(child));
  return schema;
}

std::string shortened(std::string text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;  // not within a character
  return text.substr(0, max_bytes) + " … (cut)";
}

/// What a model said in words: text, a list of parts, or why it will not answer.
std::string words_of(const json& message) {
  const json content = message.value("content", json());
  if (content.is_string() && !content.get_ref<const std::string&>().empty()) return content.get<std::string>();
  std::string out;
  if (content.is_array())
    for (const json& part : content)
      if (part.is_object() && part.value("text", json()).is_string()) out += part["text"].get<std::string>();
  const json refusal = message.value("refusal", json());
  return out.empty() && refusal.is_string() ? refusal.get<std::string>() : out;
}

class agent {
 public:
  agent(utcp::sync_client client, std::string model) : client_(std::move(client)), model_(std::move(model)) {}

  /// The model's answer to a prompt. A turn that fails is not remembered.
  utcp::result<std::string> ask(const std::string& prompt) {
    auto tools = find_tools(prompt);
    if (!tools) return tools.error();
    json turn = json::array({{{"role", "user"}, {"content", prompt}}});
    for (int round = 0; round <= max_rounds; ++round) {
      // After the last round the model has to answer with what it has.
      auto said = complete(turn, round < max_rounds ? *tools : json::array());
      if (!said) return said.error();
      turn.push_back(*said);
      const json calls = said->value("tool_calls", json());
      if (!calls.is_array() || calls.empty()) {
        remember(std::move(turn));
        return words_of(*said);
      }
      for (std::size_t i = 0; i < calls.size(); ++i) turn.push_back(answer(calls[i], i < max_calls));
    }
    return utcp::error(utcp::errc::protocol_error, "the model kept asking for tools");
  }

 private:
  utcp::result<json> find_tools(const std::string& prompt) {
    auto found = client_.search_tools(prompt, utcp::search_options(max_tools));
    if (!found) return found.error();
    json out = json::array();
    for (const auto& match : *found) {
      const utcp::tool& tool = *match.tool;
      // Without a score a tool is padding.
      if (match.score <= 0 || tool.name.starts_with(std::string(endpoint_manual) + ".")) continue;
      json parameters = without_nulls(tool.inputs.to_json());
      if (!parameters.is_object() || parameters.value("type", json("object")) != "object") parameters = json::object();
      parameters["type"] = "object";
      if (!parameters.contains("properties")) parameters["properties"] = json::object();
      json function = {{"name", names_.shown(tool.name)}, {"description", shortened(tool.description, max_description_bytes)}, {"parameters", std::move(parameters)}};
      out.push_back({{"type", "function"}, {"function", std::move(function)}});
    }
    return out;
  }

  /// One request to the endpoint; the message that the model says.
  utcp::result<json> complete(const json& turn, const json& tools) {
    json messages = json::array({{{"role", "system"}, {"content", instructions}}});
    for (const json& before : history_) messages.insert(messages.end(), before.begin(), before.end());
    messages.insert(messages.end(), turn.begin(), turn.end());
    json body = {{"model", model_}, {"messages", std::move(messages)}};
    if (!tools.empty()) body["tools"] = tools;
    auto reply = client_.call_tool(std::string(endpoint_manual) + ".complete", {{"body", std::move(body)}}, utcp::call_options(std::chrono::minutes(2)));
    if (!reply) return reply.error();
    const json document = reply->to_json();
    const json::json_pointer place("/choices/0/message");
    if (!document.is_object() || !document.contains(place) || !document.at(place).is_object())
      return utcp::error(utcp::errc::protocol_error, "the endpoint's answer has no choices[0].message; is the base URL one of an OpenAI-compatible API?");
    const json& message = document.at(place);
    if (document["choices"][0].value("finish_reason", json()) == "length") std::cerr << "  (the endpoint cut this answer at its limit of tokens)\n";
    // Endpoints refuse some of the keys they write, when they come back.
    json said = {{"role", "assistant"}};
    for (const char* key : {"content", "refusal", "tool_calls"})
      if (auto it = message.find(key); it != message.end() && (!it->is_null() || key == std::string_view("content"))) said[key] = *it;
    return said;
  }

  /// Does one tool call. What goes wrong is told to the model, which may try otherwise.
  json answer(const json& call, bool within_limit) {
    const json function = call.is_object() ? call.value("function", json::object()) : json::object();
    const json shown = function.is_object() ? function.value("name", json()) : json();
    const std::string* tool = shown.is_string() ? names_.tool(shown.get<std::string>()) : nullptr;
    json out = {{"role", "tool"}, {"tool_call_id", call.is_object() ? call.value("id", json("")) : json("")}};
    if (!within_limit) out["content"] = "error: too many calls at once; ask again for what is still needed";
    else out["content"] = tool ? run(*tool, function.value("arguments", json())) : "error: there is no such tool";
    return out;
  }

  std::string run(const std::string& tool, const json& given) {
    json arguments = given.is_null() ? json::object() : given;
    if (given.is_string()) {  // the API sends JSON as text; some servers send it as it is
      const std::string text = given.get<std::string>();
      auto read = utcp::parse_json(text.empty() ? "{}" : text);
      if (!read) return "error: the arguments are no JSON: " + read.error().message;
      arguments = std::move(*read);
    }
    std::cerr << "  " << tool << " " << utcp::write_json(arguments) << "\n";
    auto result = client_.call_tool(tool, std::move(arguments));
    if (!result) return "error: " + result.error().message + (result.error().remote.is_null() ? "" : " " + shortened(utcp::write_json(result.error().remote), max_result_bytes));
    const json value = result->to_json();
    return shortened(value.is_string() ? value.get<std::string>() : utcp::write_json(value), max_result_bytes);
  }

  void remember(json turn) {
    history_.push_back(std::move(turn));
    if (history_.size() > max_turns) history_.pop_front();
  }

  utcp::sync_client client_;
  std::string model_;
  tool_names names_;
  std::deque<json> history_;  // whole turns: a tool's answer never stands without the call
};

std::optional<settings> read_settings(int count, char** words) {
  settings out;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--help" || i + 1 == count) return std::nullopt;
    const std::string value = words[++i];
    if (word == "--config") out.config = value;
    else if (word == "--base-url") out.base_url = value;
    else if (word == "--model") out.model = value;
    else if (word == "--once") out.once = value;
    else return std::nullopt;
  }
  while (out.base_url.ends_with('/')) out.base_url.pop_back();
  return out;
}

bool say(agent& who, const std::string& prompt) {
  auto answer = who.ask(prompt);
  if (answer) std::cout << *answer << std::endl;
  else std::cerr << "llm_agent: " << answer.error().message << "\n";
  return answer.has_value();
}

}  // namespace

int main(int count, char** words) {
  const auto how = read_settings(count, words);
  if (!how) {
    std::cerr << "usage: llm_agent [--config providers.json] [--base-url URL] [--model NAME] [--once PROMPT]\n"
                 "Reads prompts from standard input, one a line. OPENAI_API_KEY holds the endpoint's key, if it needs one.\n";
    return 2;
  }
  const char* key = std::getenv("OPENAI_API_KEY");
  const bool has_key = key && *key;
  if (!has_key && how->base_url.starts_with("https://api.openai.com")) {
    std::cerr << "llm_agent: set OPENAI_API_KEY, or name another endpoint with --base-url\n";
    return 2;
  }
  auto client = utcp::sync_client::create(how->config, utcp::client_options(utcp::builtin_registry()));
  if (!client) return std::cerr << "llm_agent: " << client.error().message << "\n", 1;
  for (const auto& report : client->registered())
    if (!report.ok()) std::cerr << "llm_agent: " << report.name << ": " << report.failure->message << "\n";
  const auto ready = client->register_manual(endpoint(*how, has_key));
  if (!ready.ok()) return std::cerr << "llm_agent: " << ready.failure->message << "\n", 1;

  agent who(std::move(*client), how->model);
  if (how->once) return say(who, *how->once) ? 0 : 1;
  for (std::string prompt; std::cerr << "> " << std::flush, std::getline(std::cin, prompt);)
    if (prompt.find_first_not_of(" \t\r") != std::string::npos) say(who, prompt);
  std::cerr << "\n";
  return 0;
}
