#pragma once

#include <utcp/transport.hpp>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// The transports of one client by protocol, each made when it is first needed: to set one up costs, and most clients use few.
/// Thread-safe but for `set_up`.
class transport_set {
 public:
  void set_up(const std::map<std::string, transport_factory, std::less<>>& factories, transport_services services);

  bool has(std::string_view protocol) const { return entries_.find(protocol) != entries_.end(); }
  /// Fails with errc::unsupported for a protocol that nobody speaks, errc::internal when its transport cannot be made.
  result<std::shared_ptr<transport>> get(std::string_view protocol);
  /// Those made so far.
  std::vector<std::shared_ptr<transport>> made() const;
  error unknown(std::string_view protocol) const;

 private:
  struct entry {
    transport_factory make;
    std::shared_ptr<transport> made;
  };

  transport_services services_;
  std::map<std::string, entry, std::less<>> entries_;
  mutable std::mutex mutex_;  // of the `made` pointers
};

}  // namespace utcp
