#include "stoic/host/compiler/export_c.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/compiler/export_c_text.hpp"
#include "stoic/sim/device/session.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

constexpr std::int64_t side_by_side = 4;  ///< rows of a matrix

/// A matrix in the program: where its beats are, and its size.
struct MatrixKey {
  bool streamed;
  std::int64_t first_beat, rows, columns;
  auto operator<=>(const MatrixKey&) const = default;
};

/// Writes the program of an image as statements of C.
class Writer {
 public:
  Writer(const Image& image, std::string name)
      : image_(image),
        name_(std::move(name)),
        lanes_(image.config.lanes),
        schedule_(golden::schedule(image.program, image.config)) {
    assign_streams();
  }

  std::string source();
  std::string header() const;

 private:
  void assign_streams();
  std::int64_t matrix(const MatrixKey& key);
  std::string rounding(std::int64_t shift) const;
  bool sums_fit_32_bits(std::int64_t largest, std::int64_t shift) const;
  std::int64_t largest_sum(const MatrixKey& key) const;
  const std::vector<std::int32_t>& beats_of(const MatrixKey& key) const {
    return key.streamed ? image_.stream_weights : image_.weights;
  }
  std::string restoring() const;
  std::string arrays() const;

  void write(const Halt&) {}
  void write(const Loop& loop);
  void write(const End&);
  void write(const Load& load);
  void write(const Store& store);
  void write(const Matvec& matvec);
  void write(const Bundle& bundle);
  void write(const Function& function);
  void write(const Normalise& normalise);
  void write(const Copy& copy);
  void write(const Rotate& rotate);
  void line(const std::string& text) { body_ += std::string(2 * (depth_ + 1), ' ') + text + "\n"; }
  std::string at(std::int64_t word) const { return fmt::format("s + {}", word * lanes_); }

  const Image& image_;
  const std::string name_;
  const std::int64_t lanes_;
  const golden::Schedule schedule_;
  std::vector<std::vector<std::int64_t>> streams_;  ///< by step: first beats of its runs, one after the other
  std::size_t step_ = 0;
  std::map<MatrixKey, std::int64_t> matrices_;
  std::string body_;
  std::size_t depth_ = 0;
};

/// Which matrix of the stream each run of a MATVEC takes.
void Writer::assign_streams() {
  streams_.resize(schedule_.steps.size());
  std::size_t next = 0;
  for (const auto index : schedule_.order) {
    const auto* matvec = std::get_if<Matvec>(&schedule_.steps[index].instruction);
    if (matvec == nullptr || matvec->stream == 0) continue;
    if (next >= image_.stream_schedule.size())
      throw Error(
          "the program takes more matrices from the weight stream than the image has; compile it again");
    streams_[index].push_back(image_.stream_schedule[next++].first_beat);
  }
}

std::int64_t Writer::matrix(const MatrixKey& key) {
  return matrices_.try_emplace(key, static_cast<std::int64_t>(matrices_.size())).first->second;
}

/// The largest magnitude that a row can come to, whatever the states are.
std::int64_t Writer::largest_sum(const MatrixKey& key) const {
  const auto& beats = beats_of(key);
  std::int64_t largest = 0;
  for (std::int64_t r = 0; r < key.rows; ++r) {
    std::int64_t sum = 0;
    for (std::int64_t c = 0; c < key.columns; ++c)
      sum += std::abs(std::int64_t{beats[static_cast<std::size_t>(
          (key.first_beat + r / lanes_ * key.columns + c) * lanes_ + r % lanes_)]});
    largest = std::max(largest, sum);
  }
  return largest << (image_.config.state_width - 1);
}

bool Writer::sums_fit_32_bits(std::int64_t largest, std::int64_t shift) const {
  // Beyond the accumulator's own width they wrap, which 32 bits do not.
  const auto bits = std::min<std::int64_t>(image_.config.accumulator_width, 32);
  return largest < std::int64_t{1} << (bits - 1) && shift >= 1 && shift <= 31;
}

void Writer::write(const Loop& loop) {
  line(fmt::format("for (uint32_t i{0} = 0; i{0} < {1}u; ++i{0}) {{", depth_, loop.count));
  ++depth_;
}

void Writer::write(const End&) {
  --depth_;
  line("}");
}

void Writer::write(const Load& load) {
  line(fmt::format("memcpy({}, input, {} * sizeof *input);", at(load.destination), load.length));
  line(fmt::format("input += {};", load.length));
}

void Writer::write(const Store& store) {
  line(fmt::format("memcpy(output, {}, {} * sizeof *output);", at(store.source), store.length));
  line(fmt::format("output += {};", store.length));
}

