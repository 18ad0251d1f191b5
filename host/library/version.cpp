#include "stoic/host/library/version.hpp"

namespace stoic {

const char* version() { return STOIC_VERSION; }

}  // namespace stoic
