#pragma once

#include "plugin_instance.hpp"

namespace utcp {

/// The transport of one client over an instance of a plug-in. When the instance could not be made, everything fails with
/// why.
std::shared_ptr<transport> make_plugin_transport(result<std::shared_ptr<plugin_instance>> instance, const transport_services& services);

}  // namespace utcp
