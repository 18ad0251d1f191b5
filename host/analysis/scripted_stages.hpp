#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace stoic {

/// Stages of a network that PyTorch wrote as TorchScript, each behind the one before it, with exact
/// derivatives in double precision. They are what the component torchscript.cpp implements, which alone needs
/// libtorch: it is loaded when it is asked for, since libtorch takes half a second to load. Errors are
/// std::runtime_error with one line.
class ScriptedStages {
 public:
  virtual ~ScriptedStages() = default;

  /// Some samples on their way through all stages.
  class Batch {
   public:
    virtual ~Batch() = default;
    /// Numbers of one sample that stage k gets and gives.
    virtual std::int64_t from(std::size_t stage) const = 0;
    virtual std::int64_t to(std::size_t stage) const = 0;
    /// Whether stage k has a derivative: whole numbers, such as those of tokens, have none.
    virtual bool has_derivative(std::size_t stage) const = 0;
    /// J d [to x samples] of d [from x samples], each sample's numbers side by side; and Jᵀ w.
    virtual void push(std::size_t stage, const double* d, double* result) const = 0;
    virtual void pull(std::size_t stage, const double* w, double* result) const = 0;
    /// What the last stage gives, [to x samples].
    virtual std::vector<double> last() const = 0;
  };
  virtual std::size_t count() const = 0;
  /// `shape` is that of all samples, their number first. `whole` passes them on as whole numbers.
  virtual std::unique_ptr<Batch> run(const double* values, const std::vector<std::int64_t>& shape,
                                     bool whole) const = 0;
};

/// The name of the function of the component that makes them: load(paths), where each path is a file that
/// torch.jit.save wrote.
inline constexpr const char* scripted_stages_loader = "stoic_load_scripted_stages";
using LoadScriptedStages = ScriptedStages* (*)(const std::vector<std::string>& paths);

}  // namespace stoic
