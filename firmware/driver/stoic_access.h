/* How the parts of the driver reach the hardware; no part of its interface. */
#ifndef STOIC_ACCESS_H
#define STOIC_ACCESS_H

#include <stoic_interface.h>
#include <stoic_platform.h>

#include "stoic.h"

/* An access that fails ends the function that asked for it. */
#define TRY(call)                                  \
  do {                                             \
    const stoic_status try_status = (call);        \
    if (try_status != STOIC_OK) return try_status; \
  } while (0)

#define ACCESS(call)                          \
  do {                                        \
    if (!(call)) return ended(device, false); \
  } while (0)

#define BIT(field) (1u << (field##_LSB))

/* Accesses of the bus are many and short: the address is noted before, so that each is a jump to the port. */
static inline bool bus_read(stoic_device* device, uintptr_t address, uint32_t* value) {
  *value = 0;
  device->reached = address;
  return device->port->read(device->port->context, address, value);
}

static inline bool bus_write(stoic_device* device, uintptr_t address, uint32_t value) {
  device->reached = address;
  return device->port->write(device->port->context, address, value);
}

static inline bool engine_read(stoic_device* device, uint32_t offset, uint32_t* value) {
  return bus_read(device, device->accelerator + offset, value);
}

static inline bool engine_write(stoic_device* device, uint32_t offset, uint32_t value) {
  return bus_write(device, device->accelerator + offset, value);
}

/* What comes of an access. */
static inline stoic_status ended(stoic_device* device, bool accessed) {
  if (accessed) return STOIC_OK;
  device->fault_address = device->reached;
  return STOIC_BUS_ERROR;
}

/* False: the DMA has no 32 bits for all of the `bytes` there. */
static inline bool address_of(const stoic_device* device, const void* pointer, uint64_t bytes,
                              uint32_t* address) {
  const stoic_port* port = device->port;
  const uint64_t place =
      port->bus_address != NULL ? port->bus_address(port->context, pointer) : (uintptr_t)pointer;
  const uint64_t limit = (uint64_t)1 << 32;
  *address = (uint32_t)place;
  return place < limit && bytes <= limit - place;
}

static inline uint32_t word_bytes(uint32_t bits) { return (bits + 7) / 8; }

/* Word number `index` of an array of words of `bits` bits. */
static inline int32_t word_at(const uint8_t* words, uint32_t index, uint32_t bits) {
  const uint32_t bytes = word_bytes(bits);
  const uint8_t* at = words + (size_t)index * bytes;
  uint32_t value = 0;
  uint32_t b;
  for (b = 0; b < bytes; ++b) value |= (uint32_t)at[b] << (8 * b);
  return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

/* Writes blocks of the states of a model: stoic_load.c. */
stoic_status stoic_write_blocks(stoic_device* device, const stoic_model* model,
                                const stoic_state_block* blocks, uint32_t count);

#endif
