#include "stoic/host/compiler/driven_image.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/sim/device/carried_elements.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

nlohmann::ordered_json scaling_json(const Scaling& scaling) {
  return {{"mean", std::vector<double>(scaling.mean.begin(), scaling.mean.end())},
          {"deviation", std::vector<double>(scaling.deviation.begin(), scaling.deviation.end())}};
}

VectorXd scaling_numbers(JsonReader& json, const std::string& key) {
  const auto& array = json.array(key);
  VectorXd result(std::ssize(array));
  for (Index i = 0; i < result.size(); ++i) {
    if (!array[static_cast<std::size_t>(i)].is_number()) json.fail(key, "must hold numbers");
    result(i) = array[static_cast<std::size_t>(i)].get<double>();
  }
  return result;
}

Scaling scaling_from(JsonReader json) {
  Scaling result{scaling_numbers(json, "mean"), scaling_numbers(json, "deviation")};
  if (result.mean.size() != result.deviation.size() || result.mean.size() == 0 ||
      !(result.deviation.minCoeff() > 0))
    json.fail("deviation", "must hold as many numbers as \"mean\", above 0");
  json.finish();
  return result;
}

}  // namespace

void DrivenImage::fill(const Eigen::Ref<const VectorXd>& values, const Eigen::Ref<const VectorXd>& fed_back,
                       std::span<std::int32_t> codes) const {
  for (Index k = 0; k < std::ssize(codes); ++k) {
    const Index i = k % taken();
    codes[static_cast<std::size_t>(k)] =
        quantise((i < inputs() ? values(i) : fed_back(i - inputs())) - centre(k), input_bits, state_width);
  }
}

VectorXd DrivenImage::values(std::span<const std::int32_t> codes) const {
  VectorXd sum = VectorXd::Zero(outputs());
  for (Index k = 0; k < std::ssize(codes); ++k) sum(k % outputs()) += codes[static_cast<std::size_t>(k)];
  return sum * (std::ldexp(1.0, -static_cast<int>(output_bits)) / static_cast<double>(output_repeats));
}

bool is_driven_image(const Image& image) {
  const auto metadata = try_parse_json(image.metadata);
  return metadata && metadata->is_object() && metadata->contains("driven");
}

std::vector<std::int64_t> restored_elements(const Image& image) {
  return is_driven_image(image) ? std::vector<std::int64_t>{} : carried_elements(image);
}

DrivenImage driven_image(const Image& image, const std::string& where) {
  const auto metadata = parse_json(image.metadata, where + ": metadata");
  if (!metadata.is_object() || !metadata.contains("driven") || !metadata.contains("recipe") ||
      !metadata.at("recipe").is_string())
    throw Error(
        fmt::format("{}: is no image of a driven reservoir; stoic compile makes one of its model", where));
  DrivenImage result;
  result.recipe = parse_driven_recipe(metadata.at("recipe").get<std::string>(), where + ": recipe");
  JsonReader json(metadata.at("driven"), where + ": driven");
  result.input_bits = json.integer("input_fraction_bits", -64, 64);
  result.output_bits = json.integer("output_fraction_bits", -64, 64);
  result.repeats = json.integer("repeats", 1, 4096);
  result.output_repeats = json.integer("output_repeats", 1, 4096);
  result.centre = scaling_numbers(json, "centre");
  result.input = scaling_from(json.object("input"));
  result.output = scaling_from(json.object("output"));
  if (json.has("learnt_from")) result.learnt_from = json.text("learnt_from");
  json.finish();
  result.state_width = image.config.state_width;
  const auto codes = result.taken() * result.repeats;
  if (result.centre.size() != codes || image.input_lengths != std::vector<std::int64_t>{codes} ||
      image.output_lengths != std::vector<std::int64_t>{result.output_codes()})
    throw Error(fmt::format("{}: takes and gives other vectors than its notes say; compile it anew", where));
  return result;
}

std::string driven_metadata(const DrivenImage& image) {
  nlohmann::ordered_json metadata;
  metadata["recipe"] = driven_recipe_text(image.recipe);
  metadata["driven"] = {{"input_fraction_bits", image.input_bits},
                        {"output_fraction_bits", image.output_bits},
                        {"repeats", image.repeats},
                        {"output_repeats", image.output_repeats},
                        {"centre", std::vector<double>(image.centre.begin(), image.centre.end())},
                        {"input", scaling_json(image.input)},
                        {"output", scaling_json(image.output)}};
  if (!image.learnt_from.empty()) metadata["driven"]["learnt_from"] = image.learnt_from;
  return json_text(metadata);
}

}  // namespace stoic
