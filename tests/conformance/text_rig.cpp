// The text transport: its peer is the file system.
#include "bench.hpp"

#include <utcp/transports/text.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace utcp::conformance {
namespace {

namespace fs = std::filesystem;

/// A folder with a manual and the texts of its tools.
struct text_rig final : rig {
  text_rig() {
    std::string name = (fs::temp_directory_path() / "utcp_text_XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder = name;
  }
  ~text_rig() override { fs::remove_all(folder); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
    return (folder / name).string();
  }
  json tool(const std::string& name, const std::string& file_path) const {
    return {{"name", name}, {"tool_call_template", {{"call_template_type", "text"}, {"file_path", file_path}}}};
  }
  json manual_at(const std::string& file_path) const { return {{"name", "other"}, {"call_template_type", "text"}, {"file_path", file_path}}; }

  fs::path folder;
};

}  // namespace

std::unique_ptr<rig> make_text() {
  auto out = std::make_unique<text_rig>();
  const fs::path& folder = out->folder;
  fs::create_directory(folder / "folder");
  if (mkfifo((folder / "pipe").c_str(), 0600) != 0) throw std::runtime_error("no pipe");
  json tools = json::array();
  tools.push_back(out->tool("ok", out->file("ok.txt", "fine")));
  tools.push_back(out->tool("absent", (folder / "absent.txt").string()));
  tools.push_back(out->tool("huge", out->file("huge.txt", std::string(16 << 20, 'x'))));
  tools.push_back(out->tool("folder", (folder / "folder").string()));
  tools.push_back(out->tool("pipe", (folder / "pipe").string()));
  tools.push_back(out->tool("endless", "/dev/zero"));
  json manual{{"utcp_version", "1.0.1"}, {"tools", tools}};
  out->provider = {{"name", "peer"}, {"call_template_type", "text"}, {"file_path", out->file("manual.json", manual.dump())}};
  manual["tools"].push_back({{"description", "has no name"}});
  out->partial_provider = {{"name", "peer"}, {"call_template_type", "text"}, {"file_path", out->file("partial.json", manual.dump())}};

  out->add = [](registry& into) { into.add("text", make_text_transport()); };
  out->tools = {"ok", "absent", "huge", "folder", "pipe", "endless"};
  out->ok = tool_use("ok");
  out->ok_answer = "fine";
  out->failing = tool_use("absent");
  out->failing_code = errc::invalid_config;
  out->huge = tool_use("huge");
  out->huge_is_refused_early = true;
  out->stream = tool_use("ok");
  out->stream_items = {"fine"};
  out->hostile = {{"a folder", tool_use("folder"), {errc::invalid_config}},
                  {"a pipe that nobody writes", tool_use("pipe"), {errc::invalid_config}},
                  {"a device without an end", tool_use("endless"), {errc::invalid_config, errc::too_large}}};
  out->hostile_manuals = {{"absent", out->manual_at((folder / "none.json").string()), {errc::invalid_config}},
                          {"empty", out->manual_at(out->file("empty.json", "")), {errc::invalid_config}},
                          {"truncated", out->manual_at(out->file("half.json", manual.dump().substr(0, 100))), {errc::invalid_config}},
                          {"10,000 levels deep", out->manual_at(out->file("deep.json", R"({"tools": [], "x": )" + std::string(10'000, '['))), {errc::too_large}},
                          {"null bytes", out->manual_at(out->file("null.json", std::string("{\"tools\": [\0]}", 14))), {errc::invalid_config}},
                          {"a folder", out->manual_at((folder / "folder").string()), {errc::invalid_config}},
                          {"a device without an end", out->manual_at("/dev/zero"), {errc::invalid_config, errc::too_large}}};
  out->cannot["echo"] = "a text is the same whatever the arguments";
  out->cannot["remote"] = "a file that is absent says nothing";
  out->cannot["slow"] = "a file is read at once";
  out->cannot["endless"] = "a text is one item";
  return out;
}

}  // namespace utcp::conformance
