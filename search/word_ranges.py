#!/usr/bin/env python3
"""Prints the rows of search/src/word_ranges.hpp: the code points beyond ASCII that Python's \\w matches."""

ranges = []
for code in range(0x80, 0x110000):
    if 0xD800 <= code < 0xE000 or not chr(code).isalnum():
        continue
    if ranges and ranges[-1][1] == code - 1:
        ranges[-1][1] = code
    else:
        ranges.append([code, code])

line = "   "
for first, last in ranges:
    row = " {0x%x, 0x%x}," % (first, last)
    if len(line) + len(row) > 128:
        print(line)
        line = "   "
    line += row
print(line)
