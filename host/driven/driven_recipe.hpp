#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stoic/host/driven/series_recipe.hpp"
#include "stoic/host/dynamics/csto_parameters.hpp"
#include "stoic/host/dynamics/esn.hpp"
#include "stoic/host/dynamics/lorenz96.hpp"

namespace stoic {

/// The systems that can be driven.
using DrivenParameters = std::variant<EsnParameters, CstoParameters, Lorenz96Parameters>;

/// How an input reaches a reservoir: in every time step each of the `nodes` virtual nodes gets
/// d = W_in u(t) + W_feedback y(t-1) + b_in, one number for each site, which holds while the system runs for
/// its steps; what the sites then show is a part of what the read-out sees.
struct DriveRecipe {
  double input_scale = 1;                ///< of W_in; of csto by a field in Oe, by current as a share of it
  double density = 1;                    ///< share of W_in's entries that are not zero
  std::string distribution = "uniform";  ///< of W_in: in ±input_scale; or "signs": ±input_scale
  double bias = 0;                       ///< b_in is uniform in ±bias
  double feedback = 0;                   ///< W_feedback is uniform in ±feedback; 0: there is none
  std::int64_t nodes = 1;                ///< virtual nodes: time multiplexing with W_in as the mask
  std::string joins;                     ///< csto: "field" (along z), "current"; else empty: the coupling
  std::string observe;                   ///< csto: "all" three components, or "x", "y", "z"; else empty
};

/// How outputs come from states: y = W_out [features; 1].
struct ReadOutRecipe {
  std::vector<double> ridge;        ///< regularisations to choose from; one: that one
  std::string features = "linear";  ///< states; "quadratic": their squares too
  bool input = false;               ///< the input of the step is a feature too
};

/// A driven reservoir and its task: everything that training needs. A recipe is one when it has the object
/// "drive".
struct DrivenRecipe {
  DrivenParameters system;
  DriveRecipe drive;
  SeriesRecipe data;
  ReadOutRecipe read_out;
  std::uint64_t seed = 1;

  std::string dynamics() const;
  /// Sites that a drive has a number for; numbers of a state.
  std::int64_t sites() const;
  std::int64_t width() const;
  /// What a time step shows: features of the read-out but for squares and input.
  std::int64_t observed() const;
  /// Columns of W_out but for the bias.
  std::int64_t features(std::int64_t inputs) const;
  /// The system's own matrix: its name ("" for none) and what is drawn for it.
  std::string matrix_name() const;
  Eigen::MatrixXd draw_matrix() const;
  /// Rows of W_in and b_in: those of the first node, then of the next.
  std::int64_t drives() const { return sites() * drive.nodes; }
};

/// Whether a JSON text is a recipe of a driven reservoir.
bool is_driven_recipe(std::string_view json_text);

/// Reads and checks a recipe after "key=value" settings; `where` names it in messages. Throws Error.
DrivenRecipe parse_driven_recipe(std::string_view json_text, const std::string& where,
                                 const std::vector<std::string>& settings = {});

/// All keys written out, in a fixed order.
std::string driven_recipe_text(const DrivenRecipe& recipe);

}  // namespace stoic
