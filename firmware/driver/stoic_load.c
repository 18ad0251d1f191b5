/* Loading: the CRC, and the memories of the accelerator, by the loader of the DMA where it has one. */
#include <string.h>

#include "stoic_access.h"

/* ---- The loader of the DMA ---- */

/* With fewer words or bytes its registers take longer than the processor. */
enum { loader_pays = 64 };

/* Whether the loader can take `bytes` from there. */
static bool can_load(const stoic_device* device, const void* data, uint32_t bytes, uint32_t* address) {
  return device->loader && bytes >= loader_pays && address_of(device, data, bytes, address);
}

/* Starts the loader and waits for its end: a word takes a few cycles, so there is nothing else to do. */
static stoic_status run_loader(stoic_device* device, uint32_t address, uint32_t count, uint32_t format) {
  const uint64_t patience = 1000 + 64 * (uint64_t)count;
  const uint64_t begin = device->port->now(device->port->context);
  uint32_t status;
  ACCESS(bus_write(device, device->dma + STOIC_DMA_REG_LOAD_SOURCE, address));
  ACCESS(bus_write(device, device->dma + STOIC_DMA_REG_LOAD_COUNT, count));
  ACCESS(bus_write(device, device->dma + STOIC_DMA_REG_LOAD_FORMAT, format));
  ACCESS(bus_write(device, device->dma + STOIC_DMA_REG_LOAD_CONTROL, 1));
  do {
    ACCESS(bus_read(device, device->dma + STOIC_DMA_REG_LOAD_STATUS, &status));
    if ((status & STOIC_DMA_STATUS_BUSY) == 0) break;
  } while (device->port->now(device->port->context) - begin <= patience);
  if ((status & STOIC_DMA_STATUS_DONE) != 0) return STOIC_OK;
  device->fault_code = status >> STOIC_DMA_STATUS_CODE_LSB;
  device->fault_place = STOIC_DMA_LOADER;
  return STOIC_DMA_FAULT;
}

static bool crc_by_loader(stoic_device* device, uint32_t* crc, const void* data, uint32_t size) {
  uint32_t address;
  return can_load(device, data, size, &address) &&
         bus_write(device, device->dma + STOIC_DMA_REG_LOAD_CRC, *crc) &&
         run_loader(device, address, size, 0) == STOIC_OK &&
         bus_read(device, device->dma + STOIC_DMA_REG_LOAD_CRC, crc);
}

uint32_t stoic_device_crc(void* device, uint32_t crc, const void* data, size_t size) {
  uint32_t sum = crc;
  if (size <= UINT32_MAX && crc_by_loader((stoic_device*)device, &sum, data, (uint32_t)size)) return sum;
  return stoic_crc32(crc, data, size);
}

/* ---- Loading ---- */

static stoic_status select_memory(stoic_device* device, uint32_t memory, uint32_t first) {
  ACCESS(engine_write(device, STOIC_REG_MEM_SELECT, memory));
  return ended(device, engine_write(device, STOIC_REG_MEM_ADDRESS, first));
}

/* `count` words of `bits` bits, from number `index` of an array on. */
static stoic_status write_words(stoic_device* device, uint32_t memory, uint32_t first, const uint8_t* words,
                                uint32_t index, uint32_t count, uint32_t bits) {
  const stoic_port* port = device->port;
  const uint32_t bytes = word_bytes(bits);
  const uint8_t* data = words + (size_t)index * bytes;
  uint32_t i, address;
  if (count == 0) return STOIC_OK;
  TRY(select_memory(device, memory, first));
  if (count <= UINT32_MAX / 4 && can_load(device, data, count * bytes, &address)) {
    ACCESS(bus_write(device, device->dma + STOIC_DMA_REG_LOAD_TARGET, STOIC_REG_MEM_DATA));
    return run_loader(device, address, count, bytes);
  }
  if (port->write_words != NULL) {
    device->reached = device->accelerator + STOIC_REG_MEM_DATA;
    return ended(device, port->write_words(port->context, device->reached, data, count, bytes));
  }
  for (i = 0; i < count; ++i)
    ACCESS(engine_write(device, STOIC_REG_MEM_DATA, (uint32_t)word_at(data, i, bits)));
  return STOIC_OK;
}

