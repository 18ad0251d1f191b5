#include "arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

#include "options.hpp"
#include "stoic/host/model/setting.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic::cli {
namespace {

std::string type_of(const CLI::Option& option) {
  return option.get_type_name().substr(0, option.get_type_name().find(':'));
}

bool is_number(const std::string& type) {
  const auto kinds = {"N", "P", "S", "E", "RATIO", "SECONDS", "SHARE", "INT", "UINT", "FLOAT"};
  return std::find(kinds.begin(), kinds.end(), type) != kinds.end();
}

/// "-x", "--word", but neither "-" nor "-5" nor "-.5".
bool looks_like_option(const std::string& text) {
  return text.size() > 1 && text[0] == '-' && std::isdigit(static_cast<unsigned char>(text[1])) == 0 &&
         text[1] != '.';
}

/// The largest whole number that an option of the type holds; none for others. What is larger would be cut to
/// it.
std::optional<std::uint64_t> largest_of(const std::string& type) {
  if (type == "S") return UINT64_MAX;
  if (type == "N" || type == "INT" || type == "UINT") return INT64_MAX;
  return std::nullopt;
}

/// Empty for a good value, else what is wrong.
std::string check_number(std::string& text, const std::string& type) {
  try {
    const auto value = setting_value(text, "");
    const auto most = largest_of(type);
    const bool too_large =
        most && (value.is_number_unsigned() ? value.get<std::uint64_t>() > *most
                                            : value.is_number_float() && value.get<double>() > 9e18);
    if (too_large) return fmt::format("{} is too large; give {} at most", text, *most);
    if (value.is_number_integer()) text = value.dump();
    if (value.is_number()) return "";
  } catch (const Error&) {
  }
  return fmt::format("\"{}\" is no number; write it in digits, such as 10000, 0.5 or 1e4", text);
}

std::string check_value(std::string& text, const std::string& type) {
  if (text.find_first_not_of(" \t") == text.npos)
    return "is given an empty text; name what it wants or leave it out";
  if (looks_like_option(text))
    return fmt::format("\"{0}\" is an option, not a value; for a file of that name write ./{0}", text);
  return is_number(type) ? check_number(text, type) : "";
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

/// Where the mistake is, "train: ", after the name of the program.
std::string place(const CLI::App& command) {
  if (command.get_parent() == nullptr) return "";
  return path_of(command).substr(std::string("stoic ").size()) + ": ";
}

}  // namespace

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

void check_values(CLI::App& app) {
  for (auto* option : app.get_options())
    if (takes_value(*option)) {
      // A transformation comes before the checks of the option itself.
      option->transform(CLI::Validator(
          [type = type_of(*option)](std::string& text) { return check_value(text, type); }, ""));
    }
  for (auto* command : app.get_subcommands({})) check_values(*command);
}

bool is_bad_option(const CLI::ParseError& error) {
  using CLI::ExitCodes;
  const auto kinds = {ExitCodes::ValidationError, ExitCodes::ConversionError, ExitCodes::ExcludesError,
                      ExitCodes::RequiresError};
  return std::ranges::any_of(kinds,
                             [&](ExitCodes kind) { return error.get_exit_code() == static_cast<int>(kind); });
}

std::string usage_mistake(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments) {
  const CLI::App* command = &app;
  for (const auto& argument : arguments) {
    if (command->get_subcommands({}).empty()) break;
    if (argument.empty() || argument[0] == '-') continue;
    const CLI::App* next = nullptr;
    std::vector<std::string> names;
    for (const auto* known : command->get_subcommands({})) {
      names.push_back(known->get_name());
      if (names.back() == argument) next = known;
    }
    if (next == nullptr) {
      const auto near = nearest_word(argument, names);
      const auto help = fmt::format("see {} --help", path_of(*command));
      if (near.empty() && command != &app)
        return fmt::format("{}\"{}\" is not the name of one; write {} NAME {}, such as {} {} {}; {}",
                           place(*command), argument, path_of(*command), argument, path_of(*command),
                           names.front(), argument, help);
      return fmt::format("{}there is no subcommand \"{}\"; {}", place(*command), argument,
                         near.empty() ? help : fmt::format("did you mean {}?", near));
    }
    command = next;
  }
  const auto help = fmt::format("see {} --help", path_of(*command));
  const auto left = app.remaining(true);
  for (auto argument : left) {
    if (!looks_like_option(argument)) continue;
    argument = argument.substr(0, argument.find('='));
    const auto near = argument.size() > 2 ? nearest_word(argument, option_names(*command)) : "";
    return fmt::format("{}there is no option {}; {}", place(*command), argument,
                       near.empty() ? help : fmt::format("did you mean {}?", near));
  }
  if (!left.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    return fmt::format("{}\"{}\" is one argument too many; {}", place(*command), left.front(), help);
  return fmt::format("{}{}; {}", place(*command), error.what(), help);
}

}  // namespace stoic::cli
