#include "stoic.h"

#include <stoic_interface.h>
#include <stoic_platform.h>

/* An access that fails ends the function that asked for it. */
#define TRY(call)                                  \
  do {                                             \
    const stoic_status try_status = (call);        \
    if (try_status != STOIC_OK) return try_status; \
  } while (0)

#define BIT(field) (1u << (field##_LSB))

static stoic_status bus_read(stoic_device* device, uintptr_t address, uint32_t* value) {
  *value = 0;
  if (device->port->read(device->port->context, address, value)) return STOIC_OK;
  device->fault_address = address;
  return STOIC_BUS_ERROR;
}

static stoic_status bus_write(stoic_device* device, uintptr_t address, uint32_t value) {
  if (device->port->write(device->port->context, address, value)) return STOIC_OK;
  device->fault_address = address;
  return STOIC_BUS_ERROR;
}

static stoic_status engine_read(stoic_device* device, uint32_t offset, uint32_t* value) {
  return bus_read(device, device->accelerator + offset, value);
}

static stoic_status engine_write(stoic_device* device, uint32_t offset, uint32_t value) {
  return bus_write(device, device->accelerator + offset, value);
}

static uintptr_t channel(const stoic_device* device, uint32_t number) {
  return device->dma + number * STOIC_DMA_CHANNEL_STRIDE;
}

const char* stoic_status_text(stoic_status status) {
  static const char* const texts[] = {"ok",
                                      "running",
                                      "bad argument",
                                      "no accelerator at this address",
                                      "wrong interface version",
                                      "corrupt model",
                                      "model for another instance",
                                      "no model loaded",
                                      "busy",
                                      "bus error",
                                      "engine fault",
                                      "DMA fault",
                                      "timed out",
                                      "no result"};
  return (unsigned)status < sizeof texts / sizeof texts[0] ? texts[status] : "unknown status";
}

/* After a reset the interrupts must be enabled again. */
static stoic_status enable_interrupts(stoic_device* device) {
  const uint32_t engine = device->interrupts ? BIT(STOIC_IRQ_ENABLE_DONE) | BIT(STOIC_IRQ_ENABLE_FAULT) : 0;
  TRY(engine_write(device, STOIC_REG_IRQ_ENABLE, engine));
  return bus_write(device, device->dma + STOIC_DMA_REG_IRQ_ENABLE,
                   device->interrupts ? (1u << STOIC_DMA_CHANNELS) - 1 : 0u);
}

stoic_status stoic_reset(stoic_device* device) {
  device->running = device->finished = false;
  device->events = 0;
  TRY(bus_write(device, device->dma + STOIC_DMA_REG_RESET, 1));
  return enable_interrupts(device);
}

stoic_status stoic_init(stoic_device* device, const stoic_port* port, uintptr_t accelerator, uintptr_t dma,
                        bool interrupts) {
  uint32_t value;
  if (device == NULL || port == NULL) return STOIC_BAD_ARGUMENT;
  *device = (stoic_device){0};
  device->port = port;
  device->accelerator = accelerator;
  device->dma = dma;
  device->interrupts = interrupts;
  TRY(engine_read(device, STOIC_REG_ID, &value));
  if (value != STOIC_ID) return STOIC_NO_DEVICE;
  TRY(engine_read(device, STOIC_REG_INTERFACE_VERSION, &value));
  if (value != STOIC_INTERFACE_VERSION) return STOIC_WRONG_INTERFACE;
  return stoic_reset(device);
}

/* ---- Loading ---- */

static uint32_t word_bytes(uint32_t bits) { return (bits + 7) / 8; }

