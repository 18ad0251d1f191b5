#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "stoic/host/library/matrix.hpp"

namespace stoic {

class Network;

/// The dynamical system of a network by itself, x(0) to x(T), with its derivative: exact, of the discrete
/// steps, in double precision. Samples are columns [width x samples].
///
/// Where states lie on spheres, as those of coupled oscillators do, J is that of their tangent planes.
class Flow {
 public:
  /// The system of a recipe (JSON text, see read_recipe()), its matrices as the seed draws them. `threads`: 0
  /// for all cores; changes no bit.
  explicit Flow(std::string_view recipe, int threads = 1);
  /// That of a trained network.
  explicit Flow(const Network& network, int threads = 1);

  std::int64_t width() const;  ///< components of x(0)
  double duration() const;     ///< T, in the system's own unit
  std::string unit() const;    ///< of rates: "per ps", "per step"

  /// From v, what the read-in gives, to x(T). x(0) is v, on spheres its direction. Throws Error for another
  /// width, and for states that are not finite.
  Matrix run(const Matrix& v);
  /// x(0) of that.
  Matrix start() const;
  /// J d and Jᵀ w of the last run(), J = dx(T)/dx(0) of each sample.
  Matrix push(const Matrix& tangents) const;
  Matrix pull(const Matrix& covectors) const;

 private:
  struct Body;
  std::shared_ptr<Body> body_;
};

}  // namespace stoic
