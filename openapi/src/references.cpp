#include "references.hpp"

#include "uri.hpp"

#include <algorithm>
#include <set>

namespace utcp::openapi_detail {
namespace {

constexpr int max_hops = 64;

/// Where relative references start; 3.2's `$self` goes before the place.
std::string base_of(const tree& in) {
  const node self = in.root()["$self"];
  return self.is_string() ? resolve_url(in.url, self.text()) : in.url;
}

/// In the order of the document, so that inner ones come later.
std::vector<id_scope> find_scopes(const tree& in) {
  std::vector<id_scope> out;
  if (in.texts.find("$id") == std::string::npos) return out;
  std::vector<std::size_t> open;
  for (std::uint32_t at = 0; at < in.entries.size(); ++at) {
    if (in.entries[at].kind != tree::kind::object) continue;
    const node id = node(&in, at)["$id"];
    if (!id.is_string()) continue;
    while (!open.empty() && out[open.back()].end <= at) open.pop_back();
    std::string base = resolve_url(open.empty() ? base_of(in) : out[open.back()].base, id.text().substr(0, id.text().find('#')));
    open.push_back(out.size());
    out.push_back({at, in.entries[at].next, std::move(base)});
  }
  return out;
}

const id_scope* innermost(const std::vector<id_scope>& scopes, std::uint32_t at) {
  const auto last = std::find_if(scopes.rbegin(), scopes.rend(), [at](const id_scope& each) { return each.begin <= at && at < each.end; });
  return last == scopes.rend() ? nullptr : &*last;
}

}  // namespace

references::references(const openapi::document& root, const openapi::convert_options& options, notice_list& notices)
    : options_(options), notices_(notices) {
  documents_[root.url()] = root.share();
}

const tree* references::document_at(const std::string& url, node from) {
  if (auto known = documents_.find(url); known != documents_.end()) return known->second.get();
  auto& slot = documents_[url];
  if (!options_.load) {
    notices_.add(from, "refers to another document, " + url + ", and nothing loads it");
    return nullptr;
  }
  if (loaded_ >= options_.max_documents) {
    notices_.add(from, "refers to more than " + std::to_string(options_.max_documents) + " other documents");
    return nullptr;
  }
  ++loaded_;
  auto made = options_.load(url);
  if (!made) {
    notices_.add(from, "refers to a document that cannot be had: " + made.error().message);
    return nullptr;
  }
  slot = made->share();
  for (const std::uint32_t cut : slot->cut) notices_.add(node(slot.get(), cut), "is nested too deep; left out");
  return slot.get();
}

node references::member(node of, const std::string& decoded, std::string_view raw) {
  if (of.is_array()) {
    if (decoded.empty() || decoded.size() > 9 || decoded.find_first_not_of("0123456789") != std::string::npos) return {};
    return of.item(static_cast<std::size_t>(std::stoul(decoded)));
  }
  if (!of.is_object()) return {};
  constexpr std::uint32_t large = 2'000;  // entries: worth an index
  if (of.entry().next - of.index() > large) {
    auto& index = large_[of];
    if (index.empty()) of.each_member([&](std::string_view name, node value) { index[name] = value.index(); });
    for (const std::string_view name : {std::string_view(decoded), raw})
      if (auto found = index.find(name); found != index.end()) return {of.owner(), found->second};
    return {};
  }
  if (const node found = of[decoded]) return found;
  return of[raw];
}

node references::walk(node start, std::string_view fragment, std::string& why) {
  node at = start;
  if (fragment.empty() || fragment == "/") return at;
  if (fragment.front() != '/') {
    const node found = anchor(start.owner(), fragment);
    if (!found) why = "no value has that anchor";
    return found;
  }
  std::size_t begin = 1;
  while (begin <= fragment.size()) {
    const auto end = std::min(fragment.find('/', begin), fragment.size());
    const std::string_view raw = fragment.substr(begin, end - begin);
    std::string decoded;
    const std::string unescaped = percent_decoded(raw);
    for (std::size_t i = 0; i < unescaped.size(); ++i) {
      if (unescaped[i] == '~' && i + 1 < unescaped.size() && (unescaped[i + 1] == '0' || unescaped[i + 1] == '1')) decoded += unescaped[++i] == '0' ? '~' : '/';
      else decoded += unescaped[i];
    }
    node next = member(at, decoded, raw);
    if (!next && is_reference(at)) next = member(follow(at), decoded, raw);
    if (!next) {
      why = "there is no \"" + decoded.substr(0, 100) + "\" at " + (at == at.owner()->root() ? std::string("the document's top") : pointer_of(at));
      return {};
    }
    at = next;
    begin = end + 1;
  }
  return at;
}

/// `$anchor` and `$dynamicAnchor` are looked for where they are asked for, which is rare.
node references::anchor(const tree* in, std::string_view name) {
  const auto& entries = in->entries;
  for (std::uint32_t at = 0; at + 1 < entries.size(); ++at) {
    if (entries[at].kind != tree::kind::object) continue;
    const node object(in, at);
    if (object["$anchor"].text() == name || object["$dynamicAnchor"].text() == name) return object;
  }
  return {};
}

const std::vector<id_scope>& references::scopes_of(const tree& in) {
  const auto known = scopes_.find(&in);
  return known != scopes_.end() ? known->second : scopes_.emplace(&in, find_scopes(in)).first->second;
}

node references::among_ids(const std::vector<id_scope>& scopes, const id_scope* inside, const tree& in, std::string_view file, std::string_view fragment) {
  std::string why;
  if (file.empty()) return inside ? walk(node(&in, inside->begin), fragment, why) : node();
  const std::string wanted = resolve_url(inside ? inside->base : base_of(in), file);
  const auto named = std::find_if(scopes.begin(), scopes.end(), [&](const id_scope& each) { return each.base == wanted; });
  return named == scopes.end() ? node() : walk(node(&in, named->begin), fragment, why);
}

node references::resolve(node from, std::string_view reference) {
  const tree* in = from.owner();
  const auto& scopes = scopes_of(*in);
  const id_scope* inside = innermost(scopes, from.index());
  const key asked{in, inside ? inside->begin : 0, reference};
  if (auto known = known_.find(asked); known != known_.end()) return known->second;
  if (hops_ > max_hops) return {};
  ++hops_;
  const auto hash = reference.find('#');
  const std::string_view file = reference.substr(0, hash);
  const std::string_view fragment = hash == std::string_view::npos ? std::string_view() : reference.substr(hash + 1);
  std::string why;
  node found;
  // Many documents have an `$id` and refer as if there were none, so what is not there is looked for in the document, too.
  if (!scopes.empty()) found = among_ids(scopes, inside, *in, file, fragment);
  const tree* target = found ? nullptr : in;
  if (!found && !file.empty()) {
    const std::string base = base_of(*in);
    const std::string url = resolve_url(base, file);
    if (url == base || url == in->url) target = in;
    else if (!has_scheme(url)) target = nullptr, notices_.add(from, "refers to \"" + std::string(file) + "\", but it is not known where this document is");
    else target = document_at(url, from);
  }
  if (target) {
    found = walk(target->root(), fragment, why);
    if (!found) notices_.add(from, "refers to \"" + std::string(reference) + "\": " + (why.empty() ? "not found" : why));
  }
  --hops_;
  known_[asked] = found;
  return found;
}

node references::follow(node at) {
  for (int hops = 0; is_reference(at); ++hops) {
    if (hops > max_hops) {
      notices_.add(at, "refers to itself");
      return {};
    }
    const node next = resolve(at, at["$ref"].text());
    if (!next) return {};
    at = next;
  }
  return at;
}

}  // namespace utcp::openapi_detail

