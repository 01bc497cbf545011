#include <utcp/mcp/message.hpp>

#include <utcp/document.hpp>
#include <utcp/mcp/revision.hpp>

#include <charconv>

namespace utcp::mcp {
namespace {

constexpr std::size_t max_batch = 10'000;

error broken(std::string what) { return error(errc::protocol_error, "the server sent what is no JSON-RPC message: " + std::move(what)); }

bool is_id(const json& value) { return value.is_string() || value.is_number_integer(); }

json take(json& from, const char* key) {
  const auto it = from.find(key);
  return it == from.end() ? json() : std::move(*it);
}

std::optional<std::int64_t> id_at(std::string_view text, std::size_t at) {
  constexpr std::string_view key = "\"id\"";
  at += key.size();
  while (at < text.size() && (text[at] == ' ' || text[at] == ':')) ++at;
  std::int64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data() + at, text.data() + text.size(), out);
  if (failed != std::errc() || end == text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

result<message> read_message(json value) {
  if (!value.is_object()) return broken("it is not an object");
  message out;
  out.id = take(value, "id");
  if (!out.id.is_null() && !is_id(out.id)) return broken("its id is neither text nor an integer");
  if (auto method = value.find("method"); method != value.end()) {
    if (!method->is_string()) return broken("its method is no text");
    out.what = out.id.is_null() ? message::kind::notification : message::kind::request;
    out.method = std::move(method->get_ref<std::string&>());
    out.body = take(value, "params");
    if (!out.body.is_null() && !out.body.is_structured()) return broken("its params are no object");
    return out;
  }
  if (auto failure = value.find("error"); failure != value.end() && failure->is_object()) {
    out.what = message::kind::failure;
    out.body = std::move(*failure);
    return out;
  }
  auto answer = value.find("result");
  if (answer == value.end()) return broken("it has neither method nor result nor error");
  if (out.id.is_null()) return broken("a result without an id");
  out.what = message::kind::result;
  out.body = std::move(*answer);
  return out;
}

result<void> read_messages(std::string_view text, const document_limits& limits, std::vector<message>& out) {
  auto parsed = parse_json(text, limits);
  if (!parsed) {
    if (parsed.error() == errc::too_large) return error(errc::too_large, "a message of the server " + parsed.error().message);
    return broken(parsed.error().message);
  }
  if (!parsed->is_array()) {
    auto one = read_message(std::move(*parsed));
    if (!one) return one.error();
    one->bytes = text.size();
    out.push_back(std::move(*one));
    return {};
  }
  if (parsed->size() > max_batch) return error(errc::too_large, "a batch of the server has more than " + std::to_string(max_batch) + " messages");
  for (json& each : *parsed) {
    const std::size_t bytes = write_json(each).size();
    auto one = read_message(std::move(each));
    if (!one) return one.error();
    one->bytes = bytes;
    out.push_back(std::move(*one));
  }
  return {};
}

std::optional<std::int64_t> number_of(const json& id) noexcept {
  if (id.is_number_unsigned()) return static_cast<std::int64_t>(id.get_ref<const json::number_unsigned_t&>());
  if (id.is_number_integer()) return id.get_ref<const json::number_integer_t&>();
  return std::nullopt;
}

std::optional<std::int64_t> id_in_pieces(std::string_view head, std::string_view tail) {
  // Servers write the id before the result or after it; in between it may be anybody's.
  const std::size_t first = head.find("\"id\"");
  const std::size_t content = std::min(head.find("\"result\""), head.find("\"error\""));
  if (first != std::string_view::npos && first < content) return id_at(head, first);
  const std::size_t last = tail.rfind("\"id\"");
  if (last == std::string_view::npos || tail.find_first_of("{[]", last) != std::string_view::npos) return std::nullopt;
  return id_at(tail, last);
}

// From the method's name, whose quote is open, to the end of the message.
static void append_rest(std::string& out, std::string_view method, std::string_view params) {
  out += method;
  out += '"';
  if (!params.empty()) {
    out += R"(,"params":)";
    out += params;
  }
  out += '}';
}

std::string write_request(std::int64_t id, std::string_view method, std::string_view params) {
  std::string out;
  out.reserve(64 + method.size() + params.size());
  out += R"({"jsonrpc":"2.0","id":)";
  out += std::to_string(id);
  out += R"(,"method":")";
  append_rest(out, method, params);
  return out;
}

std::string write_notification(std::string_view method, std::string_view params) {
  std::string out = R"({"jsonrpc":"2.0","method":")";
  append_rest(out, method, params);
  return out;
}

std::string write_result(const json& id, const json& value) { return R"({"jsonrpc":"2.0","id":)" + write_json(id) + R"(,"result":)" + write_json(value) + '}'; }

std::string write_failure(const json& id, int code, std::string_view text, const json& data) {
  json failure = json::object();
  failure["code"] = code;
  failure["message"] = text;
  if (!data.is_null()) failure["data"] = data;
  return R"({"jsonrpc":"2.0","id":)" + write_json(id) + R"(,"error":)" + write_json(failure) + '}';
}

error error_of_failure(const json& failure, std::string_view method) {
  const auto code_at = failure.find("code");
  const std::int64_t code = code_at == failure.end() ? 0 : number_of(*code_at).value_or(0);
  errc what = errc::remote_failed;
  switch (code) {
    case rpc::method_not_found:
    case rpc::missing_capability:
    case rpc::unsupported_revision: what = errc::unsupported; break;
    case rpc::invalid_params: what = errc::invalid_argument; break;
    case rpc::parse_error:
    case rpc::invalid_request:
    case rpc::header_mismatch: what = errc::protocol_error; break;
    default: break;
  }
  std::string text(method);
  text += ": the MCP server answered with error " + std::to_string(code);
  return error(what, std::move(text), failure);
}

}  // namespace utcp::mcp
