#pragma once
#include <cstdint>
#include <string>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

/// A network for which one number of the instance is too small, and would do if it were `needed`:
/// "hardware configuration NAME: TEXT; raise KEY to NEEDED".
class DoesNotFit : public Error {
 public:
  /// `needed` is beyond what the instance has, and within what an instance may have: see refuse_to_fit().
  DoesNotFit(const HardwareConfig& config, const std::string& text, const std::string& key,
             std::int64_t needed);

  const std::string& text() const { return text_; }  ///< what needs it, without the remedy
  const std::string& key() const { return key_; }
  std::int64_t needed() const { return needed_; }

 private:
  std::string text_;
  std::string key_;
  std::int64_t needed_;
};

/// Throws DoesNotFit; or, where no instance has so much, an Error that says so.
[[noreturn]] void refuse_to_fit(const HardwareConfig& config, const std::string& text, const std::string& key,
                                std::int64_t needed);

/// The largest value that the key of an instance may have, of those that refuse_to_fit() takes.
std::int64_t largest_of(const std::string& key);

/// The number of that key.
std::int64_t& number_of(HardwareConfig& config, const std::string& key);

}  // namespace stoic
