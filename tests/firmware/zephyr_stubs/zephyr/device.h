// What the driver uses of Zephyr, for a compiler and a run without it: one device, one thread, interrupts by hand.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device {
  const char* name;
  const void* config;
  void* data;
  int (*init)(const struct device* dev);
  bool ready;
};

extern struct device stub_device;
#define DEVICE_DT_INST_GET(n) (&stub_device)
#define DEVICE_DT_GET(node) (&stub_device)
static inline bool device_is_ready(const struct device* dev) { return dev->ready; }

#define POST_KERNEL 1
#define CONFIG_STOIC_INIT_PRIORITY 80
#define DEVICE_DT_INST_DEFINE(n, function, pm, device_data, device_config, level, priority, api) \
  _Static_assert((level) == POST_KERNEL && (priority) > 0 && (pm) == NULL && (api) == NULL, ""); \
  struct device stub_device = {"stoic", device_config, device_data, function, false};
