#include "stoic/host/compiler/runge_kutta.hpp"

namespace stoic {

RungeKutta::RungeKutta(NetworkBuilder& builder, const Operand& one) : builder_(builder), one_(one) {
  const auto bits = builder.config().state_width - 1;
  const auto third = quantise(1.0 / 3, bits, builder.config().state_width);
  third_ = builder.constant("1/3", third, bits);
  two_thirds_ = builder.constant("2/3", (1 << bits) - third, bits);
}

std::int64_t RungeKutta::advance(const Points& z, std::size_t at, Sum k, const std::string& text) const {
  const std::int64_t halvings = at < 2 ? 1 : 0;  // (k + 2 z) / 2
  k.push_back(doubled(z[0] * one_, halvings));
  return builder_.bundle(z[at + 1], k, text, halvings);
}

std::int64_t RungeKutta::finish(const Points& z, Sum third_of_k, const std::string& text) const {
  third_of_k.insert(third_of_k.end(), {-doubled(z[0] * third_), doubled(z[1] * third_),
                                       doubled(z[2] * two_thirds_), doubled(z[3] * third_)});
  return builder_.bundle(z[0], third_of_k, text, 1);
}

}  // namespace stoic
