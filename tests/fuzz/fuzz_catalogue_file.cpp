// Catalogue files: a first byte of 0 precedes a file as it is, any other changes of a right one (see forged_catalogue::change).
#include "forged_catalogue.hpp"
#include "fuzz_input.hpp"

using namespace utcp;

namespace {

manual_ptr two_tools(const std::string& name) {
  call_template provider;
  provider.name = name;
  provider.protocol = "http";
  const auto shared = std::make_shared<const call_template>(std::move(provider));
  auto definitions = std::make_shared<schema_definitions>();
  definitions->all = {{"place", R"({"$ref":"#/$defs/city"})", {1}}, {"city", R"({"type":"string","enum":["oslo"]})", {}}};
  manual published;
  for (const char* verb : {"send", "list"}) {
    tool made;
    made.name = name + "." + verb + "_message";
    made.description = std::string("Sends the weather in a city: ") + verb;
    made.tags = {"mail", "Weather"};
    made.average_response_size = 7;
    made.inputs = schema::of_shared_definitions(R"({"properties":{"where":{"$ref":"#/$defs/place"}}})", definitions, {0});
    made.outputs = schema::of_checked_text(R"({"type":"object"})");
    made.tool_call_template = shared;
    published.tools.push_back(std::make_shared<const tool>(std::move(made)));
  }
  return std::make_shared<const registered_manual>(shared, std::move(published));
}

const std::string& right_file() {
  static const std::string made =
      write_catalogue({{"weather", two_tools("weather"), nullptr, 1}, {"mail", two_tools("mail"), nullptr, {}}, {"failed", nullptr, nullptr, "why"}}, indexed_search_options(), 2)
          .value();
  return made;
}

void use(const catalogue_file_ptr& file) {
  test::use_all_of(*file);
  (void)file->holds(*two_tools("mail"));
  // What is taken over into another file is not damaged there.
  std::vector<catalogue_entry> entries;
  for (const auto& each : file->manuals()) entries.push_back({each.name, nullptr, file, each.notes});
  entries.push_back({"new", two_tools("new"), nullptr, {}});
  if (const auto again = write_catalogue(entries, file->how(), {})) fuzz::require(catalogue_file::open_bytes(*again).has_value());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  if (data[0] == 0) {
    if (const auto file = catalogue_file::open_bytes(std::string(fuzz::text_of(rest.data(), rest.size())))) use(*file);
    return 0;
  }
  test::forged_catalogue forged(right_file());
  forged.change(rest.first(std::min<std::size_t>(rest.size(), 500)));
  if (const auto file = catalogue_file::open_bytes(forged.bytes())) use(*file);
  return 0;
}
