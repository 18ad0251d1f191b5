#include "stoic/sim/platform/timing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic::platform {
namespace {

constexpr double most_cycles = 1000;

struct TimingKey {
  const char* name;
  double Timing::*member;
  double least;  ///< an instruction takes time, a memory need not
};

constexpr double least_cycles = 0.01;
constexpr TimingKey timing_keys[] = {{"alu", &Timing::alu, least_cycles},
                                     {"mul", &Timing::mul, least_cycles},
                                     {"mulh", &Timing::mulh, least_cycles},
                                     {"div", &Timing::div, least_cycles},
                                     {"load", &Timing::load, least_cycles},
                                     {"store", &Timing::store, least_cycles},
                                     {"branch", &Timing::branch, least_cycles},
                                     {"taken", &Timing::taken, least_cycles},
                                     {"jump", &Timing::jump, least_cycles},
                                     {"system", &Timing::system, least_cycles},
                                     {"rom", &Timing::rom, 0},
                                     {"model", &Timing::model, 0},
                                     {"ram", &Timing::ram, 0},
                                     {"shared", &Timing::shared, 0}};

[[noreturn]] void refuse_timing(const std::string& part) {
  std::vector<std::string> names, keys;
  for (const auto& preset : timing_presets()) names.push_back(preset.name);
  for (const auto& key : timing_keys) keys.emplace_back(key.name);
  throw Error(fmt::format(
      "\"{}\" is no timing: name one of {} first, then numbers from {} to {} such as div=20, of {} (0 or 1)",
      printable(part), fmt::join(names, ", "), least_cycles, most_cycles, fmt::join(keys, ", ")));
}

void set_number(Timing& timing, const std::string& part) {
  const auto equals = part.find('=');
  if (equals == part.npos) refuse_timing(part);
  const auto key = std::ranges::find(timing_keys, part.substr(0, equals), &TimingKey::name);
  double value = 0;
  const auto* end = part.data() + part.size();
  const auto [after, error] = std::from_chars(part.data() + equals + 1, end, value);
  if (key == std::end(timing_keys) || error != std::errc() || after != end ||
      !(value >= key->least && value <= most_cycles) ||
      (key->member == &Timing::shared && value != 0 && value != 1))
    refuse_timing(part);
  timing.*key->member = value;
}

}  // namespace

const std::vector<TimingPreset>& timing_presets() {
  static const std::vector<TimingPreset> presets{
      {"ideal",
       "a cycle for every instruction, memories without a wait: a bound that no core beats, and figures that "
       "stay "
       "comparable",
       {}},
      {"ibex",
       "a small core of two stages (Ibex with its fast multiplier, by the stalls that its manual states), "
       "memories "
       "that answer in the next cycle",
       {.mul = 3, .mulh = 4, .div = 38, .load = 2, .store = 2, .taken = 3, .jump = 2}},
      {"ibex-flash",
       "the same with code, constants and models in flash of three wait states and no cache, as at 100 MHz "
       "on "
       "microcontrollers whose flash takes some 40 ns",
       {.mul = 3, .mulh = 4, .div = 38, .load = 2, .store = 2, .taken = 3, .jump = 2, .rom = 3, .model = 3}}};
  return presets;
}

Timing parse_timing(const std::string& text) {
  Timing timing;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto part = text.substr(begin, end - begin);
    const auto preset = std::ranges::find(timing_presets(), part, &TimingPreset::name);
    if (begin == 0 && preset != timing_presets().end())
      timing = preset->timing;
    else
      set_number(timing, part);
    begin = end + 1;
  }
  return timing;
}

}  // namespace stoic::platform
