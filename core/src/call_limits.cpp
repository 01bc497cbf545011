#include "dialect_fields.hpp"

#include <utcp/call_limits.hpp>

#include <cstdint>

namespace utcp {
namespace {

constexpr std::uint64_t max_calls = 1'000'000;
constexpr std::uint64_t max_span_ms = 24ull * 3600 * 1000;

/// A whole number from `least` to `most`. Numbers such as 5.0 are whole too: some writers know no other.
result<std::uint64_t> read_count(const json& value, std::uint64_t least, std::uint64_t most, const std::string& place) {
  double given = -1;
  if (value.is_number()) given = value.get<double>();
  if (given >= static_cast<double>(least) && given <= static_cast<double>(most) && given == static_cast<double>(static_cast<std::uint64_t>(given)))
    return static_cast<std::uint64_t>(given);
  return error(errc::invalid_config, place + ": expected an integer from " + std::to_string(least) + " to " + std::to_string(most) + ", not " +
                                         (value.is_number() ? value.dump() : type_phrase(value)));
}

struct pair_keys {
  const char* count;
  const char* span;
  const char* example;
};

/// `{count, span}`, both of them required unless the count is 0.
template <class Pair>
result<Pair> read_pair(const json& value, const pair_keys& keys, const std::string& place) {
  if (!value.is_object()) return error(errc::invalid_config, place + ": expected an object such as " + keys.example + ", not " + type_phrase(value));
  std::uint64_t count = 0;
  std::uint64_t span = 0;
  for (const auto& [key, entry] : value.items()) {
    const bool is_count = key == keys.count;
    if (!is_count && key != keys.span) return error(errc::invalid_config, place + "/" + key + ": unknown key; known are " + keys.count + " and " + keys.span);
    auto read = is_count ? read_count(entry, 0, max_calls, place + "/" + key) : read_count(entry, 1, max_span_ms, place + "/" + key);
    if (!read) return read.error();
    (is_count ? count : span) = *read;
  }
  const bool off = value.contains(keys.count) && count == 0;
  if (!off && (count == 0 || span == 0))
    return error(errc::invalid_config, place + ": \"" + (count == 0 ? keys.count : keys.span) + "\" is missing; write for example " + keys.example);
  if (off) return Pair();
  return Pair(static_cast<unsigned>(count), std::chrono::milliseconds(static_cast<std::int64_t>(span)));
}

}  // namespace

result<call_limits> read_call_limits(const json& options, const call_limits& otherwise, const std::string& place) {
  call_limits out = otherwise;
  if (auto it = options.find("max_concurrent_calls"); it != options.end() && !it->is_null()) {
    auto read = read_count(*it, 0, max_calls, place + "/max_concurrent_calls");
    if (!read) return read.error();
    out.max_concurrent_calls = static_cast<std::size_t>(*read);
  }
  if (auto it = options.find("rate_limit"); it != options.end() && !it->is_null()) {
    auto read = read_pair<rate_limit>(*it, {"calls", "per_ms", R"({"calls": 10, "per_ms": 1000})"}, place + "/rate_limit");
    if (!read) return read.error();
    out.rate = *read;
  }
  if (auto it = options.find("circuit_breaker"); it != options.end() && !it->is_null()) {
    auto read = read_pair<circuit_breaker>(*it, {"failures", "open_ms", R"({"failures": 5, "open_ms": 30000})"}, place + "/circuit_breaker");
    if (!read) return read.error();
    out.breaker = *read;
  }
  return out;
}

}  // namespace utcp
