#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/golden/threads.hpp"

namespace stoic {

namespace {

struct Point {
  float x, y;
};

/// A smooth curve through its points; a corner of a glyph is where two strokes meet.
using Stroke = std::vector<Point>;
using Glyph = std::vector<Stroke>;

constexpr int side = 28;
constexpr int pixel_count = side * side;

/// The ways to write each digit, in a box of -1 ... 1, x to the right and y down.
const std::array<std::vector<Glyph>, 10>& glyphs() {
  static const std::array<std::vector<Glyph>, 10> all = {{
      {{{{0, -1},
         {-.5f, -.6f},
         {-.6f, .1f},
         {-.4f, .8f},
         {.1f, 1},
         {.5f, .6f},
         {.6f, -.1f},
         {.4f, -.8f},
         {0, -1}}}},
      {{{{0, -1}, {0, 0}, {0, 1}}},
       {{{-.4f, -.55f}, {.05f, -1}}, {{.05f, -1}, {.05f, 0}, {.05f, 1}}},
       {{{-.4f, -.55f}, {0, -1}}, {{0, -1}, {0, 0}, {0, 1}}, {{-.45f, 1}, {.45f, 1}}}},
      {{{{-.6f, -.55f}, {-.2f, -1}, {.4f, -.9f}, {.55f, -.4f}, {.1f, .3f}, {-.6f, 1}},
        {{-.6f, 1}, {.65f, 1}}},
       {{{-.5f, -.7f},
         {0, -1},
         {.5f, -.7f},
         {.3f, 0},
         {-.3f, .8f},
         {-.6f, .85f},
         {-.45f, .55f},
         {0, .75f},
         {.6f, .95f}}}},
      {{{{-.6f, -.75f}, {0, -1}, {.5f, -.6f}, {.3f, -.15f}, {-.15f, 0}},
        {{-.15f, 0}, {.45f, .15f}, {.6f, .55f}, {.1f, 1}, {-.6f, .8f}}},
       {{{-.6f, -1}, {.5f, -1}},
        {{.5f, -1}, {-.1f, -.15f}},
        {{-.1f, -.15f}, {.5f, .15f}, {.5f, .7f}, {0, 1}, {-.6f, .75f}}}},
      {{{{-.4f, -1}, {-.6f, .1f}}, {{-.6f, .1f}, {.7f, .1f}}, {{.4f, -.7f}, {.35f, 0}, {.3f, 1}}},
       {{{.3f, -1}, {-.7f, .35f}}, {{-.7f, .35f}, {.75f, .35f}}, {{.3f, -1}, {.3f, 1}}}},
      {{{{.55f, -1}, {-.4f, -1}},
        {{-.4f, -1}, {-.5f, -.1f}},
        {{-.5f, -.1f}, {.1f, -.3f}, {.6f, .15f}, {.45f, .75f}, {-.1f, 1}, {-.6f, .75f}}}},
      {{{{.4f, -1},
         {-.25f, -.5f},
         {-.6f, .3f},
         {-.3f, .95f},
         {.3f, .95f},
         {.55f, .45f},
         {.2f, .05f},
         {-.3f, .2f},
         {-.55f, .5f}}}},
      {{{{-.6f, -1}, {.6f, -1}}, {{.6f, -1}, {.1f, 0}, {-.15f, 1}}},
       {{{-.6f, -1}, {.6f, -1}}, {{.6f, -1}, {.15f, 0}, {-.15f, 1}}, {{-.3f, 0}, {.5f, 0}}}},
      {{{{0, 0}, {-.45f, -.5f}, {0, -1}, {.45f, -.5f}, {0, 0}, {-.55f, .5f}, {0, 1}, {.55f, .5f}, {0, 0}}}},
      {{{{.5f, -.5f}, {.1f, -1}, {-.5f, -.65f}, {-.25f, -.1f}, {.3f, -.2f}, {.5f, -.6f}},
        {{.5f, -.6f}, {.5f, .2f}, {.2f, 1}}}},
  }};
  return all;
}

/// The draws of one sample, one after the other.
class Draws {
 public:
  explicit Draws(const RandomKey& key) : key_(key) {}
  float uniform(float least, float most) {
    return least + (most - least) * static_cast<float>(random_uniform(key_, index_++));
  }
  std::uint32_t below(std::size_t bound) {
    return random_below(key_, index_++, static_cast<std::uint32_t>(bound));
  }

 private:
  RandomKey key_;
  std::uint64_t index_ = 0;
};

/// Point t in [0, 1] of the Catmull-Rom curve from b to c.
Point curve(Point a, Point b, Point c, Point d, float t) {
  const auto blend = [t](float p, float q, float r, float s) {
    return q + .5f * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
  };
  return {blend(a.x, b.x, c.x, d.x), blend(a.y, b.y, c.y, d.y)};
}

/// Squared distance, in pixels, from each pixel's centre to the nearest stroke.
class Canvas {
 public:
  Canvas() { distance_.fill(1e6f); }

