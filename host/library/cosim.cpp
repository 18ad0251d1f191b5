#include "stoic/host/library/cosim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "stoic/host/compare/device_evaluation.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/first_samples.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/report/text_table.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/unfinished.hpp"

namespace stoic {
namespace {

Dataset cosim_samples(const Image& image, const CosimOptions& options, DataCheck& check) {
  auto data =
      first_samples(load(check, options.data, recipe_of(image, options.name), Split::test), options.limit);
  require_data(image, data);
  return data;
}

/// The samples on the device, and its waveforms closed, stopped or not.
DeviceEvaluation run_device(const Image& image, const CosimOptions& options, const Dataset& data,
                            const Devices& devices) {
  const auto device = devices.make(options.backend, image.config, options.name, options.trace);
  Work work(options.listener, options.backend, data.size());
  auto session = options.session;
  session.progress = [&](std::int64_t done) { work.show(done); };
  session.stop = options.trace.stop;
  // The writer of .fst packs what it has collected now and then, which may take seconds; a signal's end
  // waits.
  std::optional<UnfinishedFile> open;
  if (!options.trace.path.empty()) open.emplace("");
  try {
    auto run = evaluate_device(*device, image, data, options.name, session);
    device->finish_trace();
    return run;
  } catch (const StoppedError&) {
    device->finish_trace();
    throw;
  }
}

}  // namespace

CosimResult cosim(const Image& image, const CosimOptions& options, const Devices& devices) {
  devices.require(options.backend, image.config, options.name);
  Warnings warnings(options.listener);
  auto check = data_check(warnings, options.name, training_data_of(image, options.name));
  const auto data = cosim_samples(image, options, check);
  const auto device = run_device(image, options, data, devices);
  if (options.ran) options.ran();
  const auto golden = evaluate_golden(image, data);
  return {.name = options.name,
          .hw = image.config.name,
          .backend = options.backend,
          .samples = golden.samples,
          .differing_bits = differing_bits(golden, device.evaluation, image.config.state_width),
          .differing_cycles = device.session.unexplained_cycles(),
          .differing_saturations = std::abs(golden.counters.saturations - device.session.saturations),
          .session = device.session,
          .accuracy = device.evaluation.accuracy,
          .cycles_per_inference = device.cycles_per_inference(),
          .predicted_cycles_of_one = golden.counters.cycles,
          .run_cycles_per_sample = device.run_cycles_per_sample(),
          .mac_utilisation = device.mac_utilisation(),
          .cycles_per_s = device.cycles_per_s(),
          .samples_per_s = device.evaluation.samples_per_s(),
          .data_matches = check.matches(),
          .warnings = warnings.all()};
}

CycleWindow cycles_of_samples(const Image& image, std::int64_t first, std::int64_t last,
                              const CosimOptions& options, const Devices& devices) {
  Warnings warnings(options.listener);
  auto check = data_check(warnings, options.name, training_data_of(image, options.name));
  const auto data = cosim_samples(image, options, check);
  if (first >= data.size())
    throw Error(fmt::format(
        "--trace-samples: sample {} does not run; there are {} (see --limit, CosimOptions::limit)", first,
        data.size()));
  const auto device = devices.make(options.backend, image.config, options.name);
  // The STARTs must be those of the run that is traced, so no fewer samples than one START takes.
  const auto whole =
      options.session.samples_per_start > 1 ? data : first_samples(data, std::min(last + 1, data.size()));
  const auto session = evaluate_device(*device, image, whole, options.name, options.session).session;
  CycleWindow window{-1, 0};
  std::int64_t done = 0;
  for (const auto& start : session.starts) {
    const bool inside = done + start.samples > first && done <= last;
    if (inside && window.first < 0) window.first = start.first_cycle;
    if (inside) window.last = start.last_cycle;
    done += start.samples;
  }
  return window;
}

std::string CosimResult::print() const {
  auto text = fmt::format("{} on {} ({}): {} samples, {} STARTs\n", name, backend, hw, grouped(samples),
                          grouped(static_cast<std::int64_t>(session.starts.size())));
  text += table({{"against golden", "differ"},
                 {"output bits", grouped(differing_bits)},
                 {"cycles without stalls", grouped(differing_cycles)},
                 {"saturated elements", grouped(differing_saturations)}}) +
          "\n";
  text +=
      fmt::format("{} cycles an inference; in this run {:.1f} a sample, in {} of them the lanes multiply\n",
                  grouped(cycles_per_inference), run_cycles_per_sample, percent(mac_utilisation));
  text += fmt::format("stalls: {} for input, {} for weights, {} for output; {} saturated elements\n",
                      grouped(session.stalls.input), grouped(session.stalls.weights),
                      grouped(session.stalls.output), grouped(session.saturations));
  return text + fmt::format("{} cycles/s, {:.1f} samples/s", grouped(static_cast<std::int64_t>(cycles_per_s)),
                            samples_per_s);
}

nlohmann::ordered_json CosimResult::json() const {
  auto words = nlohmann::ordered_json::array();
  for (std::size_t slot = 0; slot < session.saturations_by_slot.size(); ++slot)
    if (session.saturations_by_slot[slot] > 0)
      words.push_back({{"program_word", slot}, {"saturations", session.saturations_by_slot[slot]}});
  return {{"image", name},
          {"hw", hw},
          {"backend", backend},
          {"samples", samples},
          {"starts", session.starts.size()},
          {"differing_bits", differing_bits},
          {"differing_cycles", differing_cycles},
          {"differing_saturations", differing_saturations},
          {"run_cycles", session.cycles},
          {"cycles_per_inference", cycles_per_inference},
          {"run_cycles_per_sample", run_cycles_per_sample},
          {"predicted_cycles_of_one", predicted_cycles_of_one},
          {"mac_utilisation", mac_utilisation},
          {"stalls",
           {{"input", session.stalls.input},
            {"weights", session.stalls.weights},
            {"output", session.stalls.output}}},
          {"saturations", session.saturations},
          {"saturations_by_word", words},
          {"accuracy", accuracy},
          {"device_cycles", session.device_cycles},
          {"run_s", session.host_seconds},
          {"cycles_per_s", cycles_per_s},
          {"samples_per_s", samples_per_s},
          {"data_matches", matches_json(data_matches)},
          {"warnings", warnings}};
}

}  // namespace stoic
