#include "stoic/host/compiler/esn_lowering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/compiler/does_not_fit.hpp"

namespace stoic {
namespace {

/// Of what is rounded on the way into a sum, beyond the sum's own bits.
constexpr std::int64_t esn_guard_bits = 2;

}  // namespace

EsnLowering::EsnLowering(const DrivenModel& model, const EsnDesign& design, const HardwareConfig& config)
    : model_(model),
      design_(design),
      builder_(config),
      parameters_(std::get<EsnParameters>(model.recipe.system)) {
  note_formats();
  place();
  read_out_.emplace(builder_, Quantity{first_read().word, 0, d_.format}, y_, read_features());
}

void EsnLowering::note_matrix(const std::string& name, const MatrixXd& values, std::int64_t fraction_bits) {
  builder_.result.matrices.push_back({name, values.minCoeff(), values.maxCoeff(), fraction_bits});
}

void EsnLowering::note_formats() {
  note_matrix("W_reservoir", design_.w.values(), design_.w.fraction_bits);
  note_matrix("W_in", design_.w_in.values(), design_.w_in.fraction_bits);
  builder_.format("u", design_.u, design_.u_bits);
  builder_.format(design_.by_polynomials ? "dz" : "z", design_.z, design_.z_bits);
  if (!design_.by_polynomials) builder_.format("x", design_.x, design_.x_bits);
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
  x_ = d_;
  if (!design_.by_polynomials) {
    if (model_.recipe.read_out.input)
      read_u_ = builder_.vector("u as a feature", model_.inputs(), design_.u_bits);
    x_ = builder_.vector("x", n, design_.x_bits);
  }
  u_ = builder_.vector("u", inputs, design_.u_bits);
  if (design_.by_polynomials) read_u_ = u_;
  z_ = builder_.vector(design_.by_polynomials ? "dz" : "z", n, design_.z_bits);
  y_ = builder_.vector("y", model_.outputs(), design_.y_bits);
  t_ = x_;
  if (!design_.by_polynomials && parameters_.leak < 1)
    t_ = builder_.vector("tanh z", n, builder_.config().state_width - 1);
}

std::vector<Feature> EsnLowering::read_features() const {
  std::vector<Feature> features;
  for (Index i = 0; i < neurons(); ++i) features.push_back({&d_, i, design_.x_scale(i)});
  for (Index i = 0; squares() && i < neurons(); ++i)
    features.push_back({&squares_, i, design_.x_scale(i) * design_.x_scale(i)});
  for (Index i = 0; model_.recipe.read_out.input && i < model_.inputs(); ++i)
    features.push_back({&read_u_, i});
  return features;
}

DrivenImage EsnLowering::ends() const {
  return {.recipe = model_.recipe,
          .input_bits = design_.u_bits,
          .output_bits = design_.y_bits,
          .repeats = design_.repeats,
          .centre = design_.centre,
          .input = model_.input,
          .output = model_.output,
          .state_width = builder_.config().state_width,
          .learnt_from = model_.learnt_from};
}

Operand EsnLowering::constants(const std::string& name, const VectorXd& values, std::int64_t fraction_bits) {
  std::vector<std::int32_t> codes;
  for (const double value : values)
    codes.push_back(quantise(value, fraction_bits, builder_.config().state_width));
  return {.word = builder_.program.constant(name, codes, fraction_bits), .fraction_bits = fraction_bits};
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
    return constants(fmt::format("p{}", k), all.col(k), bits) * one;
  };
  Operand q =
      constants(fmt::format("p{}", degree), all.col(degree), bits_of[static_cast<std::size_t>(degree)]);
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
  builder_.bundle(d_, sum, parameters_.leak < 1 ? "d = (1 - a) d + q dz + p0" : "d = q dz + p0");
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

void EsnLowering::emit_table() {
  const auto table = tanh_table(z_.bits(), builder_.config(), builder_.program.free_table_words());
  const auto tanh = builder_.function(table, tanh_function(table), "tanh");
  builder_.apply(tanh, t_, z_, parameters_.leak < 1 ? "t = tanh z" : "x = tanh z");
  const auto bits = x_.bits();
  if (parameters_.leak < 1)
    builder_.bundle(x_,
                    {x_ * builder_.factor("1 - a", 1 - parameters_.leak, bits, bits),
                     t_ * builder_.factor("a", parameters_.leak, t_.bits(), bits)},
                    "x = (1 - a) x + a t");
  const auto one = builder_.one();
  builder_.bundle(d_, {x_ * one, -(constants("rest", design_.rest, bits) * one)}, "d = x - rest");
  if (model_.recipe.read_out.input)
    builder_.program.emit(Copy{.destination = read_u_.word * builder_.config().lanes,
                               .source = u_.word * builder_.config().lanes,
                               .length = read_u_.length},
                          "u as a feature");
}

void EsnLowering::emit_state() {
  auto& program = builder_.program;
  program.phase("time step");
  program.emit(Load{.destination = u_.word, .length = u_.length}, "u");
  const Quantity read{x_.word, w_.weights.codes.cols(), x_.format};
  if (design_.by_polynomials)
    builder_.multiply(z_, w_, read, "dz = W d + W_in u");
  else
    builder_.multiply(z_, w_, read, "z = W x + W_in u + b",
                      {.bias = design_.sum - design_.rounded(model_).matrix * design_.rest});
  if (design_.by_polynomials)
    emit_polynomials();
  else
    emit_table();
  if (squares()) builder_.bundle(squares_, {d_ * d_}, "d^2 = d d");
}

DrivenCompilation EsnLowering::lower(const MatrixXd& w_out, const NormalEquations& met) {
  emit_state();
  DrivenCompilation result{.weight_parts = read_out_->emit(w_out, met),
                           .by_polynomials = design_.by_polynomials};
  builder_.result.state_words_per_lane = builder_.program.state_words_used();
  builder_.result.image = builder_.program.finish(driven_metadata(ends()));
  result.compilation = std::move(builder_.result);
  return result;
}

std::unique_ptr<DrivenLowering> make_esn_lowering(const DrivenModel& model, const EsnDesign& design,
                                                  const HardwareConfig& config) {
  return std::make_unique<EsnLowering>(model, design, config);
}

}  // namespace stoic
