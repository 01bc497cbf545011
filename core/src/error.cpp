#include <utcp/error.hpp>
#include <utcp/secret.hpp>

#include <ostream>

namespace utcp {
namespace {

class utcp_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "utcp"; }
  std::string message(int value) const override { return std::string(to_string(static_cast<errc>(value))); }
};

}  // namespace

const boost::system::error_category& category() noexcept {
  static const utcp_category instance;
  return instance;
}

boost::system::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), category()}; }

exception::exception(error e) : std::runtime_error(e.message), error_(std::move(e)) {}

void throw_exception_from_error(const error& e, const boost::source_location&) { throw exception(e); }

std::string_view to_string(errc e) noexcept {
  switch (e) {
    case errc::invalid_config: return "invalid_config";
    case errc::invalid_argument: return "invalid_argument";
    case errc::missing_variable: return "missing_variable";
    case errc::unknown_tool: return "unknown_tool";
    case errc::already_registered: return "already_registered";
    case errc::not_allowed: return "not_allowed";
    case errc::unauthorized: return "unauthorized";
    case errc::timed_out: return "timed_out";
    case errc::cancelled: return "cancelled";
    case errc::connection_failed: return "connection_failed";
    case errc::unavailable: return "unavailable";
    case errc::rate_limited: return "rate_limited";
    case errc::remote_failed: return "remote_failed";
    case errc::too_large: return "too_large";
    case errc::protocol_error: return "protocol_error";
    case errc::unsupported: return "unsupported";
    case errc::internal: return "internal";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, const secret&) { return out << "***"; }

}  // namespace utcp
