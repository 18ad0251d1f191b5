#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/integration/integrated.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

/// What can be integrated in finer steps.
template <class S>
concept HasReference = requires(const S system, typename S::Matrix v, Team& team) {
  system.reference(v, 1, team);
};

/// Systems one behind the other, with a trained matrix between each two: what one ends with, times the
/// matrix, is what the next one starts from. Links may have trained matrices too. Runs have a covector with
/// room for the wider end: of the last link before vjp, of the first one after it.
template <class Link>
class Chain {
 public:
  using Scalar = typename Link::Scalar;
  using Matrix = typename Link::Matrix;

  Chain(std::vector<Link> links, std::vector<Panels<Scalar>> between)
      : links_(std::move(links)), between_(std::move(between)) {
    Team alone(1);
    weights_changed(alone);
  }

  template <class Of>
  struct Batch {
    std::vector<Of> links;
    Panels<Scalar>& first() { return links.front().first(); }
    Panels<Scalar>& last() { return links.back().last(); }
  };
  using Passage = Batch<typename Link::Passage>;
  struct Trajectory : Batch<typename Link::Trajectory> {
    Panels<Scalar> covector;
    struct {
      std::vector<Panels<Scalar>> gradients;  ///< in the order of trained()
    } gather;
  };
  Passage make_passage(Eigen::Index samples) const {
    Passage t;
    for (const auto& link : links_) t.links.push_back(link.make_passage(samples));
    return t;
  }
  Trajectory make_trajectory(Eigen::Index samples) const {
    Trajectory t;
    for (const auto& link : links_) t.links.push_back(link.make_trajectory(samples));
    const Eigen::Index first = links_.front().width(), last = links_.back().width();
    t.covector = Panels<Scalar>(std::max(first, last), samples);
    if (first != last) t.links.front().covector = t.links.back().covector = t.covector;
    for (std::size_t k = 0; k < links_.size(); ++k) {
      if constexpr (TrainedSystem<Link>)
        for (const auto& gradient : t.links[k].gather.gradients) t.gather.gradients.push_back(gradient);
      if (k < between_.size()) t.gather.gradients.emplace_back(between_[k].rows(), between_[k].columns());
    }
    return t;
  }

  /// Of the first link.
  Eigen::Index width() const { return links_.front().width(); }
  Eigen::Index dimension() const { return links_.front().dimension(); }
  Matrix start(const Trajectory& t) const { return links_.front().start(t.links.front()); }
  Matrix tangential(const Matrix& states, const Matrix& vectors, Team& team) const {
    return links_.front().tangential(states, vectors, team);
  }
  std::vector<stoic::Link> links() const {
    std::vector<stoic::Link> result;
    for (std::size_t k = 0; k < links_.size(); ++k)
      result.push_back(
          {"link " + std::to_string(k + 1), links_[k == 0 ? 0 : k - 1].width(), links_[k].width()});
    return result;
  }
  Matrix push_link(Trajectory& t, std::size_t k, const Matrix& d, Team& team) const {
    return links_[k].push(t.links[k], k == 0 ? d : product(between_[k - 1], d, team), Part::network, team);
  }
  Matrix pull_link(Trajectory& t, std::size_t k, const Matrix& w, Team& team) const {
    const Matrix result = links_[k].pull(t.links[k], w, Part::network, team);
    return k == 0 ? result : product(transposed_[k - 1], result, team);
  }
  const Link& link(std::size_t k) const { return links_[k]; }
  [[noreturn]] static void refuse_step() {
    throw Error("a chain of systems has no step of its own; look at one of its links");
  }
  template <class Of>
  void forward(Batch<Of>& t, Team& team) const {
    for (std::size_t k = 0; k < links_.size(); ++k) {
      if (k > 0) multiply(between_[k - 1], t.links[k - 1].last(), t.links[k].first(), team);
      links_[k].forward(t.links[k], team);
    }
  }
  void vjp(Trajectory& t, Team& team) const;
  Matrix push(Trajectory& t, const Matrix& d, Part part, Team& team) const;
  Matrix pull(Trajectory& t, const Matrix& w, Part part, Team& team) const;
  template <HasReference Of = Link>
  Matrix reference(const Matrix& v, Eigen::Index refinement, Team& team) const {
    Matrix result = links_.front().reference(v, refinement, team);
    for (std::size_t k = 1; k < links_.size(); ++k)
      result = links_[k].reference(product(between_[k - 1], result, team), refinement, team);
    return result;
  }
  /// Those of each link, with its number in front: "1 m_x(0)", "1 m_x", ..., "2 m_x(0)", ...
  VectorSequence vectors(Trajectory& t) const {
    VectorSequence result;
    for (std::size_t k = 0; k < links_.size(); ++k)
      for (auto& [name, values] : links_[k].vectors(t.links[k]))
        result.emplace_back(std::to_string(k + 1) + " " + name, std::move(values));
    return result;
  }

