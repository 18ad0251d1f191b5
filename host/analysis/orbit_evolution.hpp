#pragma once
#include <functional>
#include <memory>

#include "stoic/host/analysis/evolution.hpp"
#include "stoic/host/dynamics/system.hpp"

namespace stoic {

/// How a system of the house is followed.
struct OrbitOptions {
  /// RK4 steps for each of the system's own, of a differential equation: what is found is then the flow's,
  /// but for the error of so short steps. 0: its own method and steps, as it runs in a network.
  std::int64_t refinement = 0;
};

/// How often a step of the system is to be halved (1, 2, 4, up to 64 steps for one) until halving it once
/// more changes where RK4 leads from this state by no more than 1e-5 of the way; 0 of a map.
std::int64_t fine_enough(const System<double>& system, const Eigen::VectorXd& state, Team& team);

/// The evolution of any system of the house, from x(0): neither read-in nor start takes part. Where states
/// are on a surface, the tangents are tangent to it. System, traits and team must outlive it; threads change
/// no bit. Throws Error for a chain of systems, for layers (Traits::last_width) and for one without steps, which
/// have no long run.
class OrbitEvolution final : public Evolution {
 public:
  /// `expansion`: what the system states of itself (Traits::expansion), of its matrices; or empty.
  OrbitEvolution(const System<double>& system, const Traits& traits, const Matrices& matrices,
                 const OrbitOptions& options, Team& team);

  Eigen::Index width() const override { return width_; }
  Eigen::Index dimension() const override { return system_.dimension(); }
  double step() const override { return step_; }
  bool is_map() const override { return map_; }
  Eigen::VectorXd state() const override { return orbit_->state(); }
  void set_state(const Eigen::VectorXd& x) override { orbit_->set_state(x); }
  void advance(std::int64_t steps) override;
  void begin(Eigen::Index tangents, std::uint64_t seed) override;
  void stretch(std::int64_t intervals, std::int64_t every, Stretches& sum) override;
  Eigen::MatrixXd differentiate() override;
  Eigen::MatrixXd basis() const override;
  double rate(std::complex<double> multiplier) const override;
  std::optional<double> expansion() const override;

 private:
  const System<double>& system_;
  std::unique_ptr<Orbit<double>> orbit_;
  Team& team_;
  std::function<double(const Eigen::VectorXd&)> expansion_;
  Eigen::Index width_;
  double step_;
  bool map_, rk4_;
  Eigen::MatrixXd tangents_;
};

}  // namespace stoic
