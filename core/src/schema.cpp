#include <utcp/schema.hpp>

#include <utcp/document.hpp>

#include <algorithm>

namespace utcp {

struct schema::body {
  struct shared {
    std::shared_ptr<const schema_definitions> from;
    std::vector<std::uint32_t> used;
  };

  std::string text;
  std::unique_ptr<const shared> definitions;  // null: the text is whole

  std::string whole_text() const;
};

namespace {

/// `used` and all that they use, in the order of the table: one text for one set.
std::vector<std::uint32_t> closure(const schema_definitions& from, const std::vector<std::uint32_t>& used) {
  std::vector<bool> seen(from.all.size());
  std::vector<std::uint32_t> found;
  auto visit = [&](const std::vector<std::uint32_t>& some) {
    for (const std::uint32_t one : some)
      if (one < seen.size() && !seen[one]) {
        seen[one] = true;
        found.push_back(one);
      }
  };
  visit(used);
  for (std::size_t i = 0; i < found.size(); ++i) visit(from.all[found[i]].uses);
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::string schema::body::whole_text() const {
  const auto& all = definitions->from->all;
  const auto needed = closure(*definitions->from, definitions->used);
  if (needed.empty()) return text;
  std::size_t size = text.size() + 16;
  for (const std::uint32_t one : needed) size += all[one].name.size() + all[one].text.size() + 4;
  std::string out;
  out.reserve(size);
  out.append(text, 0, text.size() - 1);  // all but the closing brace
  out += out.size() > 1 ? ",\"$defs\":" : "\"$defs\":";
  char before = '{';
  for (const std::uint32_t one : needed) {
    out += before;
    out += '"';
    out += all[one].name;
    out += "\":";
    out += all[one].text;
    before = ',';
  }
  out += "}}";
  return out;
}

schema::schema(const json& document) {
  if (!document.is_null()) *this = of_checked_text(write_json(document));
}

schema schema::of_checked_text(std::string text) {
  auto made = std::make_shared<body>();
  made->text = std::move(text);
  schema out;
  out.body_ = std::move(made);
  return out;
}

schema schema::of_shared_definitions(std::string text, std::shared_ptr<const schema_definitions> from, std::vector<std::uint32_t> used) {
  auto made = std::make_shared<body>();
  made->text = std::move(text);
  if (from && !used.empty()) {
    used.shrink_to_fit();
    made->definitions = std::make_unique<const body::shared>(body::shared{std::move(from), std::move(used)});
  }
  schema out;
  out.body_ = std::move(made);
  return out;
}

std::shared_ptr<const std::string> schema::shared_text() const {
  static const auto empty = std::make_shared<const std::string>("{}");
  if (!body_) return empty;
  if (body_->definitions) return std::make_shared<const std::string>(body_->whole_text());
  return {body_, &body_->text};
}

schema::stored_form schema::stored() const noexcept {
  stored_form out;
  if (!body_) return out;
  out.text = body_->text;
  if (!body_->definitions) return out;
  out.from = body_->definitions->from.get();
  out.used = body_->definitions->used;
  return out;
}

json schema::to_json() const { return body_ ? json::parse(*shared_text(), nullptr, false) : json::object(); }

}  // namespace utcp
