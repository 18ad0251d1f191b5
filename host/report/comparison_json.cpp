#include "stoic/host/report/comparison_json.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "stoic/host/report/provenance_rows.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {
namespace {

using Json = nlohmann::ordered_json;

Json interval_json(const Interval& interval) { return Json::array({interval.low, interval.high}); }

Json confusion_json(const Eigen::MatrixXi& confusion) {
  auto rows = Json::array();
  for (const auto& row : confusion.rowwise()) rows.push_back(std::vector<int>(row.begin(), row.end()));
  return rows;
}

Json devices_json(const Comparison& c) {
  auto rows = Json::array();
  for (const auto& device : c.devices)
    rows.push_back({{"backend", device.backend},
                    {"samples", device.samples},
                    {"accuracy", device.accuracy},
                    {"differing_bits", device.differing_bits},
                    {"differing_cycles", device.differing_cycles},
                    {"cycles_per_inference", device.cycles_per_inference},
                    {"mac_utilisation", device.mac_utilisation},
                    {"saturations", device.saturations}});
  return rows;
}

Json vectors_json(const Comparison& c) {
  auto rows = Json::array();
  for (const auto& d : c.deviations)
    rows.push_back({{"name", d.name},
                    {"program_word", d.slot},
                    {"fraction_bits", d.fraction_bits},
                    {"least", d.least},
                    {"most", d.most},
                    {"largest_error", d.largest_error},
                    {"largest_error_units", d.largest_error_units()},
                    {"root_mean_square_error", std::sqrt(d.mean_square_error)},
                    {"signal_to_quantisation_noise_dB", d.signal_to_noise_dB()}});
  return rows;
}

Json instructions_json(const Comparison& c) {
  auto rows = Json::array();
  for (const auto& e : c.local)
    rows.push_back({{"program_word", e.slot},
                    {"mnemonic", e.mnemonic},
                    {"computes", c.text_of_slot(e.slot)},
                    {"largest_local_error_units", e.largest},
                    {"bound", e.bound},
                    {"elements", e.elements},
                    {"saturations", c.saturations_at(e.slot)}});
  return rows;
}

Json difference_json(const PairedDifference& difference) {
  return {{"value", difference.difference},
          {"interval", interval_json(difference.interval())},
          {"only_float_right", difference.only_first_right},
          {"only_golden_right", difference.only_second_right}};
}

Json disagreements_json(const Comparison& c) {
  auto rows = Json::array();
  for (const auto& d : c.disagreements)
    rows.push_back({{"sample", d.sample}, {"label", d.label}, {"float", d.reference}, {"golden", d.fixed}});
  return rows;
}

Json phases_json(const Comparison& c) {
  auto rows = Json::array();
  for (const auto& phase : c.phases) {
    auto instructions = Json::array();
    for (const auto& cost : phase.instructions)
      instructions.push_back({{"mnemonic", cost.mnemonic},
                              {"runs", cost.runs},
                              {"cycles", cost.cycles},
                              {"ideal_mac_cycles", cost.ideal_mac_cycles}});
    rows.push_back({{"name", phase.name},
                    {"cycles", phase.cycles},
                    {"ideal_mac_cycles", phase.ideal_mac_cycles},
                    {"mac_utilisation", phase.mac_utilisation()},
                    {"instructions", instructions}});
  }
  return rows;
}

Json word_length_json(const WordLengthSweep& sweep) {
  auto rows = Json::array();
  for (const auto& cell : sweep.cells) {
    const bool compiled = cell.obstacle.empty();
    const auto known = [&](const Json& number) { return compiled ? number : Json(); };
    const auto interval = wilson_interval(cell.right, sweep.samples);
    const auto difference = cell.difference.interval();
    rows.push_back({{"state_width", cell.state_width},
                    {"weight_width", cell.weight_width},
                    {"accuracy", known(cell.accuracy)},
                    {"accuracy_low", known(interval.low)},
                    {"accuracy_high", known(interval.high)},
                    {"difference_from_float", known(cell.difference.difference)},
                    {"difference_low", known(difference.low)},
                    {"difference_high", known(difference.high)},
                    {"agreement_with_float", known(cell.agreement_with_float)},
                    {"saturations", known(cell.saturations)},
                    {"obstacle", compiled ? Json() : Json(cell.obstacle)}});
  }
  return rows;
}

/// A line for each trial.
Json noise_json(const std::vector<NoiseCurve>& curves) {
  auto rows = Json::array();
  for (const auto& curve : curves)
    for (const auto& point : curve.points)
      for (std::size_t trial = 0; trial < point.accuracy_float.size(); ++trial) {
        const auto& difference = point.difference.at(trial);
        const auto interval = difference.interval();
        rows.push_back({{"kind", kind_name(curve.kind)},
                        {"name", curve.name},
                        {"signal_to_noise", point.signal_to_noise},
                        {"trial", trial},
                        {"samples", point.by_sample.size()},
                        {"accuracy_float", point.accuracy_float[trial]},
                        {"accuracy_fixed", point.accuracy_fixed.at(trial)},
                        {"difference_from_float", difference.difference},
                        {"difference_low", interval.low},
                        {"difference_high", interval.high}});
      }
  return rows;
}

Json noise_summary_json(const std::vector<NoiseCurve>& curves) {
  const auto all = summary(curves);
  auto gaps = Json::array();
  for (const auto& curve : curves)
    for (const auto& gap : curve.gaps)
      gaps.push_back({{"kind", kind_name(curve.kind)},
                      {"name", curve.name},
                      {"signal_to_noise", gap.signal_to_noise},
                      {"obstacle", gap.obstacle}});
  return {{"trials", all.trials},
          {"outside_interval", all.outside},
          {"outside_by_chance", all.outside_by_chance},
          {"largest_difference", all.largest_difference},
          {"difference_from_float",
           {{"value", all.difference.difference()},
            {"interval", interval_json(all.difference.interval())},
            {"clusters", all.difference.samples()},
            {"only_float_right", all.only_float_right},
            {"only_golden_right", all.only_fixed_right}}},
          {"without_a_program", gaps}};
}

Json accuracy_json(const Comparison& c) {
  auto rows = Json::array();
  for (const auto* e : {&c.reference, &c.golden}) {
    const auto interval = accuracy_interval(*e);
    rows.push_back({{"backend", e->backend},
                    {"samples", e->samples},
                    {"right", e->confusion.diagonal().sum()},
                    {"accuracy", e->accuracy},
                    {"accuracy_low", interval.low},
                    {"accuracy_high", interval.high}});
  }
  return rows;
}

Json confusion_json(const Comparison& c) {
  auto rows = Json::array();
  for (Eigen::Index label = 0; label < c.reference.confusion.rows(); ++label)
    for (Eigen::Index decided = 0; decided < c.reference.confusion.cols(); ++decided)
      rows.push_back({{"label", label},
                      {"decided", decided},
                      {"float", c.reference.confusion(label, decided)},
                      {"golden", c.golden.confusion(label, decided)}});
  return rows;
}

Json phase_json(const Comparison& c) {
  auto rows = Json::array();
  for (const auto& phase : c.phases) {
    auto control = phase.cycles;
    const auto add = [&](const std::string& mnemonic, std::int64_t runs, std::int64_t cycles,
                         std::int64_t mac) {
      rows.push_back({{"phase", phase.name},
                      {"mnemonic", mnemonic},
                      {"runs", runs},
                      {"cycles", cycles},
                      {"ideal_mac_cycles", mac}});
    };
    for (const auto& cost : phase.instructions) {
      add(cost.mnemonic, cost.runs, cost.cycles, cost.ideal_mac_cycles);
      control -= cost.cycles;
    }
    if (control > 0) add("", 1, control, 0);
  }
  return rows;
}

/// A text on one line. What a spreadsheet would take for a formula begins with an apostrophe, which keeps it
/// a text there.
std::string quoted(const std::string& value) {
  std::string text = "\"";
  if (!value.empty() && std::string_view("=+-@\t\r").find(value[0]) != std::string_view::npos) text += '\'';
  for (const char c : printable(value)) {
    text.push_back(c);
    if (c == '"') text.push_back(c);
  }
  text.push_back('"');
  return text;
}

/// A heading: as it is where it is a plain word.
std::string csv_heading(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == ' ';
  });
  return plain ? name : quoted(name);
}

