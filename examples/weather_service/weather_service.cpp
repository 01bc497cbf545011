// An example of a service that publishes a UTCP manual: made-up weather over plain HTTP, on the loopback interface only.
// GET /utcp is the manual (v0.x); GET /weather/{city}, GET /forecast/{city} and POST /observations are its tools.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace urls = boost::urls;
using json = nlohmann::json;
using tcp = asio::ip::tcp;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

constexpr std::size_t max_body_bytes = 64u << 10;
constexpr std::chrono::seconds idle_timeout{30};

struct city {
  std::string_view name;
  int mean_celsius;
};

constexpr std::array<city, 8> cities{{{"Berlin", 10}, {"Lima", 19}, {"Nairobi", 18}, {"Oslo", 6}, {"Paris", 12}, {"Quito", 14}, {"São Paulo", 20}, {"Tokyo", 16}}};
constexpr std::array<std::string_view, 5> skies{"clear", "partly cloudy", "overcast", "light rain", "rain"};

struct answer {
  http::status status = http::status::ok;
  json body;
};

answer failed(http::status status, std::string message) { return {status, {{"error", std::move(message)}}}; }

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

const city* find_city(std::string_view name) {
  const auto found = std::find_if(cities.begin(), cities.end(), [&](const city& c) { return same_letters(c.name, name); });
  return found == cities.end() ? nullptr : &*found;
}

answer unknown_city(const std::string& name) {
  json known = json::array();
  for (const auto& c : cities) known.push_back(c.name);
  return {http::status::not_found, {{"error", "unknown city '" + name + "'"}, {"known", std::move(known)}}};
}

// The same city and day always give the same weather, so that documentation can show it.
json weather_of(const city& where, unsigned day) {
  unsigned seed = 17 + day * 31;
  for (const char c : where.name) seed = seed * 31 + static_cast<unsigned char>(c);
  const int celsius = where.mean_celsius + static_cast<int>(seed % 9) - 4;
  return {{"temperature", celsius}, {"sky", skies[seed / 9 % skies.size()]}, {"wind_kmh", 4 + seed / 45 % 30}};
}

std::optional<std::string> query_value(const urls::url_view& url, std::string_view key) {
  const auto params = url.params();
  const auto found = params.find(key);
  if (found == params.end()) return std::nullopt;
  return std::string((*found).value);
}

answer current(const std::string& name, const urls::url_view& url) {
  const auto* where = find_city(name);
  if (where == nullptr) return unknown_city(name);
  const auto units = query_value(url, "units").value_or("metric");
  if (units != "metric" && units != "imperial") return failed(http::status::bad_request, "units must be 'metric' or 'imperial', not '" + units + "'");
  json body = weather_of(*where, 0);
  if (units == "imperial") body["temperature"] = body["temperature"].get<int>() * 9 / 5 + 32;
  body["city"] = where->name;
  body["units"] = units;
  return {http::status::ok, std::move(body)};
}

answer forecast(const std::string& name, const urls::url_view& url) {
  const auto* where = find_city(name);
  if (where == nullptr) return unknown_city(name);
  const auto text = query_value(url, "days").value_or("3");
  unsigned days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error != std::errc() || end != text.data() + text.size() || days < 1 || days > 7) {
    return failed(http::status::bad_request, "days must be a number from 1 to 7, not '" + text + "'");
  }
  json list = json::array();
  for (unsigned day = 1; day <= days; ++day) {
    json one = weather_of(*where, day);
    one["day"] = day;
    list.push_back(std::move(one));
  }
  return {http::status::ok, {{"city", where->name}, {"days", std::move(list)}}};
}

answer report(const request& asked, const std::string& api_key) {
  if (asked["X-Api-Key"] != api_key) return failed(http::status::unauthorized, "the header X-Api-Key is missing or wrong");
  const json body = json::parse(asked.body(), nullptr, false);
  if (!body.is_object()) return failed(http::status::bad_request, "the body must be a JSON object");
  const auto name = body.find("city");
  const auto temperature = body.find("temperature");
  if (name == body.end() || !name->is_string()) return failed(http::status::bad_request, "'city' must be a string");
  if (temperature == body.end() || !temperature->is_number()) return failed(http::status::bad_request, "'temperature' must be a number");
  const auto* where = find_city(name->get_ref<const std::string&>());
  if (where == nullptr) return unknown_city(name->get<std::string>());
  return {http::status::created, {{"accepted", true}, {"city", where->name}, {"temperature", *temperature}}};
}

json object_schema(json properties, std::vector<std::string> required) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

