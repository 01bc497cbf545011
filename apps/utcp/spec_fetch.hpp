#pragma once

#include <utcp/error.hpp>

#include <memory>
#include <string>

namespace utcp::app {

/// Reads what URLs answer, one after the other, over connections that are kept.
class spec_fetcher {
 public:
  explicit spec_fetcher(bool allow_insecure_http);
  ~spec_fetcher();
  spec_fetcher(spec_fetcher&&) = delete;

  /// Follows at most five redirects; each URL must pass the URL policy. What a document of the web, `referrer`, leads to beyond its own
  /// origin has to be at a public address, unless that document came from this machine.
  /// Fails as the HTTP client, with errc::remote_failed for a status that is no success, and with errc::unsupported in a build without HTTP.
  result<std::string> fetch(const std::string& url, const std::string& referrer = {});

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace utcp::app