/* Nothing but zeros. */
static stoic_status clear_states(stoic_device* device, uint32_t first, uint32_t count) {
  static const uint32_t zero = 0;
  uint32_t i, address;
  if (count == 0) return STOIC_OK;
  TRY(select_memory(device, STOIC_MEMORY_STATE, first));
  if (device->loader && count >= loader_pays && address_of(device, &zero, sizeof zero, &address)) {
    ACCESS(bus_write(device, device->dma + STOIC_DMA_REG_LOAD_TARGET, STOIC_REG_MEM_DATA));
    return run_loader(device, address, count, sizeof zero | STOIC_DMA_FORMAT_FILL);
  }
  for (i = 0; i < count; ++i) ACCESS(engine_write(device, STOIC_REG_MEM_DATA, 0));
  return STOIC_OK;
}

stoic_status stoic_write_blocks(stoic_device* device, const stoic_model* model,
                                const stoic_state_block* blocks, uint32_t count) {
  uint32_t b;
  for (b = 0; b < count; ++b)
    TRY(write_words(device, STOIC_MEMORY_STATE, blocks[b].entry, model->states, blocks[b].offset,
                    blocks[b].count, model->state_bits));
  return STOIC_OK;
}

static stoic_status write_memories(stoic_device* device, const stoic_model* model) {
  TRY(write_words(device, STOIC_MEMORY_PROGRAM, 2 * model->program_start, (const uint8_t*)model->program, 0,
                  model->program_halves, 32));
  TRY(write_words(device, STOIC_MEMORY_WEIGHTS, model->weight_start, model->weights, 0, model->weight_count,
                  model->weight_bits));
  TRY(write_words(device, STOIC_MEMORY_TABLES, model->table_start, (const uint8_t*)model->tables, 0,
                  model->table_count, 32));
  TRY(clear_states(device, model->state_start, model->state_count));
  return stoic_write_blocks(device, model, model->state_blocks, model->state_block_count);
}

/* ---- Who else is there ---- */

static stoic_resident resident_of(const stoic_model* model) {
  const stoic_resident there = {
      model,
      model->tables,
      {model->program_start, model->weight_start, model->state_start, model->table_start},
      {model->program_start + model->program_halves / 2, model->weight_start + model->weight_count,
       model->state_start + model->state_size, model->table_start + model->table_count}};
  return there;
}

/* Whether two do not meet in any memory, but for table words that are the same. */
static bool can_stay(const stoic_resident* a, const stoic_resident* b) {
  uint32_t m, first, end;
  if (a->model == b->model) return false;
  for (m = 0; m < 4; ++m) {
    first = a->first[m] > b->first[m] ? a->first[m] : b->first[m];
    end = a->end[m] < b->end[m] ? a->end[m] : b->end[m];
    if (first >= end) continue;
    if (m < 3 || memcmp(a->tables + (first - a->first[m]), b->tables + (first - b->first[m]),
                        (end - first) * sizeof *a->tables) != 0)
      return false;
  }
  return true;
}

/* Forgets all that a model will overwrite. */
static void evict(stoic_device* device, const stoic_resident* model) {
  uint32_t r, kept = 0;
  for (r = 0; r < device->resident_count; ++r)
    if (can_stay(&device->resident[r], model)) device->resident[kept++] = device->resident[r];
  device->resident_count = kept;
}

stoic_status stoic_load(stoic_device* device, const stoic_model* model) {
  stoic_resident there;
  uint32_t hash;
  if (device == NULL || model == NULL) return STOIC_BAD_ARGUMENT;
  if (device->running) return STOIC_BUSY;
  if (model->checked == 0 && stoic_model_crc_by(model, stoic_device_crc, device) != model->crc)
    return STOIC_CORRUPT_MODEL;
  ACCESS(engine_read(device, STOIC_REG_CONFIG_HASH, &hash));
  if (hash != model->config_hash) return STOIC_WRONG_INSTANCE;
  there = resident_of(model);
  evict(device, &there);
  if (device->resident_count == STOIC_RESIDENT_MAX) return STOIC_BAD_ARGUMENT;
  device->model = NULL;
  device->configured = false; /* the channels know vectors of another model */
  device->finished = false;
  TRY(write_memories(device, model));
  device->resident[device->resident_count++] = there;
  device->model = model;
  return STOIC_OK;
}
