// No accumulator can overflow, whatever the inputs: a second proof, from the image alone, of what the
// compiler lets pass. Each system is compiled for the narrowest accumulator that the compiler accepts, with
// rows that reach powers of two.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace accumulator_proof_test {

/// The largest |code| that each state element can have at each time, followed through the whole run of a
/// program.
class Prover {
 public:
  explicit Prover(const Image& image)
      : image_(image),
        lanes_(image.config.lanes),
        any_(-image.config.state_min()),
        most_(static_cast<std::size_t>(image.config.state_words_per_lane * lanes_), 0) {
    for (const auto& block : image.initial_state)
      for (std::size_t i = 0; i < block.values.size(); ++i)
        most_[static_cast<std::size_t>(block.word * lanes_) + i] = std::abs(block.values[i]);
  }

  /// Bits that the largest sum of any instruction needs, its sign included.
  std::int64_t bits() {
    const auto schedule = golden::schedule(image_.program, image_.config);
    for (const auto index : schedule.order) {
      const auto& step = schedule.steps[index];
      std::visit([&](const auto& instruction) { run(instruction, step.slot); }, step.instruction);
    }
    std::int64_t bits = 1;
    while (std::ldexp(1.0L, static_cast<int>(bits - 1)) - 1 < largest_) ++bits;
    return bits;
  }

 private:
  std::int64_t& at(std::int64_t word, std::int64_t element) {
    return most_.at(static_cast<std::size_t>(word * lanes_ + element));
  }
  void set(std::int64_t word, std::int64_t length, std::int64_t bound) {
    for (std::int64_t i = 0; i < length; ++i) at(word, i) = bound;
  }
  void need(long double sum) { largest_ = std::max(largest_, sum); }

  void run(const Load& load, std::int64_t) {
    const bool pixels = loads_++ == 0;
    set(load.destination, load.length, pixels ? pixel_state(255, image_.config.state_width) : any_);
  }
  void run(const Matvec& m, std::int64_t slot) {
    const auto& weights = m.stream != 0 ? image_.stream_weights : image_.weights;
    const auto first = m.stream != 0 ? streamed(slot) : m.weights;
    for (std::int64_t r = 0; r < m.rows; ++r) {
      long double sum =
          m.biased != 0 ? std::ldexp(static_cast<long double>(at(m.bias, r)), static_cast<int>(m.bias_shift))
                        : 0;
      for (std::int64_t c = 0; c < m.columns; ++c)
        sum += static_cast<long double>(at(m.source, c)) *
               std::abs(weights.at(
                   static_cast<std::size_t>((first + r / lanes_ * m.columns + c) * lanes_ + r % lanes_)));
      need(sum);
    }
    set(m.destination, m.rows, any_);
  }
  void run(const Bundle& b, std::int64_t) {
    for (std::int64_t i = 0; i < b.length; ++i) {
      long double sum = 0;
      for (std::int64_t t = 0; t < b.terms; ++t) {
        const auto& term = b.term[static_cast<std::size_t>(t)];
        const auto value = [&](std::int64_t word, bool fixed) {
          return static_cast<long double>(at(word, fixed ? i % lanes_ : i));
        };
        sum += std::ldexp(value(term.left, term.left_fixed) * value(term.right, term.right_fixed),
                          static_cast<int>(term.align));
      }
      need(sum);
    }
    set(b.destination, b.length, any_);
  }
  void run(const Function& f, std::int64_t) {
    std::int64_t bound = 0;
    for (std::int64_t k = 0; k <= f.segments; ++k) {
      const auto knot = round_and_saturate(image_.tables.at(static_cast<std::size_t>(f.table + k)),
                                           image_.config.table_guard_bits, -any_, any_ - 1);
      bound = std::max(bound, std::abs(knot.value));
    }
    set(f.destination, f.length, bound);
  }
  void run(const Normalise& n, std::int64_t) {
    set(n.destination, 3 * image_.config.beats(n.length) * lanes_, any_);
  }
  void run(const Rotate& r, std::int64_t) { set(r.destination, r.length, any_); }
  void run(const Copy& c, std::int64_t) {
    for (std::int64_t i = 0; i < c.length; ++i) at(0, c.destination + i) = at(0, c.source + i);
  }
  void run(const Store&, std::int64_t) {}
  void run(const Loop&, std::int64_t) {}
  void run(const End&, std::int64_t) {}
  void run(const Halt&, std::int64_t) { loads_ = 0; }

  std::int64_t streamed(std::int64_t slot) const {
    const auto schedule = golden::schedule(image_.program, image_.config);
    std::size_t next = 0;
    for (const auto index : schedule.order) {
      const auto& step = schedule.steps[index];
      const auto* matvec = std::get_if<Matvec>(&step.instruction);
      if (matvec == nullptr || matvec->stream == 0) continue;
      if (step.slot == slot) return image_.stream_schedule.at(next).first_beat;
      ++next;
    }
    throw std::out_of_range("stream_schedule");
  }

  const Image& image_;
  const std::int64_t lanes_, any_;
  std::vector<std::int64_t> most_;
  long double largest_ = 0;
  int loads_ = 0;
};

HardwareConfig instance(std::int64_t state_width, std::int64_t accumulator_width) {
  auto config = load_hardware_config("default");
  config.name = "narrow";
  config.state_width = state_width;
  config.accumulator_width = accumulator_width;
  config.table_words = 4096;
  return config;
}

