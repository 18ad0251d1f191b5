#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "stoic/host/integration/rule.hpp"

namespace stoic {

/// Samples that one thread takes all the way: states, stages and a coupling of a few hundred sites stay in
/// the cache of a core.
constexpr Eigen::Index group_samples = 16;

/// Vectors on the way through a system [length x samples] with their names, in the order in which they come.
using VectorSequence = std::vector<std::pair<std::string, Eigen::MatrixXd>>;

/// Where the equation of a method's stage is evaluated.
template <class Scalar, int n>
struct Stage {
  Sites<Scalar, n> x;
  Panels<Scalar> coupled;  ///< c there, when derivatives need it
};

/// Samples that are integrated together.
template <class Scalar, int n>
struct Group {
  Eigen::Index first;                       ///< of its samples
  Eigen::Index columns;                     ///< of its matrices; beyond the last sample there may be padding
  std::vector<Stage<Scalar, n>> stages;     ///< those of the steps that are resident, or a few in turn
  Panels<Scalar> start_known;               ///< what the start returned for its derivative
  std::vector<Panels<Scalar>> after_known;  ///< and what was done after each step
  std::vector<Sites<Scalar, n>> kept;       ///< the state before the first step of each segment, of several
};

/// A batch on its way, forward only.
template <class Scalar, int n>
struct Passage {
  Eigen::Index samples = 0;
  bool remembers = false;
  bool in_place = false;      ///< v and x(T) lie in the stages
  Eigen::Index segment = 0;   ///< steps whose stages are held at once
  Eigen::Index resident = 0;  ///< which segment's they are
  std::size_t end = 0;        ///< the stage where x(T) lies
  std::vector<Group<Scalar, n>> groups;
  std::vector<Panels<Scalar>> ends;  ///< v and x(T), when not in place

  /// What the caller fills before forward; stays as it is.
  Panels<Scalar>& first() { return in_place ? groups.front().stages.front().x[0] : ends.front(); }
  /// x(T), with one row more for the caller's bias, which forward leaves undefined.
  Panels<Scalar>& last() { return in_place ? groups.front().stages[end].x[0] : ends.back(); }
};

/// The covectors of some columns on their way back through a step.
template <class Scalar, int n>
struct Covectors {
  Sites<Scalar, n> result, stage, sum;  ///< of x(t+h), of the stage done last, and the sum over stages
  Panels<Scalar> coupled;               ///< of c at the stage done last
  Panels<Scalar> from_coupling;         ///< what the coupling made of it
};

struct Nothing {};

/// A batch that can also go back. `Gather` holds the gradients of trained matrices.
template <class Scalar, int n, class Gather = Nothing>
struct Trajectory : Passage<Scalar, n> {
  Panels<Scalar> covector;  ///< dL/dx(T) before vjp, dL/dv after it
  Gather gather;
  Covectors<Scalar, n> covectors;  ///< of all samples, where threads share rows
  /// Elsewhere of some samples each. Kept from one vjp to the next: a batch whose memory went back to the
  /// system and came again as pages of zeros would take up to twice as long.
  std::vector<Covectors<Scalar, n>> parts;
};

}  // namespace stoic
