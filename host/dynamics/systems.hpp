#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/dynamics/deep_csto.hpp"
#include "stoic/host/dynamics/ffesn.hpp"
#include "stoic/host/dynamics/leaky.hpp"
#include "stoic/host/dynamics/linear.hpp"
#include "stoic/host/dynamics/lorenz96.hpp"
#include "stoic/host/dynamics/mlp.hpp"
#include "stoic/host/dynamics/pendulums.hpp"
#include "stoic/host/dynamics/sa_node.hpp"
#include "stoic/host/dynamics/system.hpp"

namespace stoic {

/// Every dynamical system, by its parameters. This is the one list of them.
using SystemParameters =
    std::variant<FfesnParameters, CstoParameters, DeepCstoParameters, Lorenz96Parameters, SaNodeParameters,
                 LinearParameters, MlpParameters, LeakyParameters, PendulumsParameters>;

/// The names of all systems, in the order of the list.
std::vector<std::string> system_names();

/// Reads the keys of the system of that name, which must be one of system_names().
SystemParameters read_system(const std::string& name, JsonReader& json, const NetworkShape& shape);

/// The system of these parameters around matrices as they lie in a model.
template <class Scalar>
std::unique_ptr<System<Scalar>> make_system(const SystemParameters& parameters, const Matrices& matrices);

TimeAxis time_axis(const SystemParameters& parameters);
Traits traits(const SystemParameters& parameters);
/// The same system over another time, in so many steps. Throws Error when they would be unstable.
SystemParameters over(const SystemParameters& parameters, double duration, std::int64_t steps);

/// What training runs: the same system, but where a recipe follows it for longer than it is trained for.
SystemParameters in_training(const SystemParameters& parameters);

}  // namespace stoic
