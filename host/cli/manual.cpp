#include <fmt/format.h>
#include <fmt/ranges.h>

#include "arguments.hpp"
#include "commands.hpp"
#include "options.hpp"
#include "shipped.hpp"
#include "stoic/host/library/recipes.hpp"

// The man page and the completions of shells, from the options themselves.
namespace stoic::cli {
namespace {

struct CompletionOptions {
  std::string shell;
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

bool is_positional(const CLI::Option& option) {
  return option.get_lnames().empty() && option.get_snames().empty();
}

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> all_spellings(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options())
    for (auto& name : spellings(*option)) names.push_back(std::move(name));
  return names;
}

/// The words that a value may be, besides a file: built-in names, or the choices of the option.
std::vector<std::string> known_values(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto name = option.get_name(true);
  if (name == "RECIPE") return recipe_list();
  if (name == "SWEEP") return shipped_names(shipped_sweeps);
  if (name == "ROWS") return shipped_names(shipped_tables);
  if (type.starts_with("HW")) return hardware_config_names();
  if (type.starts_with("ELF")) return shipped_names(shipped_firmware);
  std::vector<std::string> choices;  // CLI11 writes them behind the type: "TEXT:{a,b}"
  const auto open = type.find('{'), close = type.find('}');
  if (open == type.npos || close == type.npos) return choices;
  for (std::size_t from = open + 1; from <= close;) {
    const auto to = std::min(type.find(',', from), close);
    choices.push_back(type.substr(from, to - from));
    from = to + 1;
  }
  return choices;
}

/// Whether no file is a value: CLI11 writes the choices behind the type.
bool is_choice(const CLI::Option& option) { return option.get_type_name().find('{') != std::string::npos; }

/// What an option is, without the list of names that completion offers anyway.
std::string short_description(const CLI::Option& option) {
  const auto& text = option.get_description();
  return known_values(option).empty() ? text : text.substr(0, text.find(": "));
}

/// Every subcommand, each group of them before its own.
std::vector<const CLI::App*> all_commands(const CLI::App& app) {
  std::vector<const CLI::App*> result;
  for (const auto* command : app.get_subcommands({})) {
    result.push_back(command);
    for (const auto* inner : command->get_subcommands({})) result.push_back(inner);
  }
  return result;
}

std::vector<std::string> names_of_commands(const CLI::App& group) {
  std::vector<std::string> names;
  for (const auto* command : group.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

bool is_group(const CLI::App& command) { return !command.get_subcommands({}).empty(); }

/// "train", "analyze ftmle"
std::string words_of(const CLI::App& command) { return path_of(command).substr(6); }

std::string bash_completion(const CLI::App& app) {
  std::string cases, groups;
  for (const auto* command : all_commands(app)) {
    if (is_group(*command))
      groups += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(),
                            fmt::join(names_of_commands(*command), " "));
    std::vector<std::string> positional;
    std::string values, files = "yes";
    for (const auto* option : command->get_options()) {
      const auto known = known_values(*option);
      if (is_positional(*option))
        positional.insert(positional.end(), known.begin(), known.end());
      else if (takes_value(*option))
        values += fmt::format("        {}) words=\"{}\" files={} ;;\n", fmt::join(spellings(*option), "|"),
                              fmt::join(known, " "), is_choice(*option) ? "" : "yes");
      if (is_positional(*option) && is_choice(*option)) files = "";
    }
    cases +=
        fmt::format("    \"{}\")\n      options=\"{}\"\n      words=\"{}\" files={}\n", words_of(*command),
                    fmt::join(all_spellings(*command), " "), fmt::join(positional, " "), files);
    if (!values.empty()) cases += fmt::format("      case $before in\n{}      esac\n", values);
    cases += "      ;;\n";
  }
  return fmt::format(R"(# Completion of stoic for bash; made by `stoic completion bash`.
_stoic() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} options= words= files=yes
  COMPREPLY=()
  # The shell takes "--option=value" apart.
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ]; then
    before=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{} {}" -- "$word"))
    return
  fi
  # Of a group of subcommands, the second word is the subcommand.
  local command=${{COMP_WORDS[1]}}
  case $command in
{}  esac
  if [ -n "$words" ]; then
    if [ "$COMP_CWORD" -eq 2 ]; then
      COMPREPLY=($(compgen -W "$words --help" -- "$word"))
      return
    fi
    command="$command ${{COMP_WORDS[2]}}" words=
  fi
  case $command in
{}  esac
  if [ "${{word#-}}" != "$word" ]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    local IFS=$'\n'
    COMPREPLY=($(IFS=' ' compgen -W "$words" -- "$word"; [ -z "$files" ] || compgen -f -- "$word"))
  fi
}}
complete -o filenames -F _stoic stoic
)",
                     fmt::join(names_of_commands(app), " "), fmt::join(all_spellings(app), " "), groups,
                     cases);
}

