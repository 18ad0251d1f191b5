#pragma once
#include <CLI/CLI.hpp>

#include "commands.hpp"

namespace stoic::cli {

/// Each adds one analysis to `stoic analyze`; each is a file of its own, analyze_NAME.cpp. The description is
/// one line that says what the numbers mean and their unit; the footer begins with "Example: ".
void add_ftmle(CLI::App& analyze, Body& body);
void add_ftmle_map(CLI::App& analyze, Body& body);
void add_exponents(CLI::App& analyze, Body& body);
void add_lyapunov_time(CLI::App& analyze, Body& body);
void add_bifurcation(CLI::App& analyze, Body& body);
void add_forecast(CLI::App& analyze, Body& body);
void add_capacity(CLI::App& analyze, Body& body);
void add_series(CLI::App& analyze, Body& body);
void add_trajectories(CLI::App& analyze, Body& body);
void add_attractors(CLI::App& analyze, Body& body);
void add_gradient_map(CLI::App& analyze, Body& body);
void add_training(CLI::App& analyze, Body& body);
void add_sharpness(CLI::App& analyze, Body& body);
void add_spectral_radius(CLI::App& analyze, Body& body);

}  // namespace stoic::cli
