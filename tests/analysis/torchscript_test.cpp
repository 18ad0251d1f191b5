// Finite-time exponents of scripted PyTorch stages: networks made here, against closed forms and finite
// differences.
#include <torch/script.h>
// PyTorch's macros of these names are not GoogleTest's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "largest_singular_value.hpp"
#include "stoic/host/analysis/scripted_ftmle.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;
using testing::HasSubstr;

/// A stage with parameters of these shapes, drawn normally and scaled, and the body of its forward.
struct StageText {
  std::string name;
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> parameters;
  std::string body;
};

class TorchScript : public testing::Test {
 protected:
  TorchScript() { torch::manual_seed(3); }

  void add(const StageText& text) {
    torch::jit::Module module(text.name);
    for (const auto& [name, shape] : text.parameters)
      module.register_parameter(name, 0.4 * torch::randn(shape, torch::kDouble), false);
    module.define("def forward(self, x):\n" + text.body);
    const auto path = folder_ / (text.name + ".pt");
    module.save(path.string());
    paths_.push_back(path);
    names_.push_back(text.name);
    modules_.push_back(module);
  }
  std::shared_ptr<const ScriptedStages> load() const {
    return load_scripted_stages(STOIC_TORCHSCRIPT_MODULE, paths_);
  }
  static ScriptedInputs normals(const std::vector<std::int64_t>& shape) {
    const auto values = torch::randn(shape, torch::kDouble).contiguous();
    return {{values.data_ptr<double>(), values.data_ptr<double>() + values.numel()}, shape, false};
  }
  FtmleResult measure(const ScriptedInputs& inputs, int threads = 1) const {
    return scripted_ftmle(*load(), names_, inputs, {.threads = threads});
  }
  /// Of sample 0, through stages first ... last of what `inputs` become before them, by central differences.
  double sigma_by_differences(torch::Tensor x, std::size_t first, std::size_t last) {
    for (std::size_t k = 0; k < first; ++k) x = modules_[k].forward({x}).toTensor();
    const auto end = [&](torch::Tensor at) {
      for (std::size_t k = first; k <= last; ++k) at = modules_[k].forward({at}).toTensor();
      return at.reshape({-1}).contiguous();
    };
    const auto length = x.numel(), outputs = end(x).numel();
    MatrixXd jacobian(outputs, length);
    const double h = 1e-6;
    for (std::int64_t i = 0; i < length; ++i) {
      auto moved = torch::zeros({length}, torch::kDouble);
      moved[i] = h;
      const auto slope = ((end(x + moved.reshape(x.sizes())) - end(x - moved.reshape(x.sizes()))) / (2 * h));
      for (std::int64_t o = 0; o < outputs; ++o) jacobian(o, i) = slope[o].item<double>();
    }
    return largest_singular_value(jacobian);
  }
  /// Every part against the differences at the first sample, and the whole against the product of its stages.
  void expect_differences(const ScriptedInputs& inputs, std::size_t first = 0) {
    const auto result = measure(inputs);
    auto shape = inputs.shape;
    shape.front() = 1;
    auto x = torch::from_blob(const_cast<double*>(inputs.values.data()), shape, torch::kDouble).clone();
    if (inputs.whole) x = x.to(torch::kLong);
    ASSERT_EQ(result.parts.size(), names_.size() - first + 1);
    const double whole = sigma_by_differences(x, first, names_.size() - 1);
    EXPECT_NEAR(result.parts[0].sigma[0], whole, 1e-4 * whole);
    double product = 1;
    for (std::size_t k = first; k < names_.size(); ++k) {
      const double sigma = sigma_by_differences(x, k, k);
      EXPECT_NEAR(result.parts[k - first + 1].sigma[0], sigma, 1e-4 * sigma) << names_[k];
      EXPECT_LE(result.parts[k - first + 1].largest_residual(), 1e-6);
      product *= result.parts[k - first + 1].sigma[0];
    }
    EXPECT_LE(result.parts[0].sigma[0], product * (1 + 1e-9));
    EXPECT_LE(result.parts[0].largest_residual(), 1e-6);
  }
  std::string refusal(const ScriptedInputs& inputs) const {
    try {
      measure(inputs);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "more than one line";
      return error.what();
    }
    return "taken";
  }

  TemporaryFolder folder_;
  std::vector<std::filesystem::path> paths_;
  std::vector<std::string> names_;
  std::vector<torch::jit::Module> modules_;
};

TEST_F(TorchScript, ALayerHasTheExponentOfItsClosedForm) {
  add({"layer", {{"w", {7, 5}}}, "    return torch.tanh(torch.matmul(x, self.w.t()))\n"});
  const auto inputs = normals({19, 5});  // more than a batch
  const auto result = measure(inputs);
  const auto w = modules_[0].attr("w").toTensor();
  for (std::int64_t s = 0; s < 19; ++s) {
    MatrixXd jacobian(7, 5);
    for (Eigen::Index o = 0; o < 7; ++o) {
      double z = 0;
      for (Eigen::Index i = 0; i < 5; ++i)
        z += w[o][i].item<double>() * inputs.values[static_cast<std::size_t>(5 * s + i)];
      for (Eigen::Index i = 0; i < 5; ++i)
        jacobian(o, i) = w[o][i].item<double>() * (1 - std::tanh(z) * std::tanh(z));
    }
    const double sigma = largest_singular_value(jacobian);
    for (const auto& part : result.parts) {
      EXPECT_NEAR(part.sigma[static_cast<std::size_t>(s)], sigma, 1e-9 * sigma);
      EXPECT_NEAR(part.per_sample[static_cast<std::size_t>(s)], std::log(sigma), 1e-9);
    }
  }
}

