#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// Splits text into the words of the full-text index: lower case, accents folded (with utf8proc), not stemmed.
///
/// `getUserById`, `get_user_by_id` and `/user/id-2` give their parts and the whole in one (`getuserbyid`); so `e-mail` also
/// is `email`. Letters and digits are parts by themselves. Scripts that are written without spaces (Chinese, Japanese,
/// Korean, Thai …) give pairs of neighbouring characters. Bytes that are not UTF-8 and control characters separate words.
/// Words of more than 64 bytes are cut.
class word_splitter {
 public:
  struct word {
    std::string_view text;  ///< good until the next call
    bool whole = false;     ///< of several parts
  };
  static constexpr std::size_t max_word_bytes = 64;

  /// Calls `visit(word)` for each.
  template <class Visit>
  void split(std::string_view text, Visit visit) {
    std::size_t at = 0;
    while (next_run(text, at))
      for (const piece& one : pieces_) visit(word{std::string_view(folded_).substr(one.begin, one.size), one.whole});
  }

 private:
  struct piece {
    std::size_t begin;
    std::size_t size;
    bool whole;
  };

  /// Reads the next run of word characters and connectors into `folded_` and `pieces_`. False at the end of the text.
  bool next_run(std::string_view text, std::size_t& at);
  std::size_t read_word(std::string_view text);
  std::size_t read_unspaced(std::string_view text);
  void end_part();
  void add_piece(std::size_t begin, std::size_t size, bool whole);
  void add_whole(std::size_t first_piece);

  std::string folded_;
  std::vector<piece> pieces_;
  std::size_t part_begin_ = 0;
  std::vector<std::size_t> bounds_;  // of the characters of a run without spaces
};

}  // namespace utcp::search_detail
