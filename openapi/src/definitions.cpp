#include "definitions.hpp"

#include <algorithm>

namespace utcp::openapi_detail {
namespace {

/// The last token of its place, in letters that need no escape anywhere.
std::string base_name(node target) {
  std::string pointer = pointer_of(target);
  std::string last = pointer.substr(pointer.rfind('/') + 1);
  if (pointer.empty()) {  // a whole document: its file's name
    const std::string& url = target.owner()->url;
    last = url.substr(url.rfind('/') + 1);
    last = last.substr(0, last.find('.'));
  }
  for (std::size_t at = last.find('~'); at != std::string::npos; at = last.find('~', at)) last.replace(at, 2, "_");  // an escape of RFC 6901
  for (char& c : last)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-')) c = '_';
  if (last.size() > 120) last.resize(120);
  return last.empty() ? "schema" : last;
}

}  // namespace

void schema_text::use(std::uint32_t definition) {
  const auto at = std::lower_bound(uses.begin(), uses.end(), definition);
  if (at == uses.end() || *at != definition) uses.insert(at, definition);
}

std::uint32_t definitions::of(node target) {
  const auto next = static_cast<std::uint32_t>(all_.size());
  const auto [known, fresh] = known_.try_emplace(target, next);
  if (!fresh) return known->second;
  one made;
  made.target = target;
  const std::string base = base_name(target);
  made.name = base;
  for (int n = 2; !names_.insert(made.name).second; ++n) made.name = base + "_" + std::to_string(n);
  all_.push_back(std::move(made));
  return next;
}

node definitions::next_unwritten(std::uint32_t& definition) const {
  if (written_ >= all_.size()) return {};
  definition = written_;
  return all_[written_].target;
}

void definitions::write(std::uint32_t definition, schema_text request, schema_text response, bool same) {
  one& to = all_[definition];
  to.same = same;
  to.text[0] = std::move(request);
  if (!same) to.text[1] = std::move(response);
  to.written = true;
  written_ = definition + 1;
}

void definitions::mark_needed(const std::vector<const schema_text*>& by, direction way) {
  const int w = static_cast<int>(way);
  std::vector<std::uint32_t> open;
  auto visit = [&](const schema_text& text) {
    for (const std::uint32_t each : text.uses)
      if (!all_[each].needed[w]) {
        all_[each].needed[w] = true;
        open.push_back(each);
      }
  };
  for (const schema_text* each : by) visit(*each);
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    visit(all_[at].of(way));
  }
}

/// What uses something different is different, too.
void definitions::mark_different() {
  std::vector<std::vector<std::uint32_t>> users(all_.size());
  std::vector<std::uint32_t> open;
  for (std::uint32_t at = 0; at < all_.size(); ++at) {
    for (int w = 0; w < 2; ++w)
      for (const std::uint32_t used : all_[at].of(static_cast<direction>(w)).uses) users[used].push_back(at);
    if (!all_[at].same) open.push_back(at), all_[at].differs = true;
  }
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    for (const std::uint32_t user : users[at])
      if (!all_[user].differs) {
        all_[user].differs = true;
        open.push_back(user);
      }
  }
}

std::shared_ptr<const schema_definitions> definitions::finish(const std::vector<const schema_text*>& requests, const std::vector<const schema_text*>& responses) {
  mark_needed(requests, direction::request);
  mark_needed(responses, direction::response);
  mark_different();
  auto out = std::make_shared<schema_definitions>();
  for (one& each : all_) {
    if (!each.differs && (each.needed[0] || each.needed[1])) {
      each.place[0] = each.place[1] = static_cast<std::uint32_t>(out->all.size());
      out->all.emplace_back();
    } else {
      for (int w = 0; w < 2; ++w)
        if (each.needed[w]) {
          each.place[w] = static_cast<std::uint32_t>(out->all.size());
          out->all.emplace_back();
        }
    }
  }
  for (one& each : all_) {
    const bool both = each.differs && each.needed[0] && each.needed[1];
    for (int w = 1; w >= 0; --w) {  // the request's text is moved last
      if (!each.needed[w] || (!each.differs && w == 1 && each.needed[0])) continue;
      auto& to = out->all[each.place[w]];
      to.name = each.name;
      to.uses = places(each.of(static_cast<direction>(w)), static_cast<direction>(w));
      schema_text& from = each.text[each.same ? 0 : w];
      to.text = both && w == 1 && each.same ? from.text : std::move(from.text);
      to.text.shrink_to_fit();
    }
  }
  out->all.shrink_to_fit();
  return out;
}

std::vector<std::uint32_t> definitions::places(const schema_text& of, direction way) const {
  std::vector<std::uint32_t> out;
  out.reserve(of.uses.size());
  for (const std::uint32_t each : of.uses) out.push_back(all_[each].place[static_cast<int>(way)]);
  return out;
}

}  // namespace utcp::openapi_detail
