#include "stoic/host/data/holdout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "stoic/sim/io/error.hpp"

namespace stoic {

namespace {

/// What is held out is not seen: the features of both parts are standardised by what stays.
void standardise_by_rest(Dataset& data, Dataset& held, const std::string& what) {
  const auto* before = data.samples.standardisation();
  if (before == nullptr) return;
  const auto learnt =
      std::make_shared<const Standardisation>(standardisation_of(data.samples, std::ssize(before->mean)));
  const auto constant = std::find(learnt->deviation.begin(), learnt->deviation.end(), 0.0);
  if (constant != learnt->deviation.end())
    throw Error(
        fmt::format("{} leaves {} training samples, in all of which feature {} is {}, so it has no deviation "
                    "to scale by; "
                    "hold fewer out, or set data.standardise to false",
                    what, data.size(), constant - learnt->deviation.begin(),
                    learnt->mean[static_cast<std::size_t>(constant - learnt->deviation.begin())]));
  data.samples = data.samples.standardised(learnt);
  held.samples = held.samples.standardised(learnt);
}

}  // namespace

Dataset hold_out(Dataset& data, std::int64_t samples, const std::string& what) {
  if (samples >= data.size())
    throw Error(fmt::format("{} is {}, but there are {} training samples; hold fewer out", what, samples,
                            data.size()));
  const auto kept = data.size() - samples;
  Dataset held = data.part(kept, samples);
  data = data.part(0, kept);
  standardise_by_rest(data, held, what);
  return held;
}

}  // namespace stoic
