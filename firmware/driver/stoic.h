/* Driver of the stoic accelerator and its DMA: C99, no allocation, no state but that of its handle. */
#ifndef STOIC_H
#define STOIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stoic_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What happened, and what the hardware did. */
typedef enum stoic_status {
  STOIC_OK = 0,
  STOIC_RUNNING,         /* not yet done; ask again */
  STOIC_BAD_ARGUMENT,    /* nothing was done */
  STOIC_NO_DEVICE,       /* ID is another: nothing was written */
  STOIC_WRONG_INTERFACE, /* the hardware has another INTERFACE_VERSION: nothing was written */
  STOIC_CORRUPT_MODEL,   /* its CRC is another: nothing was written */
  STOIC_WRONG_INSTANCE,  /* it was compiled for another CONFIG_HASH: nothing was written */
  STOIC_NOT_LOADED,      /* stoic_load() has not succeeded, or another lies there now: nothing was done */
  STOIC_BUSY,            /* a run is under way: nothing was done */
  STOIC_BUS_ERROR,       /* an access failed; what it was meant to do is not done. Reset */
  STOIC_ENGINE_FAULT,    /* the engine stopped by itself: code and program word are in the handle. Reset */
  STOIC_DMA_FAULT,       /* the DMA stopped by itself: channel and code are in the handle. Reset */
  STOIC_TIMED_OUT,       /* neither ended before the deadline; the engine was aborted. Reset */
  STOIC_NO_RESULT        /* no run of this model has ended well since the last reset: nothing was read */
} stoic_status;

const char* stoic_status_text(stoic_status status);

/* The system that the driver runs on. A function that returns false says that the bus answered with an error.
 */
typedef struct stoic_port {
  void* context;
  bool (*read)(void* context, uintptr_t address, uint32_t* value);
  bool (*write)(void* context, uintptr_t address, uint32_t value);
  uint64_t (*now)(void* context); /* time in clock cycles */
  /* Returns soon after *events is not 0, or `deadline` has passed; sleeping is fine, and so is returning at
   * once. */
  void (*wait)(void* context, const volatile uint32_t* events, uint64_t deadline);
  /* What the DMA calls it; NULL: the same number. The DMA has addresses of 32 bits. */
  uintptr_t (*bus_address)(void* context, const void* pointer);
  /* Writes words to one register, faster than write() does one after the other; NULL: it cannot. Each has `bytes` bytes (1
   * to 4) in memory, the lowest first, and is sign-extended. */
  bool (*write_words)(void* context, uintptr_t address, const uint8_t* words, uint32_t count, uint32_t bytes);
} stoic_port;

enum { STOIC_RESIDENT_MAX = 8 };

/* A model that is in the memories, and what it has there: program words, weights, states and table words. */
typedef struct stoic_resident {
  const stoic_model* model;
  const int32_t* tables;
  uint32_t first[4];
  uint32_t end[4];
} stoic_resident;

/* The handle. Fields are for the driver but for those of the last failure. */
typedef struct stoic_device {
  const stoic_port* port;
  uintptr_t accelerator; /* address of its registers */
  uintptr_t dma;
  const stoic_model* model;                    /* the selected one */
  stoic_resident resident[STOIC_RESIDENT_MAX]; /* the first resident_count */
  uint32_t resident_count;
  uint32_t samples; /* of the run under way */
  bool running;
  bool finished; /* the last run ended well, and nothing has come after it */
  bool interrupts;
  bool loader;       /* the DMA has one */
  bool together;     /* the DMA starts channels with one write, tells of all with one read */
  bool configured;   /* the hardware still knows what the last run was: */
  uint32_t channels; /* bits of those in use */
  const void* inputs;
  void* outputs;
  bool drains;              /* the engine has ended, a channel has not */
  uint32_t stream_timeout;  /* as the engine knows it */
  volatile uint32_t events; /* set by stoic_interrupt() */
  uint32_t fault_code;      /* engine: status code of INTERFACE.md; DMA: error code of PLATFORM.md */
  uint32_t fault_place;     /* engine: program word; DMA: channel */
  uintptr_t reached;        /* of the latest access of the bus */
  uintptr_t fault_address;  /* bus: of the access that failed */
} stoic_device;

