#include "json_schema_nodes.hpp"
#include "json_schema_values.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>

namespace utcp {
namespace {

constexpr std::uint64_t max_steps = 500'000;          // schemas applied to values
constexpr std::uint64_t max_regex_steps = 4'000'000;
constexpr std::uint64_t max_work = 5'000'000;         // members, items, alternatives and such looked at
constexpr std::size_t max_depth = 600;   // schemas within each other
constexpr std::size_t max_shown = 60;    // code points of a value
constexpr std::size_t max_names_shown = 240;
constexpr std::size_t pairwise_items = 24;

/// Which parts of a value some schema has looked at.
struct evaluated {
  std::set<std::string_view> keys;
  std::set<std::size_t> items;
  bool all_keys = false;
  bool all_items = false;

  void add(const evaluated& other) {
    keys.insert(other.keys.begin(), other.keys.end());
    items.insert(other.items.begin(), other.items.end());
    all_keys = all_keys || other.all_keys;
    all_items = all_items || other.all_items;
  }
};

bool names_secret(std::string_view key) {
  std::string lower(key);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const char* word : {"password", "passwd", "passphrase", "secret", "token", "credential", "authorization", "cookie", "api_key", "apikey", "api-key", "private_key", "privatekey", "access_key", "accesskey"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

/// Checks one value; keeps the first violation.
class checker {
 public:
  checker(const json_schema::compiled& against, const std::string& what) : schema_(against), what_(what) {}

  result<void> run(const json& value) {
    if (check(*schema_.root, value, nullptr)) return {};
    if (exhausted_) return error(errc::too_large, what_ + ": " + exhausted_ + "; it was not sent");
    return error(errc::invalid_argument, what_ + (failure_.pointer.empty() ? "" : " at " + failure_.pointer) + ": expected " + failure_.expected + ", got " + failure_.came);
  }

 private:
  struct violation {
    std::string pointer;
    std::string expected;
    std::string came;
    std::size_t depth = 0;
  };
  struct step {
    const std::string* key = nullptr;  // null: an array's index
    std::size_t index = 0;
  };

  bool fail(std::string expected, std::string came) {
    failure_ = violation();
    for (const step& each : path_) {
      failure_.pointer += '/';
      if (!each.key) {
        failure_.pointer += std::to_string(each.index);
        continue;
      }
      for (char c : std::string_view(*each.key).substr(0, bytes_of_code_points(*each.key, max_names_shown))) {
        if (c == '~') failure_.pointer += "~0";
        else if (c == '/') failure_.pointer += "~1";
        else failure_.pointer += c;
      }
    }
    failure_.expected = std::move(expected);
    failure_.came = std::move(came);
    failure_.depth = path_.size();
    return false;
  }
  bool mismatch(const schema_node& node, std::string expected, const json& value) { return fail(std::move(expected), shown(node, value)); }
  bool give_up(const char* why) {
    exhausted_ = why;
    return false;
  }
  static constexpr const char* too_long = "its schema takes too many steps to check";
  /// Whether there is time for so much more.
  bool spend(std::uint64_t work) {
    if (work > work_) {
      work_ = 0;
      return give_up(too_long);
    }
    work_ -= work;
    return true;
  }
  /// Text is looked at faster than anything else.
  bool spend_on(const std::string& text) { return spend(1 + text.size() / 64); }
  bool equal(const json& a, const json& b) { return equal_values(a, b, work_) && work_ > 0; }

  static std::string shortened(const json& value) { return shortened_json(value, max_shown); }

  std::string shown(const schema_node& node, const json& value) const {
    const bool secret = node.secret || hidden_ > 0 || std::any_of(path_.begin(), path_.end(), [](const step& each) { return each.key && names_secret(*each.key); });
    switch (value.type()) {
      case json::value_t::null: return "null";
      case json::value_t::boolean: return secret ? "a boolean" : value.dump();
      case json::value_t::object: return "an object";
      case json::value_t::binary: return "bytes";
      case json::value_t::array: return "an array of " + std::to_string(value.size()) + (value.size() == 1 ? " item" : " items");
      case json::value_t::string: return secret ? "a string" : "the string " + shortened(value);
      default: return secret ? "a number" : "the number " + shortened(value);
    }
  }

  bool check(const schema_node& node, const json& value, evaluated* out) {
    if (node.always == schema_node::verdict::pass) {
      unsure_ = unsure_ || node.unsure;
      return true;
    }
    if (node.always == schema_node::verdict::fail) return mismatch(node, "no value here", value);
    if (exhausted_) return false;
    if (steps_ == 0) return give_up(too_long);
    --steps_;
    if (depth_ >= max_depth) return give_up("its schema or the value is nested too deep");
    ++depth_;
    hidden_ += node.secret;
    evaluated own;
    const bool tracks = schema_.tracks_evaluated && (out || node.unevaluated_properties || node.unevaluated_items);
    const bool unsure_before = std::exchange(unsure_, node.unsure);
    const bool fits = check_all(node, value, tracks ? &own : nullptr);
    unsure_ = unsure_ || unsure_before;
    if (fits && out) {
      if (!spend(own.keys.size() + own.items.size())) return false;
      out->add(own);
    }
    hidden_ -= node.secret;
    --depth_;
    return fits;
  }

  bool check_all(const schema_node& node, const json& value, evaluated* own) {
    if (node.ref && !check(*node.ref, value, own)) return false;
    if (node.types != 0 && (node.types & schema_types_of(value)) == 0) return mismatch(node, names_of_types(node.types), value);
    if (node.constant && !equal(value, *node.constant)) return work_ > 0 ? mismatch(node, shortened(*node.constant), value) : give_up(too_long);
    if (node.choices && std::none_of(node.choices->begin(), node.choices->end(), [&](const json& each) { return equal(value, each); }))
      return work_ > 0 ? mismatch(node, "one of " + shortened(*node.choices), value) : give_up(too_long);
    if (value.is_number() && !check_number(node, value)) return false;
    if (value.is_string() && !check_string(node, value)) return false;
    if (value.is_array() && !check_array(node, value, own)) return false;
    if (value.is_object() && !check_object(node, value, own)) return false;
    return check_combined(node, value, own) && check_unevaluated(node, value, own);
  }

  bool check_number(const schema_node& node, const json& value) {
    if (node.minimum && compare_numbers(value, *node.minimum) < 0) return mismatch(node, "at least " + node.minimum->dump(), value);
    if (node.maximum && compare_numbers(value, *node.maximum) > 0) return mismatch(node, "at most " + node.maximum->dump(), value);
    if (node.above && compare_numbers(value, *node.above) <= 0) return mismatch(node, "more than " + node.above->dump(), value);
    if (node.below && compare_numbers(value, *node.below) >= 0) return mismatch(node, "less than " + node.below->dump(), value);
    if (node.multiple_of && !is_multiple(value, *node.multiple_of)) return mismatch(node, "a multiple of " + node.multiple_of->dump(), value);
    return true;
  }

  bool check_string(const schema_node& node, const json& value) {
    const auto& text = value.get_ref<const std::string&>();
    if (node.min_length || node.max_length) {
      if (!spend_on(text)) return false;
      const std::uint64_t length = count_code_points(text);
      if (length < node.min_length.value_or(0)) return mismatch(node, "at least " + std::to_string(*node.min_length) + " characters", value);
      if (node.max_length && length > *node.max_length) return mismatch(node, "at most " + std::to_string(*node.max_length) + " characters", value);
    }
    if (!node.pattern) return true;
    const auto found = search(*node.pattern, text);
    if (found && !*found) return mismatch(node, "text that matches /" + node.pattern_text.substr(0, bytes_of_code_points(node.pattern_text, 2 * max_shown)) + "/", value);
    return found.has_value();
  }

  std::optional<bool> search(const linear_regex& pattern, const std::string& text) {
    switch (pattern.search(text, regex_steps_)) {
      case linear_regex::outcome::found: return true;
      case linear_regex::outcome::absent: return false;
      case linear_regex::outcome::out_of_steps: give_up(too_long); break;
    }
    return std::nullopt;
  }

  bool check_child(const schema_node& node, const json& value, step where) {
    path_.push_back(where);
    const bool fits = check(node, value, nullptr);
    path_.pop_back();
    return fits;
  }
  /// A check whose failure is no failure of the value. Whether it was sure, if asked for: what is not understood passes, and
  /// must not refuse a value where passing does.
  bool holds(const schema_node& node, const json& value, evaluated* own, bool* sure = nullptr) {
    violation before = std::exchange(failure_, violation());
    const bool unsure_before = std::exchange(unsure_, false);
    const bool fits = check(node, value, own);
    if (sure) *sure = !unsure_;
    unsure_ = unsure_ || unsure_before;
    failure_ = std::move(before);
    return fits;
  }

  bool check_array(const schema_node& node, const json& value, evaluated* own) {
    if (!spend(value.size())) return false;
    if (value.size() < node.min_items.value_or(0)) return mismatch(node, "at least " + std::to_string(*node.min_items) + " items", value);
    if (node.max_items && value.size() > *node.max_items) return mismatch(node, "at most " + std::to_string(*node.max_items) + " items", value);
    if (node.unique_items && !is_unique(value)) return mismatch(node, "items that all differ", value);
    for (std::size_t i = 0; i < value.size(); ++i) {
      const schema_node* item = i < node.prefix.size() ? node.prefix[i] : node.items;
      if (!item) break;
      if (!check_child(*item, value[i], {nullptr, i})) return false;
      if (own) own->items.insert(i);
    }
    if (own && node.items) own->all_items = true;
    return !node.contains || check_contains(node, value, own);
  }
  bool check_contains(const schema_node& node, const json& value, evaluated* own) {
    std::uint64_t found = 0;
    bool all_sure = true;
    for (std::size_t i = 0; i < value.size(); ++i) {
      bool sure = true;
      if (!holds(*node.contains, value[i], nullptr, &sure)) continue;
      ++found;
      all_sure = all_sure && sure;
      if (own && node.contains_evaluates) own->items.insert(i);
    }
    if (exhausted_) return false;
    if (found < node.min_contains) return mismatch(node, "at least " + std::to_string(node.min_contains) + " items that fit \"contains\"", value);
    if (node.max_contains && all_sure && found > *node.max_contains) return mismatch(node, "at most " + std::to_string(*node.max_contains) + " items that fit \"contains\"", value);
    return true;
  }
  bool is_unique(const json& value) {
    if (value.size() <= pairwise_items) {
      for (std::size_t i = 0; i < value.size(); ++i)
        for (std::size_t k = i + 1; k < value.size(); ++k)
          if (equal(value[i], value[k])) return false;
      return work_ > 0 || give_up(too_long);
    }
    std::unordered_set<std::string> seen;
    for (const json& item : value) {
      std::string text;
      write_canonical(item, text);
      if (!spend(1 + text.size() / 8)) return false;
      if (!seen.insert(std::move(text)).second) return false;
    }
    return true;
  }

  bool check_object(const schema_node& node, const json& value, evaluated* own) {
    if (!spend(1 + value.size() + node.required.size() + node.dependent_required.size() + node.dependent_schemas.size())) return false;
    std::string missing;
    for (const std::string& name : node.required)
      if (missing.size() < max_names_shown && !value.contains(name)) missing += (missing.empty() ? "" : ", ") + shortened(json(name));
    if (!missing.empty()) return fail("the property " + missing, value.empty() ? "an empty object" : "an object without it");
    if (value.size() < node.min_properties.value_or(0)) return fail("at least " + std::to_string(*node.min_properties) + " properties", std::to_string(value.size()));
    if (node.max_properties && value.size() > *node.max_properties) return fail("at most " + std::to_string(*node.max_properties) + " properties", std::to_string(value.size()));
    for (const auto& [name, names] : node.dependent_required) {
      if (!value.contains(name)) continue;
      if (!spend(names.size())) return false;
      for (const std::string& other : names)
        if (!value.contains(other)) return fail("the property " + shortened(json(other)) + " beside " + shortened(json(name)), "an object without it");
    }
    for (auto it = value.begin(); it != value.end(); ++it)
      if (!check_member(node, it.key(), it.value(), own)) return false;
    for (const auto& [name, schema] : node.dependent_schemas)
      if (value.contains(name) && !check(*schema, value, own)) return false;
    return true;
  }

  bool check_member(const schema_node& node, const std::string& name, const json& member, evaluated* own) {
    if (!spend_on(name)) return false;
    if (node.property_names && !holds(*node.property_names, json(name), nullptr))
      return fail("property names that fit \"propertyNames\"", "the name " + shortened(json(name)));
    bool known = false;
    if (auto it = node.properties.find(name); it != node.properties.end()) {
      known = true;
      if (!check_child(*it->second, member, {&name, 0})) return false;
    }
    for (const auto& [pattern, schema] : node.pattern_properties) {
      const auto found = search(pattern, name);
      if (!found) return false;
      known = known || *found;
      if (*found && !check_child(*schema, member, {&name, 0})) return false;
    }
    if (!known && node.additional) {
      if (node.additional->always == schema_node::verdict::fail) return unknown_property(node, name);
      known = true;
      if (!check_child(*node.additional, member, {&name, 0})) return false;
    }
    if (own && known) own->keys.insert(name);
    return true;
  }
  bool unknown_property(const schema_node& node, const std::string& name) {
    std::string known;
    for (const auto& [each, schema] : node.properties) {
      if (known.size() > max_names_shown) break;
      known += (known.empty() ? "" : ", ") + each.substr(0, max_names_shown);
    }
    known.resize(bytes_of_code_points(known, max_names_shown));
    return fail(known.empty() ? "no properties" : "only the properties " + known, "the unknown property " + shortened(json(name)));
  }

  bool check_combined(const schema_node& node, const json& value, evaluated* own) {
    for (const schema_node* each : node.all_of)
      if (!check(*each, value, own)) return false;
    if (!node.any_of.empty() && !check_any(node, value, own)) return false;
    if (!node.one_of.empty() && !check_one(node, value, own)) return false;
    bool sure = true;
    if (node.negated && holds(*node.negated, value, nullptr, &sure) && sure) return mismatch(node, "a value that does not fit \"not\"", value);
    if (exhausted_) return false;
    if (!node.condition) return true;
    evaluated looked;
    const bool chosen = holds(*node.condition, value, own ? &looked : nullptr, &sure);
    if (exhausted_) return false;
    if (chosen && own) own->add(looked);
    if (chosen && !sure) return true;
    const schema_node* then = chosen ? node.then : node.otherwise;
    return !then || check(*then, value, own);
  }

  /// Runs one alternative; of those that do not fit the one that came furthest explains best what is wrong.
  bool fits_alternative(const schema_node& each, const json& value, evaluated* own, std::optional<violation>& best) {
    failure_ = violation();
    if (check(each, value, own)) return true;
    if (!best || failure_.depth > best->depth) best = failure_;
    return false;
  }
  bool explain(const schema_node& node, const json& value, std::size_t alternatives, std::optional<violation> best) {
    if (exhausted_) return false;
    if (best && best->depth > path_.size()) {
      failure_ = std::move(*best);
      return false;
    }
    std::string expected = "one of " + std::to_string(alternatives) + " alternatives";
    if (best) expected += " (such as " + best->expected + ")";
    return mismatch(node, std::move(expected), value);
  }
  bool check_any(const schema_node& node, const json& value, evaluated* own) {
    bool fits = false;
    std::optional<violation> best;
    for (const schema_node* each : node.any_of) {
      if (!fits_alternative(*each, value, own, best)) continue;
      fits = true;
      if (!own) break;  // what else fits matters to unevaluated* only
    }
    return fits || explain(node, value, node.any_of.size(), std::move(best));
  }
  bool check_one(const schema_node& node, const json& value, evaluated* own) {
    std::size_t fitting = 0;
    std::optional<violation> best;
    const bool unsure_before = std::exchange(unsure_, false);
    for (const schema_node* each : node.one_of) fitting += fits_alternative(*each, value, own, best);
    const bool sure = !unsure_;
    unsure_ = unsure_ || unsure_before;
    if (exhausted_) return false;
    if (fitting > 1 && !sure) return true;
    if (fitting > 1) return mismatch(node, "exactly one of " + std::to_string(node.one_of.size()) + " alternatives to fit, not " + std::to_string(fitting), value);
    return fitting == 1 || explain(node, value, node.one_of.size(), std::move(best));
  }

  bool check_unevaluated(const schema_node& node, const json& value, evaluated* own) {
    if (unsure_) return true;  // what is not understood may have looked at anything
    if (node.unevaluated_items && value.is_array() && !own->all_items) {
      for (std::size_t i = 0; i < value.size(); ++i)
        if (!own->items.contains(i) && !check_child(*node.unevaluated_items, value[i], {nullptr, i})) return false;
      own->all_items = true;
    }
    if (node.unevaluated_properties && value.is_object() && !own->all_keys) {
      for (auto it = value.begin(); it != value.end(); ++it) {
        if (own->keys.contains(it.key())) continue;
        if (node.unevaluated_properties->always == schema_node::verdict::fail) return unknown_property(node, it.key());
        if (!check_child(*node.unevaluated_properties, it.value(), {&it.key(), 0})) return false;
      }
      own->all_keys = true;
    }
    return true;
  }

  const json_schema::compiled& schema_;
  const std::string& what_;
  std::vector<step> path_;
  violation failure_;
  std::uint64_t steps_ = max_steps;
  std::uint64_t work_ = max_work;
  std::uint64_t regex_steps_ = max_regex_steps;
  std::size_t depth_ = 0;
  bool unsure_ = false;  // something in the schema around is not understood
  int hidden_ = 0;
  const char* exhausted_ = nullptr;
};

}  // namespace

result<void> check_value(const json_schema::compiled& against, const json& value, const std::string& what) { return checker(against, what).run(value); }

json_schema::json_schema(json document) {
  auto made = std::make_shared<compiled>();
  made->document = std::move(document);
  compile_schema(*made);
  compiled_ = std::move(made);
}

result<void> json_schema::validate(const json& value, const std::string& what) const {
  if (!compiled_) return {};
  return check_value(*compiled_, value, what);
}

const std::vector<notice>& json_schema::notices() const noexcept {
  static const std::vector<notice> none;
  return compiled_ ? compiled_->notices : none;
}

}  // namespace utcp
