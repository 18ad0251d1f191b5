#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace stoic::cli {

/// What holds for the values of all options of all subcommands: a value is never empty, and never an option
/// that was taken for a file name (`-o --json`). Numbers are decimal: `1e4` and `007` are 10000 and 7.
void check_values(CLI::App& app);

/// Whether it is no flag.
bool takes_value(const CLI::Option& option);

/// Whether all options are known and there, but one has a value that it does not take, or stands beside others that it does
/// not go with: bad input, as in a file.
bool is_bad_option(const CLI::ParseError& error);

/// What is wrong with a command line that CLI11 refused, in one line: the subcommand or option that was
/// meant, where one is near.
std::string usage_mistake(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments);

}  // namespace stoic::cli
