#include "http_transfer.hpp"

#include "http_engine.hpp"
#include "http_rules.hpp"

#include <utcp/net/http_client.hpp>
#include <utcp/net/redirect.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/ip/address.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

namespace utcp::net {
namespace {

// Above this curl asks with "Expect: 100-continue" and waits a second for servers that do not answer it.
constexpr std::size_t expect_threshold = 1'000'000;

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  // Fails only for options this libcurl was built without, and for memory; both show in the transfer itself.
  (void)curl_easy_setopt(easy, option, value);
}

errc errc_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return errc::timed_out;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED:
    case CURLE_NO_CONNECTION_AVAILABLE: return errc::connection_failed;
    case CURLE_URL_MALFORMAT: return errc::invalid_argument;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return errc::invalid_config;
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer that does not begin with HTTP/; the request's scheme was checked
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_TOO_MANY_REDIRECTS: return errc::protocol_error;
    case CURLE_OUT_OF_MEMORY: return errc::internal;
    default: return errc::connection_failed;
  }
}

std::string_view remedy_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION: return "; for a private certificate authority set \"ca_file\" in the provider";
    case CURLE_SSL_CERTPROBLEM: return "; check \"client_certificate\", \"client_key\" and \"client_key_password\"";
    case CURLE_SSL_CACERT_BADFILE: return "; check \"ca_file\"";
    case CURLE_COULDNT_RESOLVE_PROXY: return "; check \"proxy\", or the environment's http_proxy and https_proxy";
    default: return {};
  }
}

const std::string none;

}  // namespace

http_transfer::http_transfer(http_engine& owner) : owner_(owner), easy_(curl_easy_init()), window_(owner.options().stream_window_bytes) {
  if (!easy_) throw std::bad_alloc();
  set(easy_, CURLOPT_PRIVATE, this);
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy_, CURLOPT_ACCEPT_ENCODING, "");
  set(easy_, CURLOPT_USERAGENT, "utcp/" UTCP_VERSION);
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(owner.options().connect_timeout.count()));
  set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy_, CURLOPT_PROXY, "");  // we read the environment ourselves
#if LIBCURL_VERSION_NUM >= 0x075700
  // A cancelled transfer must not wait for the name look-up in its thread.
  set(easy_, CURLOPT_QUICK_EXIT, 1L);
#endif
  // NO_PROXY is applied to the environment's proxies by proxy_environment; curl would apply it to a provider's own proxy, too.
  set(easy_, CURLOPT_NOPROXY, "");
  if (owner.resolve_list()) set(easy_, CURLOPT_RESOLVE, owner.resolve_list());
  set(easy_, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy_, CURLOPT_HEADERFUNCTION, &http_transfer::on_header_bytes);
  set(easy_, CURLOPT_HEADERDATA, this);
  set(easy_, CURLOPT_WRITEFUNCTION, &http_transfer::on_body_bytes);
  set(easy_, CURLOPT_WRITEDATA, this);
  set(easy_, CURLOPT_READFUNCTION, &http_transfer::on_upload);
  set(easy_, CURLOPT_READDATA, this);
  set(easy_, CURLOPT_SEEKFUNCTION, &http_transfer::on_upload_seek);
  set(easy_, CURLOPT_SEEKDATA, this);
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, &http_engine::open_socket);
  set(easy_, CURLOPT_OPENSOCKETDATA, this);
  set(easy_, CURLOPT_CLOSESOCKETFUNCTION, &http_engine::close_socket);
  set(easy_, CURLOPT_CLOSESOCKETDATA, &owner_);
  set(easy_, CURLOPT_PREREQDATA, this);
  request_.connection = owner.options().connection;
  set_connection();
}

http_transfer::~http_transfer() { curl_easy_cleanup(easy_); }

result<void> http_transfer::prepare(http_request request, bool streaming) {
  request_ = std::move(request);
  streaming_ = streaming;
  if (request_.body) request_.upload.reset();
  const bool with_body = request_.body || request_.upload;
  if (auto fine = check_body_allowed(request_); !fine) return fine;
  if (request_.upload && !request_.upload->rewind())
    return exchange_failed(request_, errc::invalid_argument, "the upload has been read already and cannot be sent again");

  long timeout_ms = 0;
  if (request_.deadline != time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(request_.deadline - time_point::clock::now()).count();
    if (left <= 0) return deadline_passed(request_, false);
    timeout_ms = static_cast<long>(std::min<std::chrono::milliseconds::rep>(left, 0x7fffffff));
  }
  announces_length_ = announces_length(request_);
  if (auto written = write_headers(with_body); !written) return written;
  if (!request_.connection) request_.connection = owner_.options().connection;
  if (request_.connection != connection_) {
    url_.clear();  // the proxy depends on both
    set_connection();
  }
  set_target();
  set_address_rule();
  set_method(with_body);
  set(easy_, CURLOPT_TIMEOUT_MS, timeout_ms);
  return {};
}

