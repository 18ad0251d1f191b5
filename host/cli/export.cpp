#include <fmt/format.h>

#include <algorithm>

#include "commands.hpp"
#include "data_check.hpp"
#include "driven.hpp"
#include "firmware_samples.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/firmware/driver/stoic_model.h"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/compiler/export_folder.hpp"
#include "stoic/host/compiler/placement.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic::cli {
namespace {

struct ExportOptions {
  Console console;
  std::string image;
  std::string folder;
  std::string data_dir;
  std::int64_t samples = 0;
  std::string target = "driver";
  std::string name;
  std::string version;
  std::vector<std::string> behind;
};

/// What the header of model.bin has room for.
std::string version_fault(const std::string& version) {
  const bool good = version.size() < STOIC_VERSION_BYTES &&
                    std::ranges::all_of(version, [](char c) { return c >= ' ' && c <= '~'; });
  return good ? ""
              : fmt::format("\"{}\" has more than {} characters, or others than ASCII", printable(version),
                            STOIC_VERSION_BYTES - 1);
}

/// As the options say. Throws Error when there is no room behind the others.
ExportedAs exported_as(const ExportOptions& options, const Image& image) {
  ExportedAs as{.name = options.name, .version = options.version};
  if (as.name.empty()) as.name = options.target == "c" ? "network" : "model";
  if (options.behind.empty()) return as;
  std::vector<NamedImage> images;
  for (const auto& path : options.behind) images.push_back({path, read_image(path)});
  images.push_back({options.image, image});
  as.placement = placement_of_last(images);
  return as;
}

int run_export(const ExportOptions& options) {
  require_export_folder(options.folder);
  Inputs inputs{options.image};
  inputs.insert(inputs.end(), options.behind.begin(), options.behind.end());
  require_apart("-o", options.folder, export_files(options.folder), inputs, options.data_dir);
  const auto image = read_image(options.image);
  const auto as = exported_as(options, image);
  if (options.target == "c") {
    const auto written = write_c_export(options.folder, image, as);
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
  if (options.samples > 0 && is_driven_image(image))
    samples = driven_firmware_input(image, options.image, options.samples, options.data_dir).samples;
  else if (options.samples > 0)
    samples = firmware_samples(
        image, first_samples(check.load(recipe_of(image, options.image), Split::test, options.data_dir),
                             options.samples));
  const auto files = write_export(options.folder, image, samples, as);
  for (const auto& file : files) options.console.print(fmt::format("{}/{}", options.folder, file));
  options.console.result({{"image", options.image},
                          {"hw", image.config.name},
                          {"folder", options.folder},
                          {"name", as.name},
                          {"placement", placement_json(as.placement)},
                          {"samples", samples.labels.size()},
                          {"files", files},
                          {"data_matches", matches_json(check.matches())}});
  return success;
}

}  // namespace

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
      ->add_option(
          "--name", options->name,
          "what files and C of the network begin with, so that several fit one program: NAME.h, NAME.c; "
          "model, or with --target c network, when not given")
      ->check(CLI::Validator(name_fault, ""))
      ->type_name("NAME");
  command
      ->add_option("--model-version", options->version,
                   "of the network, for those who ship it; in NAME.h, NAME.bin and manifest.json")
      ->check(CLI::Validator(version_fault, ""))
      ->type_name("TEXT");
  command
      ->add_option(
          "--behind", options->behind,
          "place the network behind this one in the memories of the accelerator, so that both stay "
          "there and stoic_select() switches; again for each further one, in the order of their places")
      ->type_name("IMAGE");
  command->get_option("--samples")->excludes(target);
  add_data_dir(*command, options->data_dir);
  add_json(*command, options->console);
  command->footer(
      "Example: stoic export digits.img -o digits-export --samples 10\n"
      "         stoic export digits.img -o digits-c --target c --name digits\n"
      "         stoic export letters.img -o letters-export --name letters --behind digits.img");
  command->callback([options, &body] {
    if (options->target == "c" && !options->behind.empty())
      throw CLI::ValidationError("--behind", "is a place in an accelerator; --target c needs none");
    take_output_folder(options->folder);
    body = [options] { return run_export(*options); };
  });
}

}  // namespace stoic::cli