struct Network {
  const char* name;
  const char* keys;
  double entry;  ///< of every matrix of the system, W_in and W_out; 0: drawn
  std::int64_t state_width = 16;
  Noise noise = {};
  std::int64_t widest = 52;  ///< accumulator to begin with
};
void PrintTo(const Network& n, std::ostream* out) { *out << n.name; }

class AccumulatorProof : public testing::TestWithParam<Network> {
 protected:
  AccumulatorProof() {
    model.recipe = parse_recipe(fmt::format(R"({{"inputs": 64, "classes": 4, "seed": 3, "input_scale": {},
                                                 "data": {{"set": "random"}}, {}}})",
                                            GetParam().entry == 0 ? 0.004 : 1, GetParam().keys),
                                "test");
    // Entries of one size and signs that alternate: sums are far smaller than the largest that there could
    // be, so that the proof, and not the range of the results, says how wide the accumulator must be.
    const auto entry = GetParam().entry;
    const auto fill = [&](std::int64_t rows, std::int64_t columns) {
      return Eigen::MatrixXd(Eigen::MatrixXd::NullaryExpr(rows, columns, [&](Eigen::Index r, Eigen::Index c) {
        return (entry == 0 ? 0.1 : entry) * ((r == 0) == (c % 2 == 0) ? 1 : -1);
      }));
    };
    if (model.recipe.has_read_in())
      model.W_in = std::ldexp(1.0, -12) * fill(model.recipe.neurons(), model.recipe.read_in_columns());
    for (const auto& shape : model.recipe.convolutions)
      model.convolutions.push_back(fill(shape.filters, shape.patch() + 1));
    model.W_out = fill(4, model.recipe.neurons() + 1);
    if (model.recipe.attractors().size() > 0) model.W_out = overlap_read_out(model.recipe);
    model.W_out.rightCols(1).setZero();
    model.matrices = model.recipe.draw_matrices();
    if (model.matrices.contains("W_reservoir") && entry != 0)
      model.matrices["W_reservoir"] = fill(model.recipe.neurons(), model.recipe.neurons());
    if (GetParam().noise.any())  // the read-out alone is to be wide
      model.matrices["W_reservoir"] =
          entry * Eigen::MatrixXd::Identity(model.recipe.neurons(), model.recipe.neurons());
    model.single_precision = false;
  }
  std::optional<Image> compile_for(std::int64_t width) const {
    try {
      return compile(model, data, instance(GetParam().state_width, width), GetParam().noise).image;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("raise accumulator_width"), std::string::npos) << error.what();
      return std::nullopt;
    }
  }

  Model model;
  Dataset data = make_random_pixels(1, Split::train, 20, 64, 4);
};

TEST_P(AccumulatorProof, HoldsInTheNarrowestAccumulatorThatIsAcceptedAndIsNoStricterThanThat) {
  std::int64_t width = GetParam().widest;
  auto image = compile_for(width);
  ASSERT_TRUE(image);
  for (auto narrower = compile_for(width - 1); narrower && width > 20; narrower = compile_for(width - 1)) {
    image = std::move(narrower);
    --width;
    ASSERT_LE(Prover(*image).bits(), width);
  }
  EXPECT_LT(width, GetParam().widest) << "the network is no test of the proof";
  RecordProperty("width", std::to_string(width));
  EXPECT_GE(Prover(*image).bits(), width - 1) << "what is refused would fit";
}

INSTANTIATE_TEST_SUITE_P(
    , AccumulatorProof,
    // Powers of two: rows of 64 weights of 64 (in 8 bits) meet states of 2^15, or pixels of 255.
    testing::Values(
        Network{"ffesn", R"("dynamics": "ffesn", "neurons": 64, "steps": 1)", 0.5},
        Network{"ffesn_of_steps", R"("dynamics": "ffesn", "neurons": 64, "steps": 3)", 0.5},
        // tanh is never the least code, with noise it is
        Network{"ffesn_with_noise",
                R"("dynamics": "ffesn", "neurons": 256, "steps": 1)",
                0.5,
                16,
                {.dynamic = 0.5},
                36},
        Network{"ffesn_of_few_bits", R"("dynamics": "ffesn", "neurons": 64, "steps": 3)", 0.5, 9},
        Network{"read_in_of_an_ffesn", R"("dynamics": "ffesn", "neurons": 4, "steps": 1)", 0.5, 9},
        Network{"linear", R"("dynamics": "linear")", 0.5},
        Network{"linear_of_eight_bits", R"("dynamics": "linear")", 0.5, 8},
        Network{"mlp", R"("dynamics": "mlp", "neurons": 64)", 0.5},
        Network{
            "mlp_behind_a_convolution",
            R"("dynamics": "mlp", "neurons": 64, "convolution": {"filters": 8, "kernel": 2, "stride": 2})",
            0.5},
        Network{"sa_node", R"("dynamics": "sa-node", "duration": 0.3)", 0},
        Network{"lorenz96", R"("dynamics": "lorenz96", "neurons": 64, "duration": 0.1)", 0},
        Network{"csto", R"("dynamics": "csto", "oscillators": 16, "duration_ps": 40, "step_ps": 20)", 0},
        Network{"deep_csto", R"("dynamics": "deep-csto", "oscillators": 16, "couplings_Oe": [10, 0.1],
                                            "duration_ps": 40, "step_ps": 20)",
                0}),
    [](const auto& network) { return std::string(network.param.name); });

}  // namespace accumulator_proof_test
}  // namespace stoic
