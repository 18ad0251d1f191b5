/* What the platform's tests run: the first word of the memory MODEL says which one. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include <stdint.h>
#include <stdio.h>
#include <stoic_platform.h>

#include "board.h"

#define READ_CSR(name)                                     \
  ({                                                       \
    uint32_t csr_value;                                    \
    __asm__ volatile("csrr %0, " #name : "=r"(csr_value)); \
    csr_value;                                             \
  })
#define WRITE_CSR(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"(value) : "memory")
#define SET_CSR(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"(bits) : "memory")
#define CLEAR_CSR(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"(bits) : "memory")

enum { mie = 1u << 3, timer_bit = 1u << 7, external_bit = 1u << 11 };

static inline volatile uint32_t* at(uint32_t address) { return (volatile uint32_t*)address; }

/* The alarm, in the lower word alone: no test runs so long. */
static inline void alarm_at(uint32_t time) {
  *at(STOIC_TIMER_BASE + STOIC_TIMER_REG_MTIMECMP_LOW) = time;
  *at(STOIC_TIMER_BASE + STOIC_TIMER_REG_MTIMECMP_HIGH) = 0;
}
static inline uint32_t now(void) { return *at(STOIC_TIMER_BASE + STOIC_TIMER_REG_MTIME_LOW); }

/* The DMA raises an interrupt some cycles later: a channel without descriptors ends. */
static inline void raise_external(void) { *at(STOIC_DMA_BASE + STOIC_DMA_REG_CONTROL) = 1; }
static inline void acknowledge_external(void) { *at(STOIC_DMA_BASE + STOIC_DMA_REG_IRQ_STATUS) = 7; }
static inline void enable_external(void) {
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_IRQ_ENABLE) = 7;
  *at(STOIC_INTERRUPTS_BASE + STOIC_INTERRUPTS_REG_ENABLE) = 1u << STOIC_INTERRUPT_DMA;
}

int run_interrupts(uint32_t scenario);
int run_lockups(uint32_t scenario);
int run_patience(uint32_t scenario);
int run_tasks(void);
int run_hooks(void);
int run_wrap(void);
int run_input(void);
int run_shared(void);
void on_uart(void);

#endif
