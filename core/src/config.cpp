#include "dialect_fields.hpp"
#include "dialect_unknown_keys.hpp"

#include <utcp/config.hpp>
#include <utcp/dialect.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>

namespace utcp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_config_bytes = 64u << 20;
constexpr unsigned max_includes = 8;

// Each makes an object a configuration.
constexpr std::array<std::string_view, 12> telling_keys{"plugins", "allowed_programs", "providers", "manual_call_templates", "providers_file_path", "variables",
    "load_variables_from", "variable_loaders", "tool_repository", "tool_search_strategy", "post_processing", "defaults"};
constexpr std::array<std::string_view, 4> other_keys{"escape_dollar", "bare_variables", "allow_insecure_http", "validate_arguments"};

result<std::string> read_file(const fs::path& file) {
  std::error_code ec;
  const auto status = fs::status(file, ec);
  if (!fs::exists(status))
    return error(errc::invalid_config, file.string() + ": no such file; create it, or name another configuration");
  if (!fs::is_regular_file(status)) return error(errc::invalid_config, file.string() + ": is not a file");
  if (fs::file_size(file, ec) > max_config_bytes)
    return error(errc::too_large, file.string() + ": is larger than " + std::to_string(max_config_bytes) + " bytes");
  std::ifstream in(file, std::ios::binary);
  if (!in) return error(errc::invalid_config, file.string() + ": cannot be read; check its permissions");
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

// Larger ones would overflow the clock's own type; they mean "for ever".
std::chrono::milliseconds milliseconds_of(const json& value) {
  constexpr std::uint64_t a_thousand_years = 31'556'952'000'000;
  return std::chrono::milliseconds(std::min(whole_number(value).value_or(0), a_thousand_years));
}

std::string nearest_config_key(const std::string& mistyped) {
  std::vector<std::string_view> known(telling_keys.begin(), telling_keys.end());
  known.insert(known.end(), other_keys.begin(), other_keys.end());
  return nearest_key(mistyped, known, json::object());
}

std::string escape_pointer(const std::string& key) {
  std::string out;
  for (char c : key) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

enum class written_in { file, code };

/// Reads one document into a client_config. Problems of one provider are kept with it; problems of the whole stop.
class config_reader {
 public:
  /// `where` is the file, or what messages call the text in code.
  config_reader(written_in in, fs::path root_dir, std::string where, const document_ports& ports, client_config& out)
      : in_(in), root_dir_(std::move(root_dir)), where_(std::move(where)), ports_(ports), out_(out) {}

  result<void> read(const json& document, unsigned includes = 0) {
    includes_ = includes;
    if (document.is_array()) {
      read_entries(document, "");
      return {};
    }
    if (!document.is_object())
      return fail("", "expected an array of providers or an object, not " + type_phrase(document));
    if (looks_like_manual(document)) return read_manual_document(document);
    if (is_config(document)) return read_config_object(document);
    if (document.contains("mcpServers")) {
      json entry = {{"name", "mcp"}, {"call_template_type", "mcp"}, {"config", {{"mcpServers", document["mcpServers"]}}}};
      add_entry(entry, "", "mcp");
      return {};
    }
    if (looks_like_provider(document) || document.contains("type")) {
      add_entry(document, "", "");
      return {};
    }
    if (document.empty()) return {};
    return fail("", "is no configuration: expected an array of providers, or an object with \"providers\", \"manual_call_templates\" or \"providers_file_path\"");
  }

 private:
  result<void> fail(const std::string& place, const std::string& message) const {
    return error(errc::invalid_config, where_ + (place.empty() ? "" : "#" + place) + ": " + message);
  }

  static bool is_config(const json& document) {
    return std::any_of(telling_keys.begin(), telling_keys.end(), [&](std::string_view key) { return document.contains(key); });
  }

  /// A manual in the place of a configuration: one local manual, named after the file.
  result<void> read_manual_document(const json& document) {
    json entry = {{"call_template_type", "text"}};
    // As a file it is named in messages. A `$` in its path would be a variable.
    const std::string file = fs::path(where_).filename().string();
    if (in_ == written_in::file && file.find('$') == std::string::npos) entry["file_path"] = file;
    else entry["content"] = document;
    entry["name"] = normalise_manual_name(fs::path(where_).stem().string());
    add_entry(entry, "", "");
    if (!out_.manuals.empty() && out_.manuals.back().how) out_.manuals.back().how->dialect = dialect::v0;  // any protocol may be in it
    return {};
  }

  void read_entries(const json& entries, const std::string& place) {
    if (entries.is_array()) {
      for (std::size_t i = 0; i < entries.size(); ++i) add_entry(entries[i], place + "/" + std::to_string(i), "");
    } else if (looks_like_provider(entries)) {
      add_entry(entries, place, "");
    } else if (entries.is_object()) {
      for (auto& [name, entry] : entries.items()) add_entry(entry, place + "/" + escape_pointer(name), name);
    } else {
      configured_manual bad;
      bad.place = where_ + "#" + place;
      bad.failure = error(errc::invalid_config, bad.place + ": expected an array of providers, not " + type_phrase(entries));
      out_.manuals.push_back(std::move(bad));
    }
  }

  void add_entry(const json& entry, const std::string& place, const std::string& key) {
    configured_manual added;
    added.place = where_ + (place.empty() ? "" : "#" + place);
    added.name = key;
    if (entry.is_object())
      if (auto it = entry.find("name"); it != entry.end() && it->is_string() && !it->get_ref<const std::string&>().empty())
        added.name = it->get<std::string>();
    auto read = read_call_template(entry, trust::configuration, added.place.find('#') == std::string::npos ? added.place + "#" : added.place);
    if (read) {
      if (added.name.empty()) added.name = unused_name(read->protocol);
      for (const unknown_key& each : unknown_keys(entry, *read))
        out_.notices.emplace_back((place.empty() ? added.place + "#" : added.place) + "/" + escape_pointer(each.key), text_of(each));
      read->name = added.name;
      locate(*read);
      added.how = std::move(*read);
    } else {
      if (added.name.empty()) added.name = unused_name("provider");
      added.failure = read.error();
    }
    names_.insert(added.name);
    out_.manuals.push_back(std::move(added));
  }

  std::string unused_name(const std::string& stem) {
    for (std::size_t i = 1;; ++i) {
      std::string name = stem + "_" + std::to_string(i);
      if (!names_.contains(name)) return name;
    }
  }

  /// A provider of an included file starts its relative paths at that file, not at the configuration.
  void locate(call_template& how) const {
    if (root_dir_ == out_.root_dir) return;
    for (const char* key : {"file_path", "working_dir"})
      if (auto it = how.options.find(key); it != how.options.end() && it->is_string()) {
        fs::path path = it->get<std::string>();
        if (path.is_relative() && !it->get_ref<const std::string&>().starts_with('$')) *it = from_here(path);
      }
  }

  /// The same path for those who start at another folder.
  std::string from_here(const fs::path& relative) const { return fs::absolute(root_dir_ / relative).lexically_normal().string(); }

  result<void> read_config_object(const json& document) {
    out_.written_as = document.contains("manual_call_templates") || document.contains("tool_search_strategy") ? dialect::v1 : dialect::v0;
    for (auto& [key, value] : document.items()) {
      if (value.is_null()) continue;
      if (auto read = read_key(key, value); !read) return read;
    }
    return {};
  }

  result<void> read_key(const std::string& key, const json& value) {
    const std::string place = "/" + escape_pointer(key);
    if (key == "providers" || key == "manual_call_templates") {
      read_entries(value, place);
      return {};
    }
    if (key == "providers_file_path") return include(value, place);
    if (key == "variables") return read_variables(value, place);
    if (key == "load_variables_from" || key == "variable_loaders") return read_loaders(value, place);
    if (key == "tool_search_strategy") return take_object(value, place, out_.tool_search_strategy);
    if (key == "tool_repository") return take_object(value, place, out_.tool_repository);
    if (key == "post_processing") return read_post_processing(value, place);
    if (key == "plugins") return read_plugins(value, place);
    if (key == "allowed_programs") return read_allowed_programs(value, place);
    if (key == "defaults") return read_defaults(value, place);
    if (key == "escape_dollar") return take_boolean(value, place, out_.escape_dollar);
    if (key == "bare_variables") return take_boolean(value, place, out_.bare_variables);
    if (key == "allow_insecure_http") return take_boolean(value, place, out_.defaults.allow_insecure_http);
    if (key == "validate_arguments") return take_boolean(value, place, out_.defaults.validate_arguments);
    out_.extra[key] = value;
    if (!is_remark(key)) out_.notices.emplace_back(where_ + "#" + place, text_of(unknown_key{key, nearest_config_key(key)}));
    return {};
  }

  result<void> include(const json& value, const std::string& place) {
    if (!value.is_string()) return fail(place, "expected the path of a providers file, not " + type_phrase(value));
    if (includes_ >= max_includes) return fail(place, "providers files include each other too deep");
    fs::path file = value.get<std::string>();
    if (file.is_relative()) file = root_dir_ / file;
    auto text = read_file(file);
    if (!text) return fail(place, text.error().message);
    auto document = read_document(*text, syntax_of_path(file.string()), file.string(), ports_);
    if (!document) return document.error();
    const dialect written_as = out_.written_as;
    config_reader inner(written_in::file, file.parent_path(), file.string(), ports_, out_);
    inner.names_ = names_;
    auto read = inner.read(*document, includes_ + 1);
    names_ = inner.names_;
    out_.written_as = written_as;
    return read;
  }

  result<void> read_variables(const json& value, const std::string& place) {
    if (!value.is_object()) return fail(place, "expected an object of strings, not " + type_phrase(value));
    for (auto& [name, text] : value.items()) {
      if (text.is_null()) continue;
      if (text.is_structured()) return fail(place + "/" + escape_pointer(name), "expected a string, not " + type_phrase(text));
      out_.variables[name] = text.is_string() ? text.get<std::string>() : text.dump();
    }
    return {};
  }

  result<void> read_loaders(const json& value, const std::string& place) {
    json list = value.is_array() ? value : json::array({value});
    for (std::size_t i = 0; i < list.size(); ++i) {
      json entry = list[i];
      const std::string at = place + "/" + std::to_string(i);
      if (!entry.is_object()) return fail(at, "expected an object such as {\"variable_loader_type\": \"dotenv\", \"env_file_path\": \".env\"}");
      if (!entry.contains("variable_loader_type") && entry.contains("type")) {
        entry["variable_loader_type"] = entry["type"];
        entry.erase("type");
      }
      if (!entry.contains("variable_loader_type") || !entry["variable_loader_type"].is_string())
        return fail(at, "\"variable_loader_type\" (v1) or \"type\" (v0) is missing; write for example \"dotenv\"");
      // As the providers': relative paths start at the file that names them.
      if (auto it = entry.find("env_file_path"); it != entry.end() && it->is_string() && root_dir_ != out_.root_dir)
        if (fs::path path = it->get<std::string>(); path.is_relative()) *it = from_here(path);
      out_.load_variables_from.push_back(std::move(entry));
    }
    return {};
  }

  result<void> read_post_processing(const json& value, const std::string& place) {
    if (!value.is_array()) return fail(place, "expected an array, not " + type_phrase(value));
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_object()) return fail(place + "/" + std::to_string(i), "expected an object, not " + type_phrase(value[i]));
      out_.post_processing.push_back(value[i]);
    }
    return {};
  }

  /// Code to load: only the user's own configuration names it, not a providers file that it includes.
  result<void> read_plugins(const json& value, const std::string& place) {
    if (includes_ != 0) return fail(place, "an included providers file loads no plug-ins; name them in the configuration itself");
    if (!value.is_array()) return fail(place, "expected an array of paths, not " + type_phrase(value));
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_string() || value[i].get_ref<const std::string&>().empty())
        return fail(place + "/" + std::to_string(i), "expected the path of a shared library, not " + type_phrase(value[i]));
      out_.plugins.emplace_back(from_here(value[i].get<std::string>()));
    }
    return {};
  }

  /// As with plug-ins, an included file does not decide what runs here.
  result<void> read_allowed_programs(const json& value, const std::string& place) {
    if (includes_ != 0) return fail(place, "an included providers file allows no programs; list them in the configuration itself");
    if (!value.is_array()) return fail(place, "expected an array of programs, not " + type_phrase(value));
    std::vector<std::string> programs;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string at = place + "/" + std::to_string(i);
      if (!value[i].is_string()) return fail(at, "expected the name or the path of a program, not " + type_phrase(value[i]));
      std::string program = value[i].get<std::string>();
      if (program.empty() || program.find('\0') != std::string::npos) return fail(at, "is no name and no path of a program");
      if (program.find_first_of(" \t\n") != std::string::npos && program.find('/') == std::string::npos)
        return fail(at, "\"" + program + "\" is a command line; name the program alone, without arguments");
      const fs::path path(program);
      if (program.find('/') != std::string::npos && path.is_relative()) program = from_here(path);
      programs.push_back(std::move(program));
    }
    out_.allowed_programs = std::move(programs);
    return {};
  }

  result<void> take_object(const json& value, const std::string& place, json& into) const {
    if (!value.is_object()) return fail(place, "expected an object, not " + type_phrase(value));
    into = value;
    return {};
  }

  result<void> take_boolean(const json& value, const std::string& place, bool& into) const {
    if (!value.is_boolean()) return fail(place, "expected true or false, not " + type_phrase(value));
    into = value.get<bool>();
    return {};
  }

  result<void> read_defaults(const json& value, const std::string& place) {
    if (!value.is_object()) return fail(place, "expected an object, not " + type_phrase(value));
    client_defaults& to = out_.defaults;
    for (auto& [key, entry] : value.items()) {
      if (entry.is_null()) continue;
      const std::string at = place + "/" + escape_pointer(key);
      if (key == "allow_insecure_http") {
        if (auto read = take_boolean(entry, at, to.allow_insecure_http); !read) return read;
      } else if (key == "allow_private_addresses") {
        if (auto read = take_boolean(entry, at, to.allow_private_addresses); !read) return read;
      } else if (key == "http") {
        if (auto read = take_object(entry, at, to.http); !read) return read;
      } else if (key == "validate_arguments") {
        if (auto read = take_boolean(entry, at, to.validate_arguments); !read) return read;
      } else if (key == "max_concurrent_calls" || key == "rate_limit" || key == "circuit_breaker") {
        auto limits = read_call_limits(json::object({{key, entry}}), to.limits, where_ + "#" + place);
        if (!limits) return limits.error();
        to.limits = *limits;
      } else if (key == "retry") {
        auto retry = read_retry(entry, where_ + "#" + at);
        if (!retry) return retry.error();
        to.retry = *retry;
      } else if (!whole_number(entry)) {
        return fail(at, "expected an integer that is not negative, not " + type_phrase(entry));
      } else if (key == "call_timeout_ms") {
        to.call_timeout = milliseconds_of(entry);
      } else if (key == "discovery_timeout_ms") {
        to.discovery_timeout = milliseconds_of(entry);
      } else if (key == "max_response_bytes") {
        to.max_response_bytes = entry.get<std::size_t>();
      } else if (key == "max_manual_bytes") {
        to.documents.max_bytes = entry.get<std::size_t>();
      } else if (key == "parallel_registrations") {
        to.parallel_registrations = std::max<std::size_t>(1, entry.get<std::size_t>());
      } else {
        return fail(at, "unknown default; known are call_timeout_ms, discovery_timeout_ms, max_response_bytes, max_manual_bytes, retry, max_concurrent_calls, rate_limit, circuit_breaker, validate_arguments, allow_insecure_http, allow_private_addresses, http, parallel_registrations");
      }
    }
    return {};
  }

  written_in in_;
  fs::path root_dir_;
  std::string where_;
  const document_ports& ports_;
  client_config& out_;
  std::set<std::string> names_;
  unsigned includes_ = 0;
};

