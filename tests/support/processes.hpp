#pragma once

#include <chrono>
#include <cstdio>
#include <dirent.h>
#include <fstream>
#include <string>
#include <sstream>
#include <thread>
#include <unistd.h>
#include <vector>

namespace utcp::testing {

/// Whether a process exists and is more than a zombie.
inline bool is_alive(int id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return false;
  const auto name_end = text.rfind(')');
  return name_end != std::string::npos && text.size() > name_end + 2 && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

/// Children of this process, zombies included.
inline int count_children() {
  int count = 0;
  DIR* folder = ::opendir("/proc");
  while (const dirent* entry = folder ? ::readdir(folder) : nullptr) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    std::ifstream file("/proc/" + std::string(entry->d_name) + "/stat");
    std::string text;
    std::getline(file, text);
    const auto name_end = text.rfind(')');
    int parent = 0;
    char state = 0;
    if (name_end != std::string::npos && std::sscanf(text.c_str() + name_end + 1, " %c %d", &state, &parent) == 2 && parent == ::getpid()) ++count;
  }
  if (folder) ::closedir(folder);
  return count;
}

/// Open descriptors of this process.
inline int count_descriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (folder && ::readdir(folder)) ++count;
  if (folder) ::closedir(folder);
  return count;
}

/// Resident memory of this process, in bytes.
inline std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The numbers at the beginning of each line.
inline std::vector<int> numbers_in(const std::string& lines) {
  std::vector<int> out;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] >= '0' && line[0] <= '9') out.push_back(std::stoi(line));
  return out;
}

/// Looks again and again, since a kernel takes a moment to end a process. False: still not after ten seconds.
template <class Condition>
bool becomes_true(Condition condition) {
  const auto last = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > last) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace utcp::testing
