#pragma once
#include <string>

#include "stoic/sim/contract/image.hpp"

// What parse_image demands of an image beyond its layout. Both throw Error, naming `where`.
namespace stoic {

/// Names of vectors are plain, since they go into C comments, listings and reports; vectors lie in the state
/// memory; texts of program words are short and printable.
void check_symbols(const Image& image, const std::string& where);

/// Each vector that one sample loads or stores fits the state memory; all together are at most 2^24 elements.
void check_stream_vectors(const Image& image, const std::string& where);

/// One sample takes matrices in the order of the schedule, the same one as often as it likes. They lie in the
/// streamed weights. Two that share a part of it are no work of a compiler, and would let a small file stand
/// for any amount of weights. One inference streams at most 2^29.
void check_stream_schedule(const Image& image, const std::string& where);

}  // namespace stoic
