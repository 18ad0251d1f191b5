#pragma once
#include <optional>
#include <string>

#include "console.hpp"
#include "stoic/host/library/options.hpp"

namespace stoic::cli {

/// Shows on the console what functions of the library tell: warnings as they come, and a bar for each piece
/// of long work.
class ConsoleListener {
 public:
  /// The console must stay, and so must this object as long as the listener is used.
  explicit ConsoleListener(const Console& console) : console_(console) {}
  WorkListener listener();

 private:
  void show(const WorkProgress& progress);

  const Console& console_;
  std::string shown_;
  std::optional<ProgressBar> bar_;
};

}  // namespace stoic::cli