std::string csv_cell(const Json& value) {
  if (value.is_null() || (value.is_number_float() && !std::isfinite(value.get<double>()))) return "";
  return value.is_string() ? quoted(value.get<std::string>()) : value.dump();
}

}  // namespace

nlohmann::ordered_json state_error_json(const StateError& error) {
  const auto size = [](const ErrorSize& e) {
    return Json{{"root_mean_square", e.root_mean_square}, {"largest", e.largest}};
  };
  return {{"samples", error.samples},
          {"step", size(error.step)},
          {"words", size(error.words)},
          {"rounding", size(error.rounding)},
          {"weights", {{"root_mean_square", error.weights() ? Json(*error.weights()) : Json()}}},
          {"total", {{"root_mean_square", error.total()}}}};
}

nlohmann::ordered_json comparison_json(const Comparison& c) {
  Json json{{"model", c.model},
            {"hw", c.hw.name},
            {"samples", c.reference.samples},
            {"data_matches", c.provenance.data_matches ? Json(*c.provenance.data_matches) : Json()},
            {"warnings", c.provenance.warnings},
            {"accuracy_float", c.reference.accuracy},
            {"accuracy_golden", c.golden.accuracy},
            {"agreement_with_float", agreement(c.golden, c.reference)},
            {"decisions_flipped_by_tables", c.flips_by_table},
            {"saturations", c.golden.counters.saturations},
            {"accumulator_overflows", c.golden.counters.overflows},
            {"cycles_per_inference", c.golden.counters.cycles},
            {"ideal_mac_cycles", c.golden.counters.mac_cycles}};
  json["provenance"] = provenance_json(c);
  json["confidence_level"] = confidence_level;
  json["accuracy_float_interval"] = interval_json(accuracy_interval(c.reference));
  json["accuracy_golden_interval"] = interval_json(accuracy_interval(c.golden));
  json["accuracy_difference"] = difference_json(c.difference);
  json["confusion_float"] = confusion_json(c.reference.confusion);
  json["confusion_golden"] = confusion_json(c.golden.confusion);
  json["differing_decisions"] = disagreements_json(c);
  json["devices"] = devices_json(c);
  json["vectors"] = vectors_json(c);
  if (c.state_error) json["state_error"] = state_error_json(*c.state_error);
  json["phases"] = phases_json(c);
  if (c.word_lengths)
    json["word_lengths"] = {{"samples", c.word_lengths->samples},
                            {"accuracy_float", c.word_lengths->accuracy_float()},
                            {"cells", word_length_json(*c.word_lengths)}};
  if (!c.noise_curves.empty()) {
    json["noise_curves"] = noise_json(c.noise_curves);
    json["noise_summary"] = noise_summary_json(c.noise_curves);
  }
  json["instructions"] = instructions_json(c);
  json["local_errors_within_bounds"] = c.within_bounds();
  return json;
}

