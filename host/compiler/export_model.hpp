#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/firmware/driver/stoic_model.h"
#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/sim/golden/schedule.hpp"

// What export_firmware.cpp makes of an image, and export_model_c.cpp writes as C.
namespace stoic {

/// One array of the model: its C type, its bytes, and how many elements they are.
struct ModelArray {
  const char* name;
  const char* type;
  std::string bytes;
  std::uint32_t count;
};

/// A number of the model, as a word of model.bin.
struct ModelNumber {
  const char* name;
  std::int64_t value;
  const char* suffix;  ///< of its literal in C

  std::uint32_t word() const { return static_cast<std::uint32_t>(value); }
};

/// A model as the driver sees it, in the order of its layout.
struct ExportedModel {
  ExportedAs as;
  std::uint32_t config_hash = 0;
#define STOIC_MEMBER(name, type) type name = 0;
  STOIC_MODEL_NUMBERS(STOIC_MEMBER)
#undef STOIC_MEMBER
  std::vector<ModelArray> arrays;

  std::vector<ModelNumber> numbers() const {
#define STOIC_NUMBER(name, type) {#name, name, sizeof(type) == 4 ? "u" : ""},
    return {STOIC_MODEL_NUMBERS(STOIC_NUMBER)};
#undef STOIC_NUMBER
  }
  std::uint32_t crc() const;
};

/// The binary point of the output vector that is stored last; 0 where nothing names it.
std::int16_t output_fraction_bits(const Image& image, const golden::Schedule& schedule);
/// As macros of C are written.
std::string upper_name(std::string name);
std::string model_header(const Image& image, const ExportedModel& model, const ExportedSamples& samples);
/// `sample_bytes`: all samples as they lie on the stream.
std::string model_source(const Image& image, const ExportedModel& model, const std::string& sample_bytes,
                         const ExportedSamples& samples);

}  // namespace stoic
