#include "arguments.hpp"
#include "commands.hpp"
#include "near_names.hpp"
#include "output.hpp"
#include "request_text.hpp"
#include "terminal_text.hpp"

#include <utcp/document.hpp>
#include <utcp/input_source.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace utcp::app {
namespace {

struct call_command_options {
  std::string name;
  std::vector<std::string> words;
  bool stream = false;
  bool dry_run = false;
  bool include = false;
  std::string output;
  std::string upload;
  std::optional<unsigned> retry;
  std::optional<std::size_t> max_bytes;
};

result<std::string> read_standard_input() {
  constexpr std::size_t most = 64u << 20;
  std::string text;
  char block[65536];
  for (;;) {
    const auto n = ::read(STDIN_FILENO, block, sizeof block);
    if (n == 0) return text;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return error(errc::invalid_argument, std::string("cannot read the arguments from standard input: ") + std::strerror(errno));
    text.append(block, static_cast<std::size_t>(n));
    if (text.size() > most) return error(errc::invalid_argument, "standard input is over 64 MiB; arguments are smaller");
  }
}

result<call_options> options_of(const program& p, const call_command_options& how) {
  call_options out;
  out.timeout = p.global.timeout;
  out.max_response_bytes = how.max_bytes;
  // As many as a configuration may ask for.
  if (how.retry) out.retry = retry_options(std::min(*how.retry, 99u) + 1);
  out.want_meta = how.include;
  if (how.upload.empty()) return out;
  auto source = open_input_file(how.upload == "-" ? "/dev/stdin" : how.upload);
  if (!source) return source.error();
  out.input = *std::move(source);
  return out;
}

/// What a configuration calls max_response_bytes is an option here.
error with_option_names(error e) {
  const std::string key = "max_response_bytes";
  if (const auto at = e.message.find(key); at != std::string::npos) e.message.replace(at, key.size(), "--max-bytes");
  return e;
}

/// A name that the tool does not know is sent all the same; a typing error is told.
void tell_unnamed(console& io, const json& arguments, const json& inputs) {
  for (const auto& key : unnamed_arguments(arguments, inputs)) {
    std::vector<std::string> known;
    for (const auto& [name, property] : inputs["properties"].items()) known.push_back(name);
    const auto near = near_names(key, known, 1);
    io.note("the tool names no argument \"" + key + "\"" + (near.empty() ? "" : "; did you mean \"" + near.front() + "\"?"));
  }
}

exit_code preview(program& p, const session& s, const call_command_options& how, const json& arguments) {
  const auto options = options_of(p, how);
  if (!options) return p.fail(options.error());
  auto request = s.tools().preview(how.name, arguments, *options);
  if (!request) return p.fail(request.error());
  json curl;
  if (auto line = request->is_object() ? request->find("curl") : request->end(); line != request->end()) {
    curl = std::move(*line);
    request->erase(line);
  }
  if (!how.upload.empty()) {
    (*request)["upload"] = how.upload;
    // The line reads standard input.
    if (curl.is_string() && how.upload != "-") curl = curl.get<std::string>() + " < " + shell_word(how.upload);
  }
  if (p.global.json) {
    json out = json::object();
    out["tool"] = how.name;
    out["request"] = std::move(*request);
    out["curl"] = std::move(curl);
    p.io.json_line(out, false);
    return exit_code::fine;
  }
  p.io.text(request_text(*request));
  if (curl.is_string()) p.io.text("\n" + curl.get<std::string>() + "\n");
  return exit_code::fine;
}

class call_run {
 public:
  call_run(program& p, session& s, const call_command_options& how, const std::string& protocol)
      : p_(p), s_(s), how_(how), sink_(p.io, p.global.json), one_body_(protocol == "http" || protocol == "http_stream") {
    // A download goes to its file as it arrives: it may be larger than memory.
    streamed_ = how.stream || (protocol == "http" && !how.output.empty() && !how.retry && !p.global.json);
  }

  exit_code run(json arguments) {
    if (!how_.output.empty())
      if (auto opened = sink_.to_file(how_.output); !opened) return p_.fail(opened.error());
    const auto done = streamed_ ? stream(std::move(arguments)) : once(std::move(arguments));
    if (!done) return p_.fail(with_option_names(done.error()));
    if (auto finished = sink_.finish(); !finished) return p_.fail(finished.error());
    return exit_code::fine;
  }

 private:
  result<void> once(json arguments) {
    auto options = options_of(p_, how_);
    if (!options) return options.error();
    auto answer = s_.call(how_.name, std::move(arguments), *std::move(options));
    if (!answer) return answer.error();
    tell_meta(*answer);
    return sink_.whole(*answer);
  }

