#include "catalogue_cache.hpp"

#include "duration.hpp"
#include "keyed_hash.hpp"

#include <utcp/builtin.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace utcp::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

constexpr std::size_t max_file_bytes = std::size_t{2} << 30;
constexpr std::size_t max_notices = 1'000;  // of one manual

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

/// What is kept of a report, beside the tools.
json notes_of(const manual_report& report, const manual_key& key) {
  json out{{"key", key.hash}, {"protocol", report.protocol}};
  if (!report.version.empty()) out["version"] = {report.version.entity_tag, report.version.last_modified};
  if (report.failure) out["failure"] = report.failure->message;
  for (std::size_t i = 0; i < std::min(report.notices.size(), max_notices); ++i)
    out["notices"].push_back({report.notices[i].place, report.notices[i].message});
  return out;
}

std::string text_in(const json& of, const char* key) {
  const auto found = of.is_object() ? of.find(key) : of.end();
  return of.is_object() && found != of.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::pair<std::string, std::string> pair_of(const json& value) {
  if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_string()) return {};
  return {value[0].get<std::string>(), value[1].get<std::string>()};
}

manual_version version_of(const json& notes) {
  if (!notes.is_object() || !notes.contains("version")) return {};
  auto [tag, date] = pair_of(notes["version"]);
  return {std::move(tag), std::move(date)};
}

manual_report report_of(const stored_manual& from) {
  manual_report out;
  out.name = from.name;
  out.protocol = text_in(from.notes, "protocol");
  out.tools = from.tools;
  if (const auto why = text_in(from.notes, "failure"); !why.empty()) out.failure = error(errc::unavailable, why);
  if (from.notes.is_object() && from.notes.contains("notices") && from.notes["notices"].is_array())
    for (const json& each : from.notes["notices"]) {
      auto [place, message] = pair_of(each);
      out.notices.emplace_back(std::move(place), std::move(message));
    }
  return out;
}

std::string show_age(system_clock::duration age) {
  const auto seconds = std::max<long>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
  return seconds < 120 ? std::to_string(seconds) + " s ago" : std::to_string(seconds / 60) + " min ago";
}

bool names_differ(const std::vector<manual_key>& keys) {
  std::set<std::string_view> seen;
  return std::ranges::all_of(keys, [&](const manual_key& each) { return seen.insert(each.name).second; });
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_max_age(std::string_view text) {
  return text == "0" ? std::optional(std::chrono::milliseconds(0)) : parse_duration(text);
}

result<cache_use> usual_cache_use() {
  cache_use out;
  if (const auto text = environment("UTCP_CACHE"); text && !text->empty()) {
    if (*text != "off" && *text != "on") return error(errc::invalid_argument, "UTCP_CACHE is neither \"on\" nor \"off\"");
    out.off = *text == "off";
  }
  if (const auto text = environment("UTCP_CACHE_MAX_AGE"); text && !text->empty()) {
    const auto age = parse_max_age(*text);
    if (!age) return error(errc::invalid_argument, "UTCP_CACHE_MAX_AGE is no duration; write 0, 30s, 10m or 1h (at most a day)");
    out.max_age = *age;
  }
  return out;
}

void catalogue_cache::note(const std::string& text) const {
  if (global_.verbose) io_.note("cache: " + text);
}

/// False: this configuration goes without.
bool catalogue_cache::prepare() {
  if (how_.off) return false;
  const auto parts = builtin_registry();
  // Whatever is wrong with the configuration, the usual way says it.
  auto config = read_configuration(global_, parts);
  if (!config) return false;
  config_ = std::move(*config);
  if (const std::string kind = text_in(config_.tool_repository, "tool_repository_type"); !kind.empty() && kind != "in_memory") return false;
  const auto strategy = indexed_strategy_of(config_, parts);
  if (!strategy || !*strategy) return false;
  const auto options = read_indexed_search_options(**strategy);
  if (!options) return false;
  search_ = *options;

  const fs::path folder = usual_cache_folder(environment);
  if (folder.empty()) return note("there is no place for it; set UTCP_CACHE_DIR or HOME"), false;
  auto opened = cache_folder::open(folder);
  if (!opened) return note(opened.error().message), false;
  folder_ = std::move(*opened);
  std::error_code ignored;
  const auto file = fs::weakly_canonical(fs::absolute(global_.config), ignored).string();
  name_ = keyed_hash(folder_->secret(), file).substr(0, 32) + ".catalogue";
  if (name_.starts_with('.')) return note("this build has none"), false;
  auto keys = keys_of_manuals(config_, parts, folder_->secret());
  if (!keys) return false;
  keys_ = std::move(*keys);
  if (!names_differ(keys_)) return note("not used, since two providers have one name"), false;
  return true;
}

void catalogue_cache::look_up() {
  known_.resize(keys_.size());
  if (how_.refresh) return;
  const auto changed = folder_->changed(name_);
  if (!changed) return;
  auto opened = catalogue_file::open(folder_->file(name_));
  if (!opened) return note(opened.error().message);
  if ((*opened)->how() != search_) return note("made anew, since the search has other options");
  held_ = std::move(*opened);
  age_ = system_clock::now() - *changed;
  const bool old = age_ > how_.max_age || age_ < -std::chrono::seconds(5);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const auto found = std::ranges::find(held_->manuals(), keys_[i].name, &stored_manual::name);
    if (found == held_->manuals().end() || text_in(found->notes, "key") != keys_[i].hash) continue;
    known_[i].stored = &*found;
    known_[i].is = old && !keys_[i].is_constant ? state::old : state::fresh;
  }
}

