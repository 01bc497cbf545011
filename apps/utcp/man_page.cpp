#include "man_page.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace utcp::app {
namespace {

/// Text that roff prints as it is.
std::string plain(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '^') out += "\\(ha";
    else if (c == '~') out += "\\(ti";
    else if (c == '`') out += "\\(ga";
    else if (c == '\'') out += "\\(aq";
    else if (c == '"') out += "\\(dq";
    else out += c;
  }
  if (out.starts_with('.')) out.insert(0, "\\&");
  return out;
}

std::string in_bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }
std::string in_italics(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// A help text's closing part: blocks between empty lines. A block that begins with a line such as `Examples:` is shown as
/// it is, under that heading; other blocks are running text.
void write_footer(std::string& out, const std::string& footer, std::string_view heading_macro) {
  std::vector<std::vector<std::string>> blocks(1);
  for (auto& line : lines_of(footer)) {
    if (!line.empty()) blocks.back().push_back(std::move(line));
    else if (!blocks.back().empty()) blocks.emplace_back();
  }
  for (const auto& block : blocks) {
    if (block.empty()) continue;
    const bool titled = block.front().back() == ':' && block.size() > 1;
    if (titled) {
      const std::string title = block.front().substr(0, block.front().size() - 1);
      out += heading_macro == ".SH" ? ".SH " + plain(upper(title)) + "\n" : ".PP\n" + plain(block.front()) + "\n";
      out += heading_macro == ".SH" ? ".nf\n" : ".RS\n.nf\n";
      for (std::size_t i = 1; i < block.size(); ++i) out += plain(std::string_view(block[i]).substr(std::min<std::size_t>(2, block[i].find_first_not_of(' ')))) + "\n";
      out += heading_macro == ".SH" ? ".fi\n" : ".fi\n.RE\n";
      continue;
    }
    out += ".PP\n";
    for (const auto& line : block) out += plain(line) + "\n";
  }
}

std::string names_of(const CLI::Option& option) {
  std::string out;
  for (const auto& name : option.get_snames()) out += (out.empty() ? "" : ", ") + in_bold("-" + name);
  for (const auto& name : option.get_lnames()) out += (out.empty() ? "" : ", ") + in_bold("--" + name);
  if (option.get_items_expected_min() > 0) {
    const std::string type = option.get_type_name();
    out += " " + in_italics(type.substr(0, type.find(':')));
  }
  return out;
}

std::string operand_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  std::string out = in_italics(type.substr(0, type.find(':')));
  if (!option.get_required()) out = "[" + out + "]";
  if (option.get_items_expected_max() > 1) out += "\\ .\\|.\\|.";
  return out;
}

/// The options of a command; those that every command has stand only once, with the program.
void write_options(std::string& out, const CLI::App& command, bool of_every_command) {
  for (const CLI::Option* each : command.get_options()) {
    const bool shared = each->get_group() != "Options" || each->check_lname("help");
    if (each->get_positional() || each->get_group().empty() || (shared && !of_every_command)) continue;
    out += ".TP\n" + names_of(*each) + "\n" + plain(each->get_description()) + "\n";
  }
}

void write_command(std::string& out, const CLI::App& command) {
  out += ".SS " + plain(command.get_name()) + "\n" + in_bold("utcp " + command.get_name()) + " [" + in_italics("options") + "]";
  for (const CLI::Option* each : command.get_options())
    if (each->get_positional()) out += " " + operand_of(*each);
  out += "\n.PP\n" + plain(command.get_description()) + ".\n";
  for (const CLI::Option* each : command.get_options()) {
    if (!each->get_positional()) continue;
    const std::string type = each->get_type_name();
    out += ".TP\n" + in_italics(type.substr(0, type.find(':'))) + "\n" + plain(each->get_description()) + "\n";
  }
  write_options(out, command, false);
  write_footer(out, command.get_footer(), ".SS");
}

}  // namespace

std::string write_man_page(const CLI::App& app, std::string_view version, std::string_view date) {
  const std::string name = app.get_name();
  std::string purpose = app.get_description();
  while (!purpose.empty() && purpose.back() == '.') purpose.pop_back();
  std::string tagline = purpose;
  if (!tagline.empty()) tagline[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(tagline[0])));
  std::string out = ".\\\" Made from the program's help; changes belong there.\n.TH " + upper(name) + " 1 \"" + std::string(date) + "\" \"" + name + " " +
                    std::string(version) + "\" \"User Commands\"\n.nh\n";
  out += ".SH NAME\n" + plain(name) + " \\- " + plain(tagline) + "\n";
  out += ".SH SYNOPSIS\n" + in_bold(name) + " [" + in_italics("options") + "] " + in_italics("COMMAND") + " [" + in_italics("options") + "] [" +
         in_italics("operands") + "]\n";
  out += ".SH DESCRIPTION\n" + plain(app.get_description()) + "\n";
  out += "Results go to standard output, all else to standard error.\n";
  out += ".SH OPTIONS\n";
  write_options(out, app, true);
  out += ".SH COMMANDS\n";
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!each->get_group().empty()) write_command(out, *each);
  write_footer(out, app.get_footer(), ".SH");
  return out;
}

}  // namespace utcp::app
