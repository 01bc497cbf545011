#include "rpc_status.hpp"

#include "message_decoder.hpp"
#include "wire_reader.hpp"

#include <utcp/base64.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace utcp::grpc_transport {
namespace {

constexpr std::size_t most_details = 64;

// Source: https://google.aip.dev/193, fields of google/rpc/error_details.proto.
constexpr const char* error_details = R"(
  syntax = "proto3";
  package google.rpc;
  import "google/protobuf/duration.proto";
  message RetryInfo { google.protobuf.Duration retry_delay = 1; }
  message DebugInfo { repeated string stack_entries = 1; string detail = 2; }
  message QuotaFailure {
    message Violation { string subject = 1; string description = 2; }
    repeated Violation violations = 1;
  }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message PreconditionFailure {
    message Violation { string type = 1; string subject = 2; string description = 3; }
    repeated Violation violations = 1;
  }
  message BadRequest {
    message FieldViolation { string field = 1; string description = 2; string reason = 3; LocalizedMessage localized_message = 4; }
    repeated FieldViolation field_violations = 1;
  }
  message RequestInfo { string request_id = 1; string serving_data = 2; }
  message ResourceInfo { string resource_type = 1; string resource_name = 2; string owner = 3; string description = 4; }
  message Help {
    message Link { string description = 1; string url = 2; }
    repeated Link links = 1;
  }
  message LocalizedMessage { string locale = 1; string message = 2; }
)";

type_set& google_rpc_types() {
  thread_local type_set types([] {
    type_set::files files;
    files.emplace("utcp/error_details.proto", parse_own_proto("utcp/error_details.proto", error_details));
    add_files_of_protobuf(files);
    return files;
  }());
  return types;
}

constexpr std::array<const char*, 17> names{"OK",        "CANCELLED",           "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
                                            "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",     "UNIMPLEMENTED",     "INTERNAL",  "UNAVAILABLE",    "DATA_LOSS",         "UNAUTHENTICATED"};

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

bool is_reset(const ::grpc::Status& status) { return status.error_message().starts_with("Received RST_STREAM with error code"); }

/// gRPC 1.51 says of its own failures, too, that they were received from the peer: they are known by their words.
bool is_said_by_grpc(const ::grpc::Status& status) {
  const std::string& message = status.error_message();
  const auto any_of = [&](std::initializer_list<const char*> parts) { return std::any_of(parts.begin(), parts.end(), [&](const char* part) { return has(message, part); }); };
  if (is_reset(status)) return true;
  switch (status.error_code()) {
    case ::grpc::StatusCode::DEADLINE_EXCEEDED: return message == "Deadline Exceeded";
    case ::grpc::StatusCode::RESOURCE_EXHAUSTED: return message == "Buffers full" || any_of({"Received message larger than max (", "metadata size exceeds limit"});
    case ::grpc::StatusCode::UNAVAILABLE: return any_of({"Socket closed", "GOAWAY received", "onnection reset", "Broken pipe", "Transport closed", "ping timeout", "eepalive"});
    case ::grpc::StatusCode::UNKNOWN: return any_of({"Stream removed", "error decompressing data"});
    case ::grpc::StatusCode::INTERNAL: return has(message, "overflows local window");
    default: return false;
  }
}

bool is_said_by_server(const rpc_end& end) { return end.from_server && !is_said_by_grpc(end.status); }

errc errc_of(const rpc_end& end, bool from_server) {
  const std::string message = end.status.error_message();
  if (!from_server && is_reset(end.status)) {
    switch (end.status.error_code()) {
      case ::grpc::StatusCode::UNAVAILABLE: return errc::unavailable;          // REFUSED_STREAM
      case ::grpc::StatusCode::RESOURCE_EXHAUSTED: return errc::rate_limited;  // ENHANCE_YOUR_CALM
      default: return errc::connection_failed;
    }
  }
  switch (end.status.error_code()) {
    case ::grpc::StatusCode::DEADLINE_EXCEEDED: return errc::timed_out;
    case ::grpc::StatusCode::CANCELLED: return from_server ? errc::remote_failed : errc::cancelled;
    case ::grpc::StatusCode::PERMISSION_DENIED:
    case ::grpc::StatusCode::UNAUTHENTICATED: return errc::unauthorized;
    case ::grpc::StatusCode::RESOURCE_EXHAUSTED: return from_server ? errc::rate_limited : errc::too_large;
    case ::grpc::StatusCode::UNAVAILABLE: return from_server ? errc::unavailable : errc::connection_failed;
    case ::grpc::StatusCode::INTERNAL:
    case ::grpc::StatusCode::UNKNOWN: {
      if (from_server) return errc::remote_failed;
      // gRPC's own words for a connection that broke in the middle, or a peer that does not speak HTTP/2.
      for (const char* part : {"Socket closed", "GOAWAY", "onnection reset", "Stream removed"})
        if (has(message, part)) return errc::connection_failed;
      return errc::protocol_error;
    }
    default: return from_server ? errc::remote_failed : errc::protocol_error;
  }
}

