// Runs a fuzzer over files, and over the files of directories, once each: replay for compilers without libFuzzer.
#include "fuzz_input.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fs = std::filesystem;

namespace {

std::size_t run_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  // Named before it is run, so that a crash can be told from.
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      count += run_file(argv[i]);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(argv[i])) count += run_file(entry.path());
  }
  if (count == 0) std::fputs("no input: name files or directories\n", stderr);
  return count == 0 ? 1 : 0;
}
