#include "stoic/host/compiler/network_builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "stoic/host/compiler/compensated_rounding.hpp"
#include "stoic/host/compiler/does_not_fit.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/compiler/input_format.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// How much finer than its result's last place a term of a sum may be: rounding it is then a 256th of
/// rounding the result.
constexpr std::int64_t guard_bits = 8;

/// What an accumulator has room for beside the absolute values that it has taken: to the last unit, where a
/// double would round.
class Room {
 public:
  explicit Room(std::int64_t accumulator_width) : left_((std::uint64_t{1} << (accumulator_width - 1)) - 1) {}

  /// Whether value * 2^shift fits beside the rest.
  bool take(std::uint64_t value, std::int64_t shift) {
    if (value > left_ >> shift) return false;
    left_ -= value << shift;
    return true;
  }

 private:
  std::uint64_t left_;
};

/// The narrowest accumulator, wider than `has` bits, in whose Room all terms find a place; 65 when none is.
template <class Take>
std::int64_t width_for(std::int64_t has, Take take) {
  auto width = has + 1;
  while (width <= STOIC_ACCUMULATOR_WIDTH_MAX && !take(Room(width))) ++width;
  return width;
}

std::uint64_t magnitude_of(std::int64_t code) { return static_cast<std::uint64_t>(std::abs(code)); }

}  // namespace

std::int64_t NetworkBuilder::format(const std::string& name, const Range& range) {
  return format(name, range, fraction_bits_for(range_margin * range.magnitude(), config().state_width));
}

std::int64_t NetworkBuilder::format(const std::string& name, const Range& range, std::int64_t fraction_bits) {
  result.formats.push_back({name, range.least, range.most, fraction_bits});
  return fraction_bits;
}

std::int64_t NetworkBuilder::factor_bits(double magnitude, std::int64_t other_bits,
                                         std::int64_t result_bits) const {
  const auto width = config().state_width;
  const auto useful = result_bits + guard_bits + width - other_bits;
  return magnitude == 0 ? useful : std::min(fraction_bits_for(magnitude, width), useful);
}

std::int64_t NetworkBuilder::factor_format(const std::string& name, const Range& range,
                                           std::int64_t other_bits, std::int64_t result_bits) {
  return format(name, range, factor_bits(range_margin * range.magnitude(), other_bits, result_bits));
}

QuantisedMatrix NetworkBuilder::weights(const std::string& name, const Eigen::MatrixXd& matrix,
                                        const SecondMoments& moments, const ProductBits& bits) {
  // The result, shifted left to the binary point of the products, has to fit the accumulator too.
  const auto finest = bits.result - bits.source + config().accumulator_width - config().state_width;
  auto quantised = quantise_for_products(matrix, config().weight_width, moments, finest);
  result.matrices.push_back({name, matrix.minCoeff(), matrix.maxCoeff(), quantised.fraction_bits});
  return quantised;
}

NetworkBuilder::Bias NetworkBuilder::quantise_bias(const Product& product,
                                                   const Eigen::VectorXd& values) const {
  const auto width = config().state_width;
  const auto sum_bits = product.weights.fraction_bits + product.source_fraction_bits;
  Bias bias;
  // Never finer than the products: the shift goes left, by at most 63.
  const double magnitude = values.cwiseAbs().maxCoeff();
  const auto bits = magnitude == 0 ? sum_bits : fraction_bits_for(magnitude, width);
  bias.fraction_bits = std::clamp(bits, sum_bits - 63, sum_bits);
  bias.shift = sum_bits - bias.fraction_bits;
  for (const double value : values) bias.codes.push_back(quantise(value, bias.fraction_bits, width));
  return bias;
}

/// Weights of another matrix, earlier on the way, may be why. Those of a read-in are of codes of the input.
void NetworkBuilder::refuse_shift(const Product& product, std::int64_t shift) const {
  std::vector<std::string> largest;
  for (const auto& matrix : result.matrices)
    largest.push_back(
        fmt::format("{} up to {:.4g}", matrix.name, std::max(std::abs(matrix.least), std::abs(matrix.most))));
  throw Error(
      fmt::format("the product with {} needs a shift by {} bits, the instruction has -64 to 63; scale "
                  "the weights, which in the program are: {}",
                  product.name, shift, fmt::join(largest, ", ")));
}

