#include <utcp/openapi/importer.hpp>


namespace utcp {
namespace {

constexpr std::size_t max_imported_notices = 100;

bool is_openapi(const openapi::document& read) {
  const std::string version = read.version();
  return !version.empty() && version[0] >= '1' && version[0] <= '9';
}

class openapi_importer final : public document_importer {
 public:
  explicit openapi_importer(std::shared_ptr<const text_format> yaml) : yaml_(std::move(yaml)) {}

  bool accepts(const json& document) const override {
    if (!document.is_object()) return false;
    for (const char* key : {"openapi", "swagger"})
      if (auto it = document.find(key); it != document.end() && (it->is_string() || it->is_number())) return true;
    return false;
  }

  result<manual> import(json document, const import_context& context, std::vector<notice>& notices) const override {
    const auto read = openapi::document::of_json(document, context.where);
    document = nullptr;
    return convert(read, context, notices);
  }

  std::optional<result<manual>> import_text(std::string_view text, syntax as, const import_context& context, const document_limits& limits,
                                            std::vector<notice>& notices) const override {
    if (!openapi::may_be_openapi(text)) return std::nullopt;
    const auto read = openapi::document::read(text, as, context.where, yaml_.get(), limits);
    if (!read || !is_openapi(*read)) return std::nullopt;
    return convert(*read, context, notices);
  }

  std::vector<std::string> references(std::string_view text, syntax as, const import_context& context, bool is_part, const document_limits& limits) const override {
    if (!openapi::may_refer_elsewhere(text) || (!is_part && !openapi::may_be_openapi(text))) return {};
    openapi::convert_options options;
    if (auto own = context.options.find("openapi"); own != context.options.end() && own->is_object() && !openapi::read_options(*own, options)) return {};
    if (!options.load_references) return {};
    const auto read = openapi::read_part(text, as, context.where, yaml_.get(), limits);
    if (!read || (!is_part && !is_openapi(*read))) return {};
    return openapi::references_of(*read);
  }

 private:
  result<manual> convert(const openapi::document& read, const import_context& context, std::vector<notice>& notices) const {
    openapi::convert_options options;
    options.base_url = context.base_url;
    options.auth_tools = context.auth_tools;
    options.origin = context.origin;
    options.allow_local_servers = context.local;
    options.max_notices = max_imported_notices;
    if (auto own = context.options.find("openapi"); own != context.options.end() && !own->is_null())
      if (auto fine = openapi::read_options(*own, options); !fine) return error(errc::invalid_config, context.name + ": " + fine.error().message);
    if (options.load_references) options.load = loader_of(read, context, options.root);
    auto done = openapi::convert(read, options);
    if (!done) return done.error();
    notices.insert(notices.end(), done->notices.begin(), done->notices.end());
    return std::move(done->found);
  }

  openapi::document_loader loader_of(const openapi::document& read, const import_context& context, const std::string& root) const {
    if (context.others) return openapi::load_fetched(context.others, yaml_);
    // A document from elsewhere may not name files of this machine.
    return context.local ? openapi::load_files_of(read, root, yaml_) : openapi::document_loader();
  }

  std::shared_ptr<const text_format> yaml_;
};

result<std::vector<std::string>> texts(const json& value, const std::string& key) {
  std::vector<std::string> out;
  auto wrong = [&] { return error(errc::invalid_config, "openapi/" + key + ": expected a text or a list of texts"); };
  if (value.is_string()) return std::vector<std::string>{value.get<std::string>()};
  if (!value.is_array()) return wrong();
  for (const json& each : value) {
    if (!each.is_string()) return wrong();
    out.push_back(each.get<std::string>());
  }
  return out;
}

bool* switch_of(const std::string& key, openapi::convert_options& of) {
  if (key == "skip_deprecated") return &of.skip_deprecated;
  if (key == "safe_arguments") return &of.safe_arguments;
  if (key == "server_arguments") return &of.server_arguments;
  if (key == "outputs") return &of.outputs;
  if (key == "allow_local_servers") return &of.allow_local_servers;
  if (key == "load_references") return &of.load_references;
  return nullptr;
}

}  // namespace

std::shared_ptr<const document_importer> make_openapi_importer(std::shared_ptr<const text_format> yaml) {
  return std::make_shared<const openapi_importer>(std::move(yaml));
}

namespace openapi {

result<void> read_options(const json& source, convert_options& to) {
  if (!source.is_object()) return error(errc::invalid_config, "openapi: expected an object");
  for (const auto& [key, value] : source.items()) {
    auto wrong = [&name = key](const char* wanted) { return error(errc::invalid_config, "openapi/" + name + ": expected " + wanted); };
    if (key == "include" || key == "exclude") {
      auto read = texts(value, key);
      if (!read) return read.error();
      (key == "include" ? to.include : to.exclude) = std::move(*read);
    } else if (key == "prefix" || key == "base_url" || key == "spec_url" || key == "root") {
      if (!value.is_string()) return wrong("a text");
      (key == "prefix" ? to.prefix : key == "base_url" ? to.base_url : key == "spec_url" ? to.spec_url : to.root) = value.get<std::string>();
    } else if (bool* flag = switch_of(key, to)) {
      if (!value.is_boolean()) return wrong("true or false");
      *flag = value.get<bool>();
    } else if (key == "max_description") {
      const auto number = whole_number(value);
      if (!number) return wrong("a whole number");
      to.max_description = static_cast<std::size_t>(*number);
    } else if (key == "server_variables") {
      if (!value.is_object()) return wrong("an object of texts");
      for (const auto& [name, one] : value.items()) {
        if (!one.is_string()) return wrong("an object of texts");
        to.server_variables[name] = one.get<std::string>();
      }
    } else {
      return error(errc::invalid_config, "openapi: the key \"" + key + "\" is not known");
    }
  }
  return {};
}

}  // namespace openapi
}  // namespace utcp
