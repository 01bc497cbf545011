#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace memo {

using json = nlohmann::json;

/// What a request ended with. `error` is empty, or the name of an errc of utcp.
struct answer {
  json value;
  bool end = false;  // of a stream
  std::string error;
  std::string message;
  json remote;
};

using reply = std::function<void(answer)>;

/// The memo protocol: notebooks in memory, one a manual, each a map of keys to JSON notes. Written once; memo_transport.cpp
/// makes a C++ transport of it and memo_plugin.cpp a plug-in. It knows neither threads nor an event loop: whoever asks for
/// something supplies a `reply`, which is called exactly once, now or from within a later call. Used by one thread at a time.
///
/// A provider: {"call_template_type": "memo", "notes": {"first": 1}}. `notes` is what the notebook starts with; optional.
class notebooks {
 public:
  /// The manual, and in `left_out` the notes that cannot be kept: [{"place": …, "message": …}].
  answer discover(const std::string& manual, const json& call_template, json& left_out);

  /// The tools: put, get, list, watchers. A `get` with `wait` set replies when the note is there, which may be never.
  void call(std::uint64_t id, const std::string& manual, const json& call_template, const std::string& tool, const json& arguments, reply then);

  /// The tool watch: the notes there are, then each change as it happens. `count` ends it after so many.
  void open_stream(std::uint64_t id, const std::string& manual, const json& call_template, const std::string& tool, const json& arguments, reply then);
  void next(std::uint64_t stream, std::uint64_t id, reply then);

  /// Ends a waiting `get` or `next`, which reply "cancelled", and streams. Unknown numbers are ignored.
  void cancel(std::uint64_t id);
  void cancel_all();

  /// Forgets a notebook. What waits for its notes fails.
  void release(const std::string& manual);

 private:
  struct waiter {
    std::string manual;
    std::string key;
    reply then;
  };
  struct stream {
    std::string manual;
    std::deque<json> items;
    std::optional<std::uint64_t> left;  // items still wanted
    std::uint64_t asked = 0;            // the next under way
    reply then;
  };
  using notes = std::map<std::string, json>;

  notes& open(const std::string& manual, const json& call_template, json* left_out = nullptr);
  void put(const std::string& manual, notes& into, const std::string& key, const json& value);
  void get(std::uint64_t id, const std::string& manual, const notes& from, const json& arguments, reply then);
  static answer take(stream& from);

  std::map<std::string, notes> books_;
  std::map<std::uint64_t, waiter> waiters_;
  std::map<std::uint64_t, stream> streams_;
};

}  // namespace memo
