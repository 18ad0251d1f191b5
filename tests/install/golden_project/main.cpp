// The smallest program outside this repository: three instructions on the golden model.
#include <cstdio>

#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/machine.hpp"

int main() {
  const auto config = stoic::load_hardware_config("compact");
  stoic::Image image;
  image.config = config;
  const auto assembly = stoic::assemble(
      ".vector x 4\n"
      ".constant three 3\n"
      "LOAD destination=x length=4\n"
      "BUNDLE destination=x length=4 : + x*[three]\n"
      "HALT\n",
      config, "triple");
  image.program = assembly.program;
  image.initial_state = assembly.initial_state;
  stoic::golden::Machine machine(config);
  machine.load(image);
  machine.input().push_back({7, 8, 9, 10});
  machine.start();
  if (machine.run() != 0) return 1;
  std::printf("state 0: %d\n", machine.state()[0]);
}