// What a client reads first. The tools' URLs carry the address the client used, so that any port will do.
json manual(const std::string& base) {
  const json city_property{{"type", "string"}, {"description", "Name of a city, for example Oslo"}};
  json get_current{
      {"name", "get_current"},
      {"description", "Current weather in a city"},
      {"tags", {"weather", "current", "city"}},
      {"inputs", object_schema({{"city", city_property}, {"units", {{"type", "string"}, {"enum", {"metric", "imperial"}}}}}, {"city"})},
      {"outputs", object_schema({{"city", {{"type", "string"}}}, {"temperature", {{"type", "number"}}}, {"sky", {{"type", "string"}}}}, {})},
      {"tool_provider", {{"provider_type", "http"}, {"url", base + "/weather/{city}"}, {"http_method", "GET"}}}};
  json get_forecast{
      {"name", "get_forecast"},
      {"description", "Weather forecast for a city, one to seven days"},
      {"tags", {"weather", "forecast", "city"}},
      {"inputs", object_schema({{"city", city_property}, {"days", {{"type", "integer"}, {"minimum", 1}, {"maximum", 7}}}}, {"city"})},
      {"outputs", object_schema({{"city", {{"type", "string"}}}, {"days", {{"type", "array"}, {"items", {{"type", "object"}}}}}}, {})},
      {"tool_provider", {{"provider_type", "http"}, {"url", base + "/forecast/{city}"}, {"http_method", "GET"}}}};
  const json observation = object_schema({{"city", city_property}, {"temperature", {{"type", "number"}, {"description", "Degrees Celsius"}}}}, {"city", "temperature"});
  json report_observation{
      {"name", "report_observation"},
      {"description", "Report a measured temperature; needs an API key"},
      {"tags", {"observation", "temperature"}},
      {"inputs", object_schema({{"observation", observation}}, {"observation"})},
      {"outputs", object_schema({{"accepted", {{"type", "boolean"}}}}, {})},
      {"tool_provider",
       {{"provider_type", "http"},
        {"url", base + "/observations"},
        {"http_method", "POST"},
        {"body_field", "observation"},
        {"auth", {{"auth_type", "api_key"}, {"api_key", "${WEATHER_API_KEY}"}, {"var_name", "X-Api-Key"}, {"location", "header"}}}}}};
  json tools = json::array();
  tools.push_back(std::move(get_current));
  tools.push_back(std::move(get_forecast));
  tools.push_back(std::move(report_observation));
  return {{"version", "1.0.0"}, {"tools", std::move(tools)}};
}

answer answer_of(const request& asked, const std::string& base, const std::string& api_key) {
  const auto target = urls::parse_origin_form(std::string_view(asked.target().data(), asked.target().size()));
  if (!target) return failed(http::status::bad_request, "the request target is not a path");
  std::vector<std::string> path;
  for (const auto segment : target->segments()) path.emplace_back(segment);

  const bool reads = asked.method() == http::verb::get || asked.method() == http::verb::head;
  if (path.size() == 1 && path[0] == "observations") {
    if (asked.method() != http::verb::post) return failed(http::status::method_not_allowed, "use POST");
    return report(asked, api_key);
  }
  const bool known = (path.size() == 1 && path[0] == "utcp") || (path.size() == 2 && (path[0] == "weather" || path[0] == "forecast"));
  if (!known) return failed(http::status::not_found, "no such path; the manual is at /utcp");
  if (!reads) return failed(http::status::method_not_allowed, "use GET");
  if (path[0] == "utcp") return {http::status::ok, manual(base)};
  return path[0] == "weather" ? current(path[1], *target) : forecast(path[1], *target);
}

class service {
 public:
  service(asio::io_context& io, std::uint16_t port, std::string api_key)
      : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), port)), api_key_(std::move(api_key)) {
    base_ = "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

  const std::string& base() const { return base_; }

  asio::awaitable<void> accept() {
    while (acceptor_.is_open()) {
      boost::system::error_code error;
      auto done = asio::redirect_error(asio::use_awaitable, error);
      tcp::socket socket = co_await acceptor_.async_accept(done);
      if (error) continue;
      auto executor = acceptor_.get_executor();
      asio::co_spawn(executor, serve(beast::tcp_stream(std::move(socket))), asio::detached);
    }
  }

  /// No new connection; idle ones are closed, a request under way is answered first.
  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (auto* stream : idle_) stream->cancel();
  }

 private:
  asio::awaitable<void> serve(beast::tcp_stream stream) {
    beast::flat_buffer buffer;
    while (acceptor_.is_open()) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(max_body_bytes);
      stream.expires_after(idle_timeout);
      boost::system::error_code error;
      auto done = asio::redirect_error(asio::use_awaitable, error);
      idle_.insert(&stream);
      co_await http::async_read(stream, buffer, parser, done);
      idle_.erase(&stream);
      if (error && error != http::error::body_limit) break;

      response sent = make_response(parser.get(), error == http::error::body_limit);
      stream.expires_after(idle_timeout);
      co_await http::async_write(stream, sent, done);
      if (error || !sent.keep_alive()) break;
    }
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
  }

  response make_response(const request& asked, bool body_too_large) const {
    auto made = body_too_large ? failed(http::status::payload_too_large, "the body is larger than 64 KiB") : answer_of(asked, base_, api_key_);
    response sent(made.status, asked.version());
    sent.set(http::field::server, "utcp-weather-example");
    sent.set(http::field::content_type, "application/json");
    sent.keep_alive(asked.keep_alive() && !body_too_large);
    sent.body() = made.body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    sent.prepare_payload();
    if (asked.method() == http::verb::head) sent.body().clear();
    return sent;
  }

  tcp::acceptor acceptor_;
  std::string api_key_;
  std::string base_;
  std::set<beast::tcp_stream*> idle_;
};

constexpr std::string_view usage = "usage: weather_service [--port N]\n"
                                   "  --port N   port on 127.0.0.1; 0, the default, takes a free one\n"
                                   "  The API key of POST /observations is $WEATHER_API_KEY, or 'demo-key'.\n";

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help" || word == "-h") {
      std::cout << usage;
      return 0;
    }
    const auto given = word == "--port" && i + 1 < argc ? port_of(argv[++i]) : std::nullopt;
    if (!given) {
      std::cerr << usage;
      return 2;
    }
    port = *given;
  }

  try {
    asio::io_context io(1);
    const char* key = std::getenv("WEATHER_API_KEY");
    service weather(io, port, key != nullptr && *key != '\0' ? key : "demo-key");
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& error, int) {
      if (!error) weather.stop();
    });
    asio::co_spawn(io, weather.accept(), asio::detached);
    std::cout << "listening on " << weather.base() << std::endl;
    io.run();
  } catch (const std::exception& e) {
    std::cerr << "weather_service: " << e.what() << "\n";
    return 1;
  }
}
