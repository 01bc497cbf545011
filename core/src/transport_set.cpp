#include "transport_set.hpp"

namespace utcp {

void transport_set::set_up(const std::map<std::string, transport_factory, std::less<>>& factories, transport_services services) {
  services_ = std::move(services);
  for (const auto& [protocol, make] : factories) entries_[protocol].make = make;
}

result<std::shared_ptr<transport>> transport_set::get(std::string_view protocol) {
  const auto at = entries_.find(protocol);
  if (at == entries_.end()) return unknown(protocol);
  std::lock_guard lock(mutex_);
  entry& wanted = at->second;
  if (wanted.made) return wanted.made;
  try {
    wanted.made = wanted.make(services_);
  } catch (const std::exception& thrown) {
    return error(errc::internal, "the transport for protocol \"" + at->first + "\" cannot be set up: " + thrown.what());
  }
  if (!wanted.made) return error(errc::internal, "the transport for protocol \"" + at->first + "\" cannot be set up: its factory made none");
  return wanted.made;
}

std::vector<std::shared_ptr<transport>> transport_set::made() const {
  std::vector<std::shared_ptr<transport>> out;
  std::lock_guard lock(mutex_);
  for (const auto& [protocol, each] : entries_)
    if (each.made) out.push_back(each.made);
  return out;
}

error transport_set::unknown(std::string_view protocol) const {
  std::string known;
  for (const auto& [name, each] : entries_) known += (known.empty() ? "" : ", ") + name;
  return error(errc::unsupported, "no transport for protocol \"" + std::string(protocol) + "\"; this client has: " + (known.empty() ? "none" : known));
}

}  // namespace utcp
