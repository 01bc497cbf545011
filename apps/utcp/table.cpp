#include "table.hpp"

#include "terminal_text.hpp"

#include <algorithm>
#include <numeric>

namespace utcp::app {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_last = 12;
constexpr std::size_t least_other = 4;

std::string one_line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string out;
  std::size_t owed = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = cut_to_width(cells[i], widths[i]);
    // The padding is written with the next text only, so that no line ends in spaces.
    if (!cell.empty()) {
      out.append(owed, ' ');
      out += cell;
      owed = 0;
    }
    owed += widths[i] - std::min(widths[i], display_width(cell)) + gap;
  }
  return out;
}

}  // namespace

std::vector<std::size_t> fit_columns(std::vector<std::size_t> natural, std::size_t total) {
  if (natural.empty()) return natural;
  const std::size_t gaps = gap * (natural.size() - 1);
  auto used = [&] { return std::accumulate(natural.begin(), natural.end(), gaps); };
  auto give = [&](std::size_t& column, std::size_t least) {
    const std::size_t over = used() > total ? used() - total : 0;
    const std::size_t spare = column > least ? column - least : 0;
    column -= std::min(over, spare);
  };
  give(natural.back(), least_last);
  while (used() > total) {
    auto widest = std::max_element(natural.begin(), natural.end());
    if (*widest <= least_other) break;
    --*widest;
  }
  for (auto it = natural.rbegin(); it != natural.rend(); ++it) give(*it, 1);
  return natural;
}

void table::add(std::vector<std::string> cells) {
  cells.resize(headings_.size());
  for (auto& cell : cells) cell = make_harmless(cell, harmless::line);
  rows_.push_back(std::move(cells));
}

std::string table::lines(std::optional<std::size_t> width, bool bold) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    std::size_t most = display_width(headings_[i]);
    for (const auto& row : rows_) most = std::max(most, display_width(row[i]));
    widths.push_back(most);
  }
  if (width) widths = fit_columns(std::move(widths), *width);
  std::string out;
  if (bold) out += "\x1b[1m";
  out += one_line(headings_, widths);
  if (bold) out += "\x1b[0m";
  out += '\n';
  for (const auto& row : rows_) out += one_line(row, widths) + '\n';
  return out;
}

}  // namespace utcp::app
