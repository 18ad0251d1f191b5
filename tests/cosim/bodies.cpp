#include "bodies.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "random_program.hpp"
#include "stoic/sim/io/error.hpp"
#ifdef STOIC_HAS_SYSTEMC
#include "stoic/sim/systemc/systemc_device.hpp"
#endif
// The RTL: of the instance of this build, or, in the tests of one further instance, of that.
#ifdef STOIC_RTL_HEADER
#include STOIC_RTL_HEADER
#define STOIC_HAS_RTL
#elif defined STOIC_HAS_RTL
#include "stoic/sim/rtl/rtl_device.hpp"
#endif

namespace stoic::cosim {
namespace {

#ifdef STOIC_RTL_HEADER
const HardwareConfig& built_config() { return rtl::STOIC_RTL_CONFIG(); }
std::unique_ptr<Device> make_built_device() { return rtl::STOIC_RTL_MAKE(); }
#elif defined STOIC_HAS_RTL
const HardwareConfig& built_config() { return rtl_config(); }
std::unique_ptr<Device> make_built_device() { return make_rtl_device(); }
#endif

/// The one instance that is to be tested, when STOIC_INSTANCE names it.
std::optional<HardwareConfig> only_instance() {
  const char* name = std::getenv("STOIC_INSTANCE");
  if (name == nullptr || *name == 0) return std::nullopt;
  return load_hardware_config(name);
}

/// The RTL of this build is of the instance that is to be tested.
[[maybe_unused]] bool built_for(const std::optional<HardwareConfig>& only) {
#ifdef STOIC_HAS_RTL
  return !only || config_hash(*only) == config_hash(built_config());
#else
  return !only;
#endif
}

}  // namespace

std::vector<std::string> bodies() {
  std::vector<std::string> names;
#ifdef STOIC_HAS_SYSTEMC
  names.emplace_back("systemc");
#endif
#ifdef STOIC_HAS_RTL
  if (built_for(only_instance())) names.emplace_back("rtl");
#endif
  return names;
}

std::unique_ptr<Device> make_body(const std::string& body, [[maybe_unused]] const HardwareConfig& config) {
#ifdef STOIC_HAS_SYSTEMC
  if (body == "systemc") return make_systemc_device(config);
#endif
#ifdef STOIC_HAS_RTL
  if (body == "rtl") {
    if (config_hash(config) != config_hash(built_config()))
      throw Error(fmt::format("{}: RTL was built for {}; build it for this instance", config.name,
                              built_config().name));
    setenv("STOIC_SUMS_MAY_WRAP", "1", 0);  // random programs do
    return make_built_device();
  }
#endif
  throw Error(fmt::format("{}: this build has no such body", body));
}

std::vector<HardwareConfig> configs_for(const std::string& body, std::uint64_t seed, int random) {
  if (const auto only = only_instance()) return {*only};
  std::vector<HardwareConfig> configs;
#ifdef STOIC_HAS_RTL
  configs.push_back(built_config());
#endif
  if (body == "rtl") return configs;
  for (int i = 0; i < random; ++i) configs.push_back(random_config(seed + static_cast<std::uint64_t>(i)));
  return configs;
}

}  // namespace stoic::cosim
