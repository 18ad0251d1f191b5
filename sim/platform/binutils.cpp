#include "stoic/sim/platform/binutils.hpp"

#include <array>
#include <cstdio>

namespace stoic::platform {

std::string shell_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

std::optional<std::string> command_output(const std::string& command) {
  std::string text;
  auto* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::array<char, 4096> part;
  for (auto count = std::fread(part.data(), 1, part.size(), pipe); count > 0;
       count = std::fread(part.data(), 1, part.size(), pipe))
    text.append(part.data(), count);
  return ::pclose(pipe) == 0 ? std::optional(text) : std::nullopt;
}

}  // namespace stoic::platform