result<client_config> read_from(written_in in, const json& document, const fs::path& root_dir, const std::string& where, const document_ports& ports) {
  client_config out;
  out.source = where;
  out.root_dir = root_dir;
  config_reader reader(in, root_dir, where, ports, out);
  if (auto read = reader.read(document); !read) return read.error();
  return out;
}

}  // namespace

result<retry_options> read_retry(const json& source, const std::string& place) {
  if (!source.is_object()) return error(errc::invalid_config, place + ": expected an object such as {\"attempts\": 3}, not " + type_phrase(source));
  retry_options out;
  for (auto& [key, value] : source.items()) {
    if (value.is_null()) continue;
    if (!whole_number(value))
      return error(errc::invalid_config, place + "/" + key + ": expected an integer that is not negative, not " + type_phrase(value));
    if (key == "attempts") out.attempts = static_cast<unsigned>(std::clamp<std::uint64_t>(value.get<std::uint64_t>(), 1, 100));
    else if (key == "first_delay_ms") out.first_delay = milliseconds_of(value);
    else if (key == "max_delay_ms") out.max_delay = milliseconds_of(value);
    else return error(errc::invalid_config, place + "/" + key + ": unknown key; known are attempts, first_delay_ms, max_delay_ms");
  }
  return out;
}

result<client_config> read_config(const json& document, const fs::path& root_dir, const std::string& where, const document_ports& ports) {
  return read_from(written_in::code, document, root_dir, where, ports);
}

result<client_config> load_config(const fs::path& file, const document_ports& ports) {
  auto text = read_file(file);
  if (!text) return text.error();
  document_limits limits;
  limits.max_bytes = max_config_bytes;
  auto document = read_document(*text, syntax_of_path(file.string()), file.string(), ports, limits);
  if (!document) return document.error();
  fs::path root = file.parent_path();
  return read_from(written_in::file, *document, root.empty() ? "." : root, file.string(), ports);
}

}  // namespace utcp
