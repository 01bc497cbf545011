// A plug-in whose tools do what utcp/plugin.h forbids, each in its own way, and some that do what it allows.
#include <utcp/plugin.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using json = nlohmann::json;

std::string text_of(utcp_view view) { return view.size == 0 ? std::string() : std::string(view.data, view.size); }
utcp_view view_of(const std::string& text) { return utcp_view{text.data(), text.size()}; }

class misbehaving {
 public:
  explicit misbehaving(const utcp_host* host) : host_(host) {
    table_.size = sizeof(table_);
    table_.abi = UTCP_PLUGIN_ABI;
    table_.name = "misbehaving";
    table_.protocols = protocols;
    table_.self = this;
    table_.discover = [](void* self, const utcp_request* r) { of(self).discover(*r); };
    table_.call = [](void* self, const utcp_request* r) { of(self).call(*r); };
    table_.open_stream = [](void* self, const utcp_request* r) { of(self).open_stream(*r); };
    table_.next = [](void* self, std::uint64_t stream, std::uint64_t id) { of(self).next(stream, id); };
    table_.cancel = [](void* self, std::uint64_t id) { of(self).cancel(id); };
    table_.release = [](void* self, utcp_view manual) { of(self).released_.push_back(text_of(manual)); };
    table_.destroy = [](void* self) { delete &of(self); };
  }
  ~misbehaving() {
    for (std::thread& each : threads_) each.join();
  }

  const utcp_plugin* table() const noexcept { return &table_; }

 private:
  static misbehaving& of(void* self) { return *static_cast<misbehaving*>(self); }

  void complete(std::uint64_t id, std::uint32_t kind, const std::string& payload, const std::string& notices = std::string()) {
    utcp_outcome out{};
    out.size = sizeof(out);
    out.payload_kind = kind;
    out.payload = view_of(payload);
    out.notices = view_of(notices);
    host_->complete(host_->context, id, &out);
  }
  void answer(std::uint64_t id, const json& value) { complete(id, UTCP_JSON, value.dump()); }

  void fail(std::uint64_t id, const std::string& error, const std::string& message, const std::string& remote) {
    utcp_outcome out{};
    out.size = sizeof(out);
    out.error = view_of(error);
    out.message = view_of(message);
    out.remote = view_of(remote);
    host_->complete(host_->context, id, &out);
  }

  static json manual() {
    json tools = json::array();
    for (const char* name : {"echo", "request", "twice", "stray", "never", "late", "finish", "throws", "no_json", "huge", "kind", "end", "small", "null", "fails", "thread", "text",
                             "bytes", "meta", "nothing", "changed", "stats", "items", "stuck", "breaks"})
      tools.push_back({{"name", name}, {"description", "misbehaves"}});
    return {{"utcp_version", "1.0.1"}, {"tools", tools}};
  }

  void discover(const utcp_request& r) {
    ++discovered_;
    const json how = json::parse(text_of(r.call_template));
    const std::string mode = how.value("mode", "");
    if (mode == "never") return;
    if (mode == "throws") throw std::runtime_error("from discover");
    if (mode == "garbage") return complete(r.operation, UTCP_JSON, "<html>");
    if (mode == "text") return complete(r.operation, UTCP_TEXT, "no manual");
    if (mode == "partial") {
      const json some = {{"utcp_version", "1.0.1"}, {"tools", {{{"name", "echo"}}, {{"name", 7}}}}};
      return complete(r.operation, UTCP_JSON, some.dump(), R"([{"place": "/mode", "message": "half of it"}])");
    }
    answer(r.operation, manual());
  }

