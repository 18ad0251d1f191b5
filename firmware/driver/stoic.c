#include "stoic_access.h"

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
  const uint32_t all = (1u << STOIC_DMA_CHANNELS) - 1;
  /* Inputs end before the engine does, and nobody waits for that. */
  const uint32_t late = 1u << STOIC_DMA_OUTPUT | all << STOIC_DMA_ERRORS_LSB;
  ACCESS(engine_write(device, STOIC_REG_IRQ_ENABLE, engine));
  return ended(device, bus_write(device, device->dma + STOIC_DMA_REG_IRQ_ENABLE,
                                 !device->interrupts ? 0u
                                 : device->together  ? late
                                                     : all));
}

stoic_status stoic_reset(stoic_device* device) {
  device->running = device->finished = false;
  device->configured = false;
  device->events = 0;
  ACCESS(bus_write(device, device->dma + STOIC_DMA_REG_RESET, 1));
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
  ACCESS(engine_read(device, STOIC_REG_ID, &value));
  if (value != STOIC_ID) return STOIC_NO_DEVICE;
  ACCESS(engine_read(device, STOIC_REG_INTERFACE_VERSION, &value));
  if (value != STOIC_INTERFACE_VERSION) return STOIC_WRONG_INTERFACE;
  ACCESS(bus_read(device, dma + STOIC_DMA_REG_FEATURES, &value));
  device->loader = (value & STOIC_DMA_FEATURE_LOADER) != 0;
  device->together = (value & STOIC_DMA_FEATURE_TOGETHER) != 0;
  return stoic_reset(device);
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
  uint32_t word_bits;
} transfer;

/* Whether the DMA takes the data there, and what it calls the place: within its 32 bits, and aligned as PLATFORM.md says. */
static bool place_of(const stoic_device* device, const transfer* what, uint32_t* address) {
  const uint64_t bytes = what->bytes + (uint64_t)(what->rounds - 1) * what->stride;
  const uint32_t beat = device->model->lanes * word_bytes(what->word_bits);
  const uint32_t alignment =
      beat % STOIC_DMA_ALIGNMENT == 0 ? STOIC_DMA_ALIGNMENT : STOIC_DMA_ALIGNMENT_ODD_BEAT;
  return address_of(device, what->data, bytes, address) && (*address & (alignment - 1)) == 0;
}

static bool can_reach(const stoic_device* device, const transfer* what) {
  const uint64_t table = (uint64_t)what->count * sizeof *what->vectors;
  uint32_t address;
  return what->count == 0 ||
         (place_of(device, what, &address) && address_of(device, what->vectors, table, &address) &&
          address % STOIC_DMA_ALIGNMENT == 0);
}

/* Tells a channel all that it has to know, and starts it where each has to be started by itself. */
static stoic_status set_up_channel(stoic_device* device, const transfer* what) {
  const uintptr_t registers = channel(device, what->channel);
  uint32_t data, vectors;
  if (what->count == 0) return STOIC_OK;
  if (!address_of(device, what->data, 0, &data) || !address_of(device, what->vectors, 0, &vectors))
    return STOIC_BAD_ARGUMENT;
  device->channels |= 1u << what->channel;
  ACCESS(bus_write(device, registers + STOIC_DMA_REG_BASE, data));
  ACCESS(bus_write(device, registers + STOIC_DMA_REG_DESCRIPTORS, vectors));
  ACCESS(bus_write(device, registers + STOIC_DMA_REG_COUNT, what->count));
  ACCESS(bus_write(device, registers + STOIC_DMA_REG_STRIDE, what->stride));
  ACCESS(bus_write(device, registers + STOIC_DMA_REG_ROUNDS, what->rounds));
  return ended(device, device->together || bus_write(device, registers + STOIC_DMA_REG_CONTROL, 1));
}

static transfer of_outputs(const stoic_model* model, const void* outputs, uint32_t samples) {
  return (transfer){STOIC_DMA_OUTPUT,    outputs, model->outputs,   model->output_count, model->output_bytes,
                    model->output_bytes, samples, model->state_bits};
}

static transfer of_inputs(const stoic_model* model, const void* inputs, uint32_t samples) {
  return (transfer){STOIC_DMA_INPUT,    inputs,  model->inputs,    model->input_count, model->input_bytes,
                    model->input_bytes, samples, model->state_bits};
}

