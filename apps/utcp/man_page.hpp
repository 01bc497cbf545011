#pragma once

#include <CLI/App.hpp>

#include <string>
#include <string_view>

namespace utcp::app {

/// The manual page utcp(1) in roff (man macros), from the program's own help. `date` stands in its header.
std::string write_man_page(const CLI::App& app, std::string_view version, std::string_view date);

}  // namespace utcp::app