bool catalogue_cache::all_fresh() const {
  return held_ && std::ranges::all_of(known_, [](const known_manual& each) { return each.is == state::fresh; });
}

/// Registers what is not fresh.
result<void> catalogue_cache::ask(session& with) {
  client_config config = config_;
  config.manuals.clear();
  std::map<std::string, manual_version> versions;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (known_[i].is == state::fresh) continue;
    config.manuals.push_back(config_.manuals[i]);
    if (known_[i].stored) versions.emplace(keys_[i].name, version_of(known_[i].stored->notes));
  }
  return with.open_for_news(std::move(config), std::move(versions));
}

/// Tells of one manual, and what is to be noted of it. `now` is its registration, null where there was none.
manual_report catalogue_cache::tell(std::size_t at, const manual_report* now) {
  const stored_manual* stored = known_[at].stored;
  if (now && !now->unchanged) {
    tell_report(io_, *now, global_.verbose);
    return *now;
  }
  manual_report out = report_of(*stored);
  tell_report(io_, out, global_.verbose, show_age(age_));
  return out;
}

result<catalogue_file_ptr> catalogue_cache::update(const session& with) {
  const auto& reports = with.tools().registered();
  const auto tools = with.tools().tools();
  std::vector<catalogue_entry> entries;
  bool changed = !held_ || held_->manuals().size() != keys_.size();
  bool some_kept = false;  // they become no younger when others are asked
  std::size_t next = 0;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const manual_report* now = known_[i].is == state::fresh ? nullptr : &reports.at(next++);
    some_kept = some_kept || (!now && !keys_[i].is_constant);
    const manual_report report = tell(i, now);
    catalogue_entry entry{keys_[i].name, nullptr, nullptr, {}};
    if (!now || now->unchanged) {
      entry.stored = held_;
      entry.notes = known_[i].stored->notes;
    } else {
      entry.notes = notes_of(report, keys_[i]);
      entry.registered = report.ok() ? tools->find_manual(keys_[i].name) : nullptr;
      if (held_ && entry.registered && held_->holds(*entry.registered)) {
        entry.registered = nullptr;
        entry.stored = held_;
      }
    }
    changed = changed || entry.registered || held_->manuals()[i].name != entry.name || held_->manuals()[i].notes != entry.notes;
    entries.push_back(std::move(entry));
  }
  const auto looked_at = system_clock::now() - (some_kept ? age_ : system_clock::duration());
  if (!changed) {
    folder_->set_changed(name_, looked_at);
    return held_;
  }
  auto bytes = write_catalogue(entries, search_, json());
  if (!bytes) return bytes.error();
  if (bytes->size() > max_file_bytes) note("too large to be kept");
  else if (auto kept = folder_->replace(name_, *bytes, looked_at); !kept) note(kept.error().message);
  else folder_->prune();
  return catalogue_file::open_bytes(std::move(*bytes));
}

result<catalogue_file_ptr> catalogue_cache::open(session& with) {
  if (!prepare()) return catalogue_file_ptr();
  if (global_.verbose)
    for (const auto& n : config_.notices) io_.note(n.place.empty() ? n.message : n.place + ": " + n.message);
  look_up();
  if (all_fresh() && held_->manuals().size() == keys_.size()) {
    note("used, read " + show_age(age_));
    for (std::size_t i = 0; i < keys_.size(); ++i) tell(i, nullptr);
    return held_;
  }
  if (auto asked = ask(with); !asked) return asked.error();
  return update(with);
}

}  // namespace utcp::app