std::vector<CsvFile> comparison_csv(const Comparison& c) {
  std::vector<CsvFile> files{{"accuracy.csv", csv_text(accuracy_json(c))},
                             {"confusion.csv", csv_text(confusion_json(c))},
                             {"vectors.csv", csv_text(vectors_json(c))},
                             {"phases.csv", csv_text(phase_json(c))},
                             {"instructions.csv", csv_text(instructions_json(c))}};
  if (!c.disagreements.empty()) files.push_back({"differing_decisions.csv", csv_text(disagreements_json(c))});
  if (!c.devices.empty()) files.push_back({"devices.csv", csv_text(devices_json(c))});
  if (c.word_lengths) files.push_back({"word_lengths.csv", csv_text(word_length_json(*c.word_lengths))});
  if (!c.noise_curves.empty()) files.push_back({"noise_curves.csv", csv_text(noise_json(c.noise_curves))});
  return files;
}

std::string csv_text(const nlohmann::ordered_json& rows) {
  std::string text;
  const auto line = [&text](const Json& row, const auto& cell) {
    for (auto it = row.begin(); it != row.end(); ++it) {
      if (it != row.begin()) text.push_back(',');
      text += cell(it);
    }
    text.push_back('\n');
  };
  if (!rows.empty()) line(rows[0], [](const auto& it) { return csv_heading(it.key()); });
  for (const auto& row : rows) line(row, [](const auto& it) { return csv_cell(it.value()); });
  return text;
}

}  // namespace stoic
