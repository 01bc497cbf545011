#include "oauth_core.hpp"

#include <utcp/document.hpp>

#include <algorithm>
#include <chrono>

namespace utcp::mcp {
namespace {

using source = known_client::source;
using way = client_proof::way;

constexpr std::pair<source, const char*> source_names[] = {{source::configured, "configured"}, {source::document, "document"}, {source::registered, "registered"}};
constexpr std::pair<way, const char*> way_names[] = {{way::body, "body"}, {way::header, "header"}, {way::id_only, "id_only"}, {way::assertion, "assertion"}};

std::int64_t unix_now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string text_of(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

template <class Value, std::size_t N>
std::string name_of(const std::pair<Value, const char*> (&names)[N], Value value) {
  for (const auto& [each, name] : names)
    if (each == value) return name;
  return {};
}

template <class Value, std::size_t N>
std::optional<Value> value_of(const std::pair<Value, const char*> (&names)[N], const std::string& text) {
  for (const auto& [each, name] : names)
    if (text == name) return each;
  return std::nullopt;
}

void tell(const core_ptr& self, const error& failure) {
  if (self->parts.on_notice) self->parts.on_notice(notice(resource_of(self->server), failure.message));
}

std::optional<access> read_access(const secret& text, const oauth_authorizer::core& self) {
  const auto kept = parse_json(text.reveal());
  if (!kept || !kept->is_object()) return std::nullopt;
  access out;
  out.issuer = text_of(*kept, "issuer");
  out.resource = text_of(*kept, "resource");
  out.token_endpoint = text_of(*kept, "token_endpoint");
  out.client.id = text_of(*kept, "client_id");
  const auto from = value_of(source_names, text_of(*kept, "client"));
  const auto by = value_of(way_names, text_of(*kept, "proof"));
  if (out.issuer.empty() || out.client.id.empty() || !from || !by || (!self.options.issuer.empty() && self.options.issuer != out.issuer)) return std::nullopt;
  out.client.from = *from;
  out.by = *by;
  out.public_only = kept->value("public_only", json()) == json(true);
  out.token = text_of(*kept, "access_token");
  out.refresh_token = secret(text_of(*kept, "refresh_token"));
  out.scopes = split_scope(text_of(*kept, "scope"));
  out.granted = split_scope(text_of(*kept, "granted"));
  const auto expires = kept->find("expires_at");
  out.expires_unix = expires != kept->end() && expires->is_number_integer() ? expires->get<std::int64_t>() : 0;
  // As of now by the clock that the process lives by. A year is more than any token lasts.
  const std::chrono::seconds left(std::clamp<std::int64_t>(out.expires_unix - unix_now(), 0, 365 * 24 * 3600));
  out.expires = self.parts.time->now() + left;
  out.refresh_at = out.expires - std::min(std::chrono::seconds(30), left / 10);
  return out;
}

}  // namespace

task<std::optional<secret>> load_entry(core_ptr self, std::string name) {
  auto kept = co_await self->parts.store->load(std::move(name));
  if (kept) co_return *std::move(kept);
  tell(self, kept.error());
  co_return std::nullopt;
}

task<void> save_entry(core_ptr self, std::string name, secret value) {
  auto kept = co_await self->parts.store->save(std::move(name), std::move(value));
  if (!kept) tell(self, kept.error());
}

task<void> load_access(core_ptr self) {
  auto text = co_await load_entry(self, self->access_entry());
  std::optional<access> kept;
  if (text) kept = read_access(*text, *self);
  if (kept && kept->client.from == source::registered) {
    auto entry = co_await load_entry(self, self->client_entry(kept->issuer));
    std::optional<known_client> client;
    if (entry) client = read_client(*entry);
    if (client && client->id == kept->client.id) kept->client = *std::move(client);
    else kept.reset();
  }
  // The configuration may have changed since.
  if (kept && kept->client.from == source::configured && kept->client.id != self->options.client_id) kept.reset();
  if (kept && kept->client.from == source::document && kept->client.id != self->options.client_metadata_url) kept.reset();
  if (kept && kept->client.from == source::configured) kept->client.key = self->options.client_secret;
  if (kept && (self->current.token.empty() || kept->expires_unix > self->current.expires_unix)) self->current = *std::move(kept);
  self->loaded = true;
}

task<void> save_access(core_ptr self) {
  if (!self->interactive()) co_return;  // what the configuration alone can get again needs no place on a disk
  const access& now = self->current;
  const json kept{{"issuer", now.issuer},
                  {"resource", now.resource},
                  {"token_endpoint", now.token_endpoint},
                  {"client", name_of(source_names, now.client.from)},
                  {"client_id", now.client.id},
                  {"proof", name_of(way_names, now.by)},
                  {"public_only", now.public_only},
                  {"access_token", now.token},
                  {"refresh_token", now.refresh_token.reveal()},
                  {"scope", join_scope(now.scopes)},
                  {"granted", join_scope(now.granted)},
                  {"expires_at", now.expires_unix}};
  co_await save_entry(self, self->access_entry(), secret(write_json(kept)));
}

task<result<std::vector<std::string>>> sign_out(std::shared_ptr<token_store> store, std::optional<std::string> server_url) {
  std::string wanted;
  if (server_url) {
    const auto server = net::url::parse(*server_url);
    if (!server) co_return server.error();
    wanted = resource_of(*server);
  }
  auto names = co_await store->names();
  if (!names) co_return names.error();
  std::vector<std::string> out;
  for (const std::string& name : *names) {
    if (!name.starts_with(access_entries)) continue;
    const std::string rest = name.substr(access_entries.size());
    const std::string resource = rest.substr(0, rest.find(as_client));
    if (server_url && resource != wanted) continue;
    auto erased = co_await store->erase(name);
    if (!erased) co_return erased.error();
    if (std::find(out.begin(), out.end(), resource) == out.end()) out.push_back(resource);
  }
  co_return out;
}

}  // namespace utcp::mcp
