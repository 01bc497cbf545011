// The example transport of examples/plugin_transport, in both of its forms.
#include "bench.hpp"

#include <memo_transport.hpp>
#include <utcp/plugin_loader.hpp>

namespace utcp::conformance {
namespace {

std::unique_ptr<rig> notebook() {
  auto out = std::make_unique<rig>();
  json notes = {{"first", {{"a", 1}}}, {"second", "two"}, {"third", nullptr}};
  out->provider = {{"name", "peer"}, {"call_template_type", "memo"}, {"notes", notes}};
  json partial = notes;
  partial[""] = "a note without a key";
  out->partial_provider = {{"name", "peer"}, {"call_template_type", "memo"}, {"notes", partial}};
  out->tools = {"put", "get", "list", "watchers", "watch"};
  out->ok = tool_use("get", {{"key", "second"}});
  out->ok_answer = "two";
  out->echo = [](json value) { return tool_use("put", {{"key", "echo"}, {"value", std::move(value)}}); };
  out->failing = tool_use("get", {{"key", "absent"}});
  out->failing_remote = {{"missing", "absent"}};
  out->slow = tool_use("get", {{"key", "absent"}, {"wait", true}});
  out->huge = tool_use("put", {{"key", "large"}, {"value", std::string(8 << 20, 'x')}});
  out->stream = tool_use("watch", {{"count", 3}});
  out->stream_items = {{{"key", "first"}, {"value", {{"a", 1}}}}, {{"key", "second"}, {"value", "two"}}, {{"key", "third"}, {"value", nullptr}}};
  out->endless = tool_use("watch");
  out->streams_open = [](bench& b) { return b.call(tool_use("watchers")).value().to_json().get<std::size_t>(); };
  out->cannot["hostile"] = "its peer is a map in memory";
  out->cannot["hostile manual"] = "its manual is its own";
  out->cannot["early refusal"] = "what is large in the answer is large in the arguments already";
  return out;
}

}  // namespace

std::unique_ptr<rig> make_memo_static() {
  auto out = notebook();
  out->add = [](registry& into) { into.add("memo", ::memo::make_transport()); };
  return out;
}

std::unique_ptr<rig> make_memo_plugin() {
  auto out = notebook();
  out->add = [](registry& into) { (void)add_plugin(into, UTCP_MEMO_PLUGIN).value(); };
  return out;
}

}  // namespace utcp::conformance