namespace utcp::openapi {

std::vector<std::string> references_of(const document& source) {
  std::set<std::string> found;
  if (!source) return {};
  const auto tree = source.share();
  const std::string base = openapi_detail::base_of(*tree);
  const auto scopes = openapi_detail::find_scopes(*tree);
  const auto is_here = [&](const std::string& url) { return std::any_of(scopes.begin(), scopes.end(), [&](const auto& each) { return each.base == url; }); };
  const auto& entries = tree->entries;
  for (std::uint32_t at = 0; at < entries.size(); ++at) {
    if (entries[at].kind != openapi_detail::tree::kind::object) continue;
    const std::string_view reference = openapi_detail::node(tree.get(), at)["$ref"].text();
    const std::string_view file = reference.substr(0, reference.find('#'));
    if (file.empty()) continue;
    const auto* inside = openapi_detail::innermost(scopes, at);
    if (inside && is_here(openapi_detail::resolve_url(inside->base, file))) continue;
    std::string url = openapi_detail::resolve_url(base, file);
    if (is_here(url)) continue;
    if (openapi_detail::has_scheme(url) && url != base && url != tree->url) found.insert(std::move(url));
  }
  return {found.begin(), found.end()};
}

bool may_refer_elsewhere(std::string_view text) noexcept {
  constexpr std::string_view key = "$ref";
  for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at)) {
    at = text.find_first_not_of("\"': \t\r\n", at + key.size());
    if (at == std::string_view::npos) return false;
    if (text[at] != '#') return true;
  }
  return false;
}

}  // namespace utcp::openapi
