#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// What a fuzz target consists of; fuzz.cpp hands it to libFuzzer. Each target is one file with these three.
namespace stoic::fuzz {

/// Reads one input with the library's own function. Error is the refusal that bad input deserves; any other
/// exception, and whatever a sanitizer sees, is a finding. The target bounds what a legal input asks for.
void run(std::string_view input);

/// Good inputs to begin with, made of what is built in.
std::vector<std::string> seeds();

/// Words that inputs of this kind are made of.
std::vector<std::string> words();

// ---- For targets ----

/// Ends the program, as a finding, unless `holds`. `what` is the sentence that does not hold.
void require(bool holds, std::string_view what);

/// The files of a folder of the repository, seen from its top, whose names end so; the smallest ones,
/// together no more than `most` files.
std::vector<std::string> files(const std::filesystem::path& folder, std::string_view ending,
                               std::size_t most = 100);

/// The keys and texts in JSON: every word between quotes.
std::vector<std::string> quoted_words(const std::vector<std::string>& texts);

}  // namespace stoic::fuzz
