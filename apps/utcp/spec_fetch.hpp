#pragma once

#include <utcp/error.hpp>

#include <string>

namespace utcp::app {

/// What a URL answers. Follows at most five redirects; each URL must pass the URL policy. Fails as the HTTP client, with
/// errc::remote_failed for a status that is no success, and with errc::unsupported in a build without HTTP.
result<std::string> fetch_text(const std::string& url, bool allow_insecure_http);

}  // namespace utcp::app
