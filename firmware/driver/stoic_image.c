#include "stoic_image.h"

/* Both kinds begin with magic, layout, bytes, crc. */
static stoic_status check(const uint32_t* head, size_t limit, uint32_t magic, size_t least) {
  const size_t begin = 4 * sizeof(uint32_t);
  if (limit < least || head[0] != magic || head[1] != STOIC_IMAGE_LAYOUT) return STOIC_CORRUPT_MODEL;
  if (head[2] < least || head[2] > limit) return STOIC_CORRUPT_MODEL;
  if (stoic_crc32(0, (const uint8_t*)head + begin, head[2] - begin) != head[3]) return STOIC_CORRUPT_MODEL;
  return STOIC_OK;
}

stoic_status stoic_model_from_image(stoic_model* model, const void* image, size_t limit) {
  const stoic_image_header* header = (const stoic_image_header*)image;
  const uint8_t* base = (const uint8_t*)image;
  const stoic_section* s;
  if (model == NULL || image == NULL) return STOIC_BAD_ARGUMENT;
  if (check((const uint32_t*)image, limit, STOIC_IMAGE_MAGIC, sizeof *header) != STOIC_OK)
    return STOIC_CORRUPT_MODEL;
  s = header->sections;
  *model = (stoic_model){0};
  model->config_hash = header->config_hash;
  model->crc = header->model_crc;
  model->lanes = (uint16_t)header->lanes;
  model->state_bits = (uint16_t)header->state_bits;
  model->weight_bits = (uint16_t)header->weight_bits;
  model->classes = (uint16_t)header->classes;
  model->output_fraction_bits = (int16_t)header->output_fraction_bits;
  model->samples_per_start_max = (uint16_t)header->samples_per_start_max;
  model->state_count = header->state_count;
  model->input_bytes = header->input_bytes;
  model->output_bytes = header->output_bytes;
  model->cycles = header->cycles;
  model->program = (const uint32_t*)(base + s[0].offset);
  model->program_halves = s[0].count;
  model->weights = base + s[1].offset;
  model->weight_count = s[1].count;
  model->tables = (const int32_t*)(base + s[2].offset);
  model->table_count = s[2].count;
  model->states = base + s[3].offset;
  model->states_stored = s[3].count;
  model->state_blocks = (const stoic_state_block*)(base + s[4].offset);
  model->state_block_count = s[4].count;
  model->restored = (const stoic_state_block*)(base + s[5].offset);
  model->restored_count = s[5].count;
  model->stream_weights = base + s[6].offset;
  model->stream_weight_bytes = s[6].count;
  model->matrices = (const stoic_vector*)(base + s[7].offset);
  model->matrix_count = s[7].count;
  model->inputs = (const stoic_vector*)(base + s[8].offset);
  model->input_count = s[8].count;
  model->outputs = (const stoic_vector*)(base + s[9].offset);
  model->output_count = s[9].count;
  return STOIC_OK;
}

stoic_status stoic_samples_from_image(const stoic_samples_header** header, const void* image, size_t limit) {
  if (header == NULL || image == NULL) return STOIC_BAD_ARGUMENT;
  if (check((const uint32_t*)image, limit, STOIC_SAMPLES_MAGIC, sizeof **header) != STOIC_OK)
    return STOIC_CORRUPT_MODEL;
  *header = (const stoic_samples_header*)image;
  return STOIC_OK;
}