json detail_of(std::string_view any, const type_set* types) {
  std::string_view url;
  std::string_view bytes;
  for (wire_reader in(any); !in.at_end();) {
    int number = 0;
    wire_type type{};
    if (!in.read_tag(number, type)) break;
    if (number > 2 || type != wire_type::length_delimited ? !in.skip(number, type) : !in.read_bytes(number == 1 ? url : bytes)) break;
  }
  const std::string name(url.substr(url.rfind('/') + 1));
  json out = json::object();
  for (const type_set* known : {types, static_cast<const type_set*>(&google_rpc_types())}) {
    const pb::Descriptor* type = known && is_utf8(name) ? known->message(name) : nullptr;
    if (!type) continue;
    auto value = message_decoder(known->plans()).decode(*type, bytes);
    if (!value) continue;
    if (value->is_object() && known->plans().of(*type).form == well_known::none) out = *std::move(value);
    else out["value"] = *std::move(value);
    out["@type"] = std::string(url);
    return out;
  }
  out["@type"] = printable(url);
  out["@value"] = base64(bytes);
  return out;
}

/// The details of a google.rpc.Status: its third field.
json details_of(const std::string& status, const type_set* types) {
  json out = json::array();
  for (wire_reader in(status); !in.at_end() && out.size() < most_details;) {
    int number = 0;
    wire_type type{};
    std::string_view any;
    if (!in.read_tag(number, type)) break;
    if (number == 3 && type == wire_type::length_delimited ? !in.read_bytes(any) : !in.skip(number, type)) break;
    if (number == 3) out.push_back(detail_of(any, types));
  }
  return out;
}

json list_of(const metadata_list& entries) {
  json out = json::object();
  for (const auto& [name, value] : entries) {
    json text = name.ends_with("-bin") ? base64(value) : is_utf8(value) ? value : base64(value);
    const auto found = out.find(name);
    if (found == out.end()) out[name] = std::move(text);
    else if (found->is_array()) found->push_back(std::move(text));
    else *found = json::array({std::move(*found), std::move(text)});
  }
  return out;
}

std::string hint_of(const rpc_end& end, const rpc_channel& over) {
  const std::string& message = end.status.error_message();
  if (over.is_tls() && has(message, "WRONG_VERSION_NUMBER")) return "; the server does not speak TLS: set \"use_ssl\" to false";
  if (over.is_tls() && has(message, "CERTIFICATE_VERIFY_FAILED")) return "; its certificate is not signed by one in \"ca_file\" or of the system";
  if (!over.is_tls() && end.status.error_code() == ::grpc::StatusCode::UNAVAILABLE && !has(message, "refused")) return "; if the server speaks TLS, set \"use_ssl\" to true";
  return "";
}

/// What the server said, byte by byte where it is text.
std::string as_text(const std::string& said) { return is_utf8(said) ? said : printable(said); }

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < 2'000;) {
    const std::size_t size = utf8_sequence_size(text.substr(i));
    if (size == 0 || (size == 1 && static_cast<unsigned char>(text[i]) < 0x20)) out += ' ';
    else out.append(text.substr(i, size));
    i += std::max<std::size_t>(size, 1);
  }
  return out;
}

error error_of(const rpc_end& end, const rpc_channel& over, const type_set* types) {
  const int code = end.status.error_code();
  const char* name = code >= 0 && code < static_cast<int>(names.size()) ? names[static_cast<std::size_t>(code)] : "UNKNOWN";
  if (!is_said_by_server(end)) {
    const errc what = errc_of(end, false);
    // What gRPC makes of a key that does not belong to its certificate.
    if (over.is_tls() && end.status.error_message().starts_with("empty address list")) return error(errc::invalid_config, over.shown() + ": the certificates or the key of the template cannot be used");
    if (what == errc::timed_out) return error(what, over.shown() + ": no answer by the deadline");
    if (what == errc::cancelled) return error(what, over.shown() + ": the call was cancelled");
    return error(what, over.shown() + ": " + printable(end.status.error_message()) + hint_of(end, over));
  }
  json remote = {{"code", code}, {"status", name}, {"message", as_text(end.status.error_message())}};
  json details = details_of(end.status.error_details(), types);
  if (!details.empty()) remote["details"] = std::move(details);
  return error(errc_of(end, true), over.shown() + ": the server says " + name, std::move(remote));
}

json describe_metadata(const rpc_end& end) { return {{"headers", list_of(end.headers)}, {"trailers", list_of(end.trailers)}}; }

}  // namespace utcp::grpc_transport
