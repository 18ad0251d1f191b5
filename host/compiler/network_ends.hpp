#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/compiler/input_stage.hpp"
#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/compiler/state_layout.hpp"
#include "stoic/host/compiler/vector_statistics.hpp"

namespace stoic {

/// What the ends of a network need to know of its calibration samples.
struct EndStatistics {
  Range y;                     ///< the outputs
  Range last;                  ///< x(T), with its noise
  SecondMoments last_moments;  ///< of x(T), without
  EndStatistics(const Range& y_range, const Range& last_range, SecondMoments moments)
      : y(y_range), last(last_range), last_moments(std::move(moments)) {}
  EndStatistics(const VectorStatistics& seen)  // NOLINT: they are among those of all vectors
      : y(seen.range({"y"})), last(seen.range({"x(T)"})), last_moments(seen.moments.at("x(T)")) {}
};

/// The two ends of every network: the sample, convolution and W_in before the system, W_out and the outputs
/// behind it, each with its noise.
///
/// Chosen and placed part by part, in the order in which a program wants them: what is placed earlier gets the
/// weight memory. quantise() and place() do all of it for a system without other wishes.
///
/// The program's state may be `scale` times that of the float reference, when that makes its equations
/// cheaper: W_in brings the scale in, W_out takes it out. Builder and what the task refers to must outlive the
/// object.
class NetworkEnds {
 public:
  /// `components`: of the state's sites, see StateLayout.
  NetworkEnds(NetworkBuilder& builder, const LoweringTask& task, const EndStatistics& seen,
              const std::vector<std::string>& components = {""});

  const StateLayout& first_layout() const { return first_; }
  const StateLayout& last_layout() const { return last_; }

  /// Quantises W_in for a state of these fraction bits; each site may have a scale of its own.
  void quantise_read_in(std::int64_t state_bits, const Eigen::ArrayXd& scale = Eigen::ArrayXd::Ones(1));
  /// Chooses the binary point of y, and quantises W_out or what is given in its place.
  void quantise_read_out(std::int64_t state_bits, double scale = 1);
  void quantise_read_out(std::int64_t state_bits, const Eigen::MatrixXd& weights);
  void quantise(std::int64_t first_bits, std::int64_t last_bits, double scale = 1);

  void place_read_out() { builder_.place(W_out_); }
  void place_read_in() { builder_.place(W_in_); }
  void place_input(std::int64_t reserve = 0) { input_.place(reserve); }
  void place_output();
  void place();

  /// The sample as it comes.
  const Quantity& sample() const { return input_.pixels(); }
  /// LOAD, and the convolution.
  void take_sample() { input_.emit(); }

  /// The state and its noise. Normals lie at `scratch`, and the noisy state at `noisy`, which may be `state`
  /// itself in another binary point; else the three are apart. Without noise neither counts.
  struct NoisyState {
    Quantity state, scratch, noisy;
    /// The system takes states of any length: each site's is brought back to the range that it had.
    bool any_length = false;
  };
  /// The sample to x(0) = W_in u + bias (of all elements, or empty); `name` is what the system's vectors()
  /// call it, or empty; `text` of the listing ends with W_in.
  void read_in(const std::string& name, const NoisyState& x, const std::string& text,
               const Eigen::VectorXd& bias = {});
  /// Adds sigma n to gain times each site of a state (one gain for all, or one for each), under these names.
  void add_noise(const std::string& name, const NoisyState& x, const StateLayout& layout,
                 const Eigen::VectorXd& gain, const Eigen::VectorXd& sigma);
  void add_noise(const std::string& name, const NoisyState& x, double sigma);
  /// x(T) to y and the output, and the end of the program. The binary point of the noisy state is chosen
  /// here. `most`: the largest |code| of x(T), if less than that of any state.
  void read_out(const std::string& name, NoisyState x, const std::string& text, std::int64_t most = 0);
  /// y = W_out source + bias, and the end of the program.
  void put_out(const Quantity& source, const Eigen::VectorXd& bias, const std::string& text,
               std::int64_t most = 0);

 private:
  /// One number for each row of W_in.
  Eigen::MatrixXd scaled(Eigen::MatrixXd rows) const;

  NetworkBuilder& builder_;
  const Model& model_;
  EndStatistics seen_;
  const Noise& noise_;
  StateLayout first_, last_;
  InputStage input_;
  Eigen::ArrayXd in_scale_;
  double out_scale_ = 1;
  NetworkMatrix W_in_, W_out_;
  Quantity y_;
};

}  // namespace stoic
