#include "analyze.hpp"

#include <fmt/format.h>

#include <string>

namespace stoic::cli {
namespace {

/// The first example of every analysis, from its own help.
std::string examples(const CLI::App& analyze) {
  constexpr std::string_view mark = "Example: ";
  std::string text = "Examples:\n";
  for (const auto* analysis : analyze.get_subcommands({})) {
    const auto footer = analysis->get_footer();
    const auto begin = footer.find(mark);
    if (begin == footer.npos) continue;
    const auto end = std::min(footer.find('\n', begin), footer.size());
    text += "  " + footer.substr(begin + mark.size(), end - begin - mark.size()) + "\n";
  }
  return text +
         "stoic analyze NAME --help shows the options of an analysis. Everything is computed in double "
         "precision,\nand with an interval or a certificate; any number of threads gives the same bytes.";
}

}  // namespace

void add_analyze(CLI::App& app, Body& body) {
  auto* command = app.add_subcommand(
      "analyze", "how systems behave: chaos, expansion, attractors; each analysis is a subcommand");
  command->require_subcommand(1);
  add_ftmle(*command, body);
  add_ftmle_map(*command, body);
  add_exponents(*command, body);
  add_lyapunov_time(*command, body);
  add_bifurcation(*command, body);
  add_series(*command, body);
  add_capacity(*command, body);
  add_forecast(*command, body);
  add_trajectories(*command, body);
  add_attractors(*command, body);
  add_gradient_map(*command, body);
  add_training(*command, body);
  add_sharpness(*command, body);
  add_spectral_radius(*command, body);
  command->footer([command] { return examples(*command); });
}

}  // namespace stoic::cli