void http_transfer::set_connection() {
  const connection_options& how = *request_.connection;
  connection_ = request_.connection;
  const auto text_or_none = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  // A file given replaces what the system trusts.
  const curl_version_info_data& built = *curl_version_info(CURLVERSION_NOW);
  const char* file = how.ca_file.empty() ? built.cainfo : how.ca_file.c_str();
  const char* folder = how.ca_file.empty() ? built.capath : nullptr;
  set(easy_, CURLOPT_CAINFO, file);
  set(easy_, CURLOPT_CAPATH, folder);
  set(easy_, CURLOPT_PROXY_CAINFO, file);
  set(easy_, CURLOPT_PROXY_CAPATH, folder);
  set(easy_, CURLOPT_SSLCERT, text_or_none(how.client_certificate));
  set(easy_, CURLOPT_SSLKEY, text_or_none(how.client_key));
  set(easy_, CURLOPT_KEYPASSWD, text_or_none(how.client_key_password.reveal()));
  set(easy_, CURLOPT_SSLVERSION, static_cast<long>(how.least_tls == tls_version::tls1_3 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2));
  // HTTP/2 by ALPN only: h2c with prior knowledge breaks on the second use of a connection in libcurl before 8.0.
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(how.version == http_version::http1_1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  set(easy_, CURLOPT_UNIX_SOCKET_PATH, text_or_none(how.unix_socket));
}

void http_transfer::set_target() {
  const std::string& text = request_.target.text();
  if (url_ == text) return;
  url_ = text;
  set(easy_, CURLOPT_URL, url_.c_str());
  // Waiting for a connection to share helps only where HTTP/2 may be spoken; over plain http it would make requests queue.
  const bool wait = request_.target.scheme() == "https" && connection_->version == http_version::automatic;
  if (wait != pipe_wait_) set(easy_, CURLOPT_PIPEWAIT, wait ? 1L : 0L);
  pipe_wait_ = wait;

  const std::string& proxy = !connection_->unix_socket.empty() ? none : connection_->proxy ? connection_->proxy->reveal() : owner_.proxies().proxy_for(request_.target);
  if (proxy == proxy_) return;
  proxy_ = proxy;
  set(easy_, CURLOPT_PROXY, proxy_.c_str());
}

void http_transfer::set_address_rule() {
  const bool check = request_.public_addresses_only && proxy_.empty() && connection_->unix_socket.empty();
  if (check == checks_addresses_) return;
  checks_addresses_ = check;
  // A kept connection may have been made for a request that was free to go anywhere.
  set(easy_, CURLOPT_PREREQFUNCTION, check ? &http_transfer::on_request : nullptr);
}

bool http_transfer::may_connect(const sockaddr& address) {
  if (!checks_addresses_) return true;
  namespace ip = boost::asio::ip;
  ip::address to;
  if (address.sa_family == AF_INET) {
    to = ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  } else if (address.sa_family == AF_INET6) {
    ip::address_v6::bytes_type octets;
    std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, octets.size());
    to = ip::address_v6(octets);
  } else {
    return true;
  }
  if (owner_.options().scope_of(to) == address_scope::public_use) return true;
  refused_ = to;
  return false;
}

int http_transfer::on_request(void* self, char* peer, char*, int, int) {
  auto& me = *static_cast<http_transfer*>(self);
  boost::system::error_code ec;
  const auto to = boost::asio::ip::make_address(peer, ec);
  if (!ec && me.owner_.options().scope_of(to) == address_scope::public_use) return CURL_PREREQFUNC_OK;
  me.refused_ = to;
  return CURL_PREREQFUNC_ABORT;
}

void http_transfer::note_peer() {
  if (!request_.want_peer && !is_redirect(response_.status)) return;
  if (!proxy_.empty()) return;
  if (!connection_->unix_socket.empty()) {
    response_.peer = address_scope::loopback;
    return;
  }
  const char* text = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &text);
  boost::system::error_code ec;
  const auto from = boost::asio::ip::make_address(text ? text : "", ec);
  if (!ec) response_.peer = owner_.options().scope_of(from);
}

http_head http_transfer::take_head() {
  note_peer();
  return std::move(static_cast<http_head&>(response_));
}