/* Everything that a run needs. Nothing is written where the DMA does not reach all of it. */
static stoic_status set_up_run(stoic_device* device, const void* inputs, void* outputs, uint32_t samples,
                               uint32_t stream_timeout) {
  const stoic_model* model = device->model;
  const transfer out = of_outputs(model, outputs, samples), in = of_inputs(model, inputs, samples);
  const transfer weights = {STOIC_DMA_WEIGHTS,
                            model->stream_weights,
                            model->matrices,
                            model->matrix_count,
                            model->stream_weight_bytes,
                            0,
                            samples,
                            model->weight_bits};
  if (!can_reach(device, &out) || !can_reach(device, &in) || !can_reach(device, &weights))
    return STOIC_BAD_ARGUMENT;
  device->finished = device->configured = false;
  device->channels = 0;
  TRY(stoic_write_blocks(device, model, model->restored, model->restored_count));
  ACCESS(engine_write(device, STOIC_REG_PROGRAM_START, model->program_start));
  ACCESS(engine_write(device, STOIC_REG_SAMPLES, samples));
  ACCESS(engine_write(device, STOIC_REG_STREAM_TIMEOUT, stream_timeout));
  TRY(set_up_channel(device, &out));
  TRY(set_up_channel(device, &in));
  TRY(set_up_channel(device, &weights));
  device->samples = samples;
  device->stream_timeout = stream_timeout;
  device->inputs = inputs;
  device->outputs = outputs;
  return STOIC_OK;
}

/* The same after a run that differs in its buffers alone. */
static stoic_status change_run(stoic_device* device, const void* inputs, void* outputs) {
  const stoic_model* model = device->model;
  const transfer out = of_outputs(model, outputs, device->samples),
                 in = of_inputs(model, inputs, device->samples);
  uint32_t from = 0, to = 0;
  if ((inputs != device->inputs && !place_of(device, &in, &from)) ||
      (outputs != device->outputs && !place_of(device, &out, &to)))
    return STOIC_BAD_ARGUMENT;
  device->finished = device->configured = false;
  if (model->restored_count != 0)
    TRY(stoic_write_blocks(device, model, model->restored, model->restored_count));
  if (inputs != device->inputs) {
    ACCESS(bus_write(device, channel(device, STOIC_DMA_INPUT) + STOIC_DMA_REG_BASE, from));
  }
  if (outputs != device->outputs) {
    ACCESS(bus_write(device, channel(device, STOIC_DMA_OUTPUT) + STOIC_DMA_REG_BASE, to));
  }
  device->inputs = inputs;
  device->outputs = outputs;
  return STOIC_OK;
}

stoic_status stoic_select(stoic_device* device, const stoic_model* model) {
  uint32_t r;
  if (device == NULL || model == NULL) return STOIC_BAD_ARGUMENT;
  if (device->running) return STOIC_BUSY;
  for (r = 0; r < device->resident_count && device->resident[r].model != model; ++r) continue;
  if (r == device->resident_count) return STOIC_NOT_LOADED;
  if (device->model == model) return STOIC_OK;
  device->model = model;
  device->configured = device->finished = false;
  return STOIC_OK;
}

stoic_status stoic_run(stoic_device* device, const void* inputs, void* outputs, uint32_t samples,
                       uint32_t stream_timeout) {
  const stoic_model* model;
  if (device == NULL || samples == 0) return STOIC_BAD_ARGUMENT;
  if (device->running) return STOIC_BUSY;
  model = device->model;
  if (model == NULL) return STOIC_NOT_LOADED;
  if (model->samples_per_start_max != 0 && samples > model->samples_per_start_max) return STOIC_BAD_ARGUMENT;
  if (device->configured && device->samples == samples && device->stream_timeout == stream_timeout)
    TRY(change_run(device, inputs, outputs));
  else
    TRY(set_up_run(device, inputs, outputs, samples, stream_timeout));
  device->events = 0;
  if (device->together && device->channels != 0)
    ACCESS(bus_write(device, device->dma + STOIC_DMA_REG_GO, device->channels));
  device->running = true;
  ACCESS(engine_write(device, STOIC_REG_CONTROL, BIT(STOIC_CONTROL_START)));
  /* After an access that failed nobody knows what came through; and channels that are started one by one are told all
   * each time. */
  device->configured = device->together;
  return STOIC_OK;
}

