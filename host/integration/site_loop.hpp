#pragma once
#include "stoic/host/integration/coupling.hpp"
#include "stoic/host/integration/rule.hpp"

// Loops over the sites of one panel and some columns, which a compiler turns into vectors.
namespace stoic {

/// The elements of one panel of some sites.
template <class Scalar, int n>
struct SitesView {
  std::array<Scalar*, n> at;
  Site<Scalar, n> operator[](Eigen::Index e) const {
    Site<Scalar, n> x;
    for (int k = 0; k < n; ++k) x[k] = at[k][e];
    return x;
  }
  void set(Eigen::Index e, const Site<Scalar, n>& x) const {
    for (int k = 0; k < n; ++k) at[k][e] = x[k];
  }
};

template <class Scalar, std::size_t n>
SitesView<Scalar, static_cast<int>(n)> view(const std::array<Panels<Scalar>, n>& x, Eigen::Index p) {
  SitesView<Scalar, static_cast<int>(n)> result;
  for (std::size_t k = 0; k < n; ++k) result.at[k] = const_cast<Scalar*>(x[k].panel(p));
  return result;
}

/// Calls body(i, e) for every site i of panel p, in `columns` columns: element e. No call depends on another.
template <class Scalar, class Body>
[[gnu::always_inline]] inline void each_site(Eigen::Index p, Eigen::Index columns, const Body& body) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  for (Eigen::Index s = 0; s < columns; ++s)
#pragma GCC ivdep
    for (Eigen::Index r = 0; r < rows; ++r) body(p * rows + r, s * rows + r);
}

/// The same where column s belongs to column at[s] of other matrices: body(i, e, element of those).
template <class Scalar, class Body>
[[gnu::always_inline]] inline void each_site_at(Eigen::Index p, Columns at, const Body& body) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  for (std::size_t s = 0; s < at.size(); ++s) {
    const Eigen::Index own = static_cast<Eigen::Index>(s) * rows, other = at[s] * rows;
#pragma GCC ivdep
    for (Eigen::Index r = 0; r < rows; ++r) body(p * rows + r, own + r, other + r);
  }
}

/// A site map of one panel of x; `known` keeps what its derivative has to know.
template <class Map, class Scalar, std::size_t n>
void apply(const Map map, std::array<Panels<Scalar>, n>& x, Panels<Scalar>& known, Eigen::Index p,
           Eigen::Index columns) {
  each_site<Scalar>(p, columns, [=, x = view(x, p), known = known.panel(p)](Eigen::Index, Eigen::Index e) {
    auto site = x[e];
    known[e] = map.apply(site);
    x.set(e, site);
  });
}
/// Its derivative, where it made y, in place on d, a tangent or a covector.
template <class Map, class Scalar, std::size_t n>
void apply_derivative(const Map map, const std::array<Panels<Scalar>, n>& y, const Panels<Scalar>& known,
                      Columns at, std::array<Panels<Scalar>, n>& d, Eigen::Index p) {
  each_site_at<Scalar>(
      p, at,
      [=, y = view(y, p), known = known.panel(p), d = view(d, p)](
          Eigen::Index, Eigen::Index e, Eigen::Index ey) { d.set(e, map.push(y[ey], known[ey], d[e])); });
}
}  // namespace stoic
