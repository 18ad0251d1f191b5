#pragma once
#include <Eigen/Core>
#include <vector>

#include "stoic/host/dynamics/csto_parameters.hpp"
#include "stoic/host/dynamics/system.hpp"

namespace stoic {

/// The fixed coupling W_cp [N x N]: uniform in [-1, 1], scaled to spectral radius 1 (paper 001, section
/// IV.D).
Eigen::MatrixXd make_coupling(std::int64_t oscillators, std::uint64_t seed);

/// Coupled spin-torque oscillators, paper 001 eqs 21-24, in explicit form: with B = H + H_cp + H_s p×m,
///
///   dm/dt = -γ/(1+α²) [m×B + α m×(m×B)],   H = [H_appl + (H_K - 4πM) m_z] e_z,
///   H_cp  = A_cp (W_cp m_x) e_x,           H_s = H_s0 / (1 + λ m·p),
///
/// from m(0) = f_norm(v) to m(T) by RK4 with a fixed step. f_norm scales each oscillator to length 1;
/// f_norm(0) = e_z with zero derivative. With `renormalise` every step ends with m = m / |m|, which undoes
/// the drift of |m| that RK4 and rounding cause.
///
/// States are [3 N x samples]: the x parts of all oscillators, then y, then z. What a trajectory begins with
/// is v, before f_norm. Scalar is float (training) or double (analysis). Each group of samples is integrated
/// by itself, by one thread, so results do not depend on the number of threads.
template <class Real>
class Csto {
 public:
  using Scalar = Real;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  /// Samples that are integrated together: states, stages and W_cp stay in the cache of a core.
  static constexpr Eigen::Index group_samples = 16;

  /// W_cp [N x N]; parameters must have passed check_parameters.
  Csto(const Eigen::MatrixXd& coupling, const CstoParameters& parameters);

  Eigen::Index neurons() const { return 3 * oscillators_; }

  /// One stage of RK4: where dm/dt is evaluated, and the coupling field there, times γΔt/(1+α²).
  struct Stage {
    Panels<Scalar> x, y, z, coupled;
  };
  /// A group of samples.
  struct Group {
    std::vector<Stage> stages;                ///< m(t) is that of every fourth; all, or the last five in turn
    Panels<Scalar> length;                    ///< of v
    std::vector<Panels<Scalar>> step_length;  ///< |m| before renormalisation: of each step, or the last one
  };
  struct Trajectory {
    std::vector<Panels<Scalar>> states;  ///< v and m(T), each with one row more for the caller's bias
    Panels<Scalar> covector;             ///< dL/dm(T) before vjp; vjp leaves dL/dv
    std::vector<Group> groups;
    Panels<Scalar>& first() { return states.front(); }
    Panels<Scalar>& last() { return states.back(); }
  };
  /// `remember` keeps every stage, as vjp and jvp need it: 16 N bytes a stage and sample.
  Trajectory make_trajectory(Eigen::Index samples, bool remember = true) const;

  /// m(T) from v.
  void forward(Trajectory& trajectory, Team& team) const;
  /// Pulls trajectory.covector back from m(T) to v: the exact derivative of the discrete steps (discrete
  /// adjoint).
  void vjp(Trajectory& trajectory, Team& team) const;
  /// Pushes a tangent [3 N x samples] from v to m(T).
  Matrix jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const;

  /// "m_x(0)", then "m_x", "m_y", "m_z" after every step. Needs the stages of forward.
  VectorSequence vectors(const Trajectory& trajectory) const;

  /// dm/dt in 1/s of one state [3 N].
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> flow(const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>& m) const;
  /// (∂(dm/dt)/∂m)ᵀ w in 1/s at m: what the continuous adjoint integrates (paper 001, appendix B.3).
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> flow_vjp(const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>& m,
                                                    const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>& w) const;

  /// Fields of LLG in units of a step: each is an angle γΔt/(1+α²)·H.
  struct Fields {
    Scalar applied, anisotropy, spin_torque, asymmetry, damping, px, py, pz;
  };

 private:
  void start(const Panels<Scalar>& v, Eigen::Index first, Group& group) const;
  void finish(const Group& group, Eigen::Index first, Panels<Scalar>& m) const;
  void integrate(Group& group, const Team& team) const;
  void pull_back(const Group& group, Panels<Scalar>& covector, Eigen::Index first, const Team& team) const;

  Eigen::Index oscillators_;
  Eigen::Index steps_;
  bool renormalise_;
  Scalar steps_per_s_;  // 1/Δt
  Fields fields_;
  Matrix dense_coupling_;
  Panels<Scalar> coupling_;  // γΔt/(1+α²) A_cp W_cp
  Panels<Scalar> coupling_transposed_;
};

template <class Real>
Csto<Real> CstoParameters::make(const Matrices& matrices) const {
  return {matrices.at("W_coupling"), *this};
}

extern template class Csto<float>;
extern template class Csto<double>;

}  // namespace stoic
