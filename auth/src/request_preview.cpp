#include <utcp/auth/request_preview.hpp>

#include <utcp/auth/authorize.hpp>
#include <utcp/document.hpp>
#include <utcp/masking.hpp>
#include <utcp/net/media_type.hpp>
#include <utcp/utf8.hpp>

namespace utcp {
namespace {

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += "'\\''";
    else out += c;
  }
  return out + "'";
}

// The template's own literals. What the caller gave as arguments is shown: it is the caller's.
net::tool_request_options masked(net::tool_request_options options) {
  net::http_header_list headers;
  for (const net::http_header& header : options.headers) headers.set(header.name, mask_field(header.name, header.value));
  options.headers = std::move(headers);
  options.url = mask_url(options.url);
  return options;
}

std::string curl_line(const net::http_request& request) {
  std::string line = "curl";
  if (request.method == "HEAD") line += " --head";
  else if (request.method != "GET" || request.body || request.upload) line += " -X " + request.method;
  line += " " + shell_quoted(request.target.text());
  for (const net::http_header& header : request.headers)
    line += " -H " + shell_quoted(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  // curl would call a body a form.
  if ((request.body || request.upload) && !request.headers.find("Content-Type")) line += " -H 'Content-Type:'";
  if (request.body) line += " --data-raw " + shell_quoted(is_utf8(*request.body) ? *request.body : std::string("(binary)"));
  if (request.upload) line += " --data-binary @-";
  return line;
}

json body_of(const net::http_request& request) {
  if (!request.body) return nullptr;
  const std::string* type = request.headers.find("Content-Type");
  if (type && net::is_json_type(net::media_type_of(*type)))
    if (auto parsed = parse_json(*request.body)) return *std::move(parsed);
  if (!is_utf8(*request.body)) return json::binary(std::vector<std::uint8_t>(request.body->begin(), request.body->end()));
  return *request.body;
}

}  // namespace

result<json> preview_request(const net::tool_request_options& options, const json& arguments, const std::optional<auth>& credentials, const schema* inputs,
                             std::shared_ptr<input_source> input) {
  auto built = net::build_tool_request(masked(options), arguments, inputs, std::move(input));
  if (!built) return built.error();
  net::http_request& request = built->request;
  if (credentials)
    if (auto fine = authorize(request, *credentials, credentials_as::masked); !fine) return fine.error();
  json headers = json::object();
  for (const net::http_header& header : request.headers) headers[header.name] = header.value;
  json out = json::object();
  out["method"] = request.method;
  out["url"] = request.target.text();
  out["headers"] = std::move(headers);
  out["body"] = body_of(request);
  out["curl"] = curl_line(request);
  return out;
}

}  // namespace utcp