/* Word number `index` of an array of words of `bits` bits. */
static int32_t word_at(const uint8_t* words, uint32_t index, uint32_t bits) {
  const uint32_t bytes = word_bytes(bits);
  const uint8_t* at = words + (size_t)index * bytes;
  uint32_t value = 0;
  uint32_t b;
  for (b = 0; b < bytes; ++b) value |= (uint32_t)at[b] << (8 * b);
  return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

static stoic_status select_memory(stoic_device* device, uint32_t memory, uint32_t first) {
  TRY(engine_write(device, STOIC_REG_MEM_SELECT, memory));
  return engine_write(device, STOIC_REG_MEM_ADDRESS, first);
}

static stoic_status write_words(stoic_device* device, uint32_t memory, uint32_t first, const uint8_t* words,
                                uint32_t index, uint32_t count, uint32_t bits) {
  uint32_t i;
  TRY(select_memory(device, memory, first));
  for (i = 0; i < count; ++i)
    TRY(engine_write(device, STOIC_REG_MEM_DATA, (uint32_t)word_at(words, index + i, bits)));
  return STOIC_OK;
}

static stoic_status write_blocks(stoic_device* device, const stoic_model* model,
                                 const stoic_state_block* blocks, uint32_t count) {
  uint32_t b;
  for (b = 0; b < count; ++b)
    TRY(write_words(device, STOIC_MEMORY_STATE, blocks[b].entry, model->states, blocks[b].offset,
                    blocks[b].count, model->state_bits));
  return STOIC_OK;
}

static stoic_status write_memories(stoic_device* device, const stoic_model* model) {
  uint32_t i;
  TRY(select_memory(device, STOIC_MEMORY_PROGRAM, 0));
  for (i = 0; i < model->program_halves; ++i)
    TRY(engine_write(device, STOIC_REG_MEM_DATA, model->program[i]));
  TRY(write_words(device, STOIC_MEMORY_WEIGHTS, 0, model->weights, 0, model->weight_count,
                  model->weight_bits));
  TRY(select_memory(device, STOIC_MEMORY_TABLES, 0));
  for (i = 0; i < model->table_count; ++i)
    TRY(engine_write(device, STOIC_REG_MEM_DATA, (uint32_t)model->tables[i]));
  TRY(select_memory(device, STOIC_MEMORY_STATE, 0));
  for (i = 0; i < model->state_count; ++i) TRY(engine_write(device, STOIC_REG_MEM_DATA, 0));
  return write_blocks(device, model, model->state_blocks, model->state_block_count);
}

stoic_status stoic_load(stoic_device* device, const stoic_model* model) {
  uint32_t hash;
  if (device == NULL || model == NULL) return STOIC_BAD_ARGUMENT;
  if (device->running) return STOIC_BUSY;
  if (stoic_model_crc(model) != model->crc) return STOIC_CORRUPT_MODEL;
  TRY(engine_read(device, STOIC_REG_CONFIG_HASH, &hash));
  if (hash != model->config_hash) return STOIC_WRONG_INSTANCE;
  device->model = NULL;
  device->finished = false;
  TRY(write_memories(device, model));
  device->model = model;
  return STOIC_OK;
}

/* ---- Running ---- */

/* What a channel of the DMA is to do: for each round the vectors, which lie in `bytes` from data + round * stride on. */
typedef struct transfer {
  uint32_t channel;
  const void* data;
  const stoic_vector* vectors;
  uint32_t count;
  uint32_t bytes;
  uint32_t stride;
  uint32_t rounds;
} transfer;

/* False: the DMA has no 32 bits for all of the `bytes` there. */
static bool address_of(const stoic_device* device, const void* pointer, uint64_t bytes, uint32_t* address) {
  const stoic_port* port = device->port;
  const uint64_t place =
      port->bus_address != NULL ? port->bus_address(port->context, pointer) : (uintptr_t)pointer;
  const uint64_t limit = (uint64_t)1 << 32;
  *address = (uint32_t)place;
  return place < limit && bytes <= limit - place;
}

static bool can_reach(const stoic_device* device, const transfer* what) {
  const uint64_t bytes = what->bytes + (uint64_t)(what->rounds - 1) * what->stride;
  const uint64_t table = (uint64_t)what->count * sizeof *what->vectors;
  uint32_t address;
  return what->count == 0 || (address_of(device, what->data, bytes, &address) &&
                              address_of(device, what->vectors, table, &address));
}

static stoic_status start_channel(stoic_device* device, const transfer* what) {
  const uintptr_t registers = channel(device, what->channel);
  uint32_t data, vectors;
  if (what->count == 0) return STOIC_OK;
  if (!address_of(device, what->data, 0, &data) || !address_of(device, what->vectors, 0, &vectors))
    return STOIC_BAD_ARGUMENT;
  TRY(bus_write(device, registers + STOIC_DMA_REG_BASE, data));
  TRY(bus_write(device, registers + STOIC_DMA_REG_DESCRIPTORS, vectors));
  TRY(bus_write(device, registers + STOIC_DMA_REG_COUNT, what->count));
  TRY(bus_write(device, registers + STOIC_DMA_REG_STRIDE, what->stride));
  TRY(bus_write(device, registers + STOIC_DMA_REG_ROUNDS, what->rounds));
  return bus_write(device, registers + STOIC_DMA_REG_CONTROL, 1);
}

stoic_status stoic_run(stoic_device* device, const void* inputs, void* outputs, uint32_t samples,
                       uint32_t stream_timeout) {
  const stoic_model* model;
  transfer out, in, weights;
  if (device == NULL || samples == 0) return STOIC_BAD_ARGUMENT;
  if (device->running) return STOIC_BUSY;
  model = device->model;
  if (model == NULL) return STOIC_NOT_LOADED;
  if (model->samples_per_start_max != 0 && samples > model->samples_per_start_max) return STOIC_BAD_ARGUMENT;
  out = (transfer){STOIC_DMA_OUTPUT,    outputs, model->outputs, model->output_count, model->output_bytes,
                   model->output_bytes, samples};
  in = (transfer){STOIC_DMA_INPUT,    inputs, model->inputs, model->input_count, model->input_bytes,
                  model->input_bytes, samples};
  weights = (transfer){STOIC_DMA_WEIGHTS,
                       model->stream_weights,
                       model->matrices,
                       model->matrix_count,
                       model->stream_weight_bytes,
                       0,
                       samples};
  if (!can_reach(device, &out) || !can_reach(device, &in) || !can_reach(device, &weights))
    return STOIC_BAD_ARGUMENT;
  device->finished = false;
  TRY(write_blocks(device, model, model->restored, model->restored_count));
  device->events = 0;
  device->samples = samples;
  TRY(engine_write(device, STOIC_REG_PROGRAM_START, 0));
  TRY(engine_write(device, STOIC_REG_SAMPLES, samples));
  TRY(engine_write(device, STOIC_REG_STREAM_TIMEOUT, stream_timeout));
  TRY(start_channel(device, &out));
  TRY(start_channel(device, &in));
  TRY(start_channel(device, &weights));
  device->running = true;
  return engine_write(device, STOIC_REG_CONTROL, BIT(STOIC_CONTROL_START));
}

/* Whether a channel is idle; a fault of it ends the run. */
static stoic_status poll_channel(stoic_device* device, uint32_t number, bool* idle) {
  uint32_t status;
  TRY(bus_read(device, channel(device, number) + STOIC_DMA_REG_STATUS, &status));
  if ((status & STOIC_DMA_STATUS_ERROR) != 0) {
    device->fault_code = status >> STOIC_DMA_STATUS_CODE_LSB;
    device->fault_place = number;
    return STOIC_DMA_FAULT;
  }
  *idle = (status & STOIC_DMA_STATUS_BUSY) == 0;
  return STOIC_OK;
}

static stoic_status poll_engine(stoic_device* device, bool* idle) {
  uint32_t status;
  TRY(engine_read(device, STOIC_REG_STATUS, &status));
  *idle = (status & BIT(STOIC_STATUS_BUSY)) == 0;
  if ((status & BIT(STOIC_STATUS_FAULT)) == 0) return STOIC_OK;
  device->fault_code = status >> STOIC_STATUS_CODE_LSB & ((1u << STOIC_STATUS_CODE_WIDTH) - 1);
  TRY(engine_read(device, STOIC_REG_PROGRAM_COUNTER, &device->fault_place));
  return STOIC_ENGINE_FAULT;
}

static stoic_status poll_once(stoic_device* device) {
  static const uint32_t order[] = {STOIC_DMA_INPUT, STOIC_DMA_WEIGHTS, STOIC_DMA_OUTPUT};
  bool idle = false;
  uint32_t c;
  const stoic_status engine = poll_engine(device, &idle);
  if (engine == STOIC_BUS_ERROR) return engine;
  /* A fault of the DMA is the cause of what the engine says, so it is told first. */
  for (c = 0; c < 3; ++c) {
    bool channel_idle = false;
    TRY(poll_channel(device, order[c], &channel_idle));
    idle = idle && channel_idle;
  }
  if (engine != STOIC_OK) return engine;
  return idle ? STOIC_OK : STOIC_RUNNING;
}

stoic_status stoic_poll(stoic_device* device) {
  stoic_status status;
  if (device == NULL || !device->running) return STOIC_BAD_ARGUMENT;
  status = poll_once(device);
  if (status != STOIC_RUNNING) device->running = false;
  device->finished = status == STOIC_OK;
  return status;
}

/* Stops an engine that did not end, so that it says where it stood. */
static stoic_status give_up(stoic_device* device) {
  uint32_t word;
  TRY(engine_read(device, STOIC_REG_PROGRAM_COUNTER, &word));
  device->fault_place = word;
  device->fault_code = STOIC_STATUS_CODE_ABORTED;
  device->running = false;
  TRY(engine_write(device, STOIC_REG_ABORT, 1));
  return STOIC_TIMED_OUT;
}

stoic_status stoic_wait(stoic_device* device, uint64_t cycles) {
  stoic_status status;
  uint64_t deadline;
  if (device == NULL || !device->running) return STOIC_BAD_ARGUMENT;
  deadline = device->port->now(device->port->context);
  deadline = cycles <= UINT64_MAX - deadline ? deadline + cycles : UINT64_MAX;
  for (;;) {
    device->events = 0; /* before the look, so that what comes after it is seen */
    status = stoic_poll(device);
    if (status != STOIC_RUNNING) return status;
    if (deadline != UINT64_MAX && device->port->now(device->port->context) >= deadline)
      return give_up(device);
    if (device->port->wait != NULL) device->port->wait(device->port->context, &device->events, deadline);
  }
}

void stoic_interrupt(stoic_device* device) {
  uint32_t engine = 0, dma = 0;
  if (engine_read(device, STOIC_REG_IRQ_STATUS, &engine) == STOIC_OK && engine != 0)
    (void)engine_write(device, STOIC_REG_IRQ_STATUS, engine);
  if (bus_read(device, device->dma + STOIC_DMA_REG_IRQ_STATUS, &dma) == STOIC_OK && dma != 0)
    (void)bus_write(device, device->dma + STOIC_DMA_REG_IRQ_STATUS, dma);
  device->events |= engine | dma << 8;
}

/* ---- Results ---- */

int32_t stoic_output(const stoic_model* model, const void* outputs, uint32_t sample, uint32_t index) {
  const uint8_t* at = (const uint8_t*)outputs + (size_t)sample * model->output_bytes;
  return word_at(at + model->outputs[model->output_count - 1].offset, index, model->state_bits);
}

uint32_t stoic_class(const stoic_model* model, const void* outputs, uint32_t sample) {
  uint32_t best = 0, c;
  for (c = 1; c < model->classes; ++c)
    if (stoic_output(model, outputs, sample, c) > stoic_output(model, outputs, sample, best)) best = c;
  return best;
}

stoic_status stoic_result(const stoic_device* device, const void* outputs, uint32_t sample,
                          uint32_t* result) {
  if (device == NULL || outputs == NULL || result == NULL) return STOIC_BAD_ARGUMENT;
  if (device->model == NULL) return STOIC_NOT_LOADED;
  if (device->running) return STOIC_BUSY;
  if (!device->finished) return STOIC_NO_RESULT;
  if (sample >= device->samples) return STOIC_BAD_ARGUMENT;
  *result = stoic_class(device->model, outputs, sample);
  return STOIC_OK;
}

/* The counter of a run under way may carry between its words: then the lower one is read again. */
static stoic_status read_wide(stoic_device* device, uint32_t low, uint64_t* value) {
  uint32_t before, word, upper;
  TRY(engine_read(device, low + 4, &before));
  TRY(engine_read(device, low, &word));
  TRY(engine_read(device, low + 4, &upper));
  if (upper != before) TRY(engine_read(device, low, &word));
  *value = word | (uint64_t)upper << 32;
  return STOIC_OK;
}

stoic_status stoic_read_counters(stoic_device* device, stoic_counters* counters) {
  if (device == NULL || counters == NULL) return STOIC_BAD_ARGUMENT;
  TRY(read_wide(device, STOIC_REG_CYCLES_LOW, &counters->cycles));
  TRY(read_wide(device, STOIC_REG_MAC_CYCLES_LOW, &counters->mac_cycles));
  TRY(engine_read(device, STOIC_REG_STALL_INPUT, &counters->stall_input));
  TRY(engine_read(device, STOIC_REG_STALL_WEIGHTS, &counters->stall_weights));
  TRY(engine_read(device, STOIC_REG_STALL_OUTPUT, &counters->stall_output));
  TRY(engine_read(device, STOIC_REG_SATURATIONS, &counters->saturations));
  return engine_read(device, STOIC_REG_SAMPLES_DONE, &counters->samples_done);
}
