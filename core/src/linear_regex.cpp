#include "linear_regex.hpp"

#include "utf8.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace utcp {
namespace {

constexpr std::size_t max_pattern_bytes = 16'384;
constexpr std::size_t max_instructions = 20'000;
constexpr std::uint64_t max_terms = 200'000;  // of one pattern: a repeated empty group emits nothing, a repeated class copies its ranges
constexpr int max_depth = 100;
constexpr char32_t last_code_point = 0x10FFFF;

bool is_word(char32_t c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

int hex_value(char32_t c) {
  if (c >= '0' && c <= '9') return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

std::u32string decoded(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const code_point next = decode_code_point(text, at);
    out += next.value;
    at += next.bytes;
  }
  return out;
}

}  // namespace

/// Recursive descent straight into a program; a repeated part is parsed once for each copy.
class regex_compiler {
 public:
  regex_compiler(std::string_view pattern, std::uint64_t terms) : text_(decoded(pattern)), terms_(terms) {}

  std::uint64_t terms_left() const noexcept { return terms_; }

  result<linear_regex> run() {
    alternation(0);
    if (failure_.empty() && at_ != text_.size()) fail("an unmatched )");
    if (!failure_.empty()) return error(errc::unsupported, std::move(failure_));
    emit(op::match);
    return std::move(out_);
  }

 private:
  using op = linear_regex::op;
  using code_points = linear_regex::code_points;

