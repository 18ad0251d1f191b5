/* A series that never ends: one value after another goes to an exported network of one time step, model.bin, whose state
 * stays in the accelerator, and predictions come back as they are made. The values are samples.bin; a new one arrives
 * every `period` cycles. While the engine works on a value, the next is put into the other of two input buffers, and the
 * prediction before is taken from the other of two output buffers.
 *
 * A value that arrives late is waited for, a prediction that comes after the next value is due is a miss: both are
 * counted, and the schedule moves on from there. */
#include <inttypes.h>
#include <stdio.h>
#include <stoic_interface.h>
#include <stoic_platform.h>
#include <string.h>

#include "inference.h"

#ifndef STREAM_LATE_EVERY
#define STREAM_LATE_EVERY 0 /* in how many values one arrives two periods late; 0: none does */
#endif

enum {
  room = 4096,    /* bytes of an input or an output */
  first_steps = 4 /* without a period: the longest of them, and a quarter more, is that of all others */
};

static uint32_t inputs[2][room / 4], outputs[2][room / 4];

/* Least and most of what should always be the same. */
typedef struct spread {
  uint32_t least, most;
} spread;

static void include(spread* s, uint32_t value) {
  if (value < s->least) s->least = value;
  if (value > s->most) s->most = value;
}

typedef struct stream {
  stoic_device device;
  const uint8_t* values;
  uint32_t count;
  uint32_t period; /* 0: not known yet */
  uint64_t due;    /* when the value of this step arrives */
  uint32_t late, missed;
  spread cycles;  /* the engine's, from START to DONE, its stalls left out */
  spread latency; /* from the value to its prediction, by this CPU */
  uint32_t taken; /* a sum over all predictions so far */
} stream;

static stream s = {.cycles = {UINT32_MAX, 0}, .latency = {UINT32_MAX, 0}};

/* Behind the last value the last once more, which nobody takes: so every step takes the same time. */
static void produce(uint32_t step) {
  const uint32_t bytes = s.device.model->input_bytes, from = step < s.count ? step : s.count - 1;
  if (s.count > 0) memcpy(inputs[step % 2], s.values + (size_t)from * bytes, bytes);
}

/* A sum that takes the same time for all values, so that latencies can be compared. */
static void consume(uint32_t step) {
  const uint32_t words = s.device.model->output_bytes / 4;
  uint32_t w;
  for (w = 0; w < words; ++w) s.taken = 31 * s.taken + outputs[step % 2][w];
}

/* Waits until the value of a step is there. */
static void wait_for_value(uint32_t step) {
  uint64_t there = s.due;
  if (STREAM_LATE_EVERY != 0 && s.period != 0 && step % (STREAM_LATE_EVERY + 1) == STREAM_LATE_EVERY) {
    there += 2 * s.period;
    ++s.late;
  }
  while (board_now() < there) continue;
}

static stoic_status run_step(uint32_t step) {
  const uint64_t patience = 2 * (uint64_t)s.device.model->cycles + 1000000;
  uint64_t begin, end;
  stoic_counters counters;
  stoic_status status;
  wait_for_value(step);
  begin = board_now();
  status = stoic_run(&s.device, inputs[step % 2], outputs[step % 2], 1, 100000);
  if (status != STOIC_OK) return status;
  produce(step + 1);
  if (step > 0) consume(step - 1);
  status = stoic_wait(&s.device, patience);
  end = board_now();
  if (status == STOIC_OK) status = stoic_read_counters(&s.device, &counters);
  if (status != STOIC_OK) return status;
  include(&s.cycles,
          (uint32_t)counters.cycles - counters.stall_input - counters.stall_weights - counters.stall_output);
  if (step >= first_steps) include(&s.latency, (uint32_t)(end - begin));
  /* The last of the first steps sets the pace. */
  if (step < first_steps) {
    const uint64_t now = board_now();
    static uint32_t longest;
    if (now - begin > longest) longest = (uint32_t)(now - begin);
    s.due = now;
    if (step + 1 == first_steps) s.period = longest + longest / 4;
    return STOIC_OK;
  }
  s.due += s.period;
  if (end > s.due) {
    ++s.missed;
    s.due = board_now();
  }
  return STOIC_OK;
}

static stoic_status open_all(stoic_model* model) {
  samples given;
  const stoic_status status = open_given(&s.device, model, &given);
  if (status != STOIC_OK) return status;
  if (model->input_bytes > room || model->output_bytes > room) return STOIC_BAD_ARGUMENT;
  s.values = given.data;
  s.count = given.count;
  return stoic_load(&s.device, model);
}

int main(void) {
  static stoic_model model;
  uint32_t step;
  stoic_status status = stoic_init(&s.device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, true);
  if (status != STOIC_OK) {
    print_failure("init", &s.device, status);
    return EXIT_NO_DEVICE;
  }
  board_route_interrupts(&s.device); /* sleeping, the CPU wakes in the very cycle */
  status = open_all(&model);
  if (status != STOIC_OK) {
    print_failure("load", &s.device, status);
    return EXIT_NOT_LOADED;
  }
  produce(0);
  for (step = 0; step < s.count; ++step) {
    status = run_step(step);
    if (status != STOIC_OK) {
      print_failure("run", &s.device, status);
      return EXIT_RUN_FAILED;
    }
  }
  if (s.count > 0) consume(s.count - 1);
  printf("stream: %" PRIu32 " steps, %" PRIu32 " to %" PRIu32 " cycles each\n", s.count, s.cycles.least,
         s.cycles.most);
  if (s.count > first_steps)
    printf("latency: %" PRIu32 " cycles, jitter %" PRIu32 "\n", s.latency.most,
           s.latency.most - s.latency.least);
  printf("period: %" PRIu32 " cycles, late values %" PRIu32 ", missed deadlines %" PRIu32 "\n", s.period,
         s.late, s.missed);
  printf("predictions: sum 0x%08" PRIx32 "\n", s.taken);
  return EXIT_OK;
}
