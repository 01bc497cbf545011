#include "openapi_flags.hpp"

namespace utcp::app {

void add_spec_flags(CLI::App& command, spec_options& to) {
  constexpr const char* group = "OpenAPI documents";
  command.add_option("--spec-url", to.spec_url, "Where the document came from: relative servers start there")->type_name("URL")->group(group);
  command.add_option("--root", to.root, "Files that it refers to lie below this folder, which starts at the document's own")->type_name("FOLDER")->group(group);
  command.add_option("--base-url", to.base_url, "Replaces the document's servers")->type_name("URL")->group(group);
  command.add_option("--server-variable", to.server_variables, "Value of a variable in the server's URL; may be repeated")->type_name("NAME=VALUE")->allow_extra_args(false)->group(group);
  command.add_flag("--server-arguments", to.server_arguments, "Let calls choose the values of such variables that have a list of them")->group(group);
  command.add_option("--include", to.include, "Only operations that match: tag:T, path:P, method:M, id:I, ID, /path or \"GET /path\", with * and ?; may be repeated")->type_name("PATTERN")->allow_extra_args(false)->group(group);
  command.add_option("--exclude", to.exclude, "Leave out operations that match; may be repeated")->type_name("PATTERN")->allow_extra_args(false)->group(group);
  command.add_option("--prefix", to.prefix, "Put before each tool's name")->type_name("TEXT")->group(group);
  command.add_flag("--skip-deprecated", to.skip_deprecated, "Leave out deprecated operations")->group(group);
  command.add_flag("--wire-names", to.wire_names, "Name arguments as the API does, also where models' APIs would refuse the name")->group(group);
}

}  // namespace utcp::app
