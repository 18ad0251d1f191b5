// What all fuzz targets share: the entries of libFuzzer, and "--seeds FOLDER", which writes the inputs to
// begin with into FOLDER and the words beside it, into FOLDER.dict.
#include "fuzz.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic::fuzz {

void require(bool holds, std::string_view what) {
  if (holds) return;
  fmt::print(stderr, "finding: {}\n", what);
  std::abort();
}

std::vector<std::string> files(const std::filesystem::path& folder, std::string_view ending,
                               std::size_t most) {
  std::vector<std::string> contents;
  for (const auto& entry : std::filesystem::directory_iterator(STOIC_SOURCE_DIR / folder)) {
    if (!entry.path().string().ends_with(ending)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    contents.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::ranges::sort(contents, [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  contents.resize(std::min(most, contents.size()));
  return contents;
}

std::vector<std::string> quoted_words(const std::vector<std::string>& texts) {
  static const std::regex quoted("\"[^\"\\\\]{1,40}\"");
  std::set<std::string> words;
  for (const auto& text : texts)
    for (std::sregex_iterator at(text.begin(), text.end(), quoted), end; at != end; ++at)
      words.insert(at->str());
  return {words.begin(), words.end()};
}

namespace {

void write(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw Error(fmt::format("{}: cannot be written", path.string()));
}

void write_seeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const auto all = seeds();
  for (std::size_t i = 0; i < all.size(); ++i) write(folder / fmt::format("seed-{:03}", i), all[i]);
  std::string dictionary;
  for (const auto& word : words()) {
    dictionary += '"';
    for (const unsigned char c : word) dictionary += fmt::format("\\x{:02x}", c);
    dictionary += "\"\n";
  }
  write(folder.string() + ".dict", dictionary);
}

}  // namespace
}  // namespace stoic::fuzz

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  if (*count != 3 || std::string_view((*arguments)[1]) != "--seeds") return 0;
  try {
    stoic::fuzz::write_seeds((*arguments)[2]);
    std::exit(0);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    std::exit(3);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    stoic::fuzz::run({reinterpret_cast<const char*>(data), size});
  } catch (const stoic::Error& error) {
    // What the command would print
    stoic::fuzz::require(!stoic::one_line(error.what()).empty(), "an Error has a message");
  }
  return 0;
}
