#include "notebooks.hpp"

#include <algorithm>
#include <utility>

namespace memo {
namespace {

constexpr std::size_t max_key_bytes = 200;
constexpr std::size_t max_unread_items = 10'000;

answer fine(json value) {
  answer out;
  out.value = std::move(value);
  return out;
}

answer failure(std::string error, std::string message, json remote = nullptr) {
  answer out;
  out.error = std::move(error);
  out.message = std::move(message);
  out.remote = std::move(remote);
  return out;
}

answer cancelled() { return failure("cancelled", "cancelled"); }

bool is_key(const std::string& text) { return !text.empty() && text.size() <= max_key_bytes; }

/// The argument `key`, or nothing when it is no key.
std::optional<std::string> key_of(const json& arguments) {
  auto it = arguments.find("key");
  if (it == arguments.end() || !it->is_string() || !is_key(it->get_ref<const std::string&>())) return std::nullopt;
  return it->get<std::string>();
}

json change(const std::string& key, const json& value) { return {{"key", key}, {"value", value}}; }

json tool(const char* name, const char* description, const char* properties, json required) {
  json out{{"name", name}, {"description", description}};
  out["inputs"] = {{"type", "object"}, {"properties", json::parse(properties)}, {"required", std::move(required)}};
  return out;
}

json manual() {
  json tools = json::array();
  tools.push_back(tool("put", "Writes a note under a key and gives it back", R"({"key": {"type": "string"}, "value": {}})", json::array({"key", "value"})));
  tools.push_back(tool("get", "Reads the note of a key; waits for it when asked to", R"({"key": {"type": "string"}, "wait": {"type": "boolean"}})", json::array({"key"})));
  tools.push_back(tool("list", "The keys that have a note", "{}", json::array()));
  tools.push_back(tool("watchers", "How many watch the notebook now", "{}", json::array()));
  tools.push_back(tool("watch", "Streams the notes and every later change", R"({"count": {"type": "integer"}})", json::array()));
  return {{"utcp_version", "1.0.1"}, {"manual_version", "1.0.0"}, {"tools", std::move(tools)}};
}

}  // namespace

notebooks::notes& notebooks::open(const std::string& manual, const json& call_template, json* left_out) {
  auto [book, created] = books_.try_emplace(manual);
  auto first = call_template.find("notes");
  if ((!created && !left_out) || first == call_template.end() || !first->is_object()) return book->second;
  for (auto& [key, value] : first->items()) {
    if (is_key(key)) {
      if (created) book->second[key] = value;
    } else if (left_out) {
      left_out->push_back({{"place", "/notes"}, {"message", "a note left out: a key has 1 to " + std::to_string(max_key_bytes) + " bytes"}});
    }
  }
  return book->second;
}

answer notebooks::discover(const std::string& name, const json& call_template, json& left_out) {
  left_out = json::array();
  if (auto notes = call_template.find("notes"); notes != call_template.end() && !notes->is_object())
    return failure("invalid_config", "memo: \"notes\" must be an object of notes by their keys");
  open(name, call_template, &left_out);
  return fine(manual());
}

void notebooks::call(std::uint64_t id, const std::string& name, const json& call_template, const std::string& tool, const json& arguments, reply then) {
  notes& book = open(name, call_template);
  if (tool == "list") {
    json keys = json::array();
    for (const auto& [key, value] : book) keys.push_back(key);
    return then(fine(std::move(keys)));
  }
  if (tool == "watchers")
    return then(fine(std::count_if(streams_.begin(), streams_.end(), [&](const auto& each) { return each.second.manual == name; })));
  if (tool == "watch") {
    json all = json::array();
    for (const auto& [key, value] : book) all.push_back(change(key, value));
    return then(fine(std::move(all)));
  }
  const auto key = key_of(arguments);
  if (!key) return then(failure("invalid_argument", "memo: \"key\" must be a text of 1 to " + std::to_string(max_key_bytes) + " bytes"));
  if (tool == "get") return get(id, name, book, arguments, std::move(then));
  if (tool != "put") return then(failure("invalid_argument", "memo: no tool \"" + tool + "\"; there are put, get, list, watchers and watch"));
  auto value = arguments.find("value");
  if (value == arguments.end()) return then(failure("invalid_argument", "memo: \"value\" is missing"));
  const json written = *value;
  put(name, book, *key, written);
  then(fine(written));
}

void notebooks::get(std::uint64_t id, const std::string& name, const notes& from, const json& arguments, reply then) {
  const std::string key = *key_of(arguments);
  if (auto it = from.find(key); it != from.end()) return then(fine(it->second));
  auto wait = arguments.find("wait");
  if (wait == arguments.end() || !wait->is_boolean() || !wait->get<bool>())
    return then(failure("remote_failed", "memo: there is no note \"" + key + "\"", {{"missing", key}}));
  waiters_[id] = waiter{name, key, std::move(then)};
}

void notebooks::put(const std::string& name, notes& into, const std::string& key, const json& value) {
  into[key] = value;
  // Replies may ask for more: the lists are finished with before the first is called.
  std::vector<std::pair<reply, answer>> due;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    if (it->second.manual != name || it->second.key != key) {
      ++it;
      continue;
    }
    due.emplace_back(std::move(it->second.then), fine(value));
    it = waiters_.erase(it);
  }
  for (auto& [id, each] : streams_) {
    if (each.manual != name) continue;
    each.items.push_back(change(key, value));
    if (each.items.size() > max_unread_items) each.items.pop_front();
    if (each.asked == 0) continue;
    each.asked = 0;
    due.emplace_back(std::exchange(each.then, nullptr), take(each));
  }
  for (auto& [then, what] : due) then(std::move(what));
}

