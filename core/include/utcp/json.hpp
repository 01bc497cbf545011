#pragma once

#include <nlohmann/json.hpp>

namespace utcp {

using json = nlohmann::json;

}  // namespace utcp