  result<void> stream(json arguments) {
    auto options = options_of(p_, how_);
    if (!options) return options.error();
    result<void> written;
    auto done = s_.stream(how_.name, std::move(arguments), *std::move(options), [&](tool_result item) {
      tell_meta(item);
      written = within_limit(item);
      if (written) written = one_body_ ? sink_.piece(item, how_.stream) : sink_.item(item);
      return written && !p_.io.closed();
    });
    return written ? done : written;
  }

  // The transport bounds each item of a stream; --max-bytes means all of them.
  result<void> within_limit(const tool_result& item) {
    if (!how_.max_bytes) return {};
    if (const auto* text = std::get_if<std::string>(&item.value)) received_ += text->size();
    else if (const auto* data = std::get_if<bytes>(&item.value)) received_ += data->size();
    else received_ += write_json(std::get<json>(item.value)).size();
    if (received_ <= *how_.max_bytes) return {};
    return error(errc::too_large, "the answer is larger than " + std::to_string(*how_.max_bytes) + " bytes; raise --max-bytes to accept it");
  }

  void tell_meta(const tool_result& value) {
    if (!how_.include || meta_told_) return;
    meta_told_ = true;
    auto lines = meta_lines(value.meta);
    if (!lines.empty()) p_.io.err_line(lines);
  }

  program& p_;
  session& s_;
  const call_command_options& how_;
  result_sink sink_;
  bool one_body_;          // items are the pieces of one answer
  bool streamed_ = false;
  bool meta_told_ = false;
  std::size_t received_ = 0;
};

exit_code run_call(program& p, call_command_options how) {
  if (how.dry_run && !how.output.empty()) return p.fail(error(errc::invalid_argument, "--dry-run and --output do not go together. See `utcp call --help`"));
  auto words = read_argument_words(how.words, read_standard_input);
  if (!words) return p.fail(words.error());
  session s(p.io, p.global);
  if (auto opened = s.open(contact::one_tool, how.name); !opened) return p.fail(opened.error());
  auto found = s.find(how.name);
  if (!found) return p.fail(found.error());
  how.name = (*found)->name;
  const json inputs = (*found)->inputs.to_json();
  auto arguments = build_arguments(*words, inputs);
  if (!arguments) return p.fail(arguments.error());
  tell_unnamed(p.io, *arguments, inputs);
  if (how.dry_run) return preview(p, s, how, *arguments);
  return call_run(p, s, how, (*found)->tool_call_template->protocol).run(std::move(*arguments));
}

constexpr const char* examples =
    "  utcp call weather.current city=Oslo days=3\n"
    "  utcp call weather.current '{\"city\":\"Oslo\"}' --json\n"
    "  echo '{\"city\":\"Oslo\"}' | utcp call weather.current -\n"
    "  utcp call weather.current @oslo.json days=3\n"
    "  utcp call mail.send to=a@b.example tags=red tags=blue options.urgent=true extra:='{\"k\":1}'\n"
    "  utcp call photos.add body.title=Cat body.file@=cat.png\n"
    "  utcp call weather.current city=Oslo --dry-run\n"
    "  utcp call weather.map city=Oslo --output map.png\n"
    "  utcp call chat.answer question=Why --stream\n"
    "  utcp call store.put name=film.mp4 --upload film.mp4\n\n"
    "Values are typed by the tool's inputs: a string stays as it is; numbers, booleans, arrays and\n"
    "objects are read as JSON. key:=value is JSON whatever the tool says. key@=path is a file with\n"
    "its name, for tools that take uploads. key=a key=b are two items of an array; an object's keys\n"
    "and a key=value replace what an object before them says.\n";

}  // namespace

void add_call_command(CLI::App& app, program& p) {
  auto how = std::make_shared<call_command_options>();
  auto* command = add_command(app, p, "call", "Call a tool", examples);
  command->add_option("name", how->name, "The tool, as `utcp tools` lists it: manual.tool")->required()->type_name("TOOL");
  command->add_option("arguments", how->words, "key=value, key:=json, key@=path, {json object}, @file.json, or - for standard input")->type_name("ARGUMENT");
  command->add_option("--upload", how->upload, "Send a file's bytes as the body, read as they are sent; - for standard input")->type_name("FILE");
  command->add_flag("--stream", how->stream, "Print values as they arrive, one a line");
  command->add_flag("--dry-run", how->dry_run, "Show the request and its curl line, secrets as ***; send nothing to the tool");
  command->add_option("-o,--output", how->output, "Write the result to a file")->type_name("FILE");
  command->add_option("--retry", how->retry, "Send again up to N times when it failed and may be repeated")->type_name("N")->check(whole_number());
  command->add_option("--max-bytes", how->max_bytes, "Fail when the answer is larger")->type_name("N")->check(whole_number());
  command->add_flag("-i,--include", how->include, "Show status and headers on standard error");
  command->callback([&p, how] { p.chosen = [&p, how] { return run_call(p, *how); }; });
}

}  // namespace utcp::app
