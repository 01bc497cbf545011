#include "plugin_transport.hpp"

#include <utcp/dialect.hpp>
#include <utcp/registry.hpp>

namespace utcp {
namespace {

/// The instances of one client: its protocols of one plug-in share one.
class instances_of_client {
 public:
  result<std::shared_ptr<plugin_instance>> get(const std::shared_ptr<plugin_library>& library) {
    std::lock_guard lock(mutex_);
    auto& slot = made_[library.get()];
    if (auto there = slot.lock()) return there;
    auto made = plugin_instance::start(library);
    if (made) slot = *made;
    return made;
  }

 private:
  std::mutex mutex_;
  std::map<const plugin_library*, std::weak_ptr<plugin_instance>> made_;
};

}  // namespace

const std::string& plugin::name() const noexcept { return library_->name; }
const std::filesystem::path& plugin::file() const noexcept { return library_->file(); }
const std::vector<std::string>& plugin::protocols() const noexcept { return library_->protocols; }

transport_factory plugin::factory() const {
  return [library = library_](const transport_services& services) {
    std::shared_ptr<instances_of_client> shared;
    if (services.shared) shared = services.shared->get<instances_of_client>([] { return std::make_shared<instances_of_client>(); });
    auto instance = shared ? shared->get(library) : plugin_instance::start(library);
    return make_plugin_transport(std::move(instance), services);
  };
}

result<plugin> load_plugin(const std::filesystem::path& file) {
  auto library = plugin_library::open(file);
  if (!library) return std::move(library).error();
  auto instance = plugin_instance::start(*library);
  if (!instance) return std::move(instance).error();
  const utcp_plugin& said = (*instance)->plugin();
  (*library)->name = said.name;
  for (const char* const* each = said.protocols; *each; ++each) (*library)->protocols.push_back(canonical_protocol(*each));
  return plugin(std::move(*library));
}

result<plugin> add_plugin(registry& into, const std::filesystem::path& file) {
  auto loaded = load_plugin(file);
  if (!loaded) return loaded;
  for (const std::string& protocol : loaded->protocols())
    if (into.transports().contains(protocol))
      return error(errc::invalid_config, file.string() + ": plug-in " + loaded->name() + " serves protocol \"" + protocol + "\", which this client has a transport for already; leave one of them out");
  for (const std::string& protocol : loaded->protocols()) into.add(protocol, loaded->factory());
  return loaded;
}

}  // namespace utcp
