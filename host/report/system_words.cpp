#include "stoic/host/report/system_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace stoic {
namespace {

constexpr const char* outputs = "y holds the outputs by which it decides.";

/// "8 steps of 0.05", "one step of 0.4"
std::string steps_text(std::int64_t count, const std::string& step) {
  return count == 1 ? "one step of " + step : fmt::format("{} steps of {}", count, step);
}

SystemWords words(const FfesnParameters& p) {
  return {
      fmt::format("an echo-state network of {} neurons, x(i+1) = tanh(W' x(i)), {}", p.neurons,
                  p.steps == 1 ? "one step" : fmt::format("{} steps", p.steps)),
      fmt::format("x(0) is what the network reads in; each step of its dynamics goes from x(i) to the sums "
                  "z(i) and on to the states x(i+1); {}",
                  outputs),
      "x(T)"};
}

constexpr const char* disturbed_spins = "W_in u, which f_norm then makes magnetisations of";

/// Where the spin current points, if not along x.
std::string pinned_text(const CstoParameters& p) {
  const auto& to = p.pinned_layer;
  return to[0] == 1 ? "" : fmt::format(", pinned layer along ({:.4g}, {:.4g}, {:.4g})", to[0], to[1], to[2]);
}

SystemWords words(const CstoParameters& p) {
  return {
      fmt::format("{} coupled spin-torque oscillators (each a unit vector, coupling A_cp = {} Oe{}) for {} "
                  "ps in {} of RK4",
                  p.oscillators, p.coupling_Oe, pinned_text(p), p.duration_ps,
                  steps_text(p.time().steps(), fmt::format("{} ps", p.step_ps))),
      fmt::format("m_x(0) holds the x components of the magnetisations that the network reads in, one for "
                  "each oscillator; m_x(i), m_y(i) and m_z(i) are all components after step i of the "
                  "integrator; {}",
                  outputs),
      "m(T)", disturbed_spins};
}

SystemWords words(const DeepCstoParameters& p) {
  std::vector<double> couplings;
  for (const auto& array : p.arrays) couplings.push_back(array.coupling_Oe);
  const auto& one = p.arrays.front();
  return {
      fmt::format("{} arrays one behind the other, each of {} coupled spin-torque oscillators (unit "
                  "vectors, couplings A_cp = {} Oe{}) for {} ps in {} of RK4",
                  p.arrays.size(), one.oscillators, fmt::join(couplings, ", "), pinned_text(one),
                  one.duration_ps, steps_text(one.time().steps(), fmt::format("{} ps", one.step_ps))),
      fmt::format("The number in front is that of the array. m_x(0) holds the x components of the "
                  "magnetisations that it begins with, one for each oscillator; m_x(i), m_y(i) and m_z(i) "
                  "are all components after step i of the integrator; {}",
                  outputs),
      "m(T) of the last array", disturbed_spins};
}

SystemWords words(const Lorenz96Parameters& p) {
  return {
      fmt::format("Lorenz 96 with {} sites, dx_i/dt = (x_{{i+1}} - x_{{i-2}}) x_{{i-1}} - x_i + F with F = "
                  "{}, for T = {} in {} of RK4",
                  p.neurons, p.forcing, p.duration, steps_text(p.time().steps(), fmt::format("{}", p.step))),
      fmt::format("The accelerator holds all states times the step h. h x(0) is what the network reads in; "
                  "on the way from h x(i) to h x(i+1) RK4 looks at the slopes in h x2(i), h x3(i) and h "
                  "x4(i) too; {}",
                  outputs),
      "x(T)"};
}

SystemWords words(const SaNodeParameters& p) {
  return {
      fmt::format(
          "SA-nODE with {} components, dx/dt = 4 gamma x (a^2 - x^2) + beta A x with a = {}, beta = 1 "
          "/ sqrt({}) and a gamma that is trained from {}, for T = {} in {} of Euler's method",
          p.neurons, p.well, p.neurons, p.stiffness, p.duration,
          steps_text(p.time().steps(), fmt::format("{}", p.step))),
      fmt::format(
          "The state begins as the sample. g(i) is what the coupling A, without its diagonal, adds "
          "to x(i) in a step of length h; x(i+1) is the state after the step, of which k x(i) is a part with "
          "k = 1 + 4 h gamma a^2 + h beta diag A. Where \"x(i) before "
          "its bound\" is listed the state is held within a bound, beyond which Euler's steps would "
          "diverge, and that is the state just before. y holds the overlaps with the attractors of "
          "the classes, by which it decides."),
      "x(T)"};
}

SystemWords words(const LinearParameters&) {
  return {"softmax regression, y = W_out [u; 1], without a hidden layer",
          "There is no hidden layer: y, the outputs by which it decides, comes straight from the sample.",
          ""};
}

constexpr const char* first_sums = "W_in u + b, the sums of the first hidden layer";

SystemWords words_of_layers(const MlpParameters& p) {
  const bool several = p.layers.size() > 1, relu = p.activation == Activation::relu;
  const auto f = relu ? "max(z, 0)" : p.activation == Activation::tanh ? "tanh z" : "1 / (1 + exp(-z))";
  return {fmt::format("{} hidden layer{} of {} neurons, x = {} of z = W x + b", p.layers.size(),
                      several ? "s" : "", fmt::join(p.layers, ", "), f),
          fmt::format("z holds the sums of a hidden layer, x = {} what it passes on{}; {}", f,
                      several ? "; the number of the layer stands in front" : "", outputs),
          "", first_sums};
}

SystemWords words(const MlpParameters& p) {
  if (p.layers.size() > 1 || p.activation != Activation::relu) return words_of_layers(p);
  return {fmt::format("one hidden layer of {} rectifiers, x = max(W_in u + b, 0)", p.width()),
          fmt::format("z holds the sums of the hidden layer, x = max(z, 0) what it passes on; {}", outputs),
          "", first_sums};
}

SystemWords words(const LeakyParameters& p) {
  return {fmt::format("{} neurons that forget slowly, x(i+1) = (1 - a) x(i) + a tanh x(i) with a = {}, {}",
                      p.neurons, p.leak, p.steps == 1 ? "one step" : fmt::format("{} steps", p.steps)),
          fmt::format("x(0) is what the network reads in, x(i) the states after step i; {}", outputs),
          "x(T)"};
}

SystemWords words(const PendulumsParameters& p) {
  return {
      fmt::format("{} damped pendulums in a periodic torque, each with an angle, a velocity and the phase "
                  "of that torque, coupled by a torque of {} W angle, for T = {} in {} of RK4",
                  p.pendulums, p.coupling, p.duration,
                  steps_text(p.time().steps(), fmt::format("{}", p.step))),
      fmt::format("angle(0) holds the angles of x(0) = W_in u, one for each pendulum; angle(i), "
                  "velocity(i) and phase(i), together the state x(i), are all numbers after step i of the "
                  "integrator; {}",
                  outputs),
      "x(T), all angles, velocities and phases"};
}

/// Of a system that has no words of its own here.
template <class P>
SystemWords words(const P& p) {
  const auto time = p.time();
  const auto duration =
      time.integrated() ? fmt::format("for {} {} in {}", time.duration, time.unit,
                                      steps_text(time.steps(), fmt::format("{} {}", time.step, time.unit)))
                        : fmt::format("in {} step{}", time.steps(), time.steps() == 1 ? "" : "s");
  return {fmt::format("\"{}\" with {} states {}", P::name, p.width(), duration),
          fmt::format("The vectors have the names that the system gives them; {}", outputs), "x(T)"};
}

}  // namespace

SystemWords system_words(const Recipe& recipe) {
  auto result = std::visit([](const auto& parameters) { return words(parameters); }, recipe.system);
  if (recipe.convolutions.empty()) return result;
  const auto& c = recipe.convolutions.front();
  constexpr std::string_view of_inputs = "W_in u";
  for (auto* text : {&result.network, &result.disturbed})
    if (const auto at = text->find(of_inputs); at != std::string::npos)
      text->replace(at, of_inputs.size(), "W_in features");
  result.network = fmt::format(
      "a convolution of {} filters of {} x {} with stride {} ({} features, each max(sum + bias, 0)), {}",
      c.filters, c.kernel, c.kernel, c.stride, c.features(), result.network);
  return result;
}

}  // namespace stoic
