#include <utcp/post_processors.hpp>
#include <utcp/registry.hpp>

namespace utcp {
namespace {

result<std::shared_ptr<variable_loader>> dotenv_from(const json& options, const std::filesystem::path& root_dir) {
  std::string name = ".env";
  if (auto it = options.find("env_file_path"); it != options.end()) {
    if (!it->is_string()) return error(errc::invalid_config, "\"env_file_path\" must be a string");
    name = it->get<std::string>();
  }
  std::filesystem::path file = name;
  if (file.is_relative()) file = root_dir / file;
  return make_dotenv_loader(file);
}

}  // namespace

registry::registry() {
  add_variable_loader("dotenv", dotenv_from);
  add_post_processor("filter_dict", make_filter_dict);
  add_post_processor("limit_strings", make_limit_strings);
  add_repository("in_memory", [](const json&) -> result<std::shared_ptr<repository>> { return make_in_memory_repository(); });
}

}  // namespace utcp