/* Whether a channel is idle; a fault of it ends the run. */
static stoic_status poll_channel(stoic_device* device, uint32_t number, bool* idle) {
  uint32_t status;
  ACCESS(bus_read(device, channel(device, number) + STOIC_DMA_REG_STATUS, &status));
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
  ACCESS(engine_read(device, STOIC_REG_STATUS, &status));
  *idle = (status & BIT(STOIC_STATUS_BUSY)) == 0;
  if ((status & BIT(STOIC_STATUS_FAULT)) == 0) return STOIC_OK;
  device->fault_code = status >> STOIC_STATUS_CODE_LSB & ((1u << STOIC_STATUS_CODE_WIDTH) - 1);
  ACCESS(engine_read(device, STOIC_REG_PROGRAM_COUNTER, &device->fault_place));
  return STOIC_ENGINE_FAULT;
}

static stoic_status poll_channels(stoic_device* device, bool* idle) {
  static const uint32_t order[] = {STOIC_DMA_INPUT, STOIC_DMA_WEIGHTS, STOIC_DMA_OUTPUT};
  uint32_t c, active;
  if (device->together) {
    ACCESS(bus_read(device, device->dma + STOIC_DMA_REG_ACTIVE, &active));
    *idle = active == 0;
    if (active >> STOIC_DMA_ERRORS_LSB == 0) return STOIC_OK;
  }
  *idle = true;
  for (c = 0; c < 3; ++c) {
    bool channel_idle = false;
    TRY(poll_channel(device, order[c], &channel_idle));
    *idle = *idle && channel_idle;
  }
  return STOIC_OK;
}

static stoic_status poll_once(stoic_device* device) {
  bool engine_idle = false, channels_idle = false;
  const stoic_status engine = poll_engine(device, &engine_idle);
  if (engine == STOIC_BUS_ERROR) return engine;
  /* A fault of the DMA is the cause of what the engine says, so it is told first. */
  TRY(poll_channels(device, &channels_idle));
  if (engine != STOIC_OK) return engine;
  device->drains = engine_idle;
  return engine_idle && channels_idle ? STOIC_OK : STOIC_RUNNING;
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
  ACCESS(engine_read(device, STOIC_REG_PROGRAM_COUNTER, &word));
  device->fault_place = word;
  device->fault_code = STOIC_STATUS_CODE_ABORTED;
  device->running = false;
  ACCESS(engine_write(device, STOIC_REG_ABORT, 1));
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
    /* An input channel ends without an interrupt, some cycles behind the engine. */
    if (device->together && device->drains) continue;
    if (device->port->wait != NULL) device->port->wait(device->port->context, &device->events, deadline);
  }
}

void stoic_interrupt(stoic_device* device) {
  const uintptr_t reached = device->reached; /* by whom this interrupts */
  uint32_t engine = 0, dma = 0;
  if (engine_read(device, STOIC_REG_IRQ_STATUS, &engine) && engine != 0)
    (void)engine_write(device, STOIC_REG_IRQ_STATUS, engine);
  if (bus_read(device, device->dma + STOIC_DMA_REG_IRQ_STATUS, &dma) && dma != 0)
    (void)bus_write(device, device->dma + STOIC_DMA_REG_IRQ_STATUS, dma);
  device->reached = reached;
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
  ACCESS(engine_read(device, low + 4, &before));
  ACCESS(engine_read(device, low, &word));
  ACCESS(engine_read(device, low + 4, &upper));
  if (upper != before) ACCESS(engine_read(device, low, &word));
  *value = word | (uint64_t)upper << 32;
  return STOIC_OK;
}

stoic_status stoic_read_counters(stoic_device* device, stoic_counters* counters) {
  if (device == NULL || counters == NULL) return STOIC_BAD_ARGUMENT;
  TRY(read_wide(device, STOIC_REG_CYCLES_LOW, &counters->cycles));
  TRY(read_wide(device, STOIC_REG_MAC_CYCLES_LOW, &counters->mac_cycles));
  ACCESS(engine_read(device, STOIC_REG_STALL_INPUT, &counters->stall_input));
  ACCESS(engine_read(device, STOIC_REG_STALL_WEIGHTS, &counters->stall_weights));
  ACCESS(engine_read(device, STOIC_REG_STALL_OUTPUT, &counters->stall_output));
  ACCESS(engine_read(device, STOIC_REG_SATURATIONS, &counters->saturations));
  return ended(device, engine_read(device, STOIC_REG_SAMPLES_DONE, &counters->samples_done));
}