void http_transfer::set_method(bool with_body) {
  const std::string& method = request_.method;
  const bool fields = announces_length_ && !request_.upload;
  const shape wanted = request_.upload ? shape::upload : fields ? shape::fields : method == "HEAD" ? shape::head : shape::none;
  if (wanted != shape_) {
    if (shape_ == shape::head) set(easy_, CURLOPT_NOBODY, 0L);
    if (shape_ == shape::fields) set(easy_, CURLOPT_POSTFIELDS, static_cast<const char*>(nullptr));
    if (wanted == shape::none) set(easy_, CURLOPT_HTTPGET, 1L);
    if (wanted == shape::head) {
      set(easy_, CURLOPT_HTTPGET, 1L);
      set(easy_, CURLOPT_NOBODY, 1L);
    }
    if (wanted == shape::fields || wanted == shape::upload) set(easy_, CURLOPT_POST, 1L);
    shape_ = wanted;
  }
  if (fields) {
    set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(with_body ? request_.body->size() : 0));
    set(easy_, CURLOPT_POSTFIELDS, with_body ? request_.body->data() : "");
  } else if (wanted == shape::upload) {
    const auto size = request_.upload->size();
    set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, size ? static_cast<curl_off_t>(*size) : curl_off_t{-1});
  }
  const std::string_view usual = wanted == shape::fields || wanted == shape::upload ? "POST" : wanted == shape::head ? "HEAD" : "GET";
  const std::string_view custom = method == usual ? std::string_view() : std::string_view(method);
  if (custom != custom_method_) {
    custom_method_ = custom;
    set(easy_, CURLOPT_CUSTOMREQUEST, custom.empty() ? nullptr : custom_method_.c_str());
  }
}

result<void> http_transfer::write_headers(bool body_expected) {
  lines_.clear();
  line_starts_.clear();
  const auto begin_line = [this] { line_starts_.push_back(lines_.size()); };
  for (const http_header& header : request_.headers) {
    if (auto fine = check_header(header.name, header.value); !fine) return fine;
    begin_line();
    lines_ += header.name;
    if (header.value.empty()) {
      lines_ += ';';  // curl's way to send a header without a value
    } else {
      lines_ += ": ";
      lines_ += header.value;
    }
    lines_ += '\0';
  }
  const auto add_line = [&](std::string_view line) {
    begin_line();
    lines_ += line;
    lines_ += '\0';
  };
  // curl would invent a form content type for a body.
  if (announces_length_ && !request_.headers.find("Content-Type")) add_line("Content-Type:");
  if (body_expected && (!request_.body || request_.body->size() > expect_threshold)) add_line("Expect:");
  if (request_.upload && !request_.upload->size()) add_line("Transfer-Encoding: chunked");
  // To compress for the same machine is a waste. What is compressed all the same is still read.
  if (is_loopback_like(request_.target.host()) && !request_.headers.find("Accept-Encoding")) add_line("Accept-Encoding:");

  nodes_.resize(line_starts_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].data = lines_.data() + line_starts_[i];
    nodes_[i].next = i + 1 < nodes_.size() ? &nodes_[i + 1] : nullptr;
  }
  set(easy_, CURLOPT_HTTPHEADER, nodes_.empty() ? nullptr : nodes_.data());
  return {};
}

std::size_t http_transfer::on_header_bytes(char* data, std::size_t, std::size_t size, void* self) {
  auto& me = *static_cast<http_transfer*>(self);
  try {
    return me.take_header(std::string_view(data, size));
  } catch (...) {  // must not pass through curl
    me.trouble_ = trouble::exception;
    return 0;
  }
}

std::size_t http_transfer::on_body_bytes(char* data, std::size_t, std::size_t size, void* self) {
  auto& me = *static_cast<http_transfer*>(self);
  try {
    return me.take_body(std::string_view(data, size));
  } catch (...) {  // must not pass through curl
    me.trouble_ = trouble::exception;
    return 0;
  }
}

std::size_t http_transfer::take_header(std::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > max_head_bytes) {
    trouble_ = trouble::head_too_large;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    begin_head(line);
  } else if (line == "\r\n" || line == "\n") {
    if (response_.status >= 200) {
      head_complete_ = true;
      if (streaming_) owner_.note_news(*this);
    }
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos && line.front() != ' ' && line.front() != '\t') {
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    response_.fields.add(name, value);
    if (name.size() == 14 && equal_ignoring_case(name, "content-length") && !note_length(value)) return 0;
  }
  return line.size();
}

