// The generator itself, on golden alone: what it makes is valid and reaches everything.
#include "random_program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "golden_device.hpp"
#include "lockstep.hpp"
#include "reference.hpp"
#include "scenario.hpp"
#include "stoic/sim/contract/assembler.hpp"

namespace stoic::cosim {
namespace random_program_test {

/// What the instructions of some programs were made of.
struct Coverage {
  std::set<std::string> met;
  std::int64_t instructions = 0;
  std::int64_t saturations = 0;
  std::int64_t overflows = 0;
  std::map<int, int> statuses;

  void add(const Case& c) {
    for (const auto& item : c.items)
      if (item.words.empty())
        std::visit([&](const auto& fields) { add_fields(fields, c.config); }, item.instruction);
  }

 private:
  template <class T>
  void add_fields(const T& fields, const HardwareConfig& config) {
    met.insert(T::mnemonic);
    T::fields(fields,
              [&](const Field& field, std::int64_t value) { add_field(T::mnemonic, field, value, config); });
    if constexpr (requires { fields.term; })
      for (std::int64_t t = 0; t < std::min<std::int64_t>(fields.terms, STOIC_BUNDLE_TERMS_MAX); ++t) {
        const auto& term = fields.term[static_cast<std::size_t>(t)];
        term.fields(term,
                    [&](const Field& field, std::int64_t value) { add_field("term", field, value, config); });
        if (term.left == fields.destination && term.left_fixed == 0) met.insert("BUNDLE in place");
      }
    if constexpr (requires {
                    fields.source;
                    fields.destination;
                  })
      if (fields.source == fields.destination) met.insert(std::string(T::mnemonic) + " in place");
    if constexpr (std::is_same_v<T, Matvec>)
      if (fields.biased != 0 && fields.bias == fields.destination) met.insert("bias in place");
  }

  void add_field(const std::string& mnemonic, const Field& field, std::int64_t value,
                 const HardwareConfig& config) {
    const auto name = mnemonic + " " + field.name;
    if (field.kind == FieldKind::flag) met.insert(fmt::format("{} {}", name, value));
    if (field.kind == FieldKind::shift && (value == -64 || value == 63))
      met.insert(fmt::format("{} {}", name, value));
    if (std::string_view(field.name) == "symmetry" || std::string_view(field.name) == "terms")
      met.insert(fmt::format("{} {}", name, value));
    if (std::string_view(field.name) == "align" && (value == 0 || value == 31))
      met.insert(fmt::format("{} {}", name, value));
    const bool counts_elements = field.kind == FieldKind::count && std::string_view(field.name) == "length";
    if (counts_elements) met.insert(name + (value % config.lanes == 0 ? " whole" : " odd"));
  }
};

std::set<std::string> everything() {
  std::set<std::string> all{"BUNDLE in place", "FUNCTION in place", "NORMALISE in place", "bias in place"};
  const auto add = [&](std::initializer_list<const char*> names) { all.insert(names.begin(), names.end()); };
  add({"HALT", "LOOP", "END", "LOAD", "STORE", "MATVEC", "BUNDLE", "FUNCTION", "NORMALISE", "COPY",
       "ROTATE"});
  add({"MATVEC stream 0", "MATVEC stream 1", "MATVEC biased 0", "MATVEC biased 1", "MATVEC result_shift -64",
       "MATVEC result_shift 63", "BUNDLE result_shift -64", "BUNDLE result_shift 63"});
  add({"term left_fixed 0", "term left_fixed 1", "term right_fixed 0", "term right_fixed 1",
       "term subtract 0", "term subtract 1", "term align 0", "term align 31"});
  add({"FUNCTION symmetry 0", "FUNCTION symmetry 1", "FUNCTION symmetry 2", "FUNCTION count_outside 0",
       "FUNCTION count_outside 1"});
  for (int terms = 1; terms <= STOIC_BUNDLE_TERMS_MAX; ++terms)
    all.insert(fmt::format("BUNDLE terms {}", terms));
  for (const auto* name : {"LOAD", "STORE", "BUNDLE", "FUNCTION", "NORMALISE", "COPY", "ROTATE"}) {
    all.insert(std::string(name) + " length whole");
    all.insert(std::string(name) + " length odd");
  }
  return all;
}

/// Runs a Case on the stand-in; returns its Reference's saturations by way of lockstep.
std::optional<std::string> on_stand_in(const Case& c) {
  GoldenDevice device(c.config);
  return compare_in_lockstep(device, c);
}

Reference finished(const Case& c) {
  Reference reference(c.config);
  auto& machine = reference.machine();
  std::copy(c.program.begin(), c.program.end(), machine.program().begin() + c.origin);
  std::copy(c.weights.values.begin(), c.weights.values.end(), machine.weights().begin() + c.weights.first);
  std::copy(c.tables.values.begin(), c.tables.values.end(), machine.tables().begin() + c.tables.first);
  std::copy(c.state.values.begin(), c.state.values.end(), machine.state().begin() + c.state.first);
  reference.queue(c.input, c.weight_stream);
  reference.start(
      {.program_start = start_slot(c),
       .samples = c.samples,
       .stop_after = c.abort_after > 0 ? c.abort_after : c.cycle_limit,
       .stop_status = c.abort_after > 0 ? STOIC_STATUS_CODE_ABORTED : STOIC_STATUS_CODE_CYCLE_LIMIT,
       .stream_timeout = c.stream_timeout});
  while (reference.step()) {
  }
  return reference;
}

TEST(RandomProgram, IsTheSameForTheSameSeed) {
  const auto config = random_config(3);
  const auto a = random_case(config, 5);
  const auto b = random_case(config, 5);
  EXPECT_EQ(a.program, b.program);
  EXPECT_EQ(a.state.values, b.state.values);
  EXPECT_EQ(a.input, b.input);
  EXPECT_NE(a.program, random_case(config, 6).program);
}

TEST(RandomProgram, RunsWithoutFaultAndReachesEverything) {
  Coverage coverage;
  std::int64_t most_cycles = 0;
  for (std::uint64_t instance = 1; instance <= 8; ++instance) {
    const auto config = random_config(instance);
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      const auto c = random_case(config, seed);
      coverage.add(c);
      coverage.instructions += c.instructions;
      auto reference = finished(c);
      ASSERT_EQ(reference.status(), STOIC_STATUS_CODE_OK) << text(c) << hardware_config_text(config);
      ASSERT_TRUE(reference.machine().input().empty());
      ASSERT_TRUE(reference.machine().weight_stream().empty());
      coverage.saturations += reference.saturations();
      coverage.overflows += reference.machine().counters().overflows;
      most_cycles = std::max(most_cycles, reference.cycles());
    }
  }
  for (const auto& what : everything()) EXPECT_TRUE(coverage.met.contains(what)) << what << " never occurred";
  EXPECT_GT(coverage.instructions, 10000);
  EXPECT_GT(coverage.saturations, 1000);
  EXPECT_GT(coverage.overflows, 100);  // wrap-around of accumulators
  EXPECT_LT(most_cycles, 100000);
}

TEST(RandomProgram, EndsWithTheFaultAskedFor) {
  for (const auto& status : status_codes) {
    int as_asked = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      const auto config = random_config(seed);
      const auto c = random_case(config, seed, {.most_cycles = 3000, .status = status.value});
      const auto got = finished(c).status();
      // A limit beyond the end of the program changes nothing; some instances have no room for some faults.
      ASSERT_TRUE(got == c.status ||
                  (got == STOIC_STATUS_CODE_OK && (c.cycle_limit > 0 || c.abort_after > 0)))
          << "got " << status_codes[got].name << "\n"
          << text(c);
      as_asked += got == status.value;
    }
    EXPECT_GE(as_asked, 10) << status.name;
  }
}

