#pragma once
#include <string>
#include <vector>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/data/data_check.hpp"
#include "stoic/host/library/network.hpp"
#include "stoic/host/library/options.hpp"
#include "stoic/host/model/model.hpp"

// What the functions of this folder share; not installed.
namespace stoic {

/// Tells a listener of a piece of work, from its beginning to its end.
class Work {
 public:
  Work(const WorkListener& listener, std::string name, std::int64_t all);
  ~Work();
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  void show(std::int64_t done, const std::string& note = "");

 private:
  const WorkListener& listener_;
  WorkProgress progress_;
};

/// Tells a listener each warning once, and keeps them.
class Warnings {
 public:
  explicit Warnings(const WorkListener& listener) : listener_(listener) {}
  void add(const std::string& text);
  const std::vector<std::string>& all() const { return all_; }

 private:
  const WorkListener& listener_;
  std::vector<std::string> all_;
};

/// A check that warns there; `warnings` must stay.
DataCheck data_check(Warnings& warnings, const std::string& where, const std::optional<TrainingData>& known);
/// One half of the data, compared with that of the training.
Dataset load(DataCheck& check, const DataSource& source, const Recipe& recipe, Split split);

/// "observational 10, dynamical 3"
std::string noise_text(const NoiseOptions& options);
/// The line that a result prints of it.
std::string noise_line(const NoiseOptions& options);
/// Its standard deviations for a model; the signal is measured on all of `test_data`.
Noise noise_for(const Model& model, const NoiseOptions& options, const Dataset& test_data, int threads = 0);
/// Gives the model the longest step that the budget allows, if that is asked for. Throws Error for a budget
/// of a system without steps.
void apply_budget(Model& model, const Dataset& calibration, const BudgetOptions& options);

/// An evaluation in plain values.
NetworkResult plain(const Evaluation& evaluation);

}  // namespace stoic
