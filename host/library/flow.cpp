#include "stoic/host/library/flow.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/kernels/team.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/library/network.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

struct Flow::Body {
  Body(Model given, int threads)
      : model(std::move(given)),
        system(make_system<double>(model.recipe.system, model.matrices)),
        team(threads) {}

  /// Throws Error unless there is a column of as many numbers for each state.
  Eigen::MatrixXd checked(const Matrix& columns, const Eigen::MatrixXd& states) const {
    if (!run || columns.rows() != states.rows() || columns.cols() != states.cols())
      throw Error(
          fmt::format("the flow has states [{} x {}], the vectors are [{} x {}]; call run() first, and "
                      "give one for each of its samples",
                      states.rows(), states.cols(), columns.rows(), columns.cols()));
    return columns;
  }
  /// Whether x(T) lies on the surface that x(0) lies on.
  bool ends_where_it_starts() const { return last.rows() == first.rows(); }

  Model model;
  std::unique_ptr<System<double>> system;
  Team team;
  std::unique_ptr<Run<double>> run;
  Eigen::MatrixXd first, last;  // x(0), x(T)
};

Flow::Flow(std::string_view recipe, int threads)
    : body_(std::make_shared<Body>(untrained_model(parse_recipe(recipe, "the recipe")), threads)) {}

Flow::Flow(const Network& network, int threads) : body_(std::make_shared<Body>(network.model(), threads)) {}

std::int64_t Flow::width() const { return body_->model.recipe.neurons(); }

double Flow::duration() const {
  const auto& time = body_->system->time();
  return time.duration * static_cast<double>(body_->system->run(1)->links().size());
}

std::string Flow::unit() const { return body_->system->time().rate_unit(); }

Matrix Flow::run(const Matrix& v) {
  if (v.rows() != width() || v.cols() < 1)
    throw Error(fmt::format("a flow of {} components takes columns of as many, not [{} x {}]", width(),
                            v.rows(), v.cols()));
  auto& b = *body_;
  const Eigen::MatrixXd given = v;
  b.run = b.system->run(given.cols());
  b.run->first().assign(given);
  b.run->forward(b.team);
  b.first = b.run->start();
  b.last = b.run->last().dense().topRows(b.run->links().back().to);
  if (!b.last.allFinite())
    throw Error(
        "the state at the end is not finite: the system diverges; shorten its step or its duration, or look "
        "at "
        "its parameters");
  return b.last;
}

Matrix Flow::start() const { return body_->first; }

Matrix Flow::push(const Matrix& tangents) const {
  auto& b = *body_;
  const Eigen::MatrixXd given = b.checked(tangents, b.first),
                        pushed =
                            b.run->push(b.system->tangential(b.first, given, b.team), Part::flow, b.team);
  return b.ends_where_it_starts() ? b.system->tangential(b.last, pushed, b.team) : pushed;
}

Matrix Flow::pull(const Matrix& covectors) const {
  auto& b = *body_;
  Eigen::MatrixXd given = b.checked(covectors, b.last);
  if (b.ends_where_it_starts()) given = b.system->tangential(b.last, given, b.team);
  return b.system->tangential(b.first, b.run->pull(given, Part::flow, b.team), b.team);
}

}  // namespace stoic