void Writer::write(const Matvec& matvec) {
  std::vector<std::int64_t> runs = matvec.stream != 0 ? streams_[step_] : std::vector{matvec.weights};
  std::int64_t largest = 0;
  for (const auto beat : runs)
    largest = std::max(largest, largest_sum({matvec.stream != 0, beat, matvec.rows, matvec.columns}));
  if (matvec.biased != 0)
    largest +=
        std::int64_t{1} << std::min<std::int64_t>(image_.config.state_width - 1 + matvec.bias_shift, 61);
  const bool narrow = sums_fit_32_bits(largest, matvec.result_shift);
  const bool same = std::ranges::all_of(runs, [&](std::int64_t beat) { return beat == runs.front(); });
  std::string weights;
  if (same) {
    weights =
        fmt::format("matrix_{}", matrix({matvec.stream != 0, runs.front(), matvec.rows, matvec.columns}));
  } else {
    std::string list;
    for (const auto beat : runs)
      list += fmt::format("{}matrix_{}", list.empty() ? "" : ", ",
                          matrix({true, beat, matvec.rows, matvec.columns}));
    line(fmt::format("static const weight* const turn_{}[] = {{{}}};", step_, list));
    weights = fmt::format("turn_{0}[turns[{0}]++]", step_);
  }
  line(fmt::format("matvec_{}({}, {}, {}, {}, {}, {}, {}, {});", narrow ? 32 : 64, at(matvec.destination),
                   at(matvec.source), weights, matvec.rows, matvec.columns,
                   matvec.biased != 0 ? at(matvec.bias) : "NULL", matvec.bias_shift, matvec.result_shift));
}

void Writer::write(const Bundle& bundle) {
  line(fmt::format("for (int i = 0; i < {}; ++i) {{", bundle.length));
  ++depth_;
  line("int64_t sum = 0;");
  for (std::int64_t t = 0; t < bundle.terms; ++t) {
    const auto& term = bundle.term[static_cast<std::size_t>(t)];
    const auto operand = [&](std::int64_t word, std::int64_t fixed) {
      return fixed != 0 ? fmt::format("s[{} + i % {}]", word * lanes_, lanes_)
                        : fmt::format("s[{} + i]", word * lanes_);
    };
    line(fmt::format("sum = add(sum, shifted(product({}, {}), {}), {});", operand(term.left, term.left_fixed),
                     operand(term.right, term.right_fixed), term.align, term.subtract != 0 ? 1 : 0));
  }
  line(fmt::format("s[{} + i] = rounded(wrapped(sum), {});", bundle.destination * lanes_,
                   bundle.result_shift));
  --depth_;
  line("}");
}

void Writer::write(const Function& f) {
  line(fmt::format("apply({}, {}, {}, knots + {}, {}, {}, {}, {});", at(f.destination), at(f.source),
                   f.length, f.table, f.segments, f.segment_shift, f.origin, f.symmetry));
}

void Writer::write(const Normalise& n) {
  line(fmt::format("normalise({}, {}, {}, {}, knots + {}, {}, {}, {});", at(n.destination), at(n.source),
                   n.length, image_.config.beats(n.length) * lanes_, n.table, n.segments, n.segment_shift,
                   n.result_shift));
}

void Writer::write(const Copy& copy) {
  line(fmt::format("memmove(s + {}, s + {}, {} * sizeof *s);", copy.destination, copy.source, copy.length));
}

void Writer::write(const Rotate& rotate) {
  const auto head = rotate.length - rotate.amount;
  line(fmt::format("memmove({}, {} + {}, {} * sizeof *s);", at(rotate.destination), at(rotate.source),
                   rotate.amount, head));
  line(fmt::format("memmove({} + {}, {}, {} * sizeof *s);", at(rotate.destination), head, at(rotate.source),
                   rotate.amount));
}

/// What a sample leaves behind is put back before the next, as golden has it; but of a series, which goes on.
std::string Writer::restoring() const {
  std::string text;
  std::vector<std::int32_t> all(static_cast<std::size_t>(c_state_elements(image_)), 0);
  for (const auto& block : image_.initial_state)
    std::copy(block.values.begin(), block.values.end(), all.begin() + block.word * lanes_);
  const auto carried = restored_elements(image_);
  for (std::size_t i = 0; i < carried.size();) {
    auto end = i + 1;
    while (end < carried.size() && carried[end] == carried[end - 1] + 1) ++end;
    const auto values = std::span(all).subspan(static_cast<std::size_t>(carried[i]), end - i);
    if (std::ranges::all_of(values, [](std::int32_t v) { return v == 0; }))
      text += fmt::format("  memset(s + {}, 0, {} * sizeof *s);\n", carried[i], end - i);
    else
      text += fmt::format(
          "  {{\n    static const {}_code initial[] = {{{}}};\n    memcpy(s + {}, initial, sizeof "
          "initial);\n  }}\n",
          name_, c_list(values), carried[i]);
    i = end;
  }
  return text;
}

