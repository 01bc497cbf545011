// Reading and converting OpenAPI documents: whatever comes, the schemas are JSON and refer to what they bring along.
#include "fuzz_input.hpp"

#include <utcp/openapi/convert.hpp>
#ifdef UTCP_WITH_YAML
#include <utcp/openapi/yaml_format.hpp>
#endif

using namespace utcp;

namespace {

std::shared_ptr<const text_format> yaml() {
#ifdef UTCP_WITH_YAML
  static const auto format = make_yaml_format();
  return format;
#else
  return nullptr;
#endif
}

void check_references(const json& at, const json& definitions) {
  if (at.is_object())
    if (auto reference = at.find("$ref"); reference != at.end() && reference->is_string()) {
      const auto& text = reference->get_ref<const std::string&>();
      if (text.starts_with("#/$defs/")) fuzz::require(definitions.is_object() && definitions.contains(text.substr(8)));
    }
  if (at.is_structured())
    for (const json& each : at) check_references(each, definitions);
}

void check_schema(const schema& one) {
  const json parsed = parse_json(one.text()).value();
  fuzz::require(parsed.is_object());
  check_references(parsed, parsed.value("$defs", json()));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  document_limits limits;
  limits.max_depth = 64;
  limits.max_values = 20'000;
  const std::string text(fuzz::text_of(data, size));
  const auto source = openapi::document::read(text, syntax::unknown, "https://x.example/dir/spec.json", yaml().get(), limits);
  if (!source) return 0;
  openapi::convert_options options;
  options.server_arguments = size % 2 == 1;
  options.load = [&](const std::string& url) -> result<openapi::document> {
    // Another document of the same text: references between the two go round.
    if (!url.ends_with("other.json")) return error(errc::invalid_config, "no such document");
    return openapi::document::read(text, syntax::unknown, url, yaml().get(), limits);
  };
  const auto done = openapi::convert(*source, options);
  if (!done) return 0;
  for (const tool_ptr& each : done->found.tools) {
    fuzz::require(!each->name.empty() && each->name.size() <= 64);
    check_schema(each->inputs);
    check_schema(each->outputs);
  }
  return 0;
}