TEST(Lockstep, FindsNothingWhereThereIsNothing) {
  for (const auto& status : status_codes)
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      const auto c = random_case(random_config(seed), seed, {.most_cycles = 3000, .status = status.value});
      ASSERT_EQ(failure_report(c, on_stand_in, "-"), "");
    }
}

TEST(Lockstep, FindsAWrongBitAndShrinksTheProgram) {
  const CaseCheck broken = [](const Case& c) {
    GoldenDevice device(c.config);
    device.sabotage = [](golden::Machine& machine, const Instruction& instruction) {
      const auto* rotate = std::get_if<Rotate>(&instruction);
      if (rotate == nullptr || rotate->amount == 0) return;
      machine.state()[static_cast<std::size_t>(rotate->destination * machine.config().lanes)] ^= 1;
    };
    return compare_in_lockstep(device, c);
  };
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto c = random_case(random_config(1), seed);
    if (!broken(c)) continue;
    ++found;
    const auto least = shrink(c, broken);
    EXPECT_EQ(least.items.size(), 2u) << text(least);  // ROTATE, HALT
    const auto report = failure_report(c, broken, "the command");
    EXPECT_NE(report.find("ROTATE"), std::string::npos);
    EXPECT_NE(report.find("expected"), std::string::npos);
    EXPECT_NE(report.find("the command"), std::string::npos);
  }
  EXPECT_GT(found, 2);
}

TEST(Scenarios, AreTheSameOnTwoEqualDevicesAndDifferOnABrokenOne) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto scenario = random_scenario(random_config(seed), seed);
    GoldenDevice a(scenario.config);
    GoldenDevice b(scenario.config);
    ASSERT_EQ(compare_devices(a, b, scenario), std::nullopt) << text(scenario);
  }
  const ScenarioCheck broken = [](const Scenario& scenario) {
    GoldenDevice a(scenario.config);
    GoldenDevice b(scenario.config);
    b.sabotage = [](golden::Machine& machine, const Instruction& instruction) {
      if (std::holds_alternative<Copy>(instruction)) machine.state()[1] ^= 1;
    };
    return compare_devices(a, b, scenario);
  };
  std::string report;
  for (std::uint64_t seed = 1; report.empty() && seed <= 20; ++seed)
    report = failure_report(random_scenario(random_config(seed), seed), broken, "the command");
  EXPECT_NE(report.find("state word 0 lane 1"), std::string::npos) << report;
  EXPECT_NE(report.find("COPY"), std::string::npos);
}

}  // namespace random_program_test
}  // namespace stoic::cosim