void NetworkBuilder::bind(Matvec& matvec, const Product& product, const Eigen::VectorXd& bias_values) {
  matvec.result_shift =
      product.weights.fraction_bits + product.source_fraction_bits - product.result_fraction_bits;
  if (matvec.result_shift < -64 || matvec.result_shift > 63) refuse_shift(product, matvec.result_shift);
  Bias bias{.codes = std::vector<std::int32_t>(static_cast<std::size_t>(matvec.rows), 0)};
  if (bias_values.size() > 0 && !bias_values.isZero(0)) {
    bias = quantise_bias(product, bias_values);
    matvec.biased = 1;
    matvec.bias_shift = bias.shift;
    matvec.bias = program.constant("bias of " + product.name, bias.codes, bias.fraction_bits);
  }
  prove_accumulator(product, bias);
}

void NetworkBuilder::prove_accumulator(const Product& product, const Bias& bias) const {
  const auto& instance = config();
  for (Eigen::Index r = 0; r < product.weights.codes.rows(); ++r) {
    const auto weights = magnitude_of(product.weights.codes.row(r).cast<std::int64_t>().cwiseAbs().sum());
    const auto start = magnitude_of(bias.codes[static_cast<std::size_t>(r)]);
    Room room(instance.accumulator_width);
    if (room.take(weights * magnitude_of(product.source_magnitude), 0) && room.take(start, bias.shift))
      continue;
    const auto text =
        fmt::format("row {} of {} can sum to {:.6g}, beyond the {} bits of its accumulator", r, product.name,
                    static_cast<double>(weights) * static_cast<double>(product.source_magnitude) +
                        std::ldexp(static_cast<double>(start), static_cast<int>(bias.shift)),
                    instance.accumulator_width);
    refuse_to_fit(instance, text, "accumulator_width", width_for(instance.accumulator_width, [&](Room wider) {
                    return wider.take(weights * magnitude_of(product.source_magnitude), 0) &&
                           wider.take(start, bias.shift);
                  }));
  }
}

std::int64_t NetworkBuilder::bundle(std::int64_t destination, std::int64_t length,
                                    const std::vector<Summand>& summands, std::int64_t result_bits,
                                    const std::string& text) {
  std::int64_t finest = 0;
  for (const auto& s : summands) finest = std::max(finest, s.fraction_bits);
  Bundle bundle{
      .destination = destination, .length = length, .terms = static_cast<std::int64_t>(summands.size())};
  bundle.result_shift = finest - result_bits;
  double most = 0;
  Room room(config().accumulator_width);
  bool fits = true;
  std::vector<std::pair<std::uint64_t, std::int64_t>> products;  // and how far each is shifted
  const auto magnitude = [&](const Operand& operand) {
    return magnitude_of(operand.most > 0 ? operand.most : config().state_min());
  };
  for (std::size_t t = 0; t < summands.size(); ++t) {
    const auto& s = summands[t];
    const std::int64_t align = finest - s.fraction_bits;
    if (align > 31)
      throw Error(
          fmt::format("{}: a term has {} fraction bits and another {}, which a BUNDLE cannot align "
                      "(by 31 at most): the values of the network lie too far apart for one sum",
                      text, s.fraction_bits, finest));
    bundle.term[t] = {s.left.word, s.right.word, s.left.fixed, s.right.fixed, s.subtract, align};
    const auto product = magnitude(s.left) * magnitude(s.right);
    products.emplace_back(product, align);
    fits = room.take(product, align) && fits;
    most += std::ldexp(static_cast<double>(product), static_cast<int>(align));
  }
  if (!fits)
    refuse_to_fit(config(),
                  fmt::format("{} can sum to {:.6g}, beyond the {} bits of its accumulator", text, most,
                              config().accumulator_width),
                  "accumulator_width", width_for(config().accumulator_width, [&](Room wider) {
                    return std::all_of(products.begin(), products.end(),
                                       [&](const auto& p) { return wider.take(p.first, p.second); });
                  }));
  // A sum so far below the last place of its result is 0 after this shift too.
  if (most < std::ldexp(1.0, 62)) bundle.result_shift = std::min<std::int64_t>(bundle.result_shift, 63);
  return program.emit(bundle, text);
}