std::string zsh_completion(const CLI::App& app) {
  const auto quoted = [](std::string text) {
    for (const char* special : {"\\", "[", "]", ":"})
      text = replaced(text, special, std::string("\\") + special);
    return replaced(text, "'", "'\\''");
  };
  std::string commands, cases, own;
  for (const auto* option : app.get_options())
    for (const auto& name : spellings(*option))
      own += fmt::format(" \\\n      '{}[{}]'", name, quoted(option->get_description()));
  const auto arguments = [&](const CLI::App& command) {
    std::string text = "      _arguments";
    for (const auto* option : command.get_options()) {
      const auto known = known_values(*option);
      const auto value = known.empty()        ? "_files"
                         : is_choice(*option) ? fmt::format("({})", fmt::join(known, " "))
                                              : fmt::format("{{compadd {}; _files}}", fmt::join(known, " "));
      if (is_positional(*option))
        text += fmt::format(" \\\n        '*:{}:{}'", quoted(option->get_name(true)), value);
      else
        for (const auto& name : spellings(*option))
          text += fmt::format(" \\\n        '*{}{}[{}]{}'", name,
                              takes_value(*option) && name.starts_with("--") ? "=" : "",
                              quoted(short_description(*option)),
                              takes_value(*option) ? fmt::format(":value:{}", value) : "");
    }
    return text + "\n      ;;\n";
  };
  for (const auto* command : app.get_subcommands({})) {
    commands += fmt::format("    '{}:{}'\n", command->get_name(), quoted(command->get_description()));
    cases += fmt::format("    {})\n", command->get_name());
    if (!is_group(*command)) {
      cases += arguments(*command);
      continue;
    }
    cases += "      if (( CURRENT == 2 )); then\n        local -a inner\n        inner=(\n";
    for (const auto* inner : command->get_subcommands({}))
      cases += fmt::format("          '{}:{}'\n", inner->get_name(), quoted(inner->get_description()));
    cases +=
        "        )\n        _describe command inner\n        return\n      fi\n      command=$words[2]\n"
        "      shift words\n      (( CURRENT-- ))\n      case $command in\n";
    for (const auto* inner : command->get_subcommands({}))
      cases += fmt::format("      {})\n", inner->get_name()) + arguments(*inner);
    cases += "      esac\n      ;;\n";
  }
  return fmt::format(R"(#compdef stoic
# Completion of stoic for zsh; made by `stoic completion zsh`.
_stoic() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    if [[ $words[2] == -* ]]; then
      _arguments{}
    else
      _describe command commands
    fi
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{}  esac
}}
if [ "$funcstack[1]" = _stoic ]; then _stoic "$@"; else compdef _stoic stoic; fi
)",
                     commands, own, cases);
}

std::string fish_completion(const CLI::App& app) {
  const auto quoted = [](const std::string& text) {
    return replaced(replaced(text, "\\", "\\\\"), "'", "\\'");
  };
  std::string text = "# Completion of stoic for fish; made by `stoic completion fish`.\n";
  const auto names_of = [](const CLI::Option& option) {
    std::string names;
    for (const auto& name : option.get_snames()) names.append(" -s ").append(name);
    for (const auto& name : option.get_lnames()) names.append(" -l ").append(name);
    return names;
  };
  for (const auto* option : app.get_options())
    text += fmt::format("complete -c stoic -n __fish_use_subcommand{} -d '{}'\n", names_of(*option),
                        quoted(option->get_description()));
  for (const auto* command : all_commands(app)) {
    const auto* parent = command->get_parent();
    std::string seen = "__fish_seen_subcommand_from " + command->get_name();
    std::string before = "__fish_use_subcommand";
    if (parent != &app) {
      const auto of_parent = "__fish_seen_subcommand_from " + parent->get_name();
      before = fmt::format("'{}; and not __fish_seen_subcommand_from {}'", of_parent,
                           fmt::join(names_of_commands(*parent), " "));
      seen = fmt::format("{}; and {}", of_parent, seen);
    }
    text += fmt::format("complete -c stoic -n {} -f -a {} -d '{}'\n", before, command->get_name(),
                        quoted(command->get_description()));
    for (const auto* option : command->get_options()) {
      const auto known = known_values(*option);
      text += fmt::format("complete -c stoic -n '{}'", seen);
      text += names_of(*option);
      if (is_choice(*option)) text += " -f";
      if (takes_value(*option) && !is_positional(*option)) text += " -r";
      if (!known.empty()) text += fmt::format(" -a '{}'", fmt::join(known, " "));
      text += fmt::format(" -d '{}'\n", quoted(short_description(*option)));
    }
  }
  return text;
}

