#pragma once

#include <utcp/document.hpp>
#include <utcp/openapi/convert.hpp>

#include <memory>

namespace utcp {

/// The importer of OpenAPI and Swagger documents, for `document_ports::importers`. `yaml` may be null. A local document may
/// refer to files in its own folder and below. A provider's key `openapi` holds options: see docs/openapi.md.
std::shared_ptr<const document_importer> make_openapi_importer(std::shared_ptr<const text_format> yaml);

namespace openapi {

/// Reads the object `openapi` of a provider into `to`. Fails with errc::invalid_config for an unknown key or a wrong type.
result<void> read_options(const json& source, convert_options& to);

}  // namespace openapi
}  // namespace utcp
