#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>

#include "arguments.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "interrupt.hpp"
#include "process.hpp"
#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/io/error.hpp"

#ifndef STOIC_VERSION
#error "the build defines STOIC_VERSION"
#endif

namespace {

using namespace stoic::cli;

int run(int argc, char** argv) {
  CLI::App app("stoic: networks around chaotic dynamics, from a float reference to a fixed-point accelerator",
               "stoic");
  app.set_version_flag(
      "--version", fmt::format("stoic {} (interface version {})", STOIC_VERSION, STOIC_INTERFACE_VERSION));
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 success, 1 a comparison failed, 2 wrong usage, 3 bad input: a file, or what an option "
      "says.\n"
      "stoic SUBCOMMAND --help shows options and an example.");
  Body body;
  add_commands(app, body);
  check_values(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help; its own codes are not ours, and its words may hold what somebody typed.
    if (error.get_exit_code() == 0) return app.exit(error);
    say_error(usage_mistake(app, error, {argv + 1, argv + argc}));
    return is_bad_option(error) ? bad_input : wrong_usage;
  }
  exit_on_signals();
  try {
    const int code = body();
    // A full disk or closed pipe behind standard output is found here.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw stoic::Error("standard output: cannot be written; check the disk or pipe behind it");
    return code;
  } catch (const stoic::Error& error) {
    say_error(error.what());
  } catch (const std::bad_alloc&) {
    say_error("not enough memory; use a smaller network or fewer samples");
  } catch (const std::exception& error) {
    say_error(error.what());
  }
  return bad_input;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    prepare_process();
    return run(argc, argv);
  } catch (const std::bad_alloc&) {  // before the options were read
    std::fputs("stoic: not enough memory\n", stderr);
    return bad_input;
  }
}