/// Text of a man page: no backslash, hyphens that can be copied, no line that begins with a request.
std::string roff(const std::string& text) {
  auto result = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  result = replaced(result, "\n", "\n.br\n");
  if (result.starts_with(".") || result.starts_with("'")) result.insert(0, "\\&");
  return replaced(replaced(result, "\n'", "\n\\&'"), "\n.br\n.", "\n.br\n\\&.");
}

std::string man_page(const CLI::App& app) {
  auto text = fmt::format(
      ".TH STOIC 1 \"\" \"stoic {}\" \"User Commands\"\n.SH NAME\nstoic \\- networks around chaotic "
      "dynamics, from a float "
      "reference to a fixed\\-point accelerator\n.SH SYNOPSIS\n.B stoic\n.I SUBCOMMAND\n.RI [ options ]\n.SH "
      "SUBCOMMANDS\n",
      STOIC_VERSION);
  for (const auto* command : all_commands(app)) {
    text += fmt::format(".SS {}", path_of(*command));
    if (is_group(*command)) text += " NAME";
    for (const auto* option : command->get_options())
      if (is_positional(*option)) text += " " + roff(option->get_name(true));
    text += fmt::format("\n{}.\n", roff(command->get_description()));
    for (const auto* option : command->get_options()) {
      const auto type = option->get_type_name();
      const auto value =
          takes_value(*option) && !is_positional(*option) ? " " + roff(type.substr(0, type.find(':'))) : "";
      const auto name = is_positional(*option) ? option->get_name(true)
                                               : fmt::format("{}", fmt::join(spellings(*option), ", "));
      text += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(name), value, roff(option->get_description()));
    }
    if (!command->get_footer().empty() && !is_group(*command))
      text += fmt::format(".PP\n{}\n", roff(command->get_footer()));
  }
  text +=
      fmt::format(".SH BUILT\\-IN NAMES\nrecipes: {}\n.PP\naccelerator instances: {}\n", roff(recipe_names()),
                  roff(fmt::format("{}", fmt::join(hardware_config_names(), ", "))));
  return text +
         ".SH EXIT STATUS\n0 success, 1 a comparison failed, 2 wrong usage, 3 bad input (a file, or what an "
         "option says), 130 interrupted.\n"
         ".SH ENVIRONMENT\n.TP\nSTOIC_DATA_DIR\nthe folder of the data files, where \\-\\-data\\-dir is not "
         "given\n";
}

}  // namespace

void add_completion(CLI::App& app, Body& body) {
  auto options = std::make_shared<CompletionOptions>();
  auto* command =
      app.add_subcommand("completion", "print what makes a shell complete subcommands, options and names");
  command->add_option("SHELL", options->shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer("Example: stoic completion bash > ~/.local/share/bash-completion/completions/stoic");
  command->callback([options, &app, &body] {
    body = [options, &app] {
      fmt::print("{}", options->shell == "bash"  ? bash_completion(app)
                       : options->shell == "zsh" ? zsh_completion(app)
                                                 : fish_completion(app));
      return success;
    };
  });
}

void add_man(CLI::App& app, Body& body) {
  auto* command = app.add_subcommand("man", "print the manual as a man page, made from the options");
  command->footer("Example: stoic man | man -l -");
  command->callback([&app, &body] {
    body = [&app] {
      fmt::print("{}", man_page(app));
      return success;
    };
  });
}

}  // namespace stoic::cli
