#include "stoic/host/compiler/export.hpp"

#include <fmt/format.h>

#include "commands.hpp"
#include "options.hpp"

namespace stoic::cli {
namespace {

struct ExportOptions {
  Console console;
  std::string image;
  std::string folder;
};

int run_export(const ExportOptions& options) {
  const auto image = read_image(options.image);
  const auto files = export_image(image, options.folder);
  for (const auto& file : files) options.console.print(fmt::format("{}/{}", options.folder, file));
  options.console.result(
      {{"image", options.image}, {"hw", image.config.name}, {"folder", options.folder}, {"files", files}});
  return success;
}

}  // namespace

void add_export(CLI::App& app, Body& body) {
  auto options = std::make_shared<ExportOptions>();
  auto* command =
      app.add_subcommand("export", "write an image as $readmemh files, integer arrays (.npz) and a manifest");
  command->add_option("IMAGE", options->image, "an image that stoic compile wrote")->required();
  command->add_option("-o,--output", options->folder, "folder for the files, made when missing")
      ->required()
      ->type_name("DIR");
  add_json(*command, options->console);
  command->footer("Example: stoic export digits.img -o digits-export");
  command->callback([options, &body] { body = [options] { return run_export(*options); }; });
}

}  // namespace stoic::cli