std::int64_t NetworkBuilder::bundle(const Quantity& destination, const Sum& sum, const std::string& text,
                                    std::int64_t halvings) {
  return bundle(destination.word, destination.length, sum, destination.bits() - halvings, text);
}

Quantity NetworkBuilder::vector(const std::string& name, std::int64_t length, std::int64_t fraction_bits,
                                std::int64_t reserve) {
  return {
      program.vector(name, length, fraction_bits, reserve), length, {config().state_width, fraction_bits}};
}

Quantity NetworkBuilder::begin_at(const std::string& name, std::int64_t length, double value,
                                  std::int64_t fraction_bits) {
  const std::vector<std::int32_t> codes(static_cast<std::size_t>(length),
                                        quantise(value, fraction_bits, config().state_width));
  return {program.constant(name, codes, fraction_bits), length, {config().state_width, fraction_bits}};
}

Quantity NetworkBuilder::overlay(const std::string& name, std::int64_t word, std::int64_t length,
                                 std::int64_t fraction_bits) {
  return {program.overlay(name, word, length, fraction_bits), length, {config().state_width, fraction_bits}};
}

Operand NetworkBuilder::constant(const std::string& name, std::int32_t code, std::int64_t fraction_bits) {
  return {program.constant(name, std::vector<std::int32_t>(static_cast<std::size_t>(config().lanes), code),
                           fraction_bits),
          true, std::max<std::int64_t>(std::abs(code), 1), fraction_bits};
}

Operand NetworkBuilder::rounded(const std::string& name, double value, std::int64_t fraction_bits) {
  return constant(name, quantise(value, fraction_bits, config().state_width), fraction_bits);
}

Operand NetworkBuilder::one() {
  const auto bits = config().state_width - 2;
  return constant("one", 1 << bits, bits);
}

Operand NetworkBuilder::factor(const std::string& name, double value, std::int64_t other_bits,
                               std::int64_t result_bits) {
  return rounded(name, value, factor_bits(std::abs(value), other_bits, result_bits));
}

Operand NetworkBuilder::factors(const std::string& name, const Eigen::VectorXd& values,
                                std::int64_t fraction_bits) {
  std::vector<std::int32_t> codes;
  for (const double value : values) codes.push_back(quantise(value, fraction_bits, config().state_width));
  if (codes.size() == 1) return constant(name, codes[0], fraction_bits);
  return {.word = program.constant(name, codes, fraction_bits), .fraction_bits = fraction_bits};
}

NetworkMatrix NetworkBuilder::matrix(const std::string& name, const Eigen::MatrixXd& values,
                                     const SecondMoments& moments, const ProductBits& bits) {
  return {name, weights(name, values, moments, bits), {}};
}

std::int64_t NetworkBuilder::multiply(const Quantity& destination, const NetworkMatrix& matrix,
                                      const Quantity& source, const std::string& text,
                                      const MultiplyOptions& options) {
  Matvec matvec{.destination = destination.word,
                .source = source.word,
                .rows = matrix.weights.codes.rows(),
                .columns = matrix.weights.codes.cols()};
  const auto most = options.most > 0 ? options.most : config().state_max() + 1;
  bind(matvec, {matrix.name, matrix.weights, source.bits(), most, destination.bits()}, options.bias);
  return program.emit_matvec(matvec, matrix.place, text);
}

void NetworkBuilder::multiply_onto(const Quantity& destination, const NetworkMatrix& matrix,
                                   const Quantity& source, const Quantity& start, const std::string& text) {
  const auto& codes = matrix.weights.codes;
  Matvec matvec{
      .destination = destination.word, .source = source.word, .rows = codes.rows(), .columns = codes.cols()};
  bind(matvec, {matrix.name, matrix.weights, source.bits(), config().state_max() + 1, destination.bits()},
       {});
  matvec.biased = 1;
  matvec.bias = start.word;
  matvec.bias_shift = matrix.weights.fraction_bits + source.bits() - start.bits();
  const double any_state = std::ldexp(1.0, static_cast<int>(config().state_width - 1));
  const double most =
      static_cast<double>(codes.cast<std::int64_t>().cwiseAbs().rowwise().sum().maxCoeff()) * any_state +
      std::ldexp(any_state, static_cast<int>(matvec.bias_shift));
  if (const auto needed = static_cast<std::int64_t>(std::floor(std::log2(most))) + 2;
      needed > config().accumulator_width)
    refuse_to_fit(config(),
                  fmt::format("{} with its start can sum to {:.6g}, beyond the {} bits of its accumulator",
                              matrix.name, most, config().accumulator_width),
                  "accumulator_width", needed);
  program.emit_matvec(matvec, matrix.place, text);
}

