#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace stoic {

/// e^z for 0 <= z <= 100, to a unit in the last place: the rational approximation of S. L. Moshier's Cephes library.
inline double exponential(double z) {
  constexpr double to_whole = 6755399441055744.0;  // 1.5 * 2^52: its last bit counts ones
  const double m = z * 1.4426950408889634074 + to_whole, n = m - to_whole;
  const double r = (z - n * 6.93145751953125e-1) - n * 1.42860682030941723212e-6, r2 = r * r;
  double p = r2 * 1.26177193074810590878e-4 + 3.02994407707441961300e-2;
  p = r * (r2 * p + 9.99999999999999999910e-1);
  double q = r2 * 3.00198505138664455042e-6 + 2.52448340349684104192e-3;
  q = r2 * q + 2.27265548208155028766e-1;
  q = r2 * q + 2.0;
  const double power = std::bit_cast<double>((std::bit_cast<std::uint64_t>(m) + 1023) << 52);  // 2^n
  return (1 + 2 * (p / (q - p))) * power;
}

/// tanh for loops that a compiler is to turn into vectors, which it does not with that of the C library: ten times as
/// fast. In double precision by the approximations of Cephes, to 1.5 units in the last place; in single precision the
/// rational approximation of Eigen's vectors, bit for bit (of errors below 5 units in the last place), which Eigen
/// offers for whole arrays alone.
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
    const double x2 = a * a, size = std::abs(a);
    double p = x2 * -9.64399179425052238628e-1 + -9.92877231001918586564e1;
    p = x2 * p + -1.61468768441708447952e3;
    double q = x2 + 1.12811678491632931402e2;
    q = x2 * q + 2.23548839060100448583e3;
    q = x2 * q + 4.84406305325125486048e3;
    const double near = std::copysign(a + a * x2 * (p / q), a);  // of -0 too
    const double far = std::copysign(1 - 2 / (exponential(2 * (size < 22 ? size : 22)) + 1), a);
    return size < 0.625 ? near : a != a ? a : far;
  }
}

}  // namespace stoic
