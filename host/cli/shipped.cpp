#include "shipped.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

#ifndef STOIC_SHARE
#error "the build defines STOIC_SHARE, the way from the folder of the program to the folder of its data"
#endif

namespace stoic::cli {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const Shipped& kind) {
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored);
  return (program.parent_path() / STOIC_SHARE / kind.folder).lexically_normal();
}

}  // namespace

std::vector<std::string> shipped_names(const Shipped& kind) {
  std::vector<std::string> names;
  std::error_code missing;
  for (fs::directory_iterator entry(folder_of(kind), missing), end; !missing && entry != end;
       entry.increment(missing))
    if (entry->path().extension() == kind.ending) names.push_back(entry->path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

fs::path shipped_path(const Shipped& kind, const std::string& name) {
  if (name.empty() || name.find('/') != name.npos) return {};
  std::error_code ignored;
  const auto path = folder_of(kind) / (name + kind.ending);
  return fs::is_regular_file(path, ignored) ? path : fs::path{};
}

std::string shipped_or_file(const Shipped& kind, const std::string& name_or_path) {
  std::error_code ignored;
  if (fs::exists(name_or_path, ignored)) return name_or_path;
  if (const auto path = shipped_path(kind, name_or_path); !path.empty()) return path.string();
  const auto names = shipped_names(kind);
  const auto near = nearest_word(name_or_path, names);
  throw Error(fmt::format("{}: there is no such file, and no {} of that name in {}; {}", name_or_path,
                          kind.what, folder_of(kind).string(),
                          !near.empty() ? fmt::format("did you mean {}?", near)
                          : !names.empty()
                              ? fmt::format("give the path of a file or one of {}", fmt::join(names, ", "))
                              : "./dev build puts there what comes with the command"));
}

}  // namespace stoic::cli