/* Counters of the latest run, or of the one under way so far. */
typedef struct stoic_counters {
  uint64_t cycles;
  uint64_t mac_cycles;
  uint32_t stall_input, stall_weights, stall_output;
  uint32_t saturations;
  uint32_t samples_done;
} stoic_counters;

/* Finds the accelerator and resets it and the DMA. With `interrupts`, both raise one when they end, and
 * stoic_interrupt() must be called for it; else stoic_wait() polls. */
stoic_status stoic_init(stoic_device* device, const stoic_port* port, uintptr_t accelerator, uintptr_t dma,
                        bool interrupts);
/* One cycle of reset for accelerator and DMA. What was loaded stays. */
stoic_status stoic_reset(stoic_device* device);

/* CRC-32 (that of zlib) over the numbers and arrays of a model. */
uint32_t stoic_model_crc(const stoic_model* model);
/* CRC-32 of bytes, continued from `crc`; begin with 0. */
uint32_t stoic_crc32(uint32_t crc, const void* data, size_t size);
/* The same, by whatever `context` is for. */
typedef uint32_t (*stoic_crc_step)(void* context, uint32_t crc, const void* data, size_t size);
uint32_t stoic_model_crc_by(const stoic_model* model, stoic_crc_step step, void* context);
/* Such a step by the CPU alone, whatever the context. */
uint32_t stoic_cpu_crc(void* context, uint32_t crc, const void* data, size_t size);
/* A step by the loader of the DMA, a word a cycle, where there is one; `device` is a stoic_device. */
uint32_t stoic_device_crc(void* device, uint32_t crc, const void* data, size_t size);

/* Checks a model, and writes its program, weights, tables and states: by the loader of the DMA where it has one and
 * reaches them, else by write_words(), else word by word. Then it is the selected one. Models that lie elsewhere (stoic export
 * --behind) stay resident, up to STOIC_RESIDENT_MAX; those that it overwrites, even where this fails, do not. Tables with the
 * same words may lie in one place. Constant data must stay while its model is resident. */
stoic_status stoic_load(stoic_device* device, const stoic_model* model);
/* Makes a resident model the one that stoic_run() runs. Nothing is loaded. */
stoic_status stoic_select(stoic_device* device, const stoic_model* model);

/* Starts `samples` inferences and returns. `inputs` has model->input_bytes for each, `outputs` gets
 * model->output_bytes. The engine gives up when a stream keeps it waiting for `stream_timeout` cycles; 0:
 * never. STOIC_BAD_ARGUMENT when the DMA cannot reach all of inputs, outputs and model, or they are not aligned: to 4 bytes,
 * inputs, outputs and stream_weights to 2 where a beat (lanes words) is no multiple of 4 bytes. */
stoic_status stoic_run(stoic_device* device, const void* inputs, void* outputs, uint32_t samples,
                       uint32_t stream_timeout);
/* STOIC_RUNNING, or how the run ended. */
stoic_status stoic_poll(stoic_device* device);
/* Waits for the end of the run, `cycles` at most: the watchdog. UINT64_MAX: for ever. */
stoic_status stoic_wait(stoic_device* device, uint64_t cycles);
/* For the interrupt handler: acknowledges what the accelerator and the DMA have raised. */
void stoic_interrupt(stoic_device* device);

/* Writes one sample as the accelerator takes it: `values` are model->input_elements real values, to `input` go
 * model->input_bytes. What the network's recipe says of scale and mean is done here. STOIC_BAD_ARGUMENT for a network of
 * pixels. */
stoic_status stoic_input(const stoic_model* model, const double* values, void* input);
/* The same from pixels, for a network of pixels. */
stoic_status stoic_input_pixels(const stoic_model* model, const uint8_t* pixels, void* input);

/* Element `index` of the last output vector of a sample. */
int32_t stoic_output(const stoic_model* model, const void* outputs, uint32_t sample, uint32_t index);
/* The class with the largest output, the first on a tie. */
uint32_t stoic_class(const stoic_model* model, const void* outputs, uint32_t sample);
/* The class of a sample of the run that ended last. */
stoic_status stoic_result(const stoic_device* device, const void* outputs, uint32_t sample, uint32_t* result);
stoic_status stoic_read_counters(stoic_device* device, stoic_counters* counters);

#ifdef __cplusplus
}
#endif
#endif
