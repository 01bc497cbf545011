#include "json_schema_values.hpp"

#include "json_schema_nodes.hpp"
#include "utf8.hpp"

#include <utcp/document.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace utcp {
namespace {

// Holds every integer of JSON and every double exactly.
static_assert(std::numeric_limits<long double>::digits >= 64);

long double exact(const json& number) {
  if (number.is_number_unsigned()) return static_cast<long double>(number.get<std::uint64_t>());
  if (number.is_number_integer()) return static_cast<long double>(number.get<std::int64_t>());
  return static_cast<long double>(number.get<double>());
}

bool is_whole(const json& value) {
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::isfinite(number) && number == std::floor(number);
}

/// Writes until a code point more than is wanted is there.
class short_text {
 public:
  explicit short_text(std::size_t limit) : limit_(limit), left_(limit + 1) {}

  std::string take() && {
    const std::size_t kept = bytes_of_code_points(out_, limit_);
    if (kept < out_.size()) out_.replace(kept, std::string::npos, "…");
    return std::move(out_);
  }

  void write(const json& value) {
    if (left_ == 0) return;
    if (value.is_array()) {
      list(value, '[', ']', [this](const auto& at) { write(at.value()); });
    } else if (value.is_object()) {
      list(value, '{', '}', [this](const auto& at) {
        write_text(at.key());
        add(":");
        write(at.value());
      });
    } else if (value.is_string()) {
      write_text(value.get_ref<const std::string&>());
    } else {
      add(write_json(value));
    }
  }

 private:
  template <class Write>
  void list(const json& of, char open, char close, Write each) {
    add(std::string(1, open));
    bool first = true;
    for (const auto& at : of.items()) {
      if (left_ == 0) return;
      if (!std::exchange(first, false)) add(",");
      each(at);
    }
    add(std::string(1, close));
  }
  void write_text(const std::string& text) { add(write_json(json(text.substr(0, bytes_of_code_points(text, left_))))); }
  void add(const std::string& text) {
    const std::size_t kept = bytes_of_code_points(text, left_);
    out_.append(text, 0, kept);
    left_ -= std::min(left_, count_code_points(std::string_view(text).substr(0, kept)));
  }

  std::size_t limit_;
  std::size_t left_;
  std::string out_;
};

}  // namespace

unsigned schema_types_of(const json& value) {
  // Schemas of JSON call bytes a string (`format: binary`), also those of a file with a name and a type around them.
  switch (value.type()) {
    case json::value_t::binary: return schema_node::string;
    case json::value_t::null: return schema_node::null_type;
    case json::value_t::boolean: return schema_node::boolean;
    case json::value_t::string: return schema_node::string;
    case json::value_t::array: return schema_node::array;
    case json::value_t::object: {
      const auto data = value.find("data");
      return data != value.end() && data->is_binary() ? schema_node::object | schema_node::string : schema_node::object;
    }
    default: return is_whole(value) ? schema_node::integer | schema_node::number : schema_node::number;
  }
}

std::string names_of_types(unsigned types) {
  static constexpr std::pair<unsigned, const char*> names[] = {{schema_node::string, "a string"}, {schema_node::number, "a number"}, {schema_node::integer, "an integer"},
      {schema_node::boolean, "true or false"}, {schema_node::array, "an array"}, {schema_node::object, "an object"}, {schema_node::null_type, "null"}};
  std::string out;
  for (const auto& [type, name] : names)
    if (types & type) out += (out.empty() ? "" : " or ") + std::string(name);
  return out;
}

int compare_numbers(const json& a, const json& b) {
  const long double left = exact(a);
  const long double right = exact(b);
  return left < right ? -1 : left > right;
}

bool equal_values(const json& a, const json& b, std::uint64_t& work) {
  if (work == 0) return false;
  --work;
  if (a.is_number() && b.is_number()) return exact(a) == exact(b);
  if (a.type() != b.type() || a.size() != b.size()) return false;
  if (a.is_array()) {
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!equal_values(a[i], b[i], work)) return false;
    return true;
  }
  if (a.is_object()) {
    // Both are sorted by key.
    for (auto left = a.begin(), right = b.begin(); left != a.end(); ++left, ++right)
      if (left.key() != right.key() || !equal_values(left.value(), right.value(), work)) return false;
    return true;
  }
  return a == b;
}

bool is_multiple(const json& value, const json& of) {
  if (value.is_number_integer() && of.is_number_integer()) {
    const auto size = [](const json& n) { return n.is_number_unsigned() || n.get<std::int64_t>() >= 0 ? n.get<std::uint64_t>() : 0 - static_cast<std::uint64_t>(n.get<std::int64_t>()); };
    return size(value) % size(of) == 0;
  }
  if (is_whole(of)) return std::fmod(exact(value), exact(of)) == 0;
  const double quotient = value.get<double>() / of.get<double>();
  if (!std::isfinite(quotient)) return std::fmod(value.get<double>(), of.get<double>()) == 0;
  // Decimal fractions are not exact: 0.0075 is a multiple of 0.0001. Reading both and dividing err by three halves of an
  // epsilon together.
  return std::abs(quotient - std::round(quotient)) <= 2 * std::numeric_limits<double>::epsilon() * std::abs(quotient);
}

void write_canonical(const json& value, std::string& out) {
  if (value.is_array()) {
    out += '[';
    for (const json& item : value) write_canonical(item, out), out += ',';
    out += ']';
  } else if (value.is_object()) {  // sorted by key already
    out += '{';
    for (const auto& [key, member] : value.items()) {
      out += write_json(json(key)) + ':';
      write_canonical(member, out);
      out += ',';
    }
    out += '}';
  } else if (value.is_number_float() && is_whole(value) && std::abs(value.get<double>()) < 0x1p63) {
    out += std::to_string(static_cast<std::int64_t>(value.get<double>()));
  } else if (value.is_number_float() && is_whole(value) && value.get<double>() >= 0 && value.get<double>() < 0x1p64) {
    out += std::to_string(static_cast<std::uint64_t>(value.get<double>()));
  } else {
    out += write_json(value);
  }
}

std::string shortened_json(const json& value, std::size_t limit) {
  short_text out(limit);
  out.write(value);
  return std::move(out).take();
}

}  // namespace utcp
