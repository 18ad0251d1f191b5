#include "options.hpp"

namespace stoic::cli {

void add_json(CLI::App& command, Console& console) {
  command.add_flag("--json", console.json,
                   "print one JSON object on standard output, all else on standard error");
}

void add_data_dir(CLI::App& command, std::string& data_dir) {
  command
      .add_option("--data-dir", data_dir,
                  "folder of the data files; default: $STOIC_DATA_DIR. Built-in data needs none")
      ->type_name("DIR");
}

void add_threads(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "threads to use, 0 for all cores; changes no result")
      ->check(CLI::Range(0, 256));
}

void add_hw(CLI::App& command, std::string& hw) {
  command
      .add_option("--hw", hw,
                  "accelerator instance: tiny, compact, small, default, wide, or the path of a .json")
      ->capture_default_str()
      ->type_name("HW");
}

void add_limit(CLI::App& command, std::int64_t& limit) {
  command.add_option("--limit", limit, "use only the first samples of the test data, 0 for all")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->type_name("N");
}

Dataset first_samples(const Dataset& data, std::int64_t samples) {
  auto result = data;
  if (samples <= 0 || samples >= data.size()) return result;
  result.labels.resize(static_cast<std::size_t>(samples));
  result.pixels.resize(static_cast<std::size_t>(samples * data.inputs));
  return result;
}

Dataset load_test_data(const Recipe& recipe, const std::string& data_dir, std::int64_t limit) {
  return first_samples(load_data(recipe, Split::test, data_dir), limit);
}

}  // namespace stoic::cli
