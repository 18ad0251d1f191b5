#pragma once
#include <optional>
#include <string>

namespace stoic::platform {

/// `text` for the shell: within single quotes.
std::string shell_quoted(const std::string& text);

/// What a command of the shell prints; nothing when it fails.
std::optional<std::string> command_output(const std::string& command);

}  // namespace stoic::platform
