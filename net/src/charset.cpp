#include "charset.hpp"

#include <utcp/utf8.hpp>

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace utcp::net {

struct charset {
  const char* name;         // as the C library calls it; null: UTF-8, which it reads too leniently
  std::size_t unit = 1;     // bytes to leave out after an illegal sequence
  bool open_order = false;  // the name lacks LE or BE
  bool may_be_utf8 = false;
  bool holds_back = false;  // the C library keeps a character until it knows that no accent follows
};

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view mark = "\xEF\xBB\xBF";

struct label {
  std::string_view text;
  charset meaning;
};

// https://encoding.spec.whatwg.org/#names-and-labels, without labels that no HTTP server sends; to it UTF-32. As there, a label
// stands for the superset that is really sent: windows-1252 for ISO-8859-1, windows-31j for Shift_JIS.
constexpr std::array labels = {
    label{"utf-8", {nullptr, 1, false, true}}, label{"utf8", {nullptr, 1, false, true}}, label{"unicode-1-1-utf-8", {nullptr, 1, false, true}},
    label{"us-ascii", {"CP1252", 1, false, true}}, label{"ascii", {"CP1252", 1, false, true}}, label{"ansi_x3.4-1968", {"CP1252", 1, false, true}},
    label{"iso-8859-1", {"CP1252", 1, false, true}}, label{"iso8859-1", {"CP1252", 1, false, true}}, label{"iso88591", {"CP1252", 1, false, true}},
    label{"iso_8859-1", {"CP1252", 1, false, true}}, label{"latin1", {"CP1252", 1, false, true}}, label{"l1", {"CP1252", 1, false, true}},
    label{"windows-1252", {"CP1252", 1, false, true}}, label{"cp1252", {"CP1252", 1, false, true}}, label{"x-cp1252", {"CP1252", 1, false, true}},
    label{"utf-16", {"UTF-16LE", 2, true}}, label{"utf16", {"UTF-16LE", 2, true}}, label{"ucs-2", {"UTF-16LE", 2, true}}, label{"unicode", {"UTF-16LE", 2, true}},
    label{"utf-16le", {"UTF-16LE", 2}}, label{"utf-16be", {"UTF-16BE", 2}},
    label{"utf-32", {"UTF-32LE", 4, true}}, label{"utf32", {"UTF-32LE", 4, true}}, label{"utf-32le", {"UTF-32LE", 4}}, label{"utf-32be", {"UTF-32BE", 4}},
    label{"iso-8859-2", {"ISO-8859-2"}}, label{"iso8859-2", {"ISO-8859-2"}}, label{"latin2", {"ISO-8859-2"}},
    label{"iso-8859-3", {"ISO-8859-3"}}, label{"latin3", {"ISO-8859-3"}}, label{"iso-8859-4", {"ISO-8859-4"}}, label{"latin4", {"ISO-8859-4"}},
    label{"iso-8859-5", {"ISO-8859-5"}}, label{"cyrillic", {"ISO-8859-5"}}, label{"iso-8859-6", {"ISO-8859-6"}}, label{"arabic", {"ISO-8859-6"}},
    label{"iso-8859-7", {"ISO-8859-7"}}, label{"greek", {"ISO-8859-7"}}, label{"iso-8859-8", {"ISO-8859-8"}}, label{"iso-8859-8-i", {"ISO-8859-8"}}, label{"hebrew", {"ISO-8859-8"}},
    label{"iso-8859-9", {"CP1254"}}, label{"latin5", {"CP1254"}}, label{"iso-8859-10", {"ISO-8859-10"}}, label{"latin6", {"ISO-8859-10"}},
    label{"iso-8859-11", {"CP874"}}, label{"tis-620", {"CP874"}}, label{"windows-874", {"CP874"}},
    label{"iso-8859-13", {"ISO-8859-13"}}, label{"iso-8859-14", {"ISO-8859-14"}}, label{"iso-8859-15", {"ISO-8859-15"}}, label{"latin9", {"ISO-8859-15"}}, label{"iso-8859-16", {"ISO-8859-16"}},
    label{"windows-1250", {"CP1250"}}, label{"cp1250", {"CP1250"}}, label{"windows-1251", {"CP1251"}}, label{"cp1251", {"CP1251"}},
    label{"windows-1253", {"CP1253"}}, label{"cp1253", {"CP1253"}}, label{"windows-1254", {"CP1254"}}, label{"cp1254", {"CP1254"}},
    label{"windows-1255", {"CP1255", 1, false, false, true}}, label{"cp1255", {"CP1255", 1, false, false, true}}, label{"windows-1256", {"CP1256"}}, label{"cp1256", {"CP1256"}},
    label{"windows-1257", {"CP1257"}}, label{"cp1257", {"CP1257"}}, label{"windows-1258", {"CP1258", 1, false, false, true}}, label{"cp1258", {"CP1258", 1, false, false, true}},
    label{"koi8-r", {"KOI8-R"}}, label{"koi8-u", {"KOI8-U"}}, label{"ibm866", {"IBM866"}}, label{"cp866", {"IBM866"}}, label{"macintosh", {"MACINTOSH"}},
    label{"gbk", {"GB18030"}}, label{"gb2312", {"GB18030"}}, label{"gb_2312-80", {"GB18030"}}, label{"x-gbk", {"GB18030"}}, label{"gb18030", {"GB18030"}},
    label{"big5", {"BIG5-HKSCS", 1, false, false, true}}, label{"big5-hkscs", {"BIG5-HKSCS", 1, false, false, true}},
    label{"euc-jp", {"EUC-JP-MS"}}, label{"x-euc-jp", {"EUC-JP-MS"}}, label{"iso-2022-jp", {"ISO-2022-JP"}},
    label{"shift_jis", {"CP932"}}, label{"shift-jis", {"CP932"}}, label{"sjis", {"CP932"}}, label{"x-sjis", {"CP932"}}, label{"windows-31j", {"CP932"}}, label{"ms932", {"CP932"}},
    label{"euc-kr", {"UHC"}}, label{"ks_c_5601-1987", {"UHC"}}, label{"windows-949", {"UHC"}},
};

/// How many bytes at the front of a text can begin one UTF-8 sequence, and how many that sequence has. {1, 0}: none begins so.
std::pair<std::size_t, std::size_t> utf8_beginning(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0xC2 || lead > 0xF4) return {1, 0};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  std::size_t good = 1;
  for (; good < std::min(size, text.size()); ++good) {
    const unsigned char least = good == 1 && lead == 0xE0 ? 0xA0 : good == 1 && lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char most = good == 1 && lead == 0xED ? 0x9F : good == 1 && lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(good) < least || byte(good) > most) break;
  }
  return {good, size};
}

}  // namespace

