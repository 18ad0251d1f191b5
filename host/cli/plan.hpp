#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace stoic::cli {

/// "about 40 s", "about 12 min", "about 3.5 h", "about 2.1 days"
std::string about(double seconds);

/// What a plan says about time: the estimate, or that it is not known and why.
std::string time_text(const std::optional<double>& seconds, const std::string& unknown);

/// A line on standard error where that is no terminal, for logs: what long work does next. Where there is a
/// terminal a progress bar shows it.
void plain_progress(const std::string& line);

/// Of --shard "2/5" the second part, counted from 0, and how many there are; of nothing the whole. Throws Error.
std::pair<std::size_t, std::size_t> parse_shard(const std::string& text);

}  // namespace stoic::cli
