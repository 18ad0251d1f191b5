#include <algorithm>

#include "stoic/host/compiler/does_not_fit.hpp"
#include "stoic/host/compiler/esn_lowering.hpp"

namespace stoic {

void EsnLowering::place_two_words() {
  const auto width = builder_.config().state_width;
  constexpr std::int64_t spare_bits = 3;  // for a d that its word does not hold
  tanh_ = tanh_in_two_words(design_.z_bits, builder_.config(), builder_.program.free_table_words());
  const auto knot_bits = design_.z_bits - tanh_.high.segment_shift;
  const auto n = neurons(), inputs = taken() * design_.repeats;
  if (squares()) first_rest_ = builder_.vector("0 for d^2", n, 0);
  rest_ = builder_.vector("e", n, design_.d_bits + width - spare_bits - 1);
  builder_.vector("0 for u", inputs, 0);
  if (!squares()) first_rest_ = rest_;
  read_rest_ = {rest_.word, read_.length, rest_.format};
  minus_ = builder_.vector("m", n, design_.z_bits);
  knot_ = builder_.overlay("z to a knot", minus_.word, n, knot_bits);
  left_ = builder_.vector("r", n, std::min(knot_bits + width - 2, design_.w.fraction_bits + design_.d_bits));
}

/// z and its knot, r and tanh, then d and what its word leaves; see esn_design.hpp.
void EsnLowering::emit_two_words() {
  const auto n = neurons();
  const auto one = builder_.one();
  const auto width = builder_.config().state_width;
  builder_.multiply(knot_, w_, read_, "z = W d + W_in u + mean z", {.bias = design_.sum});
  builder_.bundle(z_, {knot_ * one}, "z");
  builder_.bundle(minus_, {builder_.factors("mean z", design_.sum, z_.bits()) * one, -(z_ * one)},
                  "m = mean z - z");
  builder_.multiply_onto(left_, w_, read_, minus_, "r = W d + W_in u + m");
  builder_.multiply_onto(left_, w_, read_rest_, left_, "r = W e + r");
  const auto high = builder_.function(tanh_.high, tanh_function(tanh_.high), "tanh");
  const auto low =
      builder_.function(tanh_.low, tanh_function(tanh_.low), "tanh_rest", {static_cast<double>(width - 1)});
  builder_.apply(high, t_, z_, "t = tanh z");
  const auto t_rest = builder_.vector("q", n, tanh_.low_fraction_bits);
  builder_.apply(low, t_rest, z_, "q = tanh z - t");

  const auto slope = builder_.overlay("slope", minus_.word, n, width - 2);
  builder_.bundle(slope, {one * one, -(t_ * t_)}, "s = 1 - t t");
  const auto g = builder_.overlay("g", minus_.word, n, left_.bits());
  builder_.bundle(g, {slope * left_}, "g = s r");
  builder_.bundle(left_, {t_ * left_}, "r = t r");
  builder_.bundle(g, {g * one, -(g * left_)}, "g = g - g r");

  const Eigen::VectorXd gain = parameters_.leak * design_.x_scale;
  const auto gains = builder_.factors("a s", gain, fraction_bits_for(gain.maxCoeff(), width));
  const Eigen::VectorXd rest = gain.cwiseProduct(design_.rest);
  Sum sum{gains * t_, gains * t_rest, gains * g,
          -(builder_.factors("a s rest", rest, fraction_bits_for(rest.cwiseAbs().maxCoeff(), width)) * one)};
  if (parameters_.leak < 1) {
    const auto kept = builder_.factor("1 - a", 1 - parameters_.leak, d_.bits(), d_.bits());
    sum.push_back(d_ * kept);
    sum.push_back(rest_ * kept);
  }
  const auto next = builder_.overlay("next d", left_.word, n, d_.bits());
  builder_.bundle(next, sum, "next d = (1 - a) (d + e) + a s (t + q + g - mean x)");
  sum.push_back(-(next * one));
  builder_.bundle(rest_, sum, "e = what next d leaves");
  const auto lanes = builder_.config().lanes;
  builder_.program.emit(Copy{.destination = d_.word * lanes, .source = next.word * lanes, .length = n},
                        "d = next d");
  emit_squares();
}

}  // namespace stoic
