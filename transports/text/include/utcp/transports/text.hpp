#pragma once

#include <utcp/transport.hpp>

namespace utcp {

/// Makes the transport of the protocols `text` and `file`: manuals, OpenAPI documents and answers that are files or stand in
/// the configuration itself. Options (of a provider and of a tool, in both dialects, exactly one of the two):
///   - `file_path`: a file; a relative path starts at `transport_services::root_dir`. `.yaml` and `.yml` are YAML.
///   - `content`: the text, JSON or YAML; or the JSON value itself.
/// `base_url` and `auth_tools` go to the importer of an OpenAPI document.
///
/// `discover` fails with errc::invalid_config (missing, unreadable, empty, no text, no manual; the message names the file),
/// errc::too_large or errc::unsupported. Only regular files are opened, so that nothing blocks. A path that a remote manual
/// wrote is refused with errc::not_allowed.
/// `call` ignores the arguments and gives the text unparsed; a `content` that is no string as JSON; a file that is not UTF-8
/// as bytes.
/// Sources: python-utcp v0 `text`, v1 `text` and `file`.
transport_factory make_text_transport();

}  // namespace utcp
