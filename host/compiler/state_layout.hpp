#pragma once
#include <Eigen/Core>
#include <string>
#include <vector>

#include "stoic/host/compiler/quantity.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// How the state of a system lies in the state memory: the numbers of all sites, component after component,
/// each from a word on. The float reference has them one behind the other without gaps.
class StateLayout {
 public:
  /// `components` name the numbers of a site; one without a name is a plain vector.
  StateLayout(const HardwareConfig& config, std::int64_t elements, std::vector<std::string> components);

  std::int64_t sites() const { return sites_; }
  std::size_t components() const { return names_.size(); }
  /// Elements from the first to the last, gaps included.
  std::int64_t length() const;
  /// The rows or columns of a matrix that goes with the state, with zeros in the gaps.
  Eigen::MatrixXd rows(const Eigen::MatrixXd& matrix) const;
  Eigen::MatrixXd columns(const Eigen::MatrixXd& matrix) const {
    return rows(matrix.transpose()).transpose();
  }
  /// Both, of moments.
  Eigen::MatrixXd both(const Eigen::MatrixXd& matrix) const { return columns(rows(matrix)); }
  /// All of a state, from its first component.
  Quantity whole(const Quantity& first) const { return {first.word, length(), first.format}; }
  /// Component c of a state.
  Quantity component(const Quantity& state, std::size_t c) const;
  /// "m_x" of "m".
  std::string name(const std::string& state, std::size_t c) const;

 private:
  std::int64_t sites_, words_, pitch_;  ///< of a component; rows from one to the next
  std::vector<std::string> names_;
};

}  // namespace stoic