  void fail(std::string why) {
    if (failure_.empty()) failure_ = std::move(why);
    at_ = text_.size();
  }
  bool more() const { return at_ < text_.size(); }
  bool next_is(char32_t c) const { return more() && text_[at_] == c; }
  bool eat(char32_t c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  bool eat(std::u32string_view word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }

  bool count_term() {
    if (terms_ == 0) return fail("a pattern that expands too far"), false;
    --terms_;
    return true;
  }

  std::uint32_t here() const { return static_cast<std::uint32_t>(out_.program_.size()); }
  std::uint32_t emit(op what, std::uint32_t a = 0, std::uint32_t b = 0) {
    if (out_.program_.size() >= max_instructions) {
      fail("a pattern that expands too far");
      return 0;
    }
    out_.program_.push_back({what, a, b});
    return here() - 1;
  }
  void emit_set(code_points set) {
    std::sort(set.ranges.begin(), set.ranges.end());
    std::size_t kept = 0;  // ranges that touch become one, so that a look-up is one binary search
    for (std::size_t i = 0; i < set.ranges.size(); ++i) {
      if (kept > 0 && set.ranges[i].first <= set.ranges[kept - 1].second + 1) set.ranges[kept - 1].second = std::max(set.ranges[kept - 1].second, set.ranges[i].second);
      else set.ranges[kept++] = set.ranges[i];
    }
    set.ranges.resize(kept);
    // The copies of a repeated class share one set.
    const auto [at, added] = known_sets_.try_emplace({set.negated, set.ranges}, static_cast<std::uint32_t>(out_.sets_.size()));
    if (added) out_.sets_.push_back(std::move(set));
    emit(op::set, at->second);
  }

  void alternation(int depth) {
    if (depth > max_depth) return fail("groups that are nested too deep");
    std::vector<std::uint32_t> ends;
    for (;;) {
      if (!count_term()) return;
      const std::uint32_t begin = here();
      sequence(depth);
      if (!eat(U'|')) break;
      // Known only now that there is another alternative: the first moves up by one.
      insert_split(begin);
      ends.push_back(emit(op::jump));
      if (!failure_.empty()) return;
      out_.program_[begin].b = here();
    }
    for (std::uint32_t end : ends)
      if (end < here()) out_.program_[end].a = here();
  }

  /// Puts a split before `begin`, whose first target is what follows it.
  void insert_split(std::uint32_t begin) {
    if (out_.program_.size() >= max_instructions) return fail("a pattern that expands too far");
    auto& program = out_.program_;
    for (std::size_t i = begin; i < program.size(); ++i) {
      if (program[i].what != op::split && program[i].what != op::jump) continue;
      if (program[i].a >= begin) ++program[i].a;
      if (program[i].what == op::split && program[i].b >= begin) ++program[i].b;
    }
    program.insert(program.begin() + begin, {op::split, begin + 1, 0});
  }

  void sequence(int depth) {
    while (more() && !next_is(U'|') && !next_is(U')')) {
      const std::size_t source = at_;
      const std::uint32_t begin = here();
      const bool repeatable = term(depth);
      if (!failure_.empty()) return;
      quantifier(source, begin, repeatable, depth);
      if (!failure_.empty()) return;
    }
  }

  struct counts {
    unsigned least = 1;
    std::optional<unsigned> most = 1;
  };
  std::optional<unsigned> number() {
    std::optional<unsigned> out;
    while (more() && text_[at_] >= '0' && text_[at_] <= '9') out = std::min(out.value_or(0) * 10 + static_cast<unsigned>(text_[at_++] - '0'), 1'000'000u);
    return out;
  }
  std::optional<counts> read_counts() {
    if (eat(U'*')) return counts{0, std::nullopt};
    if (eat(U'+')) return counts{1, std::nullopt};
    if (eat(U'?')) return counts{0, 1};
    const std::size_t start = at_;
    if (!eat(U'{')) return std::nullopt;
    counts out;
    if (auto least = number()) {
      out.least = *least;
      out.most = least;
      if (eat(U',')) out.most = number();
      if (eat(U'}')) return out;
    }
    at_ = start;  // a brace that is no quantifier is a brace
    return std::nullopt;
  }

  bool at_quantifier() {
    const std::size_t start = at_;
    const bool found = read_counts().has_value();
    at_ = start;
    return found;
  }

  void quantifier(std::size_t source, std::uint32_t begin, bool repeatable, int depth) {
    const auto how = read_counts();
    if (!how) return;
    if (!repeatable) return fail("a quantifier with nothing to repeat");
    eat(U'?');  // lazy or not, the same texts match
    if (at_quantifier()) return fail("a quantifier after a quantifier");
    if (how->most && *how->most < how->least) return fail("a quantifier that is out of order");
    const std::size_t after = at_;
    out_.program_.resize(begin);
    auto copy = [&] {
      at_ = source;
      term(depth);
    };
    for (unsigned i = 0; i < how->least && failure_.empty(); ++i) copy();
    if (!how->most) {
      const std::uint32_t loop = emit(op::split);
      copy();
      emit(op::jump, loop);
      if (failure_.empty()) out_.program_[loop] = {op::split, loop + 1, here()};
    } else {
      std::vector<std::uint32_t> exits;
      for (unsigned i = how->least; i < *how->most && failure_.empty(); ++i) {
        exits.push_back(emit(op::split));
        copy();
      }
      if (failure_.empty())
        for (std::uint32_t exit : exits) out_.program_[exit] = {op::split, exit + 1, here()};
    }
    if (failure_.empty()) at_ = after;
  }

  /// One atom or assertion; whether it may be repeated.
  bool term(int depth) {
    if (!count_term()) return false;
    if (at_quantifier()) return fail("a quantifier with nothing to repeat"), false;
    const char32_t c = text_[at_++];
    switch (c) {
      case U'^': emit(op::text_begin); return false;
      case U'$': emit(op::text_end); return false;
      case U'.': emit_set({{{U'\n', U'\n'}, {U'\r', U'\r'}, {0x2028, 0x2029}}, true}); return true;
      case U'(': group(depth); return true;
      case U'[': bracket(); return true;
      case U'\\': return escape();
      default: emit_set({{{c, c}}, false}); return true;
    }
  }

  void group(int depth) {
    if (eat(U'?')) {
      if (eat(U'=') || eat(U'!') || eat(U"<=") || eat(U"<!")) return fail("look-around");
      if (eat(U'<')) {
        while (more() && !next_is(U'>')) ++at_;
        if (!eat(U'>')) return fail("a group name without end");
      } else if (!eat(U':')) {
        return fail("flags in a group");
      }
    }
    alternation(depth + 1);
    if (failure_.empty() && !eat(U')')) fail("a group without end");
  }

  bool escape() {
    if (eat(U'b')) return emit(op::word_edge), false;
    if (eat(U'B')) return emit(op::no_word_edge), false;
    if (more() && text_[at_] >= '1' && text_[at_] <= '9') return fail("back references"), false;
    code_points set;
    if (auto c = escaped(set)) set.ranges.emplace_back(*c, *c);
    emit_set(std::move(set));
    return true;
  }

  static void add_negated(code_points& to, std::vector<linear_regex::range> ranges) {
    char32_t from = 0;
    for (const auto& [low, high] : ranges) {
      if (low > from) to.ranges.emplace_back(from, low - 1);
      from = high + 1;
    }
    to.ranges.emplace_back(from, last_code_point);
  }

  /// After a backslash: one code point, or a class that goes into `set`.
  std::optional<char32_t> escaped(code_points& set) {
    using ranges = std::vector<linear_regex::range>;
    static const ranges digits{{'0', '9'}};
    static const ranges words{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    static const ranges spaces{{9, 13}, {32, 32}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
    if (!more()) return fail("a backslash at the end"), std::nullopt;
    const char32_t c = text_[at_++];
    auto take = [&](const ranges& from) { set.ranges.insert(set.ranges.end(), from.begin(), from.end()); };
    switch (c) {
      case U'd': take(digits); return std::nullopt;
      case U'w': take(words); return std::nullopt;
      case U's': take(spaces); return std::nullopt;
      case U'D': add_negated(set, digits); return std::nullopt;
      case U'W': add_negated(set, words); return std::nullopt;
      case U'S': add_negated(set, spaces); return std::nullopt;
      case U't': return U'\t';
      case U'n': return U'\n';
      case U'r': return U'\r';
      case U'f': return U'\f';
      case U'v': return U'\v';
      case U'0': return U'\0';
      case U'x': return hex(2);
      case U'u': return unicode();
      case U'c':
        if (more() && ((text_[at_] >= 'a' && text_[at_] <= 'z') || (text_[at_] >= 'A' && text_[at_] <= 'Z'))) return text_[at_++] % 32;
        break;
      default:
        if (!is_word(c)) return c;
    }
    fail("an escape \\" + (c < 0x80 ? std::string(1, static_cast<char>(c)) : std::string("of another letter")));
    return std::nullopt;
  }

  std::optional<char32_t> hex(int digits) {
    char32_t out = 0;
    for (; digits > 0; --digits) {
      const int value = more() ? hex_value(text_[at_]) : -1;
      if (value < 0) return fail("a hexadecimal escape that is wrong"), std::nullopt;
      out = out * 16 + static_cast<char32_t>(value);
      ++at_;
    }
    return out;
  }
  std::optional<char32_t> unicode() {
    if (eat(U'{')) {
      char32_t out = 0;
      while (more() && hex_value(text_[at_]) >= 0 && out <= last_code_point) out = out * 16 + static_cast<char32_t>(hex_value(text_[at_++]));
      if (!eat(U'}') || out > last_code_point) return fail("a code point that is wrong"), std::nullopt;
      return out;
    }
    const auto high = hex(4);
    if (!high || *high < 0xD800 || *high > 0xDBFF || !eat(U"\\u")) return high;
    const auto low = hex(4);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return fail("half a surrogate pair"), std::nullopt;
    return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
  }

  void bracket() {
    code_points set;
    set.negated = eat(U'^');
    while (more() && !next_is(U']')) {
      const auto low = class_atom(set);
      if (!next_is(U'-') || at_ + 1 >= text_.size() || text_[at_ + 1] == U']') {
        if (low) set.ranges.emplace_back(*low, *low);
        continue;
      }
      ++at_;
      const auto high = class_atom(set);
      if (low && high && *low > *high) return fail("a range that is out of order");
      if (low && high) {
        set.ranges.emplace_back(*low, *high);
      } else {  // next to a class a hyphen is a hyphen
        set.ranges.emplace_back(U'-', U'-');
        for (const auto& end : {low, high})
          if (end) set.ranges.emplace_back(*end, *end);
      }
    }
    if (!failure_.empty()) return;
    if (!eat(U']')) return fail("a class without end");
    emit_set(std::move(set));
  }
  std::optional<char32_t> class_atom(code_points& set) {
    if (!count_term()) return std::nullopt;
    const char32_t c = text_[at_++];
    if (c != U'\\') return c;
    if (eat(U'b')) return U'\b';
    if (eat(U'-')) return U'-';
    return escaped(set);
  }

  std::u32string text_;
  std::size_t at_ = 0;
  std::uint64_t terms_;
  std::string failure_;
  std::map<std::pair<bool, std::vector<linear_regex::range>>, std::uint32_t> known_sets_;
  linear_regex out_;
};

result<linear_regex> linear_regex::compile(std::string_view pattern, std::uint64_t& terms) {
  if (pattern.size() > max_pattern_bytes) return error(errc::unsupported, "a pattern of more than " + std::to_string(max_pattern_bytes) + " bytes");
  const std::uint64_t granted = std::min(terms, max_terms);
  regex_compiler compiler(pattern, granted);
  auto made = compiler.run();
  terms -= granted - compiler.terms_left();
  return made;
}

bool linear_regex::code_points::contains(char32_t c) const noexcept {
  auto after = std::upper_bound(ranges.begin(), ranges.end(), c, [](char32_t v, const range& r) { return v < r.first; });
  const bool inside = after != ranges.begin() && std::prev(after)->second >= c;
  return inside != negated;
}

/// The instructions that are reached at one place of the text, each once.
struct linear_regex::threads {
  explicit threads(std::size_t size) : reached(size, 0) {}
  std::vector<std::uint32_t> waiting;  // of `set`s
  std::vector<std::uint32_t> reached;  // round in which an instruction was reached last
  std::uint32_t round = 0;
  void clear() {
    waiting.clear();
    ++round;
  }
};

/// Follows what takes no code point; true when it leads to a match.
bool linear_regex::add(threads& to, std::uint32_t at, bool at_begin, bool at_end, bool at_edge, std::uint64_t& steps) const {
  std::vector<std::uint32_t> open(1, at);
  while (!open.empty() && steps > 0) {
    const std::uint32_t now = open.back();
    open.pop_back();
    if (to.reached[now] == to.round) continue;
    to.reached[now] = to.round;
    --steps;
    const instruction& each = program_[now];
    switch (each.what) {
      case op::match: return true;
      case op::set: to.waiting.push_back(now); break;
      case op::jump: open.push_back(each.a); break;
      case op::split:
        open.push_back(each.b);
        open.push_back(each.a);
        break;
      case op::text_begin:
        if (at_begin) open.push_back(now + 1);
        break;
      case op::text_end:
        if (at_end) open.push_back(now + 1);
        break;
      case op::word_edge:
        if (at_edge) open.push_back(now + 1);
        break;
      case op::no_word_edge:
        if (!at_edge) open.push_back(now + 1);
        break;
    }
  }
  return false;
}

linear_regex::outcome linear_regex::search(std::string_view text, std::uint64_t& steps) const {
  // Making room for the threads takes time too.
  const std::uint64_t setup = program_.size() / 16;
  if (steps <= setup) return steps = 0, outcome::out_of_steps;
  steps -= setup;
  threads now(program_.size());
  threads next(program_.size());
  bool word_before = false;
  now.clear();
  for (std::size_t at = 0;; ) {
    const bool at_end = at == text.size();
    const code_point here = at_end ? code_point{} : decode_code_point(text, at);
    const bool word_here = !at_end && is_word(here.value);
    // A match may begin anywhere.
    if (add(now, 0, at == 0, at_end, word_before != word_here, steps)) return outcome::found;
    if (steps == 0) return outcome::out_of_steps;
    if (at_end) return outcome::absent;
    const std::size_t after = at + here.bytes;
    const bool end_after = after == text.size();
    const bool word_after = !end_after && is_word(decode_code_point(text, after).value);
    next.clear();
    for (std::uint32_t thread : now.waiting) {
      if (!sets_[program_[thread].a].contains(here.value)) continue;
      if (add(next, thread + 1, false, end_after, word_here != word_after, steps)) return outcome::found;
      if (steps == 0) return outcome::out_of_steps;
    }
    std::swap(now, next);
    word_before = word_here;
    at = after;
  }
}

}  // namespace utcp
