#pragma once

#include <utcp/error.hpp>
#include <utcp/manual.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// How a writer treats what only some peers accept.
enum class fidelity {
  full,      ///< everything that was read is written
  portable,  ///< keys that peers refuse are dropped, each with a notice
};

/// Reads a provider (v0) or call template (v1). `place` is the JSON pointer of `source` in its document.
/// Fails with errc::invalid_config that names the place and the remedy.
result<call_template> read_call_template(const json& source, trust origin, const std::string& place);

/// Reads a tool of either dialect. `inherited` (may be null) is taken when the tool has no template of its own.
result<tool> read_tool(const json& source, trust origin, const std::shared_ptr<const call_template>& inherited, const std::string& place);

json write_call_template(const call_template& source, dialect as, fidelity how, std::vector<notice>& notices);
json write_tool(const tool& source, dialect as, fidelity how, std::vector<notice>& notices);
json write_manual(const manual& source, dialect as, fidelity how, std::vector<notice>& notices);

/// The canonical name of a protocol: aliases such as `streamable_http` are mapped, others stay.
std::string canonical_protocol(std::string_view name);

/// `manual_name("my-api.v2")` is "my_api_v2": every non-word character becomes `_`; letters beyond ASCII survive.
std::string normalise_manual_name(std::string_view name);

/// Whether a document looks like a manual: it has `tools` in any letter case.
bool looks_like_manual(const json& document);

/// Whether an object is a provider or a call template of either dialect, and not a configuration that holds some.
bool looks_like_provider(const json& value);

/// Whether an object looks like a tool of either dialect, and not like something else that has a name (a log line).
bool looks_like_tool(const json& value);

}  // namespace utcp
