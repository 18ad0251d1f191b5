#include "commands.hpp"

namespace stoic::cli {

void add_commands(CLI::App& app, Body& body) { add_demo(app, body); }

}  // namespace stoic::cli