TableFunction NetworkBuilder::function(const FunctionTable& table, const Function& function,
                                       const std::string& name, const std::vector<double>& parameters) {
  TableFunction placed{function, name, parameters};
  placed.instruction.table = program.table(table);
  result.function_error = std::max(result.function_error, table.largest_error);
  return placed;
}

std::int64_t NetworkBuilder::apply(const TableFunction& function, const Quantity& destination,
                                   const Quantity& source, const std::string& text) {
  auto instruction = function.instruction;
  instruction.destination = destination.word;
  instruction.source = source.word;
  instruction.length = destination.length;
  const auto slot = program.emit(instruction, text);
  notes_.functions.push_back({slot, function.name, source.bits(), destination.bits(), function.parameters});
  return slot;
}

NoiseFactors NetworkBuilder::noise_factors(const NoiseSum& sum, const Eigen::VectorXd& gain,
                                           const Eigen::VectorXd& sigma) {
  const auto width = config().state_width;
  // Finer than a sixteenth of the result's unit would only lengthen the sum.
  const auto sigma_bits = std::min(fraction_bits_for(sigma.maxCoeff(), width), sum.result_fraction_bits + 4);
  // The source is then as fine as the noise, as far as its gain has bits for it.
  const auto gain_bits =
      std::clamp<std::int64_t>(sigma_bits + noise_state_bits(width) - sum.source_fraction_bits, 0,
                               fraction_bits_for(gain.maxCoeff(), width));
  return {.gain = factors("gain of " + sum.name, gain, gain_bits),
          .sigma = factors("sigma of " + sum.name, sigma, sigma_bits),
          .gain_fraction_bits = gain_bits,
          .sigma_fraction_bits = sigma_bits};
}

void NetworkBuilder::load_noise(std::int64_t word, std::int64_t length, const std::string& name) {
  program.overlay(name, word, length, noise_state_bits(config().state_width));
  program.emit(Load{.destination = word, .length = length}, name);
}

std::int64_t NetworkBuilder::add_noise(const NoiseSum& sum, const NoiseFactors& factors) {
  const auto noise_bits = noise_state_bits(config().state_width);
  return bundle(sum.destination, sum.length,
                {{false, {sum.source}, factors.gain, sum.source_fraction_bits + factors.gain_fraction_bits},
                 {false, {sum.noise}, factors.sigma, noise_bits + factors.sigma_fraction_bits}},
                sum.result_fraction_bits, sum.name + " = gain * value + sigma * n");
}

void NetworkBuilder::record(std::int64_t slot, const std::string& name, std::int64_t fraction_bits,
                            std::optional<std::int64_t> word) {
  notes_.results.push_back({slot, name, fraction_bits, word, {}, 0});
}

void NetworkBuilder::record_step(std::int64_t slot, const std::string& name, std::int64_t fraction_bits,
                                 const std::string& label, std::int64_t first,
                                 std::optional<std::int64_t> word) {
  notes_.results.push_back({slot, name, fraction_bits, word, label, first});
}

Compilation NetworkBuilder::finish(const LoweringTask& task) {
  result.state_words_per_lane = program.state_words_used();
  notes_.recipe = recipe_text(task.model.recipe);
  notes_.noise = task.noise();
  notes_.phases = program.phases();
  notes_.training_data = task.model.training_data;
  if (const auto& samples = task.samples(); samples.are_real())
    notes_.input = {task.input.fraction_bits,
                    samples.standardisation() ? std::optional(*samples.standardisation()) : std::nullopt};
  result.image = program.finish(image_notes_text(notes_));
  return std::move(result);
}

}  // namespace stoic
