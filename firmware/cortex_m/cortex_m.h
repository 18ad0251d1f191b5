/* A Cortex-M without an accelerator: for networks that stoic export --target c has written. */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include <stdint.h>

/* Ticks of SysTick since reset, 24 bits. On QEMU's mps2-an385 with -icount shift=0 a tick is 40 instructions. */
uint32_t cortex_m_ticks(void);
enum { CORTEX_M_INSTRUCTIONS_PER_TICK = 40 };

#endif
