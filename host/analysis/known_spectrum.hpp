#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

namespace stoic {

/// What searches for the largest eigenvalues have learnt of a symmetric matrix that changes a little from one search to the
/// next: B = vectors diag(values) vectorsᵀ, which it is about.
struct KnownSpectrum {
  Eigen::MatrixXd vectors;  ///< orthonormal [size x at most 48], in order of their values' size
  Eigen::VectorXd values;
  std::vector<Eigen::MatrixXd> found;  ///< eigenvectors of the last searches, newest last, at most eight
  std::int64_t searches = 0;
  Eigen::VectorXd wanderer;  ///< looks for eigenvectors that are not known; nothing before it sets out
  Eigen::VectorXd apart;     ///< an eigenvector that is not sought, about, from which it keeps away
  double lowest = 0;         ///< eigenvalue that the last searches met, or 0
  bool sighted = false;      ///< a rough look found the wanderer's eigenvalue near the largest
};

/// Takes in what the matrix makes of an orthonormal basis: the least change of B that agrees with it (M. J. D. Powell's
/// symmetric update, of several vectors at once).
void learn(KnownSpectrum& known, const Eigen::MatrixXd& basis, const Eigen::MatrixXd& images);
/// The eigenvectors that a search ended with, or better ones.
void note_found(KnownSpectrum& known, Eigen::MatrixXd vectors);

/// What a part of the samples says of the matrix times a vector; `number` tells which part. May be empty.
using RoughProduct = std::function<Eigen::VectorXd(const Eigen::VectorXd& vector, std::uint64_t number)>;

/// What the next search for the `count` largest looks at beside them, so that an eigenvalue that overtakes them is seen: in
/// turn the eigenvector that is known to come next, where its eigenvalue is near, and the wanderer; where it is very near,
/// that eigenvector each time. Where there are rough products, the wanderer only when one of them sighted something. None
/// to two columns.
Eigen::MatrixXd beside(KnownSpectrum& known, Eigen::Index count, bool with_rough, std::uint64_t seed);
/// Behind a search with this basis, which is learnt already: where the wanderer goes, which is where the matrix, or roughly the
/// matrix, turns it to, towards the largest eigenvalue apart from those known, and a little at random. Returns how many
/// rough products it took.
int end_search(KnownSpectrum& known, Eigen::Index count, const Eigen::MatrixXd& basis,
               const Eigen::MatrixXd& images, const RoughProduct& rough, std::uint64_t seed);

/// What they should be next: the last one and up to five backward differences, with the weights that would have foretold
/// those before best (linear prediction; of a motion on a parabola, or of few decays and swings, exact). So many
/// differences as would have foretold the last one best.
Eigen::MatrixXd extrapolated(const KnownSpectrum& known);
/// Where a residual r of the pair (λ, v) leads to: (B - λ)⁻¹ r, on what v is not changed by (J. Olsen, P. Jørgensen and
/// J. Simons, Chem. Phys. Lett. 169, 463, 1990). `scale`: the size of the largest eigenvalue.
Eigen::VectorXd correction(const KnownSpectrum& known, double value, const Eigen::VectorXd& vector,
                           const Eigen::VectorXd& residual, double scale);

}  // namespace stoic
