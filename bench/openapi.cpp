// From the file of an OpenAPI document to a ready manual, and what stays in memory.
//
//   utcp-bench-openapi FILE [ROUNDS]   one JSON line; times are medians of the rounds, memory is of the first one

#include "cpu_time.hpp"
#include "memory_figure.hpp"

#include <utcp/openapi/convert.hpp>
#ifdef UTCP_WITH_YAML
#include <utcp/openapi/yaml_format.hpp>
#endif

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace utcp;

std::string read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::shared_ptr<const text_format> yaml_or_none() {
#ifdef UTCP_WITH_YAML
  return make_yaml_format();
#else
  return nullptr;
#endif
}

double median(std::vector<double> of) {
  std::ranges::sort(of);
  return of[of.size() / 2];
}

double resident_mb() {
  malloc_trim(0);
  return static_cast<double>(bench::memory_figure("VmRSS")) / 1e6;
}

struct clocks {
  double wall = 0, cpu = 0;
  static clocks now() {
    clocks out;
    out.wall = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
    out.cpu = bench::cpu_us() / 1e3;
    return out;
  }
};

json measure(const std::string& file, int rounds) {
  const auto yaml = yaml_or_none();
  openapi::convert_options options;
  options.spec_url = "https://specs.example.com/apis/x.json";
  options.load = openapi::load_files(std::filesystem::absolute(file).parent_path().string(), yaml);
  std::vector<double> wall, cpu, reading;
  json out;
  const double before = resident_mb();
  for (int round = 0; round < rounds; ++round) {
    const clocks start = clocks::now();
    const std::string text = read_file(file);
    const clocks loaded = clocks::now();
    auto source = openapi::document::read(text, syntax_of_path(file), std::filesystem::absolute(file).string(), yaml.get());
    if (!source) throw std::runtime_error(source.error().message);
    const clocks read = clocks::now();
    auto done = openapi::convert(*source, options);
    if (!done) throw std::runtime_error(done.error().message);
    const clocks end = clocks::now();
    wall.push_back(end.wall - start.wall);
    cpu.push_back(end.cpu - start.cpu);
    reading.push_back(read.cpu - loaded.cpu);
    if (round > 0) continue;
    out = {{"file", std::filesystem::path(file).filename().string()}, {"bytes", text.size()}, {"tools", done->found.tools.size()}, {"notices", done->notices.size()}};
    source = openapi::document();
    const double size = static_cast<double>(text.size()) / 1e6;
    out["resident_more_mb"] = resident_mb() - before - size;  // the text is still there
    out["peak_more_mb"] = static_cast<double>(bench::memory_figure("VmHWM")) / 1e6 - before;
    out["resident_ratio"] = out["resident_more_mb"].get<double>() / size;
    out["peak_ratio"] = out["peak_more_mb"].get<double>() / size;
  }
  out["wall_ms"] = median(wall);
  out["cpu_ms"] = median(cpu);
  out["parse_cpu_ms"] = median(reading);
  return out;
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count < 2) throw std::invalid_argument("usage: utcp-bench-openapi FILE [ROUNDS]");
    std::cout << measure(words[1], count > 2 ? std::max(1, std::stoi(words[2])) : 1).dump() << '\n';
  } catch (const std::exception& e) {
    std::cerr << "utcp-bench-openapi: " << e.what() << '\n';
    return 1;
  }
}
