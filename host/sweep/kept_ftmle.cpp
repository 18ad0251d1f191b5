#include "stoic/host/sweep/kept_ftmle.hpp"

#include <fmt/format.h>

#include <cmath>

#include "stoic/host/report/analysis_report.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Numbers that JSON has no word for are null, which stands for `null_is`.
std::vector<double> kept_numbers(const json& list, double null_is) {
  std::vector<double> numbers;
  for (const auto& number : list) numbers.push_back(number.is_null() ? null_is : number.get<double>());
  return numbers;
}

ordered_json first_numbers(const std::vector<double>& numbers, std::int64_t count) {
  auto list = ordered_json::array();
  for (std::int64_t i = 0; i < count; ++i) list.push_back(numbers[static_cast<std::size_t>(i)]);
  return list;
}

}  // namespace

KeptFtmle::KeptFtmle(const std::filesystem::path& folder, const std::string& analysis,
                     const std::string& identity)
    : content_{{"analysis", analysis}, {"identity", identity}, {"scopes", ordered_json::object()}} {
  if (folder.empty()) return;
  file_ = folder / points_file;
  if (!std::filesystem::exists(file_)) return;
  const auto stored = try_parse_json(read_file(file_));
  for (const char* key : {"analysis", "identity"})
    if (!stored || !stored->is_object() || !stored->contains("scopes") || !stored->contains(key) ||
        !(stored->at(key) == json(content_.at(key))))
      throw Error(
          fmt::format("{}: holds the points of another analysis, model, recipe or data; name another folder, "
                      "or remove it",
                      file_.string()));
  content_["scopes"] = stored->at("scopes");
}

FtmleOptions KeptFtmle::join(FtmleOptions options) {
  if (file_.empty()) return options;
  options.keep = [this](FtmleScope scope, const std::vector<Ftmle>& parts, std::int64_t done) {
    keep(scope, parts, done);
  };
  const auto& name = ftmle_scopes()[static_cast<std::size_t>(options.scope)];
  if (!content_["scopes"].contains(name)) return options;
  try {
    const json kept = content_["scopes"].at(name);
    options.known_samples = kept.at("done").get<std::int64_t>();
    for (const auto& part : kept.at("parts")) {
      Ftmle known;
      known.part = part.at("part").get<std::string>();
      known.sigma = kept_numbers(part.at("sigma"), std::nan(""));
      known.residual = kept_numbers(part.at("residual"), INFINITY);
      options.known.push_back(std::move(known));
    }
  } catch (const json::exception&) {
    throw Error(fmt::format("{}: is damaged; remove it", file_.string()));
  }
  return options;
}

void KeptFtmle::keep(FtmleScope scope, const std::vector<Ftmle>& parts, std::int64_t done) {
  auto list = ordered_json::array();
  for (const auto& part : parts)
    list.push_back({{"part", part.part},
                    {"sigma", first_numbers(part.sigma, done)},
                    {"residual", first_numbers(part.residual, done)}});
  content_["scopes"][ftmle_scopes()[static_cast<std::size_t>(scope)]] = {{"done", done},
                                                                         {"parts", std::move(list)}};
  changed_ = true;
  constexpr std::chrono::seconds often(2);
  if (std::chrono::steady_clock::now() - written_ > often) write();
}

void KeptFtmle::write() {
  if (file_.empty() || !changed_) return;
  std::filesystem::create_directories(file_.parent_path());
  write_file_atomically(file_, json_text(content_) + "\n");
  written_ = std::chrono::steady_clock::now();
  changed_ = false;
}

void KeptFtmle::finish() {
  if (!file_.empty()) std::filesystem::remove(file_);
}

}  // namespace stoic
