#pragma once
#include <stdexcept>

namespace stoic {

/// What the library throws for bad input: a file, a configuration, an argument, a program.
///
/// The message is one line that names the file (or object), the place in it and the remedy; the command line
/// prints it as it is and exits with code 3.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace stoic
