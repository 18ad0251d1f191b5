#pragma once
#include <zephyr/device.h>
#include <zephyr/devicetree.h>

typedef int64_t k_ticks_t;
typedef struct {
  k_ticks_t ticks;
} k_timeout_t;
#define K_FOREVER ((k_timeout_t){-1})
#define K_TICKS(t) ((k_timeout_t){t})

struct k_sem {
  unsigned count, limit;
};
int k_sem_init(struct k_sem* sem, unsigned initial_count, unsigned limit);
int k_sem_take(struct k_sem* sem, k_timeout_t timeout);
void k_sem_give(struct k_sem* sem);
int64_t k_uptime_ticks(void);
uint64_t k_ticks_to_us_floor64(uint64_t ticks);
uint64_t k_us_to_ticks_ceil64(uint64_t microseconds);
