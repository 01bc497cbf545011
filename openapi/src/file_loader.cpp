#include <utcp/openapi/convert.hpp>

#include "uri.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

namespace utcp::openapi {
namespace {

namespace fs = std::filesystem;

bool is_below(const fs::path& file, const fs::path& root) {
  auto f = file.begin();
  for (auto r = root.begin(); r != root.end(); ++r) {
    if (r->empty()) continue;  // after the last slash
    if (f == file.end() || *f != *r) return false;
    ++f;
  }
  return true;
}

/// Whether it is called as documents are, and no part of its way is hidden.
bool looks_like_document(const fs::path& file) {
  const std::string ending = file.extension().string();
  if (ending != ".json" && ending != ".yaml" && ending != ".yml" && ending != ".md") return false;
  return std::none_of(file.begin(), file.end(), [](const fs::path& part) { return part.string().size() > 1 && part.string().front() == '.'; });
}

/// Says why a file may not be read; nothing: it may.
using file_rule = std::function<std::optional<std::string>(const fs::path& real)>;

document_loader load_by_rule(file_rule refuses, std::shared_ptr<const text_format> yaml, document_limits limits) {
  return [refuses = std::move(refuses), yaml = std::move(yaml), limits, left = std::size_t{512} << 20](const std::string& url) mutable -> result<document> {
    const std::string path = openapi_detail::path_of_file_url(url);
    if (path.empty()) return error(errc::not_allowed, url + ": only files are read for this document");
    std::error_code ec;
    // Symbolic links are followed first: they must not lead out.
    const fs::path real = fs::weakly_canonical(path, ec);
    if (ec) return error(errc::invalid_config, path + ": " + ec.message());
    if (const auto why = refuses(real)) return error(errc::not_allowed, path + ": " + *why);
    if (!fs::is_regular_file(real, ec)) return error(errc::invalid_config, path + ": no such file");
    const auto size = fs::file_size(real, ec);
    if (size > limits.max_bytes || size > left) return error(errc::too_large, path + ": the document and what it refers to are too large");
    left -= size;
    std::ifstream in(real, std::ios::binary);
    if (!in) return error(errc::invalid_config, path + ": cannot be read; check its permissions");
    std::string text(static_cast<std::size_t>(size), '\0');
    in.read(text.data(), static_cast<std::streamsize>(size));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return read_part(text, syntax_of_path(path), url, yaml.get(), limits);
  };
}

}  // namespace

document_loader load_files(std::string root, std::shared_ptr<const text_format> yaml, document_limits limits) {
  std::error_code ignored;
  const fs::path real_root = fs::weakly_canonical(root.empty() ? "." : root, ignored);
  const auto refuses = [real_root](const fs::path& real) -> std::optional<std::string> {
    if (is_below(real, real_root)) return std::nullopt;
    return "is not below " + real_root.string() + "; \"root\" of the provider's \"openapi\" widens that";
  };
  return load_by_rule(refuses, std::move(yaml), limits);
}

document_loader load_files_of(const document& of, const std::string& root, std::shared_ptr<const text_format> yaml, document_limits limits) {
  const std::string path = openapi_detail::path_of_file_url(of.url());
  if (path.empty()) return {};
  return load_files((fs::path(path).parent_path() / root).string(), std::move(yaml), limits);
}

document_loader load_any_files(std::shared_ptr<const text_format> yaml, document_limits limits) {
  const auto refuses = [](const fs::path& real) -> std::optional<std::string> {
    if (looks_like_document(real)) return std::nullopt;
    return "is not called *.json, *.yaml, *.yml or *.md, or is hidden";
  };
  return load_by_rule(refuses, std::move(yaml), limits);
}

document_loader load_fetched(std::shared_ptr<const fetched_documents> others, std::shared_ptr<const text_format> yaml, document_limits limits) {
  return [others = std::move(others), yaml = std::move(yaml), limits](const std::string& url) -> result<document> {
    const auto found = others->find(url);
    if (found == others->end()) return error(errc::not_allowed, url + ": was not fetched with this document");
    if (!found->second) return found->second.error();
    const fetched_document& one = *found->second;
    return read_part(one.text, one.as, one.url, yaml.get(), limits);
  };
}

result<document> read_part(std::string_view text, syntax as, const std::string& url, const text_format* yaml, const document_limits& limits) {
  const std::string_view path = std::string_view(url).substr(0, url.find_first_of("?#"));
  if (as == syntax::unknown && path.ends_with(".md")) return document::of_json(json(std::string(text)), url);
  return document::read(text, as, url, yaml, limits);
}

}  // namespace utcp::openapi
