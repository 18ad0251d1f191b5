/* The accelerator of a devicetree node "stoic,accelerator" under Zephyr. */
#ifndef STOIC_ZEPHYR_H
#define STOIC_ZEPHYR_H

#include <zephyr/device.h>

#include "stoic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The handle for stoic_load() and the rest; it has been found and reset. One thread at a time may use it; stoic_wait()
 * sleeps until an interrupt. Its times are microseconds. NULL when device_is_ready() says no. Models, inputs
 * and outputs must lie in memory that the DMA sees as the processor does: not cached, or coherent. */
stoic_device* stoic_zephyr_device(const struct device* dev);

#ifdef __cplusplus
}
#endif
#endif
