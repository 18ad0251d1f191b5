#pragma once
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "stoic/host/analysis/ftmle.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// The samples that a measurement has done so far, in the points_file of its folder until it is finished: one
/// that is stopped or killed goes on with the same call.
class KeptFtmle {
 public:
  /// Reads what the folder holds, if it does; without a folder nothing is kept. `identity`: all that an
  /// exponent depends on. Throws Error for a folder that holds something else's.
  KeptFtmle(const std::filesystem::path& folder, const std::string& analysis, const std::string& identity);

  /// The options, of the scope that they are of, for a measurement that begins behind what is known and is
  /// kept. This must outlive it.
  FtmleOptions join(FtmleOptions options);
  /// Does the work; when it is stopped, what was done is written.
  template <class Work>
  void during(const Work& work) {
    try {
      work();
    } catch (const Stopped&) {
      write();
      throw;
    }
  }
  /// To be called in the end: removes the file.
  void finish();

 private:
  void write();
  void keep(FtmleScope scope, const std::vector<Ftmle>& parts, std::int64_t done);

  std::filesystem::path file_;
  nlohmann::ordered_json content_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
  bool changed_ = false;
};

}  // namespace stoic
