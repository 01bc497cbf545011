#include "output.hpp"

#include "terminal_text.hpp"

#include <utcp/document.hpp>

namespace utcp::app {
namespace {

constexpr std::size_t remote_excerpt = 2000;

std::string_view view_of(const bytes& data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }

std::string excerpt(const json& remote) {
  std::string text = remote.is_string() ? remote.get<std::string>() : write_json(remote);
  if (text.size() > remote_excerpt) {
    text.resize(remote_excerpt);
    text += "…";
  }
  return make_harmless(text, harmless::line);
}

}  // namespace

result_sink::~result_sink() {
  if (partial_.empty()) return;
  file_.close();
  std::error_code ignored;
  std::filesystem::remove(partial_, ignored);
}

result<void> result_sink::to_file(const std::string& path) {
  namespace fs = std::filesystem;
  path_ = path;
  std::error_code ignored;
  // A device or a pipe is written to; replacing it would destroy it.
  const bool in_place = fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
  if (!in_place) partial_ = path + ".part";
  file_.open(in_place ? fs::path(path) : partial_, std::ios::binary | std::ios::trunc);
  if (file_) return {};
  partial_.clear();
  return error(errc::invalid_argument, "cannot write " + path + "; is the folder there, and may you write to it?");
}

result<void> result_sink::bytes_out(std::string_view data) {
  if (path_.empty()) {
    io_.raw(data);
    return {};
  }
  if (file_.write(data.data(), static_cast<std::streamsize>(data.size()))) return {};
  return error(errc::internal, "cannot write " + path_ + "; is the disk full?");
}

result<void> result_sink::write(const tool_result& value, form how) {
  const bool terminal = path_.empty() && io_.out_is_terminal();
  const auto* data = std::get_if<bytes>(&value.value);
  if (data != nullptr && !as_json_) {
    if (terminal)
      return error(errc::internal, "the answer is " + std::to_string(data->size()) +
                   " bytes that are no text; write them with --output FILE, or send them to another program");
    return bytes_out(view_of(*data));
  }
  const auto* text = std::get_if<std::string>(&value.value);
  if (text != nullptr && !as_json_) {
    const bool ends_line = text->empty() || text->back() == '\n';
    auto done = bytes_out(terminal ? make_harmless(*text, harmless::text) : *text);
    if (how == form::piece) {
      mid_line_ = terminal && !ends_line;
      return done;
    }
    return done && !ends_line && (terminal || how == form::line) ? bytes_out("\n") : done;
  }
  const bool pretty = !as_json_ && how != form::line;
  std::string written = write_json(value.to_json(), pretty ? 2 : -1);
  return bytes_out((terminal ? make_harmless(written, harmless::json) : written) + "\n");
}

result<void> result_sink::whole(const tool_result& value) { return write(value, form::whole); }

result<void> result_sink::item(const tool_result& value) {
  auto done = write(value, form::line);
  if (path_.empty()) io_.flush();
  return done;
}

result<void> result_sink::piece(const tool_result& value, bool one_line) {
  const bool document = as_json_ || std::holds_alternative<json>(value.value);
  auto done = write(value, !document ? form::piece : one_line ? form::line : form::whole);
  if (path_.empty()) io_.flush();
  return done;
}

result<void> result_sink::finish() {
  if (mid_line_) (void)bytes_out("\n");
  if (path_.empty()) return {};
  file_.close();
  std::error_code failed;
  if (!partial_.empty()) std::filesystem::rename(partial_, path_, failed);
  if (!failed && file_) {
    partial_.clear();
    return {};
  }
  return error(errc::internal, "cannot write " + path_ + (failed ? ": " + failed.message() : "; is the disk full?"));
}

std::string meta_lines(const json& meta) {
  if (!meta.is_object()) return {};
  auto shown = [](const json& value) { return make_harmless(value.is_string() ? value.get<std::string>() : write_json(value), harmless::line); };
  std::string out;
  if (auto status = meta.find("status"); status != meta.end()) out += "status: " + shown(*status) + "\n";
  if (auto headers = meta.find("headers"); headers != meta.end() && headers->is_object())
    for (const auto& [name, value] : headers->items()) {
      if (!value.is_array()) out += make_harmless(name, harmless::line) + ": " + shown(value) + "\n";
      else
        for (const auto& one : value) out += make_harmless(name, harmless::line) + ": " + shown(one) + "\n";
    }
  for (const auto& [key, value] : meta.items())
    if (key != "status" && key != "headers") out += make_harmless(key, harmless::line) + ": " + shown(value) + "\n";
  return out;
}

json error_document(const error& e) {
  json inner = json::object();
  inner["code"] = error_name(e.code);
  inner["message"] = e.message;
  inner["remote"] = e.remote;
  json out = json::object();
  out["error"] = std::move(inner);
  return out;
}

exit_code report(console& io, bool as_json, const error& e) {
  if (as_json) {
    io.json_line(error_document(e), false);
    io.flush();
  }
  io.note(e.message);
  if (!e.remote.is_null()) io.err_line("  the server said: " + excerpt(e.remote));
  return exit_code_for(e.code);
}

}  // namespace utcp::app