  void draw(const Stroke& stroke) {
    constexpr int pieces = 6;
    Point from = stroke[0];
    for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
      const Point& before = stroke[i > 0 ? i - 1 : i];
      const Point& after = stroke[std::min(i + 2, stroke.size() - 1)];
      for (int k = 1; k <= pieces; ++k) {
        const Point to = curve(before, stroke[i], stroke[i + 1], after, static_cast<float>(k) / pieces);
        draw(from, to);
        from = to;
      }
    }
  }

  const std::array<float, pixel_count>& distance() const { return distance_; }

 private:
  void draw(Point a, Point b) {
    constexpr float reach = 4;  // more than the widest stroke with its soft edge
    const auto inside = [](float value) { return std::clamp(static_cast<int>(value), 0, side - 1); };
    const Point along{b.x - a.x, b.y - a.y};
    const float length2 = along.x * along.x + along.y * along.y + 1e-12f;
    for (int y = inside(std::min(a.y, b.y) - reach); y <= inside(std::max(a.y, b.y) + reach); ++y)
      for (int x = inside(std::min(a.x, b.x) - reach); x <= inside(std::max(a.x, b.x) + reach); ++x) {
        const Point p{static_cast<float>(x) + .5f - a.x, static_cast<float>(y) + .5f - a.y};
        const float t = std::clamp((p.x * along.x + p.y * along.y) / length2, 0.f, 1.f);
        const float dx = p.x - t * along.x, dy = p.y - t * along.y;
        float& nearest = distance_[y * side + x];
        nearest = std::min(nearest, dx * dx + dy * dy);
      }
  }

  std::array<float, pixel_count> distance_;
};

/// Takes points of a glyph to pixels: jitter, then scale, slant, rotation and shift, the same for all points.
class Distortion {
 public:
  explicit Distortion(Draws& draws) {
    const float angle = draws.uniform(-.28f, .28f);
    const float slant = draws.uniform(-.3f, .3f);
    const float width = draws.uniform(6.5f, 10.5f);
    const float height = draws.uniform(7.f, 10.5f);
    xx_ = width * std::cos(angle);
    xy_ = height * (slant * std::cos(angle) - std::sin(angle));
    yx_ = width * std::sin(angle);
    yy_ = height * (slant * std::sin(angle) + std::cos(angle));
    x_ = .5f * side + draws.uniform(-2.f, 2.f);
    y_ = .5f * side + draws.uniform(-2.f, 2.f);
  }

  Point operator()(Point p, Draws& draws) const {
    constexpr float jitter = .12f;
    p.x += draws.uniform(-jitter, jitter);
    p.y += draws.uniform(-jitter, jitter);
    return {x_ + xx_ * p.x + xy_ * p.y, y_ + yx_ * p.x + yy_ * p.y};
  }

 private:
  float xx_, xy_, yx_, yy_, x_, y_;
};

void make_digit(std::uint64_t seed, std::uint64_t sample, std::size_t label, std::uint8_t* pixels) {
  Draws draws({seed, Purpose::digits, sample});
  const auto& variants = glyphs()[label];
  const Glyph& glyph = variants[draws.below(variants.size())];
  const Distortion distort(draws);
  Canvas canvas;
  for (Stroke stroke : glyph) {
    for (Point& point : stroke) point = distort(point, draws);
    canvas.draw(stroke);
  }
  const float radius = draws.uniform(.5f, 1.5f);
  const float softness = draws.uniform(1.f, 2.f);
  const float ink = draws.uniform(.6f, 1.f);
  const float noise = draws.uniform(0.f, .16f);
  std::array<float, pixel_count> grain;
  fill_normal(grain, {seed, Purpose::digits_grain, sample});
  for (int i = 0; i < pixel_count; ++i) {
    const float cover = std::clamp((radius - std::sqrt(canvas.distance()[i])) / softness + .5f, 0.f, 1.f);
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): std::lround would change built-in data here and there
    pixels[i] = static_cast<std::uint8_t>(255 * std::clamp(ink * cover + noise * grain[i], 0.f, 1.f) + .5f);
  }
}

}  // namespace

Dataset make_digits(std::uint64_t seed, Split split, std::int64_t samples, int threads) {
  Dataset data{pixel_count, static_cast<std::int64_t>(glyphs().size()), {}, {}, side, side};
  std::vector<std::uint8_t> all(static_cast<std::size_t>(samples * pixel_count));
  data.labels.resize(samples);
  std::atomic<std::int64_t> next = 0;
  in_threads(threads, [&] {
    for (std::int64_t sample; (sample = next++) < samples;) {
      const std::int64_t label = sample % data.classes;
      data.labels[sample] = static_cast<std::uint8_t>(label);
      // Even and odd sequences: neither split's samples depend on how many the other has.
      make_digit(seed, 2 * static_cast<std::uint64_t>(sample) + (split == Split::test), label,
                 all.data() + sample * pixel_count);
    }
  });
  data.samples = {std::move(all), pixel_count};
  return data;
}

}  // namespace stoic
