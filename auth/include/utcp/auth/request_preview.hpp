#pragma once

#include <utcp/auth.hpp>
#include <utcp/net/tool_request.hpp>

#include <optional>

namespace utcp {

/// What would be sent: {"method", "url", "headers", "body", "curl"}. `***` stands for credentials, also for static headers
/// and query pairs of the template whose names tell that they are secret. `curl` is a line for a POSIX shell; it reads an
/// input from its standard input. `inputs`, `input`: see net::build_tool_request.
result<json> preview_request(const net::tool_request_options& options, const json& arguments, const std::optional<auth>& credentials,
                             const schema* inputs = nullptr, std::shared_ptr<input_source> input = nullptr);

}  // namespace utcp
