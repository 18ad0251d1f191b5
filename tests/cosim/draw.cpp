#include "draw.hpp"

namespace stoic::cosim {

std::int64_t Draw::code(std::int64_t kind, std::int64_t width) {
  const std::int64_t most = (std::int64_t{1} << (width - 1)) - 1;
  switch (kind) {
    case 0:
      return 0;
    case 1:
      return of<std::int64_t>({-most - 1, -most, most, -1, 0, 1});
    case 2:
      return between(-3, 3);
    case 3:
    case 4:
      return between(-most - 1, most) >> between(0, width - 1);
    default:
      return between(-most - 1, most);
  }
}

std::vector<std::int32_t> Draw::codes(std::int64_t count, std::int64_t width, std::int64_t run) {
  std::vector<std::int32_t> result;
  result.reserve(static_cast<std::size_t>(count));
  std::int64_t kind = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (i % run == 0) kind = between(0, 7);
    result.push_back(static_cast<std::int32_t>(code(kind, width)));
  }
  return result;
}

}  // namespace stoic::cosim
