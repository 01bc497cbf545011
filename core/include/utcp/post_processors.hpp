#pragma once

#include <utcp/post_processor.hpp>

namespace utcp {

/// Removes keys from JSON results, at any depth. Text and bytes stay as they are.
///
/// `options`: `exclude_keys`, `only_include_keys`, and the selectors `exclude_tools`, `only_include_tools` (full names),
/// `exclude_manuals`, `only_include_manuals` (the manuals' names); each a list of strings, or null. An empty list counts
/// as absent. In lists, objects and lists that have become empty are dropped.
/// Fails with errc::invalid_config that names the key. Source: UTCP 1.x `filter_dict`.
result<std::shared_ptr<post_processor>> make_filter_dict(const json& options);

/// Cuts every string of a result to `limit` code points (10000), keys excepted. A text result is one string; bytes stay.
///
/// `options`: `limit` and the selectors of make_filter_dict. Fails with errc::invalid_config that names the key.
/// Source: UTCP 1.x `limit_strings`.
result<std::shared_ptr<post_processor>> make_limit_strings(const json& options);

}  // namespace utcp
