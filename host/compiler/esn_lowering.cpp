#include "stoic/host/compiler/esn_lowering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/compiler/does_not_fit.hpp"

namespace stoic {

using Eigen::MatrixXd;

namespace {

/// Of what is rounded on the way into a sum, beyond the sum's own bits.
constexpr std::int64_t esn_guard_bits = 2;

}  // namespace

EsnLowering::EsnLowering(const DrivenModel& model, const EsnDesign& design, const HardwareConfig& config,
                         std::int64_t most_parts)
    : model_(model),
      design_(design),
      builder_(config),
      parameters_(std::get<EsnParameters>(model.recipe.system)) {
  note_formats();
  place();
  const Quantity first{first_read().word, 0, d_.format};
  read_out_.emplace(builder_, first, y_, read_features(), most_parts);
  if (design_.two_words) read_out_->add_rest({first_rest_.word, 0, rest_.format});
}

void EsnLowering::note_matrix(const std::string& name, const MatrixXd& values, std::int64_t fraction_bits) {
  builder_.result.matrices.push_back({name, values.minCoeff(), values.maxCoeff(), fraction_bits});
}

void EsnLowering::note_formats() {
  note_matrix("W_reservoir", design_.w.values(), design_.w.fraction_bits);
  note_matrix("W_in", design_.w_in.values(), design_.w_in.fraction_bits);
  builder_.format("u", design_.u, design_.u_bits);
  builder_.format(design_.by_polynomials ? "dz" : "z", design_.z, design_.z_bits);
  builder_.format("d", design_.d, design_.d_bits);
  builder_.format("y", design_.y, design_.y_bits);
}

QuantisedMatrix EsnLowering::state_matrix() const {
  const auto first = builder_.config().beats(neurons()) * builder_.config().lanes;
  QuantisedMatrix result{Eigen::MatrixXi::Zero(neurons(), first + taken() * design_.repeats),
                         design_.w.fraction_bits};
  result.codes.leftCols(neurons()) = design_.w.codes;
  const auto count = static_cast<int>(design_.repeats);
  for (int r = 0; r < count; ++r)
    result.codes.middleCols(first + r * taken(), taken()) = design_.w_in.codes.unaryExpr([&](int code) {
      const int sum = code + r;  // floors of (code + r) / count add up to the code
      return sum >= 0 ? sum / count : -((-sum + count - 1) / count);
    });
  return result;
}

/// d², d and, where it is a feature, u lie behind each other, so that one product meets them all; so do the state
/// and u.
void EsnLowering::place() {
  w_ = {"W_reservoir, W_in", state_matrix(), {}};
  builder_.place(w_);
  const auto n = neurons(), inputs = taken() * design_.repeats;
  if (squares()) {
    const auto bits = fraction_bits_for(range_margin * design_.d.magnitude() * design_.d.magnitude(),
                                        builder_.config().state_width);
    squares_ = builder_.vector("d^2", n, std::min(bits, 2 * design_.d_bits));
  }
  d_ = builder_.vector("d", n, design_.d_bits);
  u_ = builder_.vector("u", inputs, design_.u_bits);
  read_ = {d_.word, w_.weights.codes.cols(), d_.format};
  z_ = builder_.vector(design_.by_polynomials ? "dz" : "z", n, design_.z_bits);
  y_ = builder_.vector("y", model_.outputs() * design_.output_repeats, design_.y_bits);
  if (!design_.by_polynomials) t_ = builder_.vector("tanh z", n, builder_.config().state_width - 1);

  if (design_.two_words) return place_two_words();
  if (!design_.finely) return;
  minus_ = builder_.vector("m", n, design_.z_bits);
  left_ = builder_.vector("r", n, left_bits());
}

std::vector<Feature> EsnLowering::read_features() const {
  std::vector<Feature> features;
  const auto* rest = design_.two_words ? &rest_ : nullptr;
  for (Index i = 0; i < neurons(); ++i) features.push_back({&d_, i, design_.x_scale(i), rest});
  for (Index i = 0; squares() && i < neurons(); ++i)
    features.push_back({&squares_, i, design_.x_scale(i) * design_.x_scale(i)});
  for (Index i = 0; model_.recipe.read_out.input && i < model_.inputs(); ++i) features.push_back({&u_, i});
  return features;
}

DrivenImage EsnLowering::ends() const {
  VectorXd centre(taken() * design_.repeats);
  const double place = std::ldexp(1.0, -static_cast<int>(design_.u_bits));
  for (Index k = 0; k < centre.size(); ++k) {
    const double part = design_.two_words ? EsnDesign::part_of_place(k / taken(), design_.repeats) : 0;
    centre(k) = design_.centre(k % taken()) + part * place;
  }
  return {.recipe = model_.recipe,
          .input_bits = design_.u_bits,
          .output_bits = design_.y_bits,
          .repeats = design_.repeats,
          .output_repeats = design_.output_repeats,
          .centre = centre,
          .input = model_.input,
          .output = model_.output,
          .state_width = builder_.config().state_width,
          .learnt_from = model_.learnt_from};
}

std::int64_t EsnLowering::slope_bits() const {
  const auto width = builder_.config().state_width;
  if (!design_.by_polynomials) return width - 2;
  const auto& p = design_.coefficients;
  double most = p.col(1).cwiseAbs().maxCoeff();
  if (p.cols() > 2) most += 2 * p.col(2).cwiseAbs().maxCoeff();
  return fraction_bits_for(most, width);
}

std::int64_t EsnLowering::left_bits() const {
  constexpr std::int64_t finer = 4;
  return std::min(design_.z_bits + finer, design_.w.fraction_bits + design_.d_bits);
}

/// Each neuron's polynomial of ζ by Horner's rule, and the leak.
void EsnLowering::emit_polynomials() {
  const auto& all = design_.coefficients;
  const Index degree = all.cols() - 1;
  const auto one = builder_.one();
  const auto bits_of = partial_sum_bits();
  // no finer than the product beside it, but for what rounding needs
  const auto term = [&](Index k, std::int64_t product_bits) {
    const double most = all.col(k).cwiseAbs().maxCoeff();
    const auto useful = product_bits + esn_guard_bits - one.fraction_bits;
    const auto bits =
        most > 0 ? std::min(fraction_bits_for(most, builder_.config().state_width), useful) : useful;
    return builder_.factors(fmt::format("p{}", k), all.col(k), bits) * one;
  };
  Operand q = builder_.factors(fmt::format("p{}", degree), all.col(degree),
                               bits_of[static_cast<std::size_t>(degree)]);
  const auto scratch = degree > 1 ? builder_.program.vector("q", neurons(), 0) : 0;
  for (Index k = degree - 1; k > 0; --k) {
    const auto next =
        builder_.overlay(fmt::format("q{}", k), scratch, neurons(), bits_of[static_cast<std::size_t>(k)]);
    builder_.bundle(next, {q * z_, term(k, q.fraction_bits + z_.bits())}, fmt::format("q = q dz + p{}", k));
    q = next;
  }
  Sum sum{q * z_, term(0, q.fraction_bits + z_.bits())};
  if (parameters_.leak < 1)
    sum.push_back(d_ * builder_.factor("1 - a", 1 - parameters_.leak, d_.bits(), d_.bits()));
  if (design_.finely) {
    const auto bits = slope_bits();
    Operand slope = builder_.factors("p1", all.col(1), bits);
    if (degree > 1) {
      const auto held = builder_.overlay("slope", minus_.word, neurons(), bits);
      const VectorXd twice = 2 * all.col(2);
      builder_.bundle(held, {slope * one, builder_.factors("2 p2", twice, bits) * z_}, "s = p1 + 2 p2 dz");
      slope = held;
    }
    sum.push_back(left_ * slope);
  }
  builder_.bundle(d_, sum,
                  fmt::format("d = {}q dz + p0{}", parameters_.leak < 1 ? "(1 - a) d + " : "",
                              design_.finely ? " + r s" : ""));
}

/// Of p_k + p_k+1 ζ + ..., for each k: what holds it, but no finer than the sum that it goes into.
std::vector<std::int64_t> EsnLowering::partial_sum_bits() const {
  const auto& all = design_.coefficients;
  const auto width = builder_.config().state_width;
  // |ζ| is at most 1 in the fit; a word may reach a little further
  const double reach = std::ldexp(1.0, static_cast<int>(width - 1 - z_.bits()));
  std::vector<double> sizes(static_cast<std::size_t>(all.cols()));
  double size = 0;
  for (auto k = sizes.size(); k-- > 0;)
    sizes[k] = size = size * reach + all.col(static_cast<Index>(k)).cwiseAbs().maxCoeff();
  std::vector<std::int64_t> bits{d_.bits()};
  for (std::size_t k = 1; k < sizes.size(); ++k)
    bits.push_back(std::min(fraction_bits_for(sizes[k], width), bits.back() + esn_guard_bits));
  return bits;
}

void EsnLowering::emit_rest_of_z() {
  Sum minus{-(z_ * builder_.one())};
  if (!design_.by_polynomials)
    minus.push_back(builder_.factors("mean z", design_.sum, z_.bits()) * builder_.one());
  builder_.bundle(minus_, minus, design_.by_polynomials ? "m = -dz" : "m = mean z - z");
  builder_.multiply_onto(left_, w_, read_, minus_, "r = W d + W_in u + m");
}

void EsnLowering::emit_table() {
  const auto table = tanh_table(z_.bits(), builder_.config(), builder_.program.free_table_words());
  const auto tanh = builder_.function(table, tanh_function(table), "tanh");
  builder_.apply(tanh, t_, z_, "t = tanh z");
  const VectorXd gain = parameters_.leak * design_.x_scale;
  const auto width = builder_.config().state_width;
  const auto gains = builder_.factors("a s", gain, fraction_bits_for(gain.maxCoeff(), width));
  const VectorXd rest = gain.cwiseProduct(design_.rest);
  const auto rest_bits =
      std::min(fraction_bits_for(rest.cwiseAbs().maxCoeff(), width), d_.bits() + esn_guard_bits);
  Sum sum{gains * t_, -(builder_.factors("a s rest", rest, rest_bits) * builder_.one())};
  if (design_.finely) {
    const auto n = neurons();
    const auto g = builder_.overlay("a s r", minus_.word, n, d_.bits() + esn_guard_bits);
    builder_.bundle(g, {gains * left_}, "g = a s r");
    const auto slope = builder_.overlay("slope", left_.word, n, slope_bits());
    builder_.bundle(slope, {builder_.one() * builder_.one(), -(t_ * t_)}, "s = 1 - t t");
    sum.push_back(g * slope);
  }
  if (parameters_.leak < 1)
    sum.push_back(d_ * builder_.factor("1 - a", 1 - parameters_.leak, d_.bits(), d_.bits()));
  builder_.bundle(d_, sum,
                  fmt::format("d = {}a s (t - mean x){}", parameters_.leak < 1 ? "(1 - a) d + " : "",
                              design_.finely ? " + g s" : ""));
}

void EsnLowering::emit_state() {
  auto& program = builder_.program;
  program.phase("time step");
  program.emit(Load{.destination = u_.word, .length = u_.length}, "u");
  if (design_.two_words) return emit_two_words();
  if (design_.by_polynomials)
    builder_.multiply(z_, w_, read_, "dz = W d + W_in u");
  else
    builder_.multiply(z_, w_, read_, "z = W d + W_in u + mean z", {.bias = design_.sum});
  if (design_.finely) emit_rest_of_z();
  if (design_.by_polynomials)
    emit_polynomials();
  else
    emit_table();
  emit_squares();
}

void EsnLowering::emit_squares() {
  if (squares()) builder_.bundle(squares_, {d_ * d_}, "d^2 = d d");
}

MatrixXd EsnLowering::repeated(const MatrixXd& w_out) const {
  const auto count = design_.output_repeats;
  MatrixXd result = w_out.replicate(count, 1);
  for (Index r = 0; r < count; ++r)
    result.rightCols(1).middleRows(r * w_out.rows(), w_out.rows()).array() +=
        std::ldexp(EsnDesign::part_of_place(r, count), -static_cast<int>(design_.y_bits));
  return result;
}

DrivenCompilation EsnLowering::lower(const MatrixXd& w_out, const NormalEquations& met) {
  emit_state();
  DrivenCompilation result{.weight_parts = read_out_->emit(repeated(w_out), met),
                           .by_polynomials = design_.by_polynomials,
                           .finely = design_.finely,
                           .two_words = design_.two_words};
  builder_.result.state_words_per_lane = builder_.program.state_words_used();
  builder_.result.image = builder_.program.finish(driven_metadata(ends()));
  result.compilation = std::move(builder_.result);
  return result;
}

std::unique_ptr<DrivenLowering> make_esn_lowering(const DrivenModel& model, const EsnDesign& design,
                                                  const HardwareConfig& config, std::int64_t most_parts) {
  return std::make_unique<EsnLowering>(model, design, config, most_parts);
}

}  // namespace stoic
