#include <utcp/provider_settings.hpp>

#include <utcp/config.hpp>
#include <utcp/origin.hpp>

namespace utcp {

result<void> check_settings(const call_template& provider, const call_limits& usual) {
  const json& options = provider.options;
  const std::string place = "manual " + provider.name + "#";
  if (auto limits = read_call_limits(options, usual, place); !limits) return std::move(limits).error();
  if (auto it = options.find("retry"); it != options.end())
    if (auto retry = read_retry(*it, place + "/retry"); !retry) return std::move(retry).error();
  const auto origins = options.find("allowed_origins");
  for (std::size_t i = 0; origins != options.end() && i < origins->size(); ++i)
    if (!(*origins)[i].is_string() || !origin_of_url((*origins)[i].get_ref<const std::string&>()))
      return error(errc::invalid_config, place + "/allowed_origins/" + std::to_string(i) + ": expected an origin such as \"https://api.example.com\"");
  if (auto it = options.find("other_origins"); it != options.end() && *it != "report" && *it != "refuse")
    return error(errc::invalid_config, place + "/other_origins: expected \"report\" or \"refuse\"");
  return {};
}

}  // namespace utcp
