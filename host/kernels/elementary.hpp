#pragma once
#include <cmath>
#include <type_traits>

namespace stoic {

/// tanh for loops that a compiler is to turn into vectors, which it does not with that of the C library. In
/// double precision that of the library; in single precision the rational approximation of Eigen's vectors,
/// bit for bit (of errors below 5 units in the last place), which Eigen offers for whole arrays alone.
template <class Scalar>
inline Scalar hyperbolic_tangent(Scalar a) {
  if constexpr (std::is_same_v<Scalar, float>) {
#ifdef __FMA__
    constexpr float most = 7.99881172180175781f;
#else
    constexpr float most = 7.90531110763549805f;
#endif
    const float x = a < -most ? -most : a > most ? most : a, x2 = x * x;
    float p = x2 * -2.76076847742355e-16f + 2.00018790482477e-13f;
    p = x2 * p + -8.60467152213735e-11f;
    p = x2 * p + 5.12229709037114e-08f;
    p = x2 * p + 1.48572235717979e-05f;
    p = x2 * p + 6.37261928875436e-04f;
    p = x2 * p + 4.89352455891786e-03f;
    p = x * p;
    float q = x2 * 1.19825839466702e-06f + 1.18534705686654e-04f;
    q = x2 * q + 2.26843463243900e-03f;
    q = x2 * q + 4.89352518554385e-03f;
    return std::abs(a) < 0.0004f ? x : p / q;
  } else {
    return std::tanh(a);
  }
}

}  // namespace stoic
