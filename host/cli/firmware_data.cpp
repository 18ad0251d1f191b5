#include "firmware_data.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "console.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#ifdef STOIC_HAS_PLATFORM
#include "stoic/generated/stoic_platform.h"
#include "stoic/sim/platform/platform.hpp"
#endif

namespace stoic::cli {
void add_firmware_data(CLI::App& command, FirmwareData& data) {
  auto* firmware = command.get_option("--firmware");
  command
      .add_option("--uart-input", data.uart_input,
                  "what the firmware receives from the UART, getchar() among it: a file, or - for all of the "
                  "standard input up to its end")
      ->needs(firmware)
      ->type_name("FILE|-");
  command.add_option("--blob", data.blob, "put this file into the memory BLOB, where board_blob() finds it")
      ->needs(firmware)
      ->type_name("FILE");
  command
      .add_option("--push-samples", data.push_samples,
                  "the samples come by themselves, one every so many cycles, into a ring of the firmware's "
                  "(the device "
                  "SAMPLES)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{0xffffffff}))
      ->needs(firmware)
      ->needs(command.get_option("IMAGE"))
      ->type_name("N");
}

#ifdef STOIC_HAS_PLATFORM
namespace {

/// What scripts give that have nothing to say.
bool is_null_device(const char* path) {
  struct stat null {
  }, status{};
  return ::stat("/dev/null", &null) == 0 && ::stat(path, &status) == 0 && S_ISCHR(status.st_mode) &&
         status.st_rdev == null.st_rdev;
}

platform::PushedSamples pushed_samples(const Image& image, const ExportedSamples& samples,
                                       std::int64_t period) {
  platform::PushedSamples pushed{.data = sample_bytes(image, samples),
                                 .period = static_cast<std::uint32_t>(period)};
  if (!samples.labels.empty())
    pushed.bytes = static_cast<std::uint32_t>(pushed.data.size() / samples.labels.size());
  return pushed;
}

/// What --blob names.
std::string read_blob(const std::string& path) {
  auto blob = read_file(path);
  if (blob.size() > STOIC_BLOB_SIZE)
    throw Error(fmt::format("{}: {} bytes, and the memory BLOB has {}; give less with --blob", path,
                            grouped(static_cast<std::int64_t>(blob.size())),
                            grouped(std::int64_t{STOIC_BLOB_SIZE})));
  return blob;
}

}  // namespace

void give_data(const FirmwareData& data, const Image& image, const ExportedSamples& samples,
               platform::RunOptions& run) {
  if (!data.blob.empty()) run.blob = read_blob(data.blob);
  if (!data.uart_input.empty())
    run.uart_input = data.uart_input == "-" && is_null_device("/dev/stdin")
                         ? std::string()
                         : read_file(data.uart_input == "-" ? "/dev/stdin" : data.uart_input);
  if (data.push_samples > 0) run.samples = pushed_samples(image, samples, data.push_samples);
}
#endif

}  // namespace stoic::cli
