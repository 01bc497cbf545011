#include <utcp/json_schema.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace utcp {
namespace {

namespace fs = std::filesystem;

// Cases of the JSON-Schema-Test-Suite that this validator decides otherwise, "draft/file: group" or "draft/file: group: case", and why.
const std::map<std::string, std::string>& not_supported() {
  static const std::map<std::string, std::string> list{
      {"draft7/definitions: validate definition against metaschema: invalid definition schema", "the schema refers to the meta-schema, which is not in the document: nothing is fetched"},
      {"draft7/ref: remote ref, containing refs itself: remote ref invalid", "the schema refers to the meta-schema, which is not in the document: nothing is fetched"},
      {"draft7/optional/ecmascript-regex: patterns always use unicode semantics with pattern: unicode matching is case-sensitive", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft7/optional/ecmascript-regex: pattern with non-ASCII digits: ascii non-digits", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft7/optional/ecmascript-regex: patterns always use unicode semantics with patternProperties: unicode matching is case-sensitive", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft7/optional/ecmascript-regex: patternProperties with non-ASCII digits: ascii non-digits", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft2020-12/defs: validate definition against metaschema: invalid definition schema", "the schema refers to the meta-schema, which is not in the document: nothing is fetched"},
      {"draft2020-12/ref: remote ref, containing refs itself: remote ref invalid", "the schema refers to the meta-schema, which is not in the document: nothing is fetched"},
      {"draft2020-12/optional/ecmascript-regex: patterns always use unicode semantics with pattern: unicode matching is case-sensitive", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft2020-12/optional/ecmascript-regex: pattern with non-ASCII digits: ascii non-digits", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft2020-12/optional/ecmascript-regex: patterns always use unicode semantics with patternProperties: unicode matching is case-sensitive", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft2020-12/optional/ecmascript-regex: patternProperties with non-ASCII digits: ascii non-digits", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft2020-12/pattern: pattern with Unicode property escape requires unicode mode: Digits do not match", "\\p{…} needs Unicode tables: the pattern is not supported and passes"},
      {"draft2020-12/unevaluatedItems: unevaluatedItems with $dynamicRef: with no unevaluated items", "$dynamicRef is followed as $ref"},
      {"draft2020-12/unevaluatedProperties: unevaluatedProperties with $dynamicRef: with no unevaluated properties", "$dynamicRef is followed as $ref"}};
  return list;
}

json read(const fs::path& file) {
  std::ifstream in(file);
  return json::parse(in);
}

struct tally {
  std::size_t cases = 0;
  std::vector<std::string> wrong;
  std::set<std::string> used;
};

void replay(const fs::path& file, const std::string& name, tally& into) {
  for (const json& group : read(file)) {
    json document = group["schema"];
    // The folder says which draft it is; the suite's draft 7 schemas do not.
    if (name.starts_with("draft7") && document.is_object() && !document.contains("$schema")) document["$schema"] = "http://json-schema.org/draft-07/schema#";
    const json_schema schema(document);
    for (const json& one : group["tests"]) {
      ++into.cases;
      const std::string at = name + ": " + group["description"].get<std::string>();
      const std::string id = at + ": " + one["description"].get<std::string>();
      const bool fits = schema.validate(one["data"]).has_value();
      const bool right = fits == one["valid"].get<bool>();
      for (const std::string& listed : {at, id}) {
        if (!not_supported().contains(listed)) continue;
        if (!right) into.used.insert(listed);
      }
      if (!right && !not_supported().contains(at) && !not_supported().contains(id)) into.wrong.push_back(id + (fits ? " passed" : " failed"));
    }
  }
}

TEST(json_schema_suite, decides_every_case_as_listed) {
  const fs::path root = fs::path(UTCP_SOURCE_DIR) / "tests/data/json_schema";
  tally all;
  for (const char* draft : {"draft7", "draft2020-12"}) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(root / draft))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) replay(file, draft + std::string("/") + fs::relative(file, root / draft).replace_extension().string(), all);
  }
  for (const std::string& each : all.wrong) ADD_FAILURE() << each;
  // A listed case that is decided rightly no longer belongs on the list.
  for (const auto& [listed, why] : not_supported()) EXPECT_TRUE(all.used.contains(listed)) << listed;
  EXPECT_GT(all.cases, 2000u);
}

}  // namespace
}  // namespace utcp
