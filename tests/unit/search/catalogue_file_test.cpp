// Catalogues in files: what is written comes back, and nothing that was changed is taken for it.
#include <utcp/search/catalogue_file.hpp>
#include <utcp/search/tool_definitions.hpp>

#include "catalogues.hpp"
#include "forged_catalogue.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <sys/stat.h>
#include <unistd.h>

using namespace utcp;
using namespace utcp::test;

namespace {

namespace fs = std::filesystem;

manual_ptr manual_of(const std::string& name, std::vector<tool> tools, const std::string& protocol = "http") {
  call_template provider;
  provider.name = name;
  provider.protocol = protocol;
  auto shared = std::make_shared<const call_template>(std::move(provider));
  manual published;
  for (tool& each : tools) {
    each.name.insert(0, name + ".");
    each.tool_call_template = shared;
    published.tools.push_back(std::make_shared<const tool>(std::move(each)));
  }
  return std::make_shared<const registered_manual>(shared, std::move(published));
}

tool tool_of(const std::string& name, const std::string& description, std::vector<std::string> tags = {}) {
  tool out;
  out.name = name;
  out.description = description;
  out.tags = std::move(tags);
  out.inputs = schema(json{{"type", "object"}, {"properties", {{"city", {{"type", "string"}, {"description", "where " + name}}}}}});
  return out;
}

manual_ptr weather() {
  tool sized = tool_of("forecast", "The weather of the next days", {"weather", "days"});
  sized.average_response_size = -5'000'000'000;
  sized.outputs = schema::of_checked_text(R"({"type":"object","description":"ünïcode"})");
  sized.extra = schema(json{{"x", 1}});
  return manual_of("weather", {tool_of("current", "The weather in a city right now", {"Weather"}), sized});
}

manual_ptr mail() {
  auto definitions = std::make_shared<schema_definitions>();
  definitions->all = {{"unused", R"({"type":"null"})", {}}, {"address", R"({"$ref":"#/$defs/domain"})", {2}}, {"domain", R"({"type":"string"})", {}}};
  tool send = tool_of("send", "Sends a message to somebody", {"mail"});
  send.inputs = schema::of_shared_definitions(R"({"properties":{"to":{"$ref":"#/$defs/address"}}})", definitions, {1});
  auto others = std::make_shared<schema_definitions>();
  others->all = {{"only", R"({"type":"integer"})", {}}};
  send.outputs = schema::of_shared_definitions(R"({"$ref":"#/$defs/only"})", others, {0});
  return manual_of("mail", {send}, "cli");
}

std::vector<catalogue_entry> entries_of(const std::vector<manual_ptr>& manuals) {
  std::vector<catalogue_entry> out;
  for (const auto& each : manuals) out.push_back({each->name(), each, nullptr, json{{"of", each->name()}}});
  return out;
}

std::string bytes_of(const std::vector<manual_ptr>& manuals) { return write_catalogue(entries_of(manuals), indexed_search_options(), json{{"k", 1}}).value(); }
catalogue_file_ptr file_of(const std::vector<manual_ptr>& manuals) { return catalogue_file::open_bytes(bytes_of(manuals)).value(); }

std::vector<tool_ptr> tools_of(const catalogue_file& from) {
  std::vector<tool_ptr> out;
  from.for_each_tool([&](const std::string&, const tool_ptr& one) { return out.push_back(one), true; }).value();
  return out;
}

void expect_same(const tool& a, const tool& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.description, b.description);
  EXPECT_EQ(a.tags, b.tags);
  EXPECT_EQ(a.average_response_size, b.average_response_size);
  EXPECT_EQ(a.inputs.text(), b.inputs.text());
  EXPECT_EQ(a.inputs.empty(), b.inputs.empty());
  EXPECT_EQ(a.outputs.text(), b.outputs.text());
  EXPECT_EQ(a.extra.text(), b.extra.text());
  EXPECT_EQ(a.tool_call_template->protocol, b.tool_call_template->protocol);
}

json shown(const std::vector<tool_match>& found) {
  json out = json::array();
  for (const auto& each : found) {
    json why = json::array();
    for (const auto& reason : each.why) why.push_back({reason.asked, reason.found, reason.how, reason.points});
    out.push_back({each.tool->name, each.score, why});
  }
  return out;
}

class folder {
 public:
  folder() {
    std::string name = (fs::temp_directory_path() / "utcp-catalogue-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~folder() { fs::remove_all(path_); }
  fs::path write(const char* name, const std::string& bytes, mode_t mode = 0600) const {
    const fs::path file = path_ / name;
    std::ofstream(file, std::ios::binary) << bytes;
    ::chmod(file.c_str(), mode);
    return file;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

TEST(catalogue_file, gives_back_manuals_tools_and_notes) {
  const std::vector<manual_ptr> manuals{weather(), mail()};
  const auto file = file_of(manuals);
  EXPECT_EQ(file->notes(), (json{{"k", 1}}));
  ASSERT_EQ(file->manuals().size(), 2u);
  EXPECT_EQ(file->manuals()[0].name, "weather");
  EXPECT_EQ(file->manuals()[0].tools, 2u);
  EXPECT_EQ(file->manuals()[1].notes, (json{{"of", "mail"}}));
  const auto tools = tools_of(*file);
  ASSERT_EQ(tools.size(), 3u);
  expect_same(*tools[0], *manuals[0]->tools()[0]);
  expect_same(*tools[1], *manuals[0]->tools()[1]);
  expect_same(*tools[2], *manuals[1]->tools()[0]);
}

TEST(catalogue_file, keeps_no_call_template_but_its_protocol) {
  tool secretive = tool_of("t", "x");
  call_template how;
  how.protocol = "http";
  how.options["headers"] = {{"Authorization", "hunter2"}};
  how.auth = {{"api_key", "hunter2"}};
  secretive.name = "m.t";
  secretive.tool_call_template = std::make_shared<const call_template>(how);
  how.name = "m";
  manual published;
  published.tools.push_back(std::make_shared<const tool>(secretive));
  const auto made = std::make_shared<const registered_manual>(std::make_shared<const call_template>(how), published);
  EXPECT_EQ(bytes_of({made}).find("hunter2"), std::string::npos);
}

TEST(catalogue_file, a_catalogue_without_tools_finds_nothing) {
  const auto empty = file_of({});
  EXPECT_TRUE(empty->search("weather", {}).value().empty());
  const auto bytes = write_catalogue({{"failed", nullptr, nullptr, json("why")}}, indexed_search_options(), nullptr).value();
  const auto noted = catalogue_file::open_bytes(bytes).value();
  EXPECT_TRUE(noted->search("weather", {}).value().empty());
  EXPECT_EQ(noted->manuals().at(0).notes, "why");
}

TEST(catalogue_file, finds_what_the_strategy_finds) {
  std::mt19937 random(3);
  const std::vector<std::string> words{"weather", "city", "send", "message", "forecast", "user", "invoice", "list", "create", "days", "sending", "cities", "mesage"};
  std::vector<manual_ptr> manuals;
  for (int m = 0; m < 5; ++m) {
    std::vector<tool> tools;
    for (int t = 0; t < 60; ++t) {
      const auto pick = [&] { return words[random() % words.size()]; };
      tools.push_back(tool_of(pick() + "_" + pick() + std::to_string(t), pick() + " " + pick() + " " + pick(), {pick()}));
    }
    manuals.push_back(manual_of("m" + std::to_string(m), tools, m % 2 == 0 ? "http" : "cli"));
  }
  const auto in = make_catalogue(manuals);
  const indexed_search strategy;
  const auto file = file_of(manuals);
  for (const std::string query : {"weather in a city", "send mesage", "fore", "invoices", "list the users", "", "nothing here", "climate"}) {
    std::vector<search_options> all(6);
    all[1].limit = search_options::no_limit;
    all[1].explain = true;
    all[2].any_of_tags_required = {"WEATHER", "send"};
    all[3].manuals = {"m1", "m4"};
    all[4].protocols = {"cli"};
    all[4].all_of_tags_required = {"city"};
    all[5].limit = 0;
    for (const auto& options : all) EXPECT_EQ(shown(file->search(query, options).value()), shown(strategy.search(in, query, options).value())) << query;
  }
}

TEST(catalogue_file, takes_manuals_from_another_file) {
  const std::vector<manual_ptr> manuals{weather(), mail(), manual_of("third", {tool_of("city_list", "Lists cities")})};
  const auto before = file_of(manuals);
  const auto changed = manual_of("weather", {tool_of("current", "Nothing is as it was in the city")});
  std::vector<catalogue_entry> entries{{"third", nullptr, before, 3}, {"weather", changed, nullptr, 1}, {"mail", nullptr, before, 2}};
  const auto after = catalogue_file::open_bytes(write_catalogue(entries, indexed_search_options(), 0).value()).value();
  EXPECT_EQ(after->manuals()[0].name, "third");
  EXPECT_EQ(after->manuals()[2].notes, 2);
  const auto tools = tools_of(*after);
  ASSERT_EQ(tools.size(), 3u);
  expect_same(*tools[0], *manuals[2]->tools()[0]);
  expect_same(*tools[1], *changed->tools()[0]);
  expect_same(*tools[2], *manuals[1]->tools()[0]);
  const auto fresh = file_of({manuals[2], changed, manuals[1]});
  for (const char* query : {"city", "message", "weather", "nothing"}) EXPECT_EQ(shown(after->search(query, {}).value()), shown(fresh->search(query, {}).value())) << query;
  EXPECT_FALSE(write_catalogue({{"fourth", nullptr, before, 0}}, indexed_search_options(), 0));
}

TEST(catalogue_file, keeps_all_of_another_file_under_other_notes) {
  const auto before = file_of({weather(), mail()});
  const auto bytes = write_catalogue({{"weather", nullptr, before, 7}, {"mail", nullptr, before, 8}}, indexed_search_options(), 9).value();
  const auto after = catalogue_file::open_bytes(bytes).value();
  EXPECT_EQ(after->manuals()[1].notes, 8);
  EXPECT_EQ(shown(after->search("message to a city", {}).value()), shown(before->search("message to a city", {}).value()));
}

TEST(catalogue_file, tells_whether_a_manual_is_the_same) {
  const auto file = file_of({weather(), mail()});
  EXPECT_TRUE(file->holds(*weather()));
  EXPECT_TRUE(file->holds(*mail()));
  EXPECT_FALSE(file->holds(*manual_of("weather", {tool_of("current", "x"), tool_of("forecast", "y")})));
  EXPECT_FALSE(file->holds(*manual_of("other", {})));
}

TEST(catalogue_file, remembers_how_it_was_indexed) {
  indexed_search_options how;
  how.name = 1.25;
  how.typos = false;
  const auto file = catalogue_file::open_bytes(write_catalogue(entries_of({weather()}), how, 0).value()).value();
  EXPECT_EQ(file->how(), how);
  EXPECT_NE(file->how(), indexed_search_options());
}

TEST(catalogue_file, a_change_of_any_byte_is_found_or_changes_nothing) {
  const std::vector<manual_ptr> manuals{weather(), mail()};
  const std::string whole = bytes_of(manuals);
  search_options all(search_options::no_limit);
  all.explain = true;
  const json expected = shown(catalogue_file::open_bytes(whole).value()->search("weather message city", all).value());
  std::size_t noticed = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int bit : {0, 7}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const auto file = catalogue_file::open_bytes(changed);
      const auto found = file ? (*file)->search("weather message city", all) : result<std::vector<tool_match>>(file.error());
      if (!found) ++noticed;
      else ASSERT_EQ(shown(*found), expected) << at;
    }
  EXPECT_EQ(noticed, whole.size() * 2);  // the file is one block
}

TEST(catalogue_file, a_file_that_ends_early_or_goes_on_is_refused) {
  const std::string whole = bytes_of({weather()});
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(catalogue_file::open_bytes(whole.substr(0, size))) << size;
  EXPECT_FALSE(catalogue_file::open_bytes(whole + std::string(8, '\0')));
}

TEST(catalogue_file, damage_of_a_large_file_is_found_where_it_is_read) {
  std::vector<tool> tools;
  for (int i = 0; i < 3'000; ++i) tools.push_back(tool_of("tool" + std::to_string(i), i == 2'500 ? "the needle" : "some hay " + std::to_string(i * 7)));
  std::string bytes = bytes_of({manual_of("m", tools)});
  const auto at = bytes.find("the needle");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'T';
  const auto file = catalogue_file::open_bytes(bytes).value();
  const auto failed = file->search("needle", {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), errc::invalid_config);
}

TEST(catalogue_file, whoever_forges_a_file_gets_no_crash) {
  const std::string whole = bytes_of({weather(), mail()});
  std::mt19937 random(11);
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    forged_catalogue forged(whole);
    std::vector<std::uint8_t> edits(5 * (1 + random() % 3));
    for (auto& each : edits) each = static_cast<std::uint8_t>(random());
    if (random() % 2 == 0)  // small numbers and large ones do more than any
      for (std::size_t i = 4; i < edits.size(); i += 5) edits[i] = static_cast<std::uint8_t>(random() % 2 == 0 ? random() % 4 : 255 - random() % 3);
    forged.change(edits);
    const auto file = catalogue_file::open_bytes(forged.bytes());
    if (!file || !use_all_of(**file)) ++refused;
  }
  EXPECT_GT(refused, 5'000u);
}

TEST(catalogue_file, is_mapped_from_a_file_of_ones_own) {
  const folder in;
  const auto file = catalogue_file::open(in.write("fine", bytes_of({weather()}))).value();
  EXPECT_EQ(file->search("weather", {}).value().size(), 2u);
}

TEST(catalogue_file, refuses_files_that_others_may_have_made) {
  const folder in;
  const std::string bytes = bytes_of({weather()});
  const auto code_of = [](const fs::path& file) { return catalogue_file::open(file).error(); };
  EXPECT_EQ(code_of(in.write("group", bytes, 0620)), errc::not_allowed);
  EXPECT_EQ(code_of(in.write("others", bytes, 0602)), errc::not_allowed);
  const auto fine = in.write("fine", bytes);
  fs::create_symlink(fine, in.path() / "link");
  EXPECT_EQ(code_of(in.path() / "link"), errc::not_allowed);
  EXPECT_EQ(code_of(in.path()), errc::not_allowed);
  EXPECT_EQ(code_of(in.path() / "none"), errc::invalid_config);
  EXPECT_EQ(code_of(in.write("empty", "")), errc::invalid_config);
  ASSERT_EQ(::mkfifo((in.path() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of(in.path() / "pipe"), errc::not_allowed);
  if (::geteuid() == 0 && ::chown(fine.c_str(), 12345, 12345) == 0) {
    EXPECT_EQ(code_of(fine), errc::not_allowed);
  }
}
