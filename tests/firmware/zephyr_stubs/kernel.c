// A kernel of one thread, and an accelerator that is done a while after START: the sample of the Zephyr module runs on them.
#include <stdarg.h>
#include <stdio.h>
#include <stoic_interface.h>
#include <stoic_platform.h>
#include <zephyr/irq.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/sys_io.h>

#include "model.h"

void (*stub_isr[4])(const void* argument);
const void* stub_argument;
static unsigned enabled, sleeps;
static bool runs;
static int64_t ticks;

void irq_enable(unsigned irq) { enabled |= 1u << irq; }

int k_sem_init(struct k_sem* sem, unsigned initial_count, unsigned limit) {
  sem->count = initial_count;
  sem->limit = limit;
  return 0;
}
void k_sem_give(struct k_sem* sem) {
  if (sem->count < sem->limit) ++sem->count;
}
int k_sem_take(struct k_sem* sem, k_timeout_t timeout) {
  if (timeout.ticks == 0) return -1;
  ++sleeps;
  ++ticks;
  if (runs && sem->count == 0) {
    runs = false;
    stub_isr[1](stub_argument);
  }
  if (sem->count == 0) return -1;
  --sem->count;
  return 0;
}
int64_t k_uptime_ticks(void) { return ticks; }
uint64_t k_ticks_to_us_floor64(uint64_t count) { return 100 * count; }
uint64_t k_us_to_ticks_ceil64(uint64_t microseconds) { return (microseconds + 99) / 100; }

uint32_t sys_read32(uintptr_t address) {
  switch (address - 0x10000000u) {
    case STOIC_REG_ID:
      return STOIC_ID;
    case STOIC_REG_INTERFACE_VERSION:
      return STOIC_INTERFACE_VERSION;
    case STOIC_REG_CONFIG_HASH:
      return model.config_hash;
    case STOIC_REG_STATUS:
      return runs ? 1u << STOIC_STATUS_BUSY_LSB : 1u << STOIC_STATUS_DONE_LSB;
    case STOIC_REG_IRQ_STATUS:
      return 1;
    default:
      return 0;
  }
}
void sys_write32(uint32_t value, uintptr_t address) {
  if (address == 0x10000000u + STOIC_REG_CONTROL && value == 1u << STOIC_CONTROL_START_LSB) runs = true;
}

int printk(const char* format, ...) {
  va_list arguments;
  int count;
  va_start(arguments, format);
  count = vprintf(format, arguments);
  va_end(arguments);
  return count;
}

int sample_main(void);

int main(void) {
  if (stub_device.init(&stub_device) != 0) return 1;
  stub_device.ready = true;
  if (sample_main() != 0 || enabled != 6) return 2;
  printf("slept %u times\n", sleeps);
  return 0;
}
