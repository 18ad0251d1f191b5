#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>

#include "stoic/host/compiler/binary_point.hpp"

namespace stoic {

/// Mean of x xᵀ over the vectors x that a matrix is to meet, and what rounding for them needs: made when it
/// is first asked for, in any thread, and shared by copies.
class SecondMoments {
 public:
  SecondMoments() : SecondMoments(Eigen::MatrixXd()) {}
  SecondMoments(Eigen::MatrixXd mean);  // NOLINT: a matrix is moments
  const Eigen::MatrixXd& mean() const;

  /// Columns in the order in which they are rounded, and the upper triangular U with UᵀU = H⁻¹, where H is
  /// the mean in that order with something on its diagonal.
  struct Basis {
    Eigen::PermutationMatrix<Eigen::Dynamic> order;
    Eigen::MatrixXd U;
  };
  const Basis& basis() const;

  /// A matrix rounded for these vectors (see quantise_for_products). Kept for the last matrix: instances of other
  /// states or tables ask for the same codes again.
  QuantisedMatrix rounded(const Eigen::MatrixXd& matrix, std::int64_t width,
                          std::int64_t fraction_bits) const;

 private:
  struct Known;
  std::shared_ptr<Known> known_;
};

/// Quantises a matrix W for products with vectors x that are alike to those of calibration.
///
/// The binary point is the one of quantise_matrix. The codes are not each the nearest one: columns are
/// rounded one after another, and the error of each is spread over the columns still to come, so that the
/// mean square of (W - codes * 2^-f) x stays small. What a pixel's weight loses its neighbours make good.
/// (Frantar, Ashkboos, Hoefler, Alistarh: GPTQ, ICLR 2023, algorithm 1, after the optimal brain surgeon of
/// Hassibi and Stork.)
///
/// `second_moments` [columns x columns] is the mean of x xᵀ; one hundredth of its mean diagonal is added to
/// the diagonal, so that directions that calibration never saw are rounded to nearest. `most_bits`, where
/// given, is an upper limit of the fraction bits, and what a matrix of zeros gets.
QuantisedMatrix quantise_for_products(const Eigen::MatrixXd& matrix, std::int64_t width,
                                      const SecondMoments& second_moments,
                                      std::optional<std::int64_t> most_bits = {});

}  // namespace stoic
