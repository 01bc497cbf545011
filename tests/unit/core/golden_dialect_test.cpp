#include <utcp/dialect.hpp>
#include <utcp/document.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace utcp::testing {
namespace {

namespace fs = std::filesystem;

json canonical(const call_template& t) {
  json out = {{"name", t.name}, {"protocol", t.protocol}, {"dialect", t.dialect == dialect::v1 ? "v1" : "v0"}, {"options", t.options}};
  if (!t.auth.is_null()) out["auth"] = t.auth;
  if (!t.auth_tools.is_null()) out["auth_tools"] = t.auth_tools;
  if (t.allowed_communication_protocols) out["allowed"] = *t.allowed_communication_protocols;
  return out;
}

json canonical(const manual& m) {
  json out = {{"written_as", m.written_as == dialect::v1 ? "v1" : "v0"}, {"utcp_version", m.utcp_version}, {"manual_version", m.manual_version}, {"extra", m.extra}};
  out["tools"] = json::array();
  for (const tool_ptr& each : m.tools) {
    json one = {{"name", each->name}, {"description", each->description}, {"tags", each->tags}, {"template", canonical(*each->tool_call_template)}};
    if (!each->inputs.empty()) one["inputs"] = each->inputs.to_json();
    if (!each->outputs.empty()) one["outputs"] = each->outputs.to_json();
    if (!each->extra.empty()) one["extra"] = each->extra.to_json();
    if (each->average_response_size) one["average_response_size"] = *each->average_response_size;
    out["tools"].push_back(std::move(one));
  }
  return out;
}

json told(const std::vector<notice>& notices) {
  json out = json::array();
  for (const notice& each : notices) out.push_back(each.place + ": " + each.message);
  return out;
}

loaded_manual load(const json& input, const json& provider) {
  manual_source from;
  from.where = "golden";
  from.origin = trust::configuration;
  if (!provider.is_null()) {
    auto read = read_call_template(provider, trust::configuration, "#provider");
    if (!read) throw std::runtime_error(read.error().message);
    from.provider = std::make_shared<const call_template>(std::move(*read));
  }
  auto out = load_manual(input.dump(), from, document_ports());
  if (!out) throw std::runtime_error(out.error().message);
  return std::move(*out);
}

/// What is made of an input: the canonical model, and what each writer writes with its notices.
json made_of(const json& golden) {
  const loaded_manual loaded = load(golden.at("input"), golden.value("provider", json()));
  json out = {{"canonical", canonical(loaded.found)}, {"notices", told(loaded.notices)}};
  for (auto [name, as, how] : {std::tuple("v0_full", dialect::v0, fidelity::full), {"v1_full", dialect::v1, fidelity::full},
                               {"v0_portable", dialect::v0, fidelity::portable}, {"v1_portable", dialect::v1, fidelity::portable}}) {
    std::vector<notice> notices;
    out[name]["written"] = write_manual(loaded.found, as, how, notices);
    out[name]["notices"] = told(notices);
  }
  return out;
}

std::vector<fs::path> golden_files() {
  std::vector<fs::path> out;
  for (const auto& each : fs::directory_iterator(UTCP_GOLDEN_DIR "/dialect"))
    if (each.path().extension() == ".json") out.push_back(each.path());
  std::sort(out.begin(), out.end());
  return out;
}

class golden : public ::testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
    std::ifstream in(GetParam());
    file = json::parse(in);
  }
  json file;
};

/// With UTCP_UPDATE_GOLDEN set the files are written anew, to be looked through.
TEST_P(golden, is_read_and_written_as_recorded) {
  const json made = made_of(file);
  if (std::getenv("UTCP_UPDATE_GOLDEN")) {
    file["expected"] = made;
    std::ofstream(GetParam()) << file.dump(1) << "\n";
    return;
  }
  for (auto& [key, value] : made.items()) EXPECT_EQ(value, file.at("expected").at(key)) << key;
}

TEST_P(golden, full_output_is_read_as_the_same_model) {
  const json provider = file.value("provider", json());
  const loaded_manual first = load(file.at("input"), provider);
  for (dialect as : {dialect::v0, dialect::v1}) {
    std::vector<notice> notices;
    const loaded_manual again = load(write_manual(first.found, as, fidelity::full, notices), provider);
    ASSERT_EQ(again.found.tools.size(), first.found.tools.size());
    for (std::size_t i = 0; i < first.found.tools.size(); ++i) {
      json was = canonical(*first.found.tools[i]->tool_call_template);
      json is = canonical(*again.found.tools[i]->tool_call_template);
      for (json* each : {&was, &is}) {
        each->erase("dialect");
        if ((*each)["protocol"] == "file") (*each)["protocol"] = "text";  // v0 has one name for both
      }
      EXPECT_EQ(is, was);
      EXPECT_EQ(again.found.tools[i]->inputs.to_json(), first.found.tools[i]->inputs.to_json());
      EXPECT_EQ(again.found.tools[i]->outputs.to_json(), first.found.tools[i]->outputs.to_json());
      EXPECT_EQ(again.found.tools[i]->extra.to_json(), first.found.tools[i]->extra.to_json());
    }
    EXPECT_TRUE(notices.empty()) << "full output drops nothing";
  }
}

TEST_P(golden, a_manual_of_one_dialect_goes_round_unchanged) {
  if (!file.value("goes_round", false)) return;
  const loaded_manual loaded = load(file.at("input"), file.value("provider", json()));
  std::vector<notice> notices;
  EXPECT_EQ(write_manual(loaded.found, loaded.found.written_as, fidelity::full, notices), file.at("input"));
}

TEST_P(golden, portable_output_is_stable) {
  const json provider = file.value("provider", json());
  const loaded_manual first = load(file.at("input"), provider);
  for (dialect as : {dialect::v0, dialect::v1}) {
    std::vector<notice> notices;
    const json written = write_manual(first.found, as, fidelity::portable, notices);
    std::vector<notice> more;
    EXPECT_EQ(write_manual(load(written, provider).found, as, fidelity::portable, more), written);
    EXPECT_TRUE(more.empty()) << told(more);
  }
}

INSTANTIATE_TEST_SUITE_P(of_dialects, golden, ::testing::ValuesIn(golden_files()), [](const auto& each) { return each.param.stem().string(); });

}  // namespace
}  // namespace utcp::testing