std::string Writer::arrays() const {
  std::string text;
  if (body_.find("knots") != std::string::npos)
    text = fmt::format("static const int32_t knots[] = {{{}}};\n\n", c_list(image_.tables));
  std::vector<std::string> ordered(matrices_.size());
  for (const auto& [key, number] : matrices_) {
    std::vector<std::int32_t> weights;
    const auto& beats = beats_of(key);
    for (std::int64_t r = 0; r < key.rows; r += side_by_side)
      for (std::int64_t c = 0; c < key.columns; ++c)
        for (auto row = r; row < r + side_by_side; ++row)
          weights.push_back(
              row >= key.rows
                  ? 0
                  : beats[static_cast<std::size_t>(
                        (key.first_beat + row / lanes_ * key.columns + c) * lanes_ + row % lanes_)]);
    ordered[static_cast<std::size_t>(number)] =
        fmt::format("/* {} x {} */\nstatic const weight matrix_{}[] = {{{}}};\n\n", key.rows, key.columns,
                    number, c_list(weights));
  }
  for (const auto& one : ordered) text += one;
  return text;
}

std::string Writer::source() {
  for (step_ = 0; step_ < schedule_.steps.size(); ++step_) {
    const auto& step = schedule_.steps[step_];
    for (const auto& slot : image_.slots)
      if (slot.slot == step.slot) line(fmt::format("/* {} */", c_comment(slot.text)));
    std::visit([this](const auto& instruction) { write(instruction); }, step.instruction);
  }
  std::string turns;
  if (body_.find("turns[") != std::string::npos)
    turns = fmt::format("  uint32_t turns[{}] = {{0}};\n", schedule_.steps.size());
  std::string begin = fmt::format(
      "void {0}_begin({0}_state* state) {{\n  {0}_code* const s = state->memory;\n"
      "  memset(state, 0, sizeof *state);\n  (void)s;\n",
      name_);
  for (const auto& block : image_.initial_state)
    begin += fmt::format(
        "  {{\n    static const {}_code initial[] = {{{}}};\n    memcpy(s + {}, initial, sizeof initial);\n  "
        "}}\n",
        name_, c_list(block.values), block.word * lanes_);
  return c_preamble(image_.config, name_) + arrays() + begin + "}\n\n" +
         fmt::format(
             "void {0}_run({0}_state* state, const {0}_code* input, {0}_code* output) {{\n"
             "  {0}_code* const s = state->memory;\n  (void)s;\n  (void)input;\n  (void)output;\n",
             name_) +
         turns + restoring() + body_ + "}\n\n" + c_class(name_, image_.output_lengths);
}

std::string Writer::header() const { return c_header(image_, name_); }

}  // namespace

std::vector<NamedFile> exported_c(const Image& image, const std::string& name) {
  if (image.output_lengths.empty())
    throw Error("the image stores no output, so there is no result to export; add a STORE to its program");
  Writer writer(image, name);
  return {{name + ".h", writer.header()}, {name + ".c", writer.source()}};
}

CodeFigures c_figures(const Image& image) {
  const auto schedule = golden::schedule(image.program, image.config);
  const auto& config = image.config;
  CodeFigures figures;
  const auto bytes_of = [](std::int64_t bits) { return bits <= 8 ? 1 : bits <= 16 ? 2 : 4; };
  std::map<MatrixKey, bool> seen;
  std::size_t stream = 0;
  for (const auto index : schedule.order) {
    const auto& instruction = schedule.steps[index].instruction;
    if (const auto* m = std::get_if<Matvec>(&instruction)) {
      figures.multiply_accumulates += m->rows * m->columns;
      const auto beat = m->stream != 0 ? image.stream_schedule.at(stream++).first_beat : m->weights;
      if (seen.try_emplace({m->stream != 0, beat, m->rows, m->columns}, true).second)
        figures.constant_bytes += (m->rows + side_by_side - 1) / side_by_side * side_by_side * m->columns *
                                  bytes_of(config.weight_width);
    } else if (const auto* b = std::get_if<Bundle>(&instruction)) {
      figures.bundle_products += b->length * b->terms;
    } else if (const auto* f = std::get_if<Function>(&instruction)) {
      figures.function_elements += f->length;
    } else if (const auto* n = std::get_if<Normalise>(&instruction)) {
      figures.normalised_vectors += n->length;
    } else if (const auto* c = std::get_if<Copy>(&instruction)) {
      figures.moved_elements += c->length;
    } else if (const auto* r = std::get_if<Rotate>(&instruction)) {
      figures.moved_elements += r->length;
    }
  }
  for (const auto length : image.input_lengths) figures.input_elements += length;
  for (const auto length : image.output_lengths) figures.output_elements += length;
  figures.moved_elements += figures.input_elements + figures.output_elements;
  figures.constant_bytes += 4 * static_cast<std::int64_t>(image.tables.size());
  for (const auto& block : image.initial_state)
    figures.constant_bytes += static_cast<std::int64_t>(block.values.size()) * bytes_of(config.state_width);
  figures.state_bytes = c_state_elements(image) * (config.state_width <= 16 ? 2 : 4);
  return figures;
}

std::int64_t CodeFigures::rv32imc_cycles() const {
  constexpr double mac = 3.6, product = 17, function = 55, vector = 330, moved = 1;
  return static_cast<std::int64_t>(
      mac * static_cast<double>(multiply_accumulates) + product * static_cast<double>(bundle_products) +
      function * static_cast<double>(function_elements) + vector * static_cast<double>(normalised_vectors) +
      moved * static_cast<double>(moved_elements));
}

}  // namespace stoic
