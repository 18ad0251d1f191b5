#pragma once
#include <memory>
#include <vector>

#include "stoic/host/analysis/evolution.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// Lorenz 96, paper 001 eq. 20, of any number of sites, with as many tangents, by the method of order 8. Its
/// derivative is three numbers a site, and tangents go from one orthonormalisation to the next a few columns
/// at a time, so that they stay in the cache. The team must outlive it; threads change no bit.
class Lorenz96Evolution final : public Evolution {
 public:
  Lorenz96Evolution(Eigen::Index sites, double forcing, double step, Team& team);

  Eigen::Index width() const override { return sites_; }
  double step() const override { return step_; }
  bool is_map() const override { return false; }
  Eigen::VectorXd state() const override { return x_; }
  void set_state(const Eigen::VectorXd& x) override { x_ = x; }
  void advance(std::int64_t steps) override;
  void begin(Eigen::Index tangents, std::uint64_t seed) override;
  void stretch(std::int64_t intervals, std::int64_t every, Stretches& sum) override;
  Eigen::MatrixXd differentiate() override;
  std::optional<double> expansion() const override { return -static_cast<double>(sites_); }

 private:
  /// One step; the states at its stages go to `stages`, side by side.
  void step_state(double* stages);
  /// tangents_ over so many steps, whose stages are there.
  void push(std::int64_t steps);

  Eigen::Index sites_;
  double forcing_, step_;
  Team& team_;
  Eigen::VectorXd x_;
  Eigen::MatrixXd tangents_, slopes_;
  std::vector<double> stages_;
};

}  // namespace stoic
