#include "stoic_image.h"

#include <stoic_interface.h>

/* Both kinds begin with magic, layout, bytes, crc. */
static stoic_status check(const uint32_t* head, size_t limit, uint32_t magic, size_t least,
                          stoic_crc_step step, void* context) {
  const size_t begin = 4 * sizeof(uint32_t);
  if (limit < least || head[0] != magic || head[1] != STOIC_IMAGE_LAYOUT) return STOIC_CORRUPT_MODEL;
  if (head[2] < least || head[2] > limit) return STOIC_CORRUPT_MODEL;
  if (step(context, 0, (const uint8_t*)head + begin, head[2] - begin) != head[3]) return STOIC_CORRUPT_MODEL;
  return STOIC_OK;
}

/* Whether `count` elements of `size` bytes from `offset` on lie behind the header and before the end. */
static bool lies_within(uint32_t offset, uint32_t count, uint32_t size, uint32_t header, uint32_t end) {
  return offset >= header && offset <= end && (count == 0 || size == 0 || count <= (end - offset) / size);
}

/* Words are read where they lie. */
static bool is_aligned(const void* image) { return (uintptr_t)image % sizeof(uint32_t) == 0; }

static uint32_t bytes_of(uint32_t bits) { return (bits + 7) / 8; }

/* Whole beats, at least one, of `lanes` words of `bits` each. */
static bool vectors_lie_within(const stoic_vector* vectors, uint32_t count, uint32_t bytes, uint32_t lanes,
                               uint32_t bits) {
  const uint32_t beat = lanes * bytes_of(bits);
  uint32_t v;
  for (v = 0; v < count; ++v)
    if (vectors[v].bytes == 0 || vectors[v].bytes % beat != 0 ||
        !lies_within(vectors[v].offset, vectors[v].bytes, 1, 0, bytes))
      return false;
  return true;
}

static bool blocks_lie_within(const stoic_state_block* blocks, uint32_t count, const stoic_model* model) {
  const uint32_t end = model->state_start + model->state_count;
  uint32_t b;
  for (b = 0; b < count; ++b)
    if (!lies_within(blocks[b].offset, blocks[b].count, 1, 0, model->states_stored) ||
        !lies_within(blocks[b].entry, blocks[b].count, 1, model->state_start, end))
      return false;
  return true;
}

static bool is_text(const char* text, uint32_t bytes) {
  uint32_t b;
  for (b = 0; b < bytes && text[b] >= ' ' && text[b] <= '~'; ++b) continue;
  return b < bytes && text[b] == 0;
}

static bool texts_fit(const stoic_image_header* header) {
  return is_text(header->name, STOIC_NAME_BYTES) && is_text(header->version, STOIC_VERSION_BYTES) &&
         is_text(header->tool, STOIC_VERSION_BYTES);
}

/* Whether stoic_input() writes nothing outside of a sample. */
static bool inputs_fit(const stoic_model* model) {
  const uint32_t bytes = bytes_of(model->state_bits);
  uint32_t v, elements = 0;
  if (model->input_length_count != model->input_count) return false;
  for (v = 0; v < model->input_count; ++v) {
    if (model->input_lengths[v] > model->inputs[v].bytes / bytes) return false;
    elements += model->input_lengths[v];
  }
  return model->input_elements <= elements;
}

/* A CRC proves that nothing was lost on the way, not that the numbers fit each other. */
static bool numbers_fit(const stoic_image_header* header) {
#define WORD_FITS(name, type) &&header->name == (uint32_t)(type)header->name
  return true STOIC_MODEL_NUMBERS(WORD_FITS) && header->lanes >= STOIC_LANES_MIN &&
         header->lanes <= STOIC_LANES_MAX && (header->lanes & (header->lanes - 1)) == 0 &&
         header->classes >= 1 && header->state_bits >= STOIC_STATE_WIDTH_MIN &&
         header->state_bits <= STOIC_STATE_WIDTH_MAX && header->weight_bits >= STOIC_WEIGHT_WIDTH_MIN &&
         header->weight_bits <= STOIC_WEIGHT_WIDTH_MAX && header->state_count <= header->state_size &&
         header->state_start % header->lanes == 0 &&
         lies_within(header->state_start, header->state_size, 1, 0, STOIC_STATE_WORDS_MAX * header->lanes) &&
         header->weight_start % header->lanes == 0 && header->input_kind <= STOIC_INPUT_REALS &&
         header->input_fraction_bits + 64u <= 128u;
#undef WORD_FITS
}

