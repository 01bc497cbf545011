#pragma once

#include <string_view>

namespace utcp::app {

/// The script that makes a shell ask `utcp __complete`; empty for another shell than "bash" and "zsh".
std::string_view completion_script(std::string_view shell);

}  // namespace utcp::app