void notebooks::open_stream(std::uint64_t id, const std::string& name, const json& call_template, const std::string& tool, const json& arguments, reply then) {
  if (tool != "watch") {
    // A stream of one item.
    auto first = [this, id, then = std::move(then)](answer only) {
      if (!only.error.empty()) return then(std::move(only));
      stream one;
      one.items.push_back(std::move(only.value));
      one.left = 1;
      streams_[id] = std::move(one);
      then(fine(nullptr));
    };
    return call(id, name, call_template, tool, arguments, std::move(first));
  }
  stream made;
  made.manual = name;
  if (auto count = arguments.find("count"); count != arguments.end() && !count->is_null()) {
    if (!count->is_number_integer() || *count < 0) return then(failure("invalid_argument", "memo: \"count\" must be a number of items"));
    made.left = count->get<std::uint64_t>();
  }
  for (const auto& [key, value] : open(name, call_template)) made.items.push_back(change(key, value));
  streams_[id] = std::move(made);
  then(fine(nullptr));
}

answer notebooks::take(stream& from) {
  answer out = fine(std::move(from.items.front()));
  from.items.pop_front();
  if (from.left) --*from.left;
  return out;
}

void notebooks::next(std::uint64_t number, std::uint64_t id, reply then) {
  auto at = streams_.find(number);
  if (at == streams_.end()) return then(failure("cancelled", "memo: the stream is closed"));
  stream& from = at->second;
  if (from.left == 0) {
    streams_.erase(at);
    answer end;
    end.end = true;
    return then(std::move(end));
  }
  if (!from.items.empty()) return then(take(from));
  from.asked = id;
  from.then = std::move(then);
}

void notebooks::cancel(std::uint64_t id) {
  if (auto waiting = waiters_.extract(id)) return waiting.mapped().then(cancelled());
  if (auto ended = streams_.extract(id)) {
    if (ended.mapped().then) ended.mapped().then(cancelled());
    return;
  }
  for (auto& [number, each] : streams_) {
    if (each.asked != id) continue;
    each.asked = 0;
    return std::exchange(each.then, nullptr)(cancelled());
  }
}

void notebooks::cancel_all() {
  auto waiters = std::exchange(waiters_, {});
  auto streams = std::exchange(streams_, {});
  for (auto& [id, each] : waiters) each.then(cancelled());
  for (auto& [id, each] : streams)
    if (each.then) each.then(cancelled());
}

void notebooks::release(const std::string& name) {
  books_.erase(name);
  std::vector<reply> due;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    if (it->second.manual == name) {
      due.push_back(std::move(it->second.then));
      it = waiters_.erase(it);
    } else {
      ++it;
    }
  }
  for (auto& [id, each] : streams_) {
    if (each.manual != name) continue;
    each.left = 0;  // what is read next is the end
    each.items.clear();
    if (each.asked != 0) due.push_back(std::exchange(each.then, nullptr));
    each.asked = 0;
  }
  for (reply& then : due) then(failure("unavailable", "memo: the notebook was closed"));
}

}  // namespace memo
