#include <fmt/format.h>

#include "stoic/host/library/evaluate.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/host/report/text_table.hpp"

namespace stoic {
namespace {

/// The name of a class, or its number.
std::string class_name(const std::vector<std::string>& names, std::size_t c) {
  return c < names.size() ? names[c] : fmt::format("{}", c);
}

std::string confusion_text(const EvaluateResult& result) {
  Rows rows{{"true\\decided"}};
  for (std::size_t c = 0; c < result.confusion.size(); ++c)
    rows[0].push_back(class_name(result.class_names, c));
  for (std::size_t r = 0; r < result.confusion.size(); ++r) {
    rows.push_back({class_name(result.class_names, r)});
    for (const auto count : result.confusion[r]) rows.back().push_back(fmt::format("{}", count));
  }
  return table(rows);
}

std::string class_text(const EvaluateResult& result) {
  Rows rows{{"class", "precision", "recall", "F1"}};
  for (std::size_t c = 0; c < result.classes.size(); ++c)
    rows.push_back({class_name(result.class_names, c), fmt::format("{:.4f}", result.classes[c].precision),
                    fmt::format("{:.4f}", result.classes[c].recall),
                    fmt::format("{:.4f}", result.classes[c].f1)});
  return table(rows);
}

nlohmann::ordered_json class_json(const std::vector<ClassMetrics>& classes) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& c : classes)
    rows.push_back({{"precision", c.precision}, {"recall", c.recall}, {"f1", c.f1}});
  return rows;
}

nlohmann::ordered_json known_or_null(const std::optional<double>& number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json();
}

}  // namespace

std::string EvaluateResult::print() const {
  auto text = fmt::format("{}: accuracy {} on {} samples, {} samples/s", backend, percent(accuracy),
                          grouped(samples), grouped(static_cast<std::int64_t>(samples_per_s)));
  if (balanced)
    text += fmt::format("\nbalanced accuracy {}, the mean over the classes", percent(balanced_accuracy));
  if (noise.any()) text += fmt::format("\n{}", noise_line(noise));
  if (backend != "float") {
    if (agreement_with_float)
      text += fmt::format("\nagreement with float {}", percent(*agreement_with_float));
    text += fmt::format(
        "\n{} cycles an inference, {} saturated elements{}", grouped(cycles), grouped(saturations),
        saturations > 0
            ? fmt::format(", first at program word {} (stoic compare names them all)", first_saturated)
            : "");
  }
  if (mean_overlap)
    text += fmt::format(
        "\noverlap with the attractor of the label {:.4f}{}", *mean_overlap,
        strict_accuracy ? fmt::format(", at least 95 % of signs right {}", percent(*strict_accuracy)) : "");
  return text + "\n\n" + confusion_text(*this) + "\n\n" + class_text(*this);
}

nlohmann::ordered_json EvaluateResult::json() const {
  nlohmann::ordered_json json{{"backend", backend}, {"samples", samples}, {"accuracy", accuracy}};
  json["balanced_accuracy"] = balanced_accuracy;
  json["agreement_with_float"] = known_or_null(agreement_with_float);
  json["samples_per_s"] = samples_per_s;
  json["saturations"] = saturations;
  if (backend != "float") json["cycles_per_inference"] = cycles;
  if (backend == "golden") json["accumulator_overflows"] = accumulator_overflows;
  if (run_cycles_per_sample) json["run_cycles_per_sample"] = *run_cycles_per_sample;
  if (cycles_per_s) json["cycles_per_s"] = *cycles_per_s;
  if (noise.any())
    json["noise"] = {{"observation", known_or_null(noise.observation)},
                     {"dynamic", known_or_null(noise.dynamic)},
                     {"trial", noise.trial}};
  if (pixel_noise) json["pixel_noise"] = *pixel_noise;
  if (temperature_K > 0) json["temperature_K"] = temperature_K;
  if (mean_overlap) json["mean_overlap"] = *mean_overlap;
  if (strict_accuracy) json["strict_accuracy"] = *strict_accuracy;
  json["confusion"] = confusion;
  json["classes"] = class_json(classes);
  if (!class_names.empty()) json["class_names"] = class_names;
  json["seed"] = seed;
  json["data_matches"] = matches_json(data_matches);
  json["warnings"] = warnings;
  return json;
}

void EvaluateResult::write(const std::filesystem::path& path) const {
  const NpzArray arrays[] = {
      npz_array("decisions", {samples}, decisions), npz_array("labels", {samples}, labels),
      // Column-major [classes x samples] is row-major [samples x classes].
      npz_array("outputs", {samples, outputs.rows()},
                std::span<const double>(outputs.data(), static_cast<std::size_t>(outputs.size())))};
  write_npz(path, arrays);
}

}  // namespace stoic
