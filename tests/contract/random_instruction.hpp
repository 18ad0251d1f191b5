#pragma once
#include <random>

#include "stoic/generated/instructions.hpp"

namespace stoic {

/// A uniformly drawn value of the bits of a field.
inline std::int64_t random_field(const Field& field, std::mt19937_64& random) {
  auto value = static_cast<std::int64_t>(random() & ((std::uint64_t{1} << field.width) - 1));
  const bool is_signed = field.kind == FieldKind::shift || field.kind == FieldKind::signed_;
  if (is_signed && (value >> (field.width - 1)) != 0) value -= std::int64_t{1} << field.width;
  return value;
}

/// Any instruction with any field values that its encoding holds.
template <std::size_t I = 0>
Instruction random_instruction(std::mt19937_64& random, std::size_t which) {
  if constexpr (I + 1 < std::variant_size_v<Instruction>)
    if (which != I) return random_instruction<I + 1>(random, which);
  std::variant_alternative_t<I, Instruction> result;
  result.fields(result,
                [&](const Field& field, std::int64_t& value) { value = random_field(field, random); });
  if constexpr (requires { result.term; }) {
    result.terms = 1 + static_cast<std::int64_t>(random() % STOIC_BUNDLE_TERMS_MAX);
    for (std::int64_t t = 0; t < result.terms; ++t) {
      auto& term = result.term[static_cast<std::size_t>(t)];
      term.fields(term,
                  [&](const Field& field, std::int64_t& value) { value = random_field(field, random); });
    }
  }
  return result;
}

}  // namespace stoic
