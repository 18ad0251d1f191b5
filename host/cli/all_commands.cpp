#include "commands.hpp"

namespace stoic::cli {

void add_commands(CLI::App& app, Body& body) {
  add_demo(app, body);
  add_train(app, body);
  add_eval(app, body);
  add_compile(app, body);
  add_export(app, body);
  add_compare(app, body);
  add_cosim(app, body);
  add_run(app, body);
  add_sweep(app, body);
  add_reproduce(app, body);
  add_analyze(app, body);
  add_info(app, body);
  add_completion(app, body);
  add_man(app, body);
}

}  // namespace stoic::cli
