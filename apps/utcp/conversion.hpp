#pragma once

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace utcp::app {

struct conversion {
  json document;
  std::vector<notice> notices;
  std::vector<error> failures;  ///< entries that could not be read and are not in the document
};

/// Rewrites a manual, a foreign document that an importer reads, or a configuration (providers.json or v1) in a dialect.
/// Variables stay references. A v0 configuration is a providers.json: its array, or with `fidelity::full` an object that
/// keeps the other settings, which our reader understands.
/// Fails with errc::invalid_config and errc::too_large.
result<conversion> convert_file(const std::filesystem::path& file, dialect to, fidelity how, const document_ports& ports);

/// The same for a text; relative paths start in `root_dir`, `where` names it.
result<conversion> convert_text(std::string_view text, const std::filesystem::path& root_dir, const std::string& where, dialect to,
                                fidelity how, const document_ports& ports);

}  // namespace utcp::app