  void call(const utcp_request& r) {
    const std::uint64_t id = r.operation;
    const std::string tool = text_of(r.tool);
    const json arguments = json::parse(text_of(r.arguments));
    if (tool == "echo") return answer(id, arguments);
    if (tool == "request")
      return answer(id, {{"manual", text_of(r.manual)}, {"tool", tool}, {"call_template", json::parse(text_of(r.call_template))}, {"context", json::parse(text_of(r.context))}});
    if (tool == "twice") {
      answer(id, 1);
      return answer(id, 2);
    }
    if (tool == "stray") {
      answer(999'999, 1);
      return answer(id, 1);
    }
    if (tool == "never" || tool == "late") {
      (tool == "late" ? late_ : open_).insert(id);
      return;
    }
    if (tool == "finish") {
      for (std::uint64_t each : std::exchange(open_, {})) answer(each, "late");
      return answer(id, "finished");
    }
    if (tool == "throws") throw std::runtime_error("from call");
    if (tool == "no_json") return complete(id, UTCP_JSON, "{\"half\":");
    if (tool == "huge") return complete(id, UTCP_TEXT, std::string(arguments.at("size").get<std::size_t>(), 'x'));
    if (tool == "kind") return complete(id, 77, "?");
    if (tool == "end") return complete(id, UTCP_END, "");
    if (tool == "small") {
      utcp_outcome out{};
      out.size = sizeof(out.size);
      return host_->complete(host_->context, id, &out);
    }
    if (tool == "null") return host_->complete(host_->context, id, nullptr);
    if (tool == "fails") return fail(id, arguments.value("error", ""), arguments.value("message", ""), arguments.value("remote", ""));
    if (tool == "thread") {
      threads_.emplace_back([this, id, arguments] { answer(id, arguments); });
      return;
    }
    if (tool == "text") return complete(id, UTCP_TEXT, "a text");
    if (tool == "bytes") return complete(id, UTCP_BYTES, std::string("\0\xff", 2));
    if (tool == "nothing") return complete(id, UTCP_NOTHING, "");
    if (tool == "meta") {
      const std::string payload = "1", meta = arguments.at("meta").get<std::string>();
      utcp_outcome out{};
      out.size = sizeof(out);
      out.payload_kind = UTCP_JSON;
      out.payload = view_of(payload);
      out.meta = view_of(meta);
      return host_->complete(host_->context, id, &out);
    }
    if (tool == "changed") {
      host_->manual_changed(host_->context, r.manual);
      return answer(id, discovered_);
    }
    if (tool == "stats") return answer(id, {{"streams", streams_.size()}, {"cancelled", cancelled_}, {"released", released_}, {"discovered", discovered_}});
    answer(id, tool);
  }

  void open_stream(const utcp_request& r) {
    const std::string tool = text_of(r.tool);
    if (tool == "throws") throw std::runtime_error("from open_stream");
    if (tool == "text") return complete(r.operation, UTCP_TEXT, "no stream");
    if (tool == "never") return;
    streams_[r.operation] = stream{tool, 0};
    complete(r.operation, UTCP_NOTHING, "");
  }

  void next(std::uint64_t number, std::uint64_t id) {
    stream& from = streams_.at(number);
    if (from.tool == "stuck") {
      open_.insert(id);
      return;
    }
    if (from.tool == "no_json") return complete(id, UTCP_JSON, "{");
    if (from.count == 2 && from.tool == "breaks") {
      streams_.erase(number);
      return fail(id, "connection_failed", "the peer went", "");
    }
    if (from.count == 3) {
      streams_.erase(number);
      return complete(id, UTCP_END, "");
    }
    answer(id, from.count++);
  }

  void cancel(std::uint64_t id) {
    ++cancelled_;
    streams_.erase(id);
    if (late_.erase(id) != 0) answer(id, "late");
  }

  struct stream {
    std::string tool;
    int count = 0;
  };

  static constexpr const char* protocols[] = {"misbehaving", "misbehaving_too", nullptr};

  const utcp_host* host_;
  utcp_plugin table_{};
  std::set<std::uint64_t> open_;
  std::set<std::uint64_t> late_;
  std::map<std::uint64_t, stream> streams_;
  std::vector<std::string> released_;
  std::vector<std::thread> threads_;
  int cancelled_ = 0;
  int discovered_ = 0;
};

}  // namespace

extern "C" UTCP_PLUGIN_EXPORT const utcp_plugin* utcp_plugin_entry(const utcp_host* host) { return (new misbehaving(host))->table(); }
