// The cli transport: its peer is a shell script.
#include "bench.hpp"

#include <utcp/transports/cli.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace utcp::conformance {
namespace {

namespace fs = std::filesystem;

constexpr const char* peer_script = R"sh(cd "$(dirname "$0")" || exit 9
case "$1" in
  manual) cat manual.json ;;
  partial) cat partial.json ;;
  ok) printf '"fine"' ;;
  echo) cat ;;
  fails) printf '{"why": "broken"}'; printf 'it broke' >&2; exit 3 ;;
  sleeps) exec sleep 600 ;;
  huge) head -c 16777216 /dev/zero | tr '\0' x ;;
  count) printf '1\n2\n3\n' ;;
  endless) : > "running/$$"; echo 1; exec sleep 600 ;;
  dies) kill -KILL $$ ;;
  ignores_term) trap '' TERM; while :; do sleep 1; done ;;
  closes_stdout) exec >&-; exec sleep 600 ;;
  endless_output) exec cat /dev/zero ;;
  leaves_a_child) sleep 600 & exit 4 ;;
  half_manual) head -c 100 manual.json ;;
  garbage) head -c 4096 /dev/urandom ;;
  nothing) ;;
esac
)sh";

/// A folder with the script and its manuals.
struct cli_rig final : rig {
  cli_rig() {
    std::string name = (fs::temp_directory_path() / "utcp_cli_XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder = name;
    fs::create_directory(folder / "running");
    std::ofstream(folder / "peer.sh") << peer_script;
  }
  ~cli_rig() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  std::string command(const std::string& verb) const { return "/bin/sh " + (folder / "peer.sh").string() + " " + verb; }
  json provider_of(const std::string& verb, const std::string& name = "other") const {
    return {{"name", name}, {"provider_type", "cli"}, {"command_name", command(verb)}};
  }
  json tool(const std::string& name) const {
    json how{{"provider_type", "cli"}, {"command_name", name == "absent" ? (folder / "absent").string() : command(name)}};
    if (name == "echo") how["arguments_on_stdin"] = true;
    return {{"name", name}, {"description", name}, {"tool_provider", how}};
  }

  /// Programs of `endless` that still run.
  std::size_t running() const {
    std::size_t out = 0;
    for (const auto& each : fs::directory_iterator(folder / "running"))
      if (fs::exists("/proc" / each.path().filename())) ++out;
    return out;
  }

  fs::path folder;
};

}  // namespace

std::unique_ptr<rig> make_cli() {
  auto out = std::make_unique<cli_rig>();
  out->tools = {"ok", "echo", "fails", "sleeps", "huge", "count", "endless", "dies", "ignores_term", "closes_stdout", "endless_output", "leaves_a_child", "absent"};
  json manual{{"version", "1.0"}, {"tools", json::array()}};
  for (const std::string& name : out->tools) manual["tools"].push_back(out->tool(name));
  std::ofstream(out->folder / "manual.json") << manual.dump();
  manual["tools"].push_back({{"name", 7}, {"description", "its name is a number"}});
  std::ofstream(out->folder / "partial.json") << manual.dump();

  out->add = [](registry& into) {
    cli_options options;
    options.supervisor = UTCP_SUPERVISOR;
    into.add("cli", make_cli_transport(std::move(options)));
  };
  out->provider = out->provider_of("manual", "peer");
  out->partial_provider = out->provider_of("partial", "peer");
  out->ok = tool_use("ok");
  out->ok_answer = "fine";
  out->echo = [](json value) { return tool_use("echo", {{"value", std::move(value)}}); };
  out->echo_answer = [](json value) { return json{{"value", std::move(value)}}; };
  out->failing = tool_use("fails");
  out->failing_remote = {{"exit_code", 3}, {"stdout", R"({"why": "broken"})"}, {"stderr", "it broke"}};
  out->slow = tool_use("sleeps");
  out->huge = tool_use("huge");
  out->huge_is_refused_early = true;
  out->stream = tool_use("count");
  out->stream_items = {1, 2, 3};
  out->endless = tool_use("endless");
  out->streams_open = [raw = out.get()](bench&) { return raw->running(); };
  out->hostile = {{"dies by a signal", tool_use("dies"), {errc::remote_failed}},
                  {"ignores TERM", tool_use("ignores_term"), {errc::timed_out}},
                  {"closes stdout and stays", tool_use("closes_stdout"), {errc::timed_out}},
                  {"writes without an end", tool_use("endless_output"), {errc::too_large, errc::timed_out}},
                  {"leaves a child that holds stdout", tool_use("leaves_a_child"), {errc::remote_failed}},
                  {"is absent", tool_use("absent"), {errc::invalid_config}}};
  json slow = out->provider_of("sleeps");
  slow["timeout_ms"] = 200;
  out->hostile_manuals = {{"truncated", out->provider_of("half_manual"), {errc::invalid_config, errc::protocol_error}},
                          {"random bytes", out->provider_of("garbage"), {errc::invalid_config, errc::protocol_error}},
                          {"nothing", out->provider_of("nothing"), {errc::invalid_config, errc::protocol_error}},
                          {"an exit status", out->provider_of("fails"), {errc::remote_failed}},
                          {"a signal", out->provider_of("dies"), {errc::remote_failed}},
                          {"no end", slow, {errc::timed_out}}};
  return out;
}

}  // namespace utcp::conformance