void http_transfer::begin_head(std::string_view status_line) {
  response_.fields.clear();
  status_line = trimmed(status_line.substr(5));
  const std::size_t space = std::min(status_line.find(' '), status_line.size());
  response_.version = status_line.substr(0, space);
  const std::string_view rest = trimmed(status_line.substr(space));
  response_.status = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), response_.status);
  response_.reason = rest.size() > 4 ? trimmed(rest.substr(4)) : usual_reason(response_.status);
}

// False when the body is announced to be beyond the limit.
bool http_transfer::note_length(std::string_view value) {
  std::size_t length = 0;
  std::from_chars(value.data(), value.data() + value.size(), length);
  if (shape_ == shape::head || response_.status < 200 || response_.status == 304) return true;
  if (length > request_.max_response_bytes) {
    trouble_ = trouble::body_too_large;
    return false;
  }
  if (!streaming_) response_.body.reserve(std::min(length, max_reserve_bytes));
  return true;
}

std::size_t http_transfer::take_body(std::string_view bytes) {
  if (bytes.size() > request_.max_response_bytes - received_) {
    trouble_ = trouble::body_too_large;
    return 0;
  }
  if (!streaming_) {
    response_.body += bytes;
  } else {
    if (buffer.size() >= window_) {
      paused = true;
      return CURL_WRITEFUNC_PAUSE;  // the same bytes come again after the pause
    }
    buffer += bytes;
    owner_.note_news(*this);
  }
  received_ += bytes.size();
  return bytes.size();
}

std::optional<error> http_transfer::failure_of(CURLcode code) const {
  if (code == CURLE_OK && trouble_ == trouble::none) return std::nullopt;
  const auto failed = [this](errc as, const std::string& what) { return exchange_failed(request_, as, what); };
  switch (trouble_) {
    case trouble::body_too_large: return body_too_large(request_);
    case trouble::head_too_large: return head_too_large(request_);
    case trouble::upload_failed: return upload_failure_;
    case trouble::exception: return failed(errc::internal, "out of memory");
    case trouble::none: break;
  }
  if (refused_)
    return failed(errc::not_allowed, "leads to " + refused_->to_string() + ", " + std::string(to_string(owner_.options().scope_of(*refused_))) +
                                         "; a public server may not send us there unless the provider has \"allow_private_addresses\": true");
  // curl's words for one header line beyond its own limit, and for memory that is short.
  if (code == CURLE_OUT_OF_MEMORY && !head_complete_) return header_line_too_large(request_);
  if (code == CURLE_OPERATION_TIMEDOUT) return deadline_passed(request_, head_complete_);
  if (code == CURLE_PARTIAL_FILE) return closed_early(request_);
  if (code == CURLE_GOT_NOTHING) return closed_without_answer(request_);
  if (code == CURLE_COULDNT_CONNECT && !connection_->unix_socket.empty())
    return failed(errc::connection_failed, "nobody listens at the socket " + connection_->unix_socket);
  long tunnel_status = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &tunnel_status);
  if (tunnel_status == 407)
    return failed(errc::unauthorized, "the proxy wants a user name and a password (HTTP 407); give them in its URL, as http://user:password@host:port");
  return failed(errc_of(code), (error_text_[0] ? error_text_.data() : curl_easy_strerror(code)) + std::string(remedy_of(code)));
}

result<http_response> http_transfer::finish(CURLcode code) {
  if (auto failed = failure_of(code)) return *std::move(failed);
  note_peer();
  if (request_.want_timings) {
    const auto micros = [this](CURLINFO what) {
      curl_off_t value = 0;
      curl_easy_getinfo(easy_, what, &value);
      return std::chrono::microseconds(value);
    };
    response_.timings.connected = micros(CURLINFO_CONNECT_TIME_T);
    response_.timings.first_byte = micros(CURLINFO_STARTTRANSFER_TIME_T);
    response_.timings.total = micros(CURLINFO_TOTAL_TIME_T);
  }
  response_.request = std::move(request_);
  return std::move(response_);
}

void http_transfer::lift_deadline() {
  if (outlives_deadline(request_, response_.status)) set(easy_, CURLOPT_TIMEOUT_MS, 0L);
}

void http_transfer::clear() {
  request_.body.reset();
  request_.upload.reset();
  if (auto wait = std::exchange(upload_wait, nullptr)) wait->emit(boost::asio::cancellation_type::terminal);
  response_ = http_response();
  buffer.clear();
  received_ = head_bytes_ = 0;
  head_complete_ = false;
  trouble_ = trouble::none;
  upload_failure_.reset();
  refused_.reset();
  error_text_[0] = '\0';
  is_ready = paused = opened = false;
  ended.reset();
}

}  // namespace utcp::net
