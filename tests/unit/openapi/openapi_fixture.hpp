#pragma once

#include <utcp/openapi/convert.hpp>
#ifdef UTCP_WITH_YAML
#include <utcp/openapi/yaml_format.hpp>
#endif

#include <gmock/gmock.h>

#include <string>

namespace utcp {

inline std::shared_ptr<const text_format> yaml_or_none() {
#ifdef UTCP_WITH_YAML
  return make_yaml_format();
#else
  return nullptr;
#endif
}

inline openapi::conversion converted(const std::string& text, const openapi::convert_options& options = {}, const std::string& url = "https://api.example/v1/spec.json") {
  const auto source = openapi::document::read(text, syntax::unknown, url, yaml_or_none().get());
  EXPECT_TRUE(source) << (source ? "" : source.error().message);
  if (!source) return {};
  auto done = openapi::convert(*source, options);
  EXPECT_TRUE(done) << (done ? "" : done.error().message);
  return done ? std::move(*done) : openapi::conversion();
}

/// A 3.0 document with these members of `paths` and of `components`.
inline std::string document_with(const std::string& paths, const std::string& components = "{}", const std::string& version = "3.0.3") {
  return R"({"openapi":")" + version + R"(","info":{"title":"T","version":"7"},"servers":[{"url":"https://s.example/base/"}],"paths":)" + paths + R"(,"components":)" + components + "}";
}

inline json inputs_of(const openapi::conversion& from, std::size_t tool = 0) { return from.found.tools.at(tool)->inputs.to_json(); }
inline json options_of(const openapi::conversion& from, std::size_t tool = 0) { return from.found.tools.at(tool)->tool_call_template->options; }

inline std::string notices_of(const openapi::conversion& from) {
  std::string out;
  for (const notice& each : from.notices) out += each.place + ": " + each.message + "\n";
  return out;
}

}  // namespace utcp