  /// Link by link: its own, then the matrix that leads on from it.
  std::vector<Panels<Scalar>*> trained() {
    std::vector<Panels<Scalar>*> result;
    for (std::size_t k = 0; k < links_.size(); ++k) {
      if constexpr (TrainedSystem<Link>)
        for (auto* weights : links_[k].trained()) result.push_back(weights);
      if (k < between_.size()) result.push_back(&between_[k]);
    }
    return result;
  }
  void weights_changed(Team& team) {
    if constexpr (TrainedSystem<Link>)
      for (auto& link : links_) link.weights_changed(team);
    if (transposed_.empty())
      for (const auto& weights : between_) transposed_.emplace_back(weights.columns(), weights.rows());
    for (std::size_t k = 0; k < between_.size(); ++k) transpose(between_[k], transposed_[k], team);
  }

 private:
  static Matrix product(const Panels<Scalar>& weights, const Matrix& x, Team& team) {
    Panels<Scalar> result(weights.rows(), x.cols());
    multiply(weights, Panels<Scalar>(x), result, team);
    return result.dense();
  }
  std::vector<Link> links_;
  std::vector<Panels<Scalar>> between_, transposed_;
};

template <class Link>
void Chain<Link>::vjp(Trajectory& t, Team& team) const {
  using P = Panels<Scalar>;
  std::swap(t.links.back().covector, t.covector);
  auto gradients = t.gather.gradients.rbegin();  // in the order in which the way back meets them
  for (std::size_t k = links_.size(); k-- > 0;) {
    auto& link = t.links[k];
    links_[k].vjp(link, team);
    if constexpr (TrainedSystem<Link>) {
      auto& own = link.gather.gradients;
      for (auto gradient = own.rbegin(); gradient != own.rend(); ++gradient)
        std::swap(*gradient, *gradients++);
    }
    if (k == 0) break;
    // dL/dW = (dL/dv) x(T)ᵀ, square by square
    P& gradient = *gradients++;
    const P& before = t.links[k - 1].last();
    team.split(gradient.panels(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p)
        for (Eigen::Index q = 0; q * P::panel_rows < gradient.columns(); ++q) {
          alignas(64) Scalar square[P::panel_rows * P::panel_rows];
          multiply_transposed(link.covector, before, p, q, square);
          const Eigen::Index first = q * P::panel_rows,
                             columns = std::min(P::panel_rows, gradient.columns() - first);
          std::copy_n(square, columns * P::panel_rows, gradient.panel(p) + first * P::panel_rows);
        }
    });
    multiply(transposed_[k - 1], link.covector, t.links[k - 1].covector, team);
  }
  std::swap(t.links.front().covector, t.covector);
}

template <class Link>
auto Chain<Link>::push(Trajectory& t, const Matrix& d, Part part, Team& team) const -> Matrix {
  Matrix result = links_.front().push(t.links.front(), d, part, team);
  for (std::size_t k = 1; k < links_.size(); ++k)
    result = links_[k].push(t.links[k], product(between_[k - 1], result, team), Part::network, team);
  return result;
}

template <class Link>
auto Chain<Link>::pull(Trajectory& t, const Matrix& w, Part part, Team& team) const -> Matrix {
  Matrix result = w;
  for (std::size_t k = links_.size() - 1; k > 0; --k)
    result = product(transposed_[k - 1], links_[k].pull(t.links[k], result, Part::network, team), team);
  return links_.front().pull(t.links.front(), result, part, team);
}

}  // namespace stoic
