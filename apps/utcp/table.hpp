#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace utcp::app {

/// Rows of text in aligned columns. Cells are made harmless and are one line each.
class table {
 public:
  explicit table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

  void add(std::vector<std::string> cells);
  bool empty() const noexcept { return rows_.empty(); }

  /// The lines, each ended by `\n`, two spaces between columns, none at the end of a line. With a width no line is longer:
  /// the last column gives way first, down to 12, then the widest of the others. `bold` writes the headings in bold.
  std::string lines(std::optional<std::size_t> width, bool bold) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

/// Widths of columns that fit into `total` with gaps of two between them; see `table::lines`. At least 1 each.
std::vector<std::size_t> fit_columns(std::vector<std::size_t> natural, std::size_t total);

}  // namespace utcp::app
