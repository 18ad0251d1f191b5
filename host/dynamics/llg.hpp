#pragma once

#include "stoic/host/integration/rule.hpp"

// The Landau-Lifshitz-Gilbert equation of one oscillator, in scalars that a compiler turns into vectors. All
// fields are angles γΔt/(1+α²)·H, so derivatives are changes a step.
namespace stoic::llg {

template <class Scalar>
struct Vector {
  Scalar x, y, z;
};

template <class Scalar>
inline Vector<Scalar> cross(const Vector<Scalar>& a, const Vector<Scalar>& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class Scalar>
inline Scalar dot(const Vector<Scalar>& a, const Vector<Scalar>& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

template <class Scalar, class Fields>
inline Vector<Scalar> field(const Fields& f, const Vector<Scalar>& m, Scalar coupled, Scalar spin_torque) {
  const Vector<Scalar> across = cross({f.px, f.py, f.pz}, m);  // p×m
  return {coupled + spin_torque * across.x, spin_torque * across.y,
          f.applied + f.anisotropy * m.z + spin_torque * across.z};
}
template <class Scalar, class Fields>
inline Scalar asymmetry_factor(const Fields& f, const Vector<Scalar>& m) {  // 1 / (1 + λ m·p)
  return 1 / (1 + f.asymmetry * dot(m, {f.px, f.py, f.pz}));
}

/// -[m×B + α m×(m×B)]
template <class Scalar, class Fields>
inline Vector<Scalar> change(const Fields& f, const Vector<Scalar>& m, Scalar coupled) {
  const Vector<Scalar> a = cross(m, field(f, m, coupled, f.spin_torque * asymmetry_factor(f, m)));
  const Vector<Scalar> b = cross(m, a);
  return {-a.x - f.damping * b.x, -a.y - f.damping * b.y, -a.z - f.damping * b.z};
}

/// The transposed derivative of change() on w: by m into `m_bar`, by the coupling field into the result.
template <class Scalar, class Fields>
inline Scalar pull_back(const Fields& f, const Vector<Scalar>& m, Scalar coupled, const Vector<Scalar>& w,
                        Vector<Scalar>& m_bar) {
  const Scalar factor = asymmetry_factor(f, m), hs = f.spin_torque * factor;
  const Vector<Scalar> p{f.px, f.py, f.pz};
  const Vector<Scalar> b = field(f, m, coupled, hs);
  const Vector<Scalar> a = cross(m, b);
  const Vector<Scalar> aw = cross(a, w), wm = cross(w, m);
  // change = -(a + α m×a): by a
  const Vector<Scalar> a_bar{-w.x - f.damping * wm.x, -w.y - f.damping * wm.y, -w.z - f.damping * wm.z};
  // a = m×B: by B, and by m
  const Vector<Scalar> b_bar = cross(a_bar, m), by_m = cross(b, a_bar);
  // B = ... + hs p×m
  const Vector<Scalar> b_p = cross(b_bar, p);
  const Scalar hs_bar = dot(b_bar, cross(p, m));
  const Scalar slope = -hs_bar * f.asymmetry * hs * factor;
  m_bar = {by_m.x - f.damping * aw.x + hs * b_p.x + slope * p.x,
           by_m.y - f.damping * aw.y + hs * b_p.y + slope * p.y,
           by_m.z - f.damping * aw.z + hs * b_p.z + slope * p.z + f.anisotropy * b_bar.z};
  return b_bar.x;
}

/// The derivative of change() along (d, d_coupled).
template <class Scalar, class Fields>
inline Vector<Scalar> push_forward(const Fields& f, const Vector<Scalar>& m, Scalar coupled,
                                   const Vector<Scalar>& d, Scalar d_coupled) {
  const Scalar factor = asymmetry_factor(f, m), hs = f.spin_torque * factor;
  const Vector<Scalar> p{f.px, f.py, f.pz};
  const Scalar d_hs = -f.asymmetry * hs * factor * dot(d, p);
  const Vector<Scalar> pm = cross(p, m), pd = cross(p, d);
  const Vector<Scalar> b = field(f, m, coupled, hs);
  const Vector<Scalar> db{d_coupled + hs * pd.x + d_hs * pm.x, hs * pd.y + d_hs * pm.y,
                          f.anisotropy * d.z + hs * pd.z + d_hs * pm.z};
  const Vector<Scalar> a = cross(m, b), mdb = cross(m, db), da1 = cross(d, b);
  const Vector<Scalar> da{mdb.x + da1.x, mdb.y + da1.y, mdb.z + da1.z};
  const Vector<Scalar> mda = cross(m, da), dam = cross(d, a);
  return {-da.x - f.damping * (mda.x + dam.x), -da.y - f.damping * (mda.y + dam.y),
          -da.z - f.damping * (mda.z + dam.z)};
}

/// The same as the equation of a rule, of the sites (m_x, m_y, m_z); c is the coupling field's angle.
template <class Real>
struct Equation {
  using Scalar = Real;
  static constexpr int components = 3;
  static constexpr bool keeps_coupling = true, adds_coupling = false;
  using Site = stoic::Site<Scalar, 3>;
  Scalar applied, anisotropy, spin_torque, asymmetry, damping, px, py, pz;

  Site slope(Eigen::Index, const Site& m, Scalar c) const { return site(change(*this, vector(m), c)); }
  Site push(Eigen::Index, const Site& m, Scalar c, const Site& d, Scalar dc) const {
    return site(push_forward(*this, vector(m), c, vector(d), dc));
  }
  Scalar pull(Eigen::Index, const Site& m, Scalar c, const Site& w, Site& m_bar) const {
    Vector<Scalar> bar;
    const Scalar by_field = pull_back(*this, vector(m), c, vector(w), bar);
    m_bar = site(bar);
    return by_field;
  }

 private:
  static Vector<Scalar> vector(const Site& m) { return {m[0], m[1], m[2]}; }
  static Site site(const Vector<Scalar>& m) { return {m.x, m.y, m.z}; }
};

}  // namespace stoic::llg