const charset* find_charset(std::string_view text) noexcept {
  const auto found = std::find_if(labels.begin(), labels.end(), [&](const label& each) { return each.text == text; });
  return found == labels.end() ? nullptr : &found->meaning;
}

bool may_be_utf8(const charset& of) noexcept { return of.may_be_utf8; }
bool is_wide(const charset& of) noexcept { return of.unit > 1; }

void charset_decoder::closer::operator()(void* converter) const noexcept { ::iconv_close(converter); }

bool charset_decoder::open(const char* name) {
  const iconv_t made = ::iconv_open("UTF-8", name);
  if (made == reinterpret_cast<iconv_t>(-1)) return false;
  converter_.reset(made);
  return true;
}

charset_decoder::charset_decoder(const charset& from) : from_(&from), order_is_open_(from.open_order) {}

std::optional<charset_decoder> charset_decoder::of(const charset& from) {
  charset_decoder out(from);
  if (from.name && !out.open(from.name)) return std::nullopt;
  return out;
}

// RFC 2781 would have text without a mark big-endian, but what is sent is little-endian (as WHATWG reads it).
void charset_decoder::choose_order() {
  const bool swapped = from_->unit == 2 ? rest_.starts_with("\xFE\xFF") || (rest_[0] == 0 && rest_[1] != 0) : rest_[0] == 0 && rest_[3] != 0;
  if (swapped) open(from_->unit == 2 ? "UTF-16BE" : "UTF-32BE");
}

void charset_decoder::feed(std::string_view bytes, std::string& out) {
  if (order_is_open_) {
    const std::size_t wanted = std::min(from_->unit - rest_.size(), bytes.size());
    rest_ += bytes.substr(0, wanted);
    bytes.remove_prefix(wanted);
    if (rest_.size() < from_->unit) return;
    choose_order();
    order_is_open_ = false;
  }
  const std::size_t begin = out.size();
  // The rest takes what it lacks, not all that came.
  for (bool first = true; !rest_.empty() && (first || !bytes.empty()); first = false) {
    const std::string joined = std::exchange(rest_, std::string()).append(bytes.substr(0, 1));
    bytes.remove_prefix(std::min<std::size_t>(1, bytes.size()));
    convert(joined, out);
  }
  convert(bytes, out);
  if (out.size() == begin) return;
  if (at_start_ && (is_wide(*from_) || !from_->name) && std::string_view(out).substr(begin).starts_with(mark)) out.erase(begin, mark.size());
  at_start_ = false;
}

void charset_decoder::convert(std::string_view bytes, std::string& out) {
  if (!from_->name) return convert_utf8(bytes, out);
  char* in = const_cast<char*>(bytes.data());  // iconv does not write there
  std::size_t left = bytes.size();
  std::array<char, 4096> block;
  while (left > 0) {
    char* to = block.data();
    std::size_t room = block.size();
    const std::size_t done = ::iconv(converter_.get(), &in, &left, &to, &room);
    const int why = done == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(block.data(), block.size() - room);
    if (why == EINVAL) {
      rest_.assign(in, left);
      return;
    }
    if (why == 0 || why == E2BIG) continue;
    if (from_->holds_back) give_back(out);
    out += replacement;
    const std::size_t skipped = std::min(from_->unit, left);
    in += skipped;
    left -= skipped;
  }
}

// As many U+FFFD as the Encoding standard has.
void charset_decoder::convert_utf8(std::string_view bytes, std::string& out) {
  for (;;) {
    const std::size_t good = utf8_prefix_size(bytes);
    out += bytes.substr(0, good);
    bytes.remove_prefix(good);
    if (bytes.empty()) return;
    const auto [begun, size] = utf8_beginning(bytes);
    if (begun == bytes.size() && begun < size) {
      rest_ = bytes;
      return;
    }
    out += replacement;
    bytes.remove_prefix(begun);
  }
}

void charset_decoder::give_back(std::string& out) {
  std::array<char, 32> block;
  char* to = block.data();
  std::size_t room = block.size();
  ::iconv(converter_.get(), nullptr, nullptr, &to, &room);
  out.append(block.data(), block.size() - room);
}

void charset_decoder::finish(std::string& out) {
  if (from_->holds_back) give_back(out);
  if (!rest_.empty()) out += replacement;
  rest_.clear();
}

std::optional<std::string> to_utf8(std::string_view bytes, const charset& from) {
  auto decoder = charset_decoder::of(from);
  if (!decoder) return std::nullopt;
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 2);
  decoder->feed(bytes, out);
  decoder->finish(out);
  return out;
}

}  // namespace utcp::net
