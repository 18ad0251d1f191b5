#define DT_DRV_COMPAT stoic_accelerator

#include "stoic_zephyr.h"

#include <errno.h>
#include <zephyr/devicetree.h>
#include <zephyr/irq.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/sys_io.h>

struct stoic_zephyr_config {
  uintptr_t accelerator;
  uintptr_t dma;
  void (*connect)(void); /* its interrupts */
};

struct stoic_zephyr_data {
  stoic_device device;
  stoic_port port;
  struct k_sem raised;
};

/* Zephyr's accesses cannot fail: a bus error is a fault of the kernel. */
static bool zephyr_read(void* context, uintptr_t address, uint32_t* value) {
  (void)context;
  *value = sys_read32(address);
  return true;
}

static bool zephyr_write(void* context, uintptr_t address, uint32_t value) {
  (void)context;
  sys_write32(value, address);
  return true;
}

static uint64_t zephyr_now(void* context) {
  (void)context;
  return k_ticks_to_us_floor64((uint64_t)k_uptime_ticks());
}

static void zephyr_wait(void* context, const volatile uint32_t* events, uint64_t deadline) {
  struct stoic_zephyr_data* data = (struct stoic_zephyr_data*)context;
  const uint64_t now = zephyr_now(NULL);
  if (*events != 0 || deadline <= now) return;
  /* An interrupt between the look and the sleep has given the semaphore. */
  if (deadline == UINT64_MAX)
    (void)k_sem_take(&data->raised, K_FOREVER);
  else
    (void)k_sem_take(&data->raised, K_TICKS((k_ticks_t)k_us_to_ticks_ceil64(deadline - now)));
}

static void stoic_zephyr_isr(const void* argument) {
  const struct device* dev = (const struct device*)argument;
  struct stoic_zephyr_data* data = (struct stoic_zephyr_data*)dev->data;
  stoic_interrupt(&data->device);
  k_sem_give(&data->raised);
}

static int stoic_zephyr_init(const struct device* dev) {
  const struct stoic_zephyr_config* config = (const struct stoic_zephyr_config*)dev->config;
  struct stoic_zephyr_data* data = (struct stoic_zephyr_data*)dev->data;
  const stoic_port port = {data, zephyr_read, zephyr_write, zephyr_now, zephyr_wait, NULL, NULL};
  data->port = port;
  (void)k_sem_init(&data->raised, 0, 1);
  if (stoic_init(&data->device, &data->port, config->accelerator, config->dma, true) != STOIC_OK)
    return -ENODEV;
  config->connect();
  return 0;
}

stoic_device* stoic_zephyr_device(const struct device* dev) {
  if (dev == NULL || !device_is_ready(dev)) return NULL;
  return &((struct stoic_zephyr_data*)dev->data)->device;
}

#define STOIC_CONNECT(n, index)                                                                        \
  IRQ_CONNECT(DT_INST_IRQN_BY_IDX(n, index), DT_INST_IRQ_BY_IDX(n, index, priority), stoic_zephyr_isr, \
              DEVICE_DT_INST_GET(n), 0);                                                               \
  irq_enable(DT_INST_IRQN_BY_IDX(n, index));

#define STOIC_DEFINE(n)                                                                               \
  static void stoic_zephyr_connect_##n(void) { STOIC_CONNECT(n, 0) STOIC_CONNECT(n, 1) }              \
  static const struct stoic_zephyr_config stoic_zephyr_config_##n = {                                 \
      DT_INST_REG_ADDR_BY_IDX(n, 0), DT_INST_REG_ADDR_BY_IDX(n, 1), stoic_zephyr_connect_##n};        \
  static struct stoic_zephyr_data stoic_zephyr_data_##n;                                              \
  DEVICE_DT_INST_DEFINE(n, stoic_zephyr_init, NULL, &stoic_zephyr_data_##n, &stoic_zephyr_config_##n, \
                        POST_KERNEL, CONFIG_STOIC_INIT_PRIORITY, NULL);

DT_INST_FOREACH_STATUS_OKAY(STOIC_DEFINE)
