#pragma once

#include <utcp/call_template.hpp>
#include <utcp/error.hpp>

#include <string>
#include <vector>

namespace utcp {

// What the peers' models refuse. python-utcp checks a manual as a whole: one value that it does not take costs all tools.

/// Why no peer of the dialect can read a template, such as "v0 has no inline text"; empty when they can.
std::string unportable(const call_template& source, bool v1);

/// Mends or drops in a template that is about to be written what peers refuse, each with a notice. `out` has no
/// discriminator, name or auth yet.
void make_portable(json& out, const call_template& source, bool v1, std::vector<notice>& notices);

/// The auth of a template, or null with a notice where peers take none of its kind. `key` is "auth" or "auth_tools".
json portable_auth(const json& auth, const char* key, const call_template& source, std::vector<notice>& notices);

/// A schema whose keywords have the types that python-utcp insists on; what it does not take is dropped with a notice.
json portable_schema(json source, bool v1, const std::string& place, std::vector<notice>& notices);

/// One line for v1's shell that starts what v0's argument vector starts.
std::string shell_line(const std::string& command_name);

}  // namespace utcp
