#include <fmt/format.h>

#include <algorithm>

#include "commands.hpp"
#include "data_check.hpp"
#include "firmware_samples.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/host/compiler/export_folder.hpp"

namespace stoic::cli {
namespace {

struct ExportOptions {
  Console console;
  std::string image;
  std::string folder;
  std::string data_dir;
  std::int64_t samples = 0;
  std::string target = "driver";
  std::string name = "network";
};

/// What C takes as a name.
std::string check_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const bool good = !name.empty() && name.size() <= 60 && is_letter(name[0]) &&
                    std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  return good ? "" : "\"" + name + "\" is no name in C: letters, digits and _, no digit first";
}

int run_export(const ExportOptions& options) {
  require_export_folder(options.folder);
  require_apart("-o", options.folder, export_files(options.folder), {options.image}, options.data_dir);
  const auto image = read_image(options.image);
  if (options.target == "c") {
    const auto written = write_c_export(options.folder, image, options.name);
    for (const auto& file : written) options.console.print(fmt::format("{}/{}", options.folder, file));
    options.console.result({{"image", options.image},
                            {"hw", image.config.name},
                            {"folder", options.folder},
                            {"target", options.target},
                            {"files", written}});
    return success;
  }
  ExportedSamples samples;
  DataCheck check(options.console, options.image, training_data_of(image, options.image));
  if (options.samples > 0)
    samples = firmware_samples(
        image, first_samples(check.load(recipe_of(image, options.image), Split::test, options.data_dir),
                             options.samples));
  const auto files = write_export(options.folder, image, samples);
  for (const auto& file : files) options.console.print(fmt::format("{}/{}", options.folder, file));
  options.console.result({{"image", options.image},
                          {"hw", image.config.name},
                          {"folder", options.folder},
                          {"samples", samples.labels.size()},
                          {"files", files},
                          {"data_matches", matches_json(check.matches())}});
  return success;
}

}  // namespace

ExportedSamples firmware_samples(const Image& image, const Dataset& data) {
  require_data(image, data);
  ExportedSamples samples;
  const auto fill = input_filler(image, data.samples);
  std::size_t length = 0;
  for (const auto l : image.input_lengths) length += static_cast<std::size_t>(l);
  samples.codes.resize(length * data.labels.size());
  for (std::size_t s = 0; s < data.labels.size(); ++s)
    fill(static_cast<std::int64_t>(s), std::span(samples.codes).subspan(s * length, length));
  samples.labels = data.labels;
  return samples;
}

void add_export(CLI::App& app, Body& body) {
  auto options = std::make_shared<ExportOptions>();
  auto* command = app.add_subcommand(
      "export", "write an image as C files with the driver, as one binary, as $readmemh files and as .npz");
  command->add_option("IMAGE", options->image, "an image that stoic compile wrote")->required();
  command
      ->add_option(
          "-o,--output", options->folder,
          "folder for the files, made when missing; one of an earlier export is replaced as a whole, "
          "one with anything else in it is refused")
      ->required()
      ->type_name("DIR");
  command->add_option("--samples", options->samples, "put the first N test samples beside the model")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{100000}))
      ->capture_default_str()
      ->type_name("N");
  auto* target =
      command
          ->add_option("--target", options->target,
                       "driver: what firmware loads into the accelerator; c: C99 that computes the same bits "
                       "without one, NAME.h and NAME.c")
          ->check(CLI::IsMember({"driver", "c"}))
          ->capture_default_str();
  command
      ->add_option("--name", options->name, "with --target c, what its files, types and functions begin with")
      ->check(CLI::Validator(check_name, ""))
      ->capture_default_str()
      ->needs(target)
      ->type_name("NAME");
  command->get_option("--samples")->excludes(target);
  add_data_dir(*command, options->data_dir);
  add_json(*command, options->console);
  command->footer(
      "Example: stoic export digits.img -o digits-export --samples 10\n"
      "         stoic export digits.img -o digits-c --target c --name digits");
  command->callback([options, &body] {
    take_output_folder(options->folder);
    body = [options] { return run_export(*options); };
  });
}

}  // namespace stoic::cli
