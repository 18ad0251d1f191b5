// The component that runs TorchScript: the only source that needs libtorch. It is a module of its own, loaded
// by scripted_ftmle.cpp.
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <algorithm>
#include <stdexcept>

#include "stoic/host/analysis/scripted_stages.hpp"

namespace stoic {
namespace {

using torch::Tensor;

/// The line of PyTorch's message that says what is wrong: traces of code stand before it and behind it.
std::string reason_of(const std::string& message) {
  std::string last;
  for (std::size_t begin = 0; begin < message.size();) {
    const auto end = std::min(message.find('\n', begin), message.size());
    auto line = message.substr(begin, end - begin);
    begin = end + 1;
    constexpr std::string_view mark = "RuntimeError: ";
    if (line.starts_with(mark)) return line.substr(mark.size());
    if (line.starts_with("Exception raised from")) break;
    if (last.empty() && !line.empty()) last = line;
  }
  return last;
}

[[noreturn]] void fail(const std::string& what, const c10::Error& error) {
  throw std::runtime_error(what + ": " + reason_of(error.what_without_backtrace()));
}
[[noreturn]] void fail(const std::string& what, const std::exception& error) {
  throw std::runtime_error(what + ": " + reason_of(error.what()));
}

/// Calls work(); PyTorch's errors become one line.
template <class Work>
auto guarded(const std::string& what, const Work& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    fail(what, error);
  } catch (const std::exception& error) {  // of the interpreter
    fail(what, error);
  }
}

std::string shape_text(const Tensor& tensor) {
  std::string text = "[";
  for (const auto side : tensor.sizes()) text += (text.size() > 1 ? ", " : "") + std::to_string(side);
  return text + "]";
}

/// One stage between two tensors. The derivative along d is that of Jᵀu by u along d, with any u: both are
/// vector-Jacobian products, and exact.
struct Link {
  std::string name;
  Tensor input, output;
  Tensor dummy, pulled;  // u, and Jᵀu as a function of it

  bool has_derivative() const { return output.requires_grad(); }
  Tensor shaped(const double* values, const Tensor& like) const {
    return torch::from_blob(const_cast<double*>(values), like.sizes(), torch::kDouble).clone();
  }
  static void copy(const Tensor& tensor, double* to) {
    const Tensor flat = tensor.detach().to(torch::kDouble).contiguous();
    std::copy_n(flat.data_ptr<double>(), flat.numel(), to);
  }
  void push(const double* d, double* result) const {
    const Tensor along = torch::autograd::grad({pulled}, {dummy}, {shaped(d, input)}, true, false, true)[0];
    copy(along.defined() ? along : torch::zeros_like(output), result);
  }
  void pull(const double* w, double* result) const {
    const Tensor back = torch::autograd::grad({output}, {input}, {shaped(w, output)}, true, false, true)[0];
    copy(back.defined() ? back : torch::zeros_like(input), result);
  }
};

class TorchBatch final : public ScriptedStages::Batch {
 public:
  explicit TorchBatch(std::vector<Link> links, std::int64_t samples)
      : links_(std::move(links)), samples_(samples) {}
  std::int64_t from(std::size_t k) const override { return links_[k].input.numel() / samples_; }
  std::int64_t to(std::size_t k) const override { return links_[k].output.numel() / samples_; }
  bool has_derivative(std::size_t k) const override { return links_[k].has_derivative(); }
  void push(std::size_t k, const double* d, double* result) const override {
    guarded(links_[k].name, [&] { links_[k].push(d, result); });
  }
  void pull(std::size_t k, const double* w, double* result) const override {
    guarded(links_[k].name, [&] { links_[k].pull(w, result); });
  }
  std::vector<double> last() const override {
    std::vector<double> result(static_cast<std::size_t>(links_.back().output.numel()));
    Link::copy(links_.back().output, result.data());
    return result;
  }

 private:
  std::vector<Link> links_;
  std::int64_t samples_;
};

class TorchStages final : public ScriptedStages {
 public:
  explicit TorchStages(const std::vector<std::string>& paths) : paths_(paths) {
    for (const auto& path : paths)
      modules_.push_back(guarded(path, [&] {
        auto module = torch::jit::load(path, torch::kCPU);
        module.eval();
        module.to(torch::kDouble);
        for (const auto& parameter : module.parameters()) parameter.set_requires_grad(false);
        return module;
      }));
  }
  std::size_t count() const override { return modules_.size(); }
  std::unique_ptr<Batch> run(const double* values, const std::vector<std::int64_t>& shape,
                             bool whole) const override {
    Tensor x = torch::from_blob(const_cast<double*>(values), shape, torch::kDouble).clone();
    if (whole) x = x.to(torch::kLong);
    std::vector<Link> links;
    for (std::size_t k = 0; k < modules_.size(); ++k) {
      links.push_back(link_of(k, x, shape.front()));
      x = links.back().output.detach();
    }
    return std::make_unique<TorchBatch>(std::move(links), shape.front());
  }

 private:
  Link link_of(std::size_t k, const Tensor& x, std::int64_t samples) const {
    return guarded(paths_[k], [&] {
      Link link{paths_[k], x, {}, {}, {}};
      if (x.is_floating_point()) link.input = x.detach().requires_grad_(true);
      auto module = modules_[k];
      const auto result = module.forward({link.input});
      if (!result.isTensor()) throw std::runtime_error("its forward() returns no tensor; return one");
      link.output = result.toTensor();
      if (link.output.is_floating_point()) link.output = link.output.to(torch::kDouble);
      if (link.output.dim() < 1 || link.output.size(0) != samples)
        throw std::runtime_error("turns " + std::to_string(samples) + " samples into a tensor of shape " +
                                 shape_text(link.output) + "; the first dimension is that of the samples");
      if (!link.has_derivative()) return link;
      link.dummy = torch::zeros_like(link.output).requires_grad_(true);
      link.pulled = torch::autograd::grad({link.output}, {link.input}, {link.dummy}, true, true, true)[0];
      if (!link.pulled.defined()) throw std::runtime_error("its output does not depend on its input");
      return link;
    });
  }
  std::vector<std::string> paths_;
  std::vector<torch::jit::Module> modules_;
};

}  // namespace
}  // namespace stoic

extern "C" __attribute__((visibility("default"))) stoic::ScriptedStages* stoic_load_scripted_stages(
    const std::vector<std::string>& paths) {
  // Threads are the caller's, and the interpreter's operations those of the file, each with its derivative:
  // optimised ones are others from the second run on.
  at::set_num_threads(1);
  torch::jit::setGraphExecutorOptimize(false);
  return new stoic::TorchStages(paths);
}
