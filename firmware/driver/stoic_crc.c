#include "stoic.h"

/* Four bits at a time: a table of 64 bytes instead of 1024. */
uint32_t stoic_crc32(uint32_t crc, const void* data, size_t size) {
  static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                     0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                     0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  const uint8_t* at = (const uint8_t*)data;
  crc = ~crc;
  while (size-- > 0) {
    crc ^= *at++;
    crc = crc >> 4 ^ table[crc & 15];
    crc = crc >> 4 ^ table[crc & 15];
  }
  return ~crc;
}

/* What is being summed, and how. */
typedef struct sum {
  stoic_crc_step step;
  void* context;
  uint32_t crc;
} sum;

uint32_t stoic_cpu_crc(void* context, uint32_t crc, const void* data, size_t size) {
  (void)context;
  return stoic_crc32(crc, data, size);
}

/* So few bytes that no hardware would be faster. */
static void add_number(sum* s, uint32_t value) {
  const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                            (uint8_t)(value >> 24)};
  s->crc = stoic_crc32(s->crc, bytes, sizeof bytes);
}

static void add_array(sum* s, const void* data, size_t bytes) {
  add_number(s, (uint32_t)bytes);
  s->crc = s->step(s->context, s->crc, data, bytes);
}

/* The same on a machine of any byte order would need the arrays in another: they are read as they lie. */
uint32_t stoic_model_crc_by(const stoic_model* model, stoic_crc_step step, void* context) {
  sum s = {step, context, 0};
  add_number(&s, model->config_hash);
#define ADD_NUMBER(name, type) add_number(&s, (uint32_t)model->name);
  STOIC_MODEL_NUMBERS(ADD_NUMBER)
#undef ADD_NUMBER
#define ADD_ARRAY(name, type, elements, bits) \
  add_array(&s, model->name, (size_t)model->elements*(((bits) + 7u) / 8u));
  STOIC_MODEL_ARRAYS(ADD_ARRAY, model)
#undef ADD_ARRAY
  return s.crc;
}

uint32_t stoic_model_crc(const stoic_model* model) { return stoic_model_crc_by(model, stoic_cpu_crc, NULL); }