static bool sections_fit(const stoic_image_header* header) {
#define SECTION_BYTES(name, type, elements, bits) bytes_of(bits),
  const uint32_t sizes[STOIC_IMAGE_SECTIONS] = {STOIC_MODEL_ARRAYS(SECTION_BYTES, header)};
#undef SECTION_BYTES
  uint32_t s;
  for (s = 0; s < STOIC_IMAGE_SECTIONS; ++s) {
    const stoic_section* section = &header->sections[s];
    if (section->offset % STOIC_IMAGE_ALIGNMENT != 0 ||
        !lies_within(section->offset, section->count, sizes[s], sizeof *header, header->bytes))
      return false;
  }
  return true;
}

/* What the arrays of a model say of each other. */
static bool contents_fit(const stoic_model* model) {
  const uint32_t outputs = model->output_count, lanes = model->lanes, state_bits = model->state_bits;
  return model->program_halves > 0 && model->program_halves % 2 == 0 &&
         lies_within(model->program_start, model->program_halves / 2, 1, 0, STOIC_PROGRAM_WORDS_MAX) &&
         lies_within(model->weight_start, model->weight_count, 1, 0, STOIC_WEIGHT_WORDS_MAX * lanes) &&
         lies_within(model->table_start, model->table_count, 1, 0, STOIC_TABLE_WORDS_MAX) && outputs > 0 &&
         vectors_lie_within(model->matrices, model->matrix_count, model->stream_weight_bytes, lanes,
                            model->weight_bits) &&
         vectors_lie_within(model->inputs, model->input_count, model->input_bytes, lanes, state_bits) &&
         vectors_lie_within(model->outputs, outputs, model->output_bytes, lanes, state_bits) &&
         model->classes <= model->outputs[outputs - 1].bytes / bytes_of(state_bits) &&
         blocks_lie_within(model->state_blocks, model->state_block_count, model) &&
         blocks_lie_within(model->restored, model->restored_count, model) && inputs_fit(model);
}

static stoic_status open_image(stoic_model* model, const void* image, size_t limit, stoic_crc_step step,
                               void* context) {
  const stoic_image_header* header = (const stoic_image_header*)image;
  const uint8_t* base = (const uint8_t*)image;
  const stoic_section* s;
  if (model == NULL || image == NULL || !is_aligned(image)) return STOIC_BAD_ARGUMENT;
  if (check((const uint32_t*)image, limit, STOIC_IMAGE_MAGIC, sizeof *header, step, context) != STOIC_OK)
    return STOIC_CORRUPT_MODEL;
  if (!numbers_fit(header) || !texts_fit(header) || !sections_fit(header)) return STOIC_CORRUPT_MODEL;
  s = header->sections;
  *model = (stoic_model){0};
  model->config_hash = header->config_hash;
  model->crc = header->model_crc;
#define TAKE_NUMBER(name, type) model->name = (type)header->name;
  STOIC_MODEL_NUMBERS(TAKE_NUMBER)
#undef TAKE_NUMBER
#define TAKE_ARRAY(name, type, elements, bits)   \
  model->name = (const type*)(base + s->offset); \
  model->elements = s->count;                    \
  ++s;
  STOIC_MODEL_ARRAYS(TAKE_ARRAY, header)
#undef TAKE_ARRAY
  model->checked = 1;
  model->name = header->name;
  model->version = header->version;
  model->tool = header->tool;
  return contents_fit(model) ? STOIC_OK : STOIC_CORRUPT_MODEL;
}

stoic_status stoic_model_from_image(stoic_model* model, const void* image, size_t limit) {
  return open_image(model, image, limit, stoic_cpu_crc, NULL);
}

stoic_status stoic_open_image(stoic_device* device, stoic_model* model, const void* image, size_t limit) {
  if (device == NULL) return STOIC_BAD_ARGUMENT;
  return open_image(model, image, limit, stoic_device_crc, device);
}

static stoic_status open_samples(const stoic_samples_header** header, const void* image, size_t limit,
                                 stoic_crc_step step, void* context) {
  const stoic_samples_header* found = (const stoic_samples_header*)image;
  const uint32_t begin = sizeof *found;
  if (header == NULL || image == NULL || !is_aligned(image)) return STOIC_BAD_ARGUMENT;
  if (check((const uint32_t*)image, limit, STOIC_SAMPLES_MAGIC, begin, step, context) != STOIC_OK)
    return STOIC_CORRUPT_MODEL;
  if (!lies_within(found->data, found->count, found->sample_bytes, begin, found->bytes) ||
      !lies_within(found->labels, found->count, 1, begin, found->bytes))
    return STOIC_CORRUPT_MODEL;
  *header = found;
  return STOIC_OK;
}

stoic_status stoic_samples_from_image(const stoic_samples_header** header, const void* image, size_t limit) {
  return open_samples(header, image, limit, stoic_cpu_crc, NULL);
}

stoic_status stoic_open_samples(stoic_device* device, const stoic_samples_header** header, const void* image,
                                size_t limit) {
  if (device == NULL) return STOIC_BAD_ARGUMENT;
  return open_samples(header, image, limit, stoic_device_crc, device);
}
