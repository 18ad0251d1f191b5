#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/analysis/distribution.hpp"
#include "stoic/host/data/samples.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// Between which two places of a network nearby samples are watched.
enum class FtmleScope {
  system,   ///< x(0) to x(T)
  network,  ///< the inputs u to the outputs y
  layers,   ///< each link of the system with the matrix before it, and the read-out: together the network
  steps     ///< x(t) to x(t + step), one after the other
};
/// "system", "network", "layers", "steps"
const std::vector<std::string>& ftmle_scopes();
FtmleScope ftmle_scope(const std::string& name);

/// Finite-time maximum Lyapunov exponents of one stretch of a network, λ_T = (1/T) ln σ_max(J) (paper 001,
/// eqs 2 and 16): by what factor, per unit of time, the nearest of two inputs are pulled apart at most.
struct Ftmle {
  std::string part;                       ///< "system", "network", "link 2", "read-out", "step 3"
  double time = 1;                        ///< T
  std::string unit;                       ///< of λ: "per ps", "per step"
  std::vector<double> per_sample;         ///< λ; minus infinity where J is 0
  std::vector<double> sigma;              ///< largest singular values
  std::vector<double> residual;           ///< |JᵀJ v - σ² v| / σ² of each
  std::vector<std::int64_t> uncertified;  ///< numbers of the samples whose residual is above the tolerance

  double largest_residual() const;
};

struct FtmleOptions {
  FtmleScope scope = FtmleScope::system;
  std::uint64_t seed = 1;                   ///< of the vectors that Lanczos' method starts from
  double tolerance = 1e-6;                  ///< of the residual of a sample that counts as certified
  int threads = 0;                          ///< 0: all cores; changes no bit
  const std::atomic<bool>* stop = nullptr;  ///< when true, throws Stopped
  std::function<void(std::int64_t done, std::int64_t all)> progress;  ///< of samples
  /// So many of the first samples are known, from an earlier call that was stopped: they are not measured
  /// again. `known` is what `keep` was shown then.
  std::int64_t known_samples = 0;
  std::vector<Ftmle> known = {};
  /// Shown all parts about once a second, with how many of the first samples are done in them.
  std::function<void(FtmleScope scope, const std::vector<Ftmle>& parts, std::int64_t done)> keep = {};
};

struct FtmleResult {
  FtmleScope scope = FtmleScope::system;
  std::vector<Ftmle> parts;  ///< one for scopes of one stretch
  double tolerance = 1e-6;
  std::uint64_t seed = 1;
  double seconds = 0;

  /// Keys of the whole where there is one part, else "parts", a list. `timed` adds "inputs_per_s", which no
  /// two runs have in common.
  nlohmann::ordered_json json(bool timed) const;
  /// For people: a line for each part, and what is not certified.
  std::string print() const;
};

/// Fills in the first `count` samples of parts from options.known; returns whether these are known of the same
/// parts.
bool take_known_samples(const FtmleOptions& options, std::int64_t count, std::vector<Ftmle>& parts);
/// Fills in Ftmle::uncertified.
void name_uncertified(const FtmleOptions& options, std::vector<Ftmle>& parts);

/// Of the network at these samples. On spheres J is that of their tangent planes. Memory: 16 samples for each
/// thread at a time. Throws Error for a state that is not finite, and for scopes that the network does not
/// have.
FtmleResult ftmle(const Model& model, const Samples& samples, const FtmleOptions& options = {});

}  // namespace stoic
