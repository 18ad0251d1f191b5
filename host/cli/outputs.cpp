#include "outputs.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "stoic/host/data/dataset.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic::cli {

void take_output(std::string& output, Console& console) {
  if (output == "-") output = "/dev/stdout";
  if (output.empty() || !is_standard_output(output)) return;
  if (console.json)
    throw CLI::ValidationError(
        "-o", "is standard output, which --json writes to; name a file, or leave one of the two out");
  console.text_on_stderr = true;
}

void take_output_folder(const std::string& folder) {
  if (folder == "-")
    throw CLI::ValidationError("-o", "a folder cannot go to standard output; name one (\"./-\" is one)");
}

void require_apart(const std::string& option, const std::filesystem::path& output, const Inputs& inputs,
                   const std::string& data_dir) {
  const auto check = [&](const std::filesystem::path& input) {
    if (!is_same_file(output, input)) return;
    const auto name = output == input ? "it" : input.string();
    throw Error(fmt::format("{}: {} would overwrite {}, which the command reads; name another file",
                            output.string(), option, name));
  };
  if (output.empty()) return;
  for (const auto& input : inputs) check(input);
  for (const auto& input : data_files(data_dir)) check(input);
}

void require_apart(const std::string& option, const std::filesystem::path& folder,
                   const std::vector<std::string>& files, const Inputs& inputs, const std::string& data_dir) {
  for (const auto& file : files) require_apart(option, folder / file, inputs, data_dir);
}

void require_different(const std::string& option, const std::filesystem::path& output,
                       const std::string& other_option, const std::filesystem::path& other) {
  if (output.empty() || other.empty()) return;
  std::error_code code;
  const auto place = std::filesystem::weakly_canonical(output, code);
  if (is_same_file(output, other) ||
      (!is_stream(output) && place == std::filesystem::weakly_canonical(other, code)))
    throw Error(
        fmt::format("{}: {} and {} name the same file; name two", output.string(), option, other_option));
}

}  // namespace stoic::cli
