#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace stoic::cli {

/// What scripts may rely on.
enum ExitCode : int { success = 0, comparison_failed = 1, wrong_usage = 2, bad_input = 3, interrupted = 130 };

/// The body of the subcommand that was chosen; returns an exit code. Throws stoic::Error for bad input.
using Body = std::function<int()>;

/// Those that a program has: all of them in `stoic`, the first in `stoic_demo`.
void add_commands(CLI::App& app, Body& body);

/// Each adds one subcommand to `app` and sets `body` when it is chosen; each is a file of its own, but the
/// last two.
void add_demo(CLI::App& app, Body& body);
void add_train(CLI::App& app, Body& body);
void add_eval(CLI::App& app, Body& body);
void add_compile(CLI::App& app, Body& body);
void add_export(CLI::App& app, Body& body);
void add_compare(CLI::App& app, Body& body);
void add_cosim(CLI::App& app, Body& body);
void add_run(CLI::App& app, Body& body);
void add_sweep(CLI::App& app, Body& body);
void add_reproduce(CLI::App& app, Body& body);
void add_analyze(CLI::App& app, Body& body);
void add_info(CLI::App& app, Body& body);
void add_completion(CLI::App& app, Body& body);
void add_man(CLI::App& app, Body& body);

}  // namespace stoic::cli
