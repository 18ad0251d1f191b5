/* An exported image in one piece, model.bin, and samples for it, samples.bin: both are used where they lie.
 * stoic_model.h has their layout. */
#ifndef STOIC_IMAGE_H
#define STOIC_IMAGE_H

#include "stoic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Points `model` into the image. STOIC_CORRUPT_MODEL for a wrong magic, layout, size or CRC, for sections,
 * blocks and vectors that reach beyond what they are part of or are no whole beats, and for lanes, widths and counts that
 * no instance has; whatever is taken can be loaded and run without an access outside the image. `limit`: bytes that there
 * may be. STOIC_BAD_ARGUMENT for an image that does not begin at a multiple of 4. */
stoic_status stoic_model_from_image(stoic_model* model, const void* image, size_t limit);
/* The same with the CRC by the DMA of a device, where that has a loader. Either way stoic_load() does not compute one again,
 * so the image must stay as it is. */
stoic_status stoic_open_image(stoic_device* device, stoic_model* model, const void* image, size_t limit);
stoic_status stoic_samples_from_image(const stoic_samples_header** header, const void* image, size_t limit);
stoic_status stoic_open_samples(stoic_device* device, const stoic_samples_header** header, const void* image,
                                size_t limit);

#ifdef __cplusplus
}
#endif
#endif