TEST_F(TorchScript, AResidualConvolutionalNetworkHasThatOfDifferences) {
  add({"stem",
       {{"w", {3, 1, 3, 3}}},
       "    return torch.relu(torch.conv2d(x, self.w, None, [1, 1], [1, 1]))\n"});
  add({"block",
       {{"a", {3, 3, 3, 3}}, {"b", {3, 3, 3, 3}}},
       "    h = torch.relu(torch.conv2d(x, self.a, None, [1, 1], [1, 1]))\n"
       "    return torch.relu(x + torch.conv2d(h, self.b, None, [1, 1], [1, 1]))\n"});
  add({"head", {{"w", {3, 4}}}, "    return torch.matmul(torch.mean(x, [2, 3]), self.w)\n"});
  expect_differences(normals({3, 1, 6, 6}));
}

TEST_F(TorchScript, AConvolutionalAutoEncoderHasThatOfDifferences) {
  add({"encoder",
       {{"w", {4, 1, 3, 3}}},
       "    return torch.tanh(torch.conv2d(x, self.w, None, [2, 2], [1, 1]))\n"});
  add({"decoder",
       {{"w", {4, 1, 3, 3}}},
       "    return torch.sigmoid(torch.conv_transpose2d(x, self.w, None, [2, 2], [1, 1], [1, 1]))\n"});
  expect_differences(normals({2, 1, 6, 6}));
}

TEST_F(TorchScript, ATransformerBeginsBehindItsEmbedding) {
  add({"embedding", {{"e", {11, 6}}}, "    return torch.embedding(self.e, x)\n"});
  add({"encoder",
       {{"q", {6, 6}}, {"k", {6, 6}}, {"v", {6, 6}}, {"a", {6, 12}}, {"b", {12, 6}}},
       "    s = torch.softmax(torch.matmul(torch.matmul(x, self.q), torch.matmul(x, self.k).transpose(1, "
       "2)), -1)\n"
       "    h = torch.layer_norm(x + torch.matmul(s, torch.matmul(x, self.v)), [6])\n"
       "    return torch.layer_norm(h + torch.matmul(torch.gelu(torch.matmul(h, self.a)), self.b), [6])\n"});
  add({"pooler", {{"w", {6, 2}}}, "    return torch.tanh(torch.matmul(x.select(1, 0), self.w))\n"});
  expect_differences({{1, 4, 9, 0, 2, 10, 3, 3, 7, 8}, {2, 5}, true}, 1);
}

TEST_F(TorchScript, ThreadsChangeNoBit) {
  add({"one", {{"w", {9, 8}}}, "    return torch.tanh(torch.matmul(x, self.w.t()))\n"});
  add({"two", {{"w", {3, 9}}}, "    return torch.sigmoid(torch.matmul(x, self.w.t()))\n"});
  const auto inputs = normals({50, 8});
  const auto alone = measure(inputs), shared = measure(inputs, 3);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(alone.parts[k].per_sample, shared.parts[k].per_sample);
}

TEST_F(TorchScript, WhatDoesNotFitIsRefusedInOneLine) {
  add({"layer", {{"w", {7, 5}}}, "    return torch.tanh(torch.matmul(x, self.w.t()))\n"});
  EXPECT_THAT(refusal(normals({3, 4})), HasSubstr("layer.pt"));
  EXPECT_THAT(refusal({{1, 2, 3, 4, 5}, {1, 5}, true}), HasSubstr("layer.pt"));
  add({"mean", {}, "    return torch.mean(x)\n"});
  EXPECT_THAT(refusal(normals({3, 5})), HasSubstr("first dimension"));
  paths_ = {folder_ / "none.pt"};
  EXPECT_THAT(refusal(normals({3, 5})), HasSubstr("no such file"));
  std::ofstream(folder_ / "none.pt") << "no TorchScript";
  EXPECT_THAT(refusal(normals({3, 5})), HasSubstr("none.pt"));
}

TEST_F(TorchScript, InputsAreAnArrayOfFiniteNumbers) {
  const auto path = folder_ / "x.npz";
  const auto read = [&](const std::vector<NpzArray>& arrays, const std::string& name = "") {
    write_npz(path, arrays);
    try {
      return read_scripted_inputs(path, name, 2).shape.size() == 2 ? std::string("taken")
                                                                   : "of another shape";
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const auto x = npz_array("x", {3, 2}, values);
  EXPECT_EQ(read({x}), "taken");
  EXPECT_EQ(read_scripted_inputs(path, "x", 2).values, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_THAT(read({x, npz_array("y", {6}, values)}), HasSubstr("--array"));
  EXPECT_THAT(read({x}, "z"), HasSubstr("z"));
  EXPECT_THAT(read({npz_array("x", {1, 2}, std::vector<float>{1, NAN})}), HasSubstr("not-a-number"));
  EXPECT_THAT(read({npz_array("x", {0, 2}, std::vector<float>{})}), HasSubstr("at least one"));
}

}  // namespace
}  // namespace stoic
