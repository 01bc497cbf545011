#include "operations.hpp"

#include "ascii.hpp"
#include "media.hpp"
#include "names.hpp"

#include <algorithm>

namespace utcp::openapi_detail {
namespace {

bool is_method(const std::string& upper_name) {
  static constexpr std::string_view known[] = {"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY"};
  return std::find(std::begin(known), std::end(known), upper_name) != std::end(known);
}

void take_operation(const api& in, std::vector<operation>& out, const operation& at, std::string method, node declared) {
  if (out.size() >= in.options.max_operations) return in.notices.add_at("/paths", "has more than " + std::to_string(in.options.max_operations) + " operations; the rest is left out");
  node object = in.refs.follow(declared);
  if (!object.is_object()) {
    if (!references::is_reference(declared)) return in.notices.add(declared, declared.is_null() ? "this operation is null; left out" : "this operation is no object; left out");
    in.notices.add(declared, "this operation's reference leads nowhere: only its method and path are known");
    object = declared;
  }
  if (method == "TRACE") in.notices.add(object, "a TRACE request must not carry credentials, so none is sent; the tool cannot be called");
  operation made = at;
  made.method = std::move(method);
  made.object = object;
  object["callbacks"].each_member([&](std::string_view name, node callback) {
    in.notices.add(callback, "the callback \"" + std::string(name) + "\" is a request that the server makes; it is no tool");
  });
  out.push_back(std::move(made));
}

void take_path(const api& in, std::vector<operation>& out, std::string_view path, node item) {
  if (path.starts_with("x-")) return;
  operation at;
  at.path = path;
  at.item_beside = item;
  at.item = in.refs.follow(item);
  if (!item.is_object()) return in.notices.add(item, "this path item is no object; left out");
  if (!at.item.is_object()) {
    in.notices.add(item, "the path item's reference leads nowhere");
    at.item = item;
  }
  auto take = [&](node from) {
    from.each_member([&](std::string_view key, node value) {
      const std::string method = upper(key);
      if (!is_method(method)) return;
      // Beside a reference the item's own operations win.
      if (from != at.item_beside && at.item_beside[key]) return;
      take_operation(in, out, at, method, value);
    });
    from["additionalOperations"].each_member([&](std::string_view key, node value) { take_operation(in, out, at, std::string(key), value); });
  };
  take(at.item);
  if (at.item != at.item_beside) take(at.item_beside);
}

answer_schema json_schema_of(const api& in, node response) {
  if (in.is_swagger()) return {response["schema"]};
  if (const node schema = response["schema"]; schema && !response["content"]) {
    in.notices.add(schema, "OpenAPI 3 has it in \"content\"; read as Swagger 2.0 has it");
    return {schema};
  }
  node of_json, first, items;
  int best = 100;
  response["content"].each_member([&](std::string_view name, node declared) {
    const node media = in.refs.follow(declared);
    const node schema = media["schema"];
    if (!items) items = media["itemSchema"];
    if (!schema) return;
    const bool exact = bare_media(name) == "application/json";
    const media_kind kind = kind_of_media(name);
    const int rank = exact ? 0 : kind == media_kind::json ? 1 : kind == media_kind::any ? 2 : name.find("json") != std::string_view::npos ? 3 : 100;
    if (!first) first = schema;
    if (rank < best) of_json = schema, best = rank;
  });
  if (first) return {of_json ? of_json : first};
  return {items, true};
}

}  // namespace

std::vector<operation> operations_of(const api& in) {
  std::vector<operation> out;
  for (const char* key : {"paths", "x-ms-paths"}) {
    const node paths = in.root[key];
    if (paths && !paths.is_null() && !paths.is_object()) in.notices.add(paths, "\"" + std::string(key) + "\" is no object");
    paths.each_member([&](std::string_view path, node item) { take_path(in, out, path, item); });
  }
  for (const char* key : {"webhooks", "x-webhooks"})
    in.root[key].each_member([&](std::string_view name, node item) {
      in.notices.add(item, "the webhook \"" + std::string(name) + "\" is a request that the server makes; it is no tool");
    });
  return out;
}

answer_schema response_schema(const api& in, const operation& of) {
  std::vector<std::pair<std::string, node>> found;
  node preset;
  bool success = false;
  of.object["responses"].each_member([&](std::string_view code, node response) {
    if (code == "default") preset = response;
    if (code.size() != 3 || code[0] != '2') return;
    success = true;
    found.emplace_back(upper(code), response);
  });
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (!success && preset) found.emplace_back("default", preset);
  for (const auto& [code, declared] : found) {
    const node response = in.refs.follow(declared);
    if (!response.is_object()) {
      in.notices.add(declared, "this response is no object, or its reference leads nowhere");
      continue;
    }
    if (const answer_schema answer = json_schema_of(in, response); answer.schema) return answer;
  }
  return {};
}

std::string description_of(const api& in, const operation& of) {
  const std::string_view summary = of.object["summary"].text();
  const std::string_view description = of.object["description"].text();
  std::string out;
  if (of.object["deprecated"].is_true()) out = "[deprecated] ";
  const std::size_t before = out.size();
  out += summary;
  // Many repeat the summary as the description.
  if (!description.empty() && description != summary) {
    if (!summary.empty()) out += "\n\n";
    out += description;
  }
  if (out.find_first_not_of(" \t\r\n", before) == std::string::npos) {
    out.resize(before);
    const std::string_view of_path = of.of_item("summary").text().empty() ? of.of_item("description").text() : of.of_item("summary").text();
    out += of_path.empty() ? of.place() : std::string(of_path);
  }
  return shortened(out, in.options.max_description);
}

}  // namespace utcp::openapi_detail
