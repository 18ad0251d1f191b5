#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "console.hpp"

namespace stoic::cli {

/// For the callback of a subcommand whose option `-o` names one file. "-" becomes /dev/stdout. When the
/// output is standard output, text for people goes to standard error; with --json, CLI::ValidationError:
/// there is one standard output.
void take_output(std::string& output, Console& console);
/// The same for `-o DIR`: CLI::ValidationError for "-", since a folder has no place in a stream.
void take_output_folder(const std::string& folder);

/// Files that a command reads. Names that are no file, such as those of built-in recipes, count for nothing.
using Inputs = std::vector<std::filesystem::path>;

/// Throws Error when `output`, which `option` names, is one of the inputs or a file of the data in `data_dir`
/// (empty: $STOIC_DATA_DIR), by whatever name or link: writing would destroy what the user has.
void require_apart(const std::string& option, const std::filesystem::path& output, const Inputs& inputs,
                   const std::string& data_dir = {});
/// The same for every file of a folder.
void require_apart(const std::string& option, const std::filesystem::path& folder,
                   const std::vector<std::string>& files, const Inputs& inputs,
                   const std::string& data_dir = {});

/// Throws Error when both options name one file, there or not yet. Empty names count for nothing.
void require_different(const std::string& option, const std::filesystem::path& output,
                       const std::string& other_option, const std::filesystem::path& other);

}  // namespace stoic::cli
