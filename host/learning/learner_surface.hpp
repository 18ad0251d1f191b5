#pragma once
#include <memory>
#include <string>
#include <vector>

#include "stoic/host/learning/learner.hpp"
#include "stoic/host/learning/loss_surface.hpp"
#include "stoic/host/learning/network_copies.hpp"

namespace stoic {

/// The loss of any recipe of the house as a function of what is trained, in double precision: one point after
/// the other through the learner, with its noise of inputs and dropout. H v is a central difference of
/// gradients.
class LearnerSurface final : public LossSurface {
 public:
  /// Around the fixed matrices of this model. The team must outlive it.
  LearnerSurface(const Model& model, NetworkData data, Team& team);

  const std::vector<WeightPart>& parts() const override { return parts_; }
  std::int64_t samples() const override { return data_.train.size(); }
  void slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd* tangents, const LossBatch& batch,
              Slopes& result) override;
  Judgement judge(const Eigen::MatrixXd& points) override;
  bool bounded() const override { return bounded_; }
  void move_within_bounds(Eigen::MatrixXd& points) override;
  bool exact_products() const override { return false; }
  /// The trained weights of a model of this recipe, as points have them, and back.
  Eigen::VectorXd weights(const Model& model) const;
  void set_weights(const Eigen::VectorXd& point, Model& model) const;

 private:
  /// Where a trained matrix is in a learner and in a model.
  struct Place {
    Panels<double>*weights, *gradient;
    std::string name;
    Eigen::Index size() const { return weights->rows() * weights->columns(); }
  };
  void put_weights(const Eigen::VectorXd& point);
  Eigen::VectorXd moved_weights() const;
  double gradient(const Eigen::VectorXd& point, const LossBatch& batch, Eigen::VectorXd& gradient);

  Model model_;
  NetworkData data_;
  Team& team_;
  bool bounded_;
  Learner<double> learner_;
  std::vector<Place> places_;
  std::vector<WeightPart> parts_;
};

/// The surface of this model's recipe: NetworkCopies where its weights alone tell the loss, else
/// LearnerSurface. `weights_of` and `set_weights` translate between points and models.
struct RecipeSurface {
  std::unique_ptr<LossSurface> surface;
  bool layered = false;
  Eigen::VectorXd weights_of(const Model& model) const;
  void set_weights(const Eigen::VectorXd& point, Model& model) const;
};
RecipeSurface recipe_surface(const Model& model, const Dataset& train, const Dataset& test, Team& team);

}  // namespace stoic
