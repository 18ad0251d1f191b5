/* Start-up for a Cortex-M3 with console and exit by semihosting, as QEMU's mps2-an385 has them. Time is that of SysTick. */
#include <stdlib.h>

#include "cortex_m.h"

extern uint32_t bss_start[], bss_end[], data_start[], data_end[], data_source[], stack_top[];
extern void initialise_monitor_handles(void); /* newlib's librdimon: opens standard output */
int main(void);

enum { ticks_max = 0xffffff };
static volatile uint32_t* const systick_control = (volatile uint32_t*)0xe000e010;
static volatile uint32_t* const systick_reload = (volatile uint32_t*)0xe000e014;
static volatile uint32_t* const systick_value = (volatile uint32_t*)0xe000e018;

uint32_t cortex_m_ticks(void) { return ticks_max - *systick_value; }

static void reset(void) {
  uint32_t *to, *from = data_source;
  for (to = data_start; to < data_end; ++to) *to = *from++;
  for (to = bss_start; to < bss_end; ++to) *to = 0;
  *systick_reload = ticks_max;
  *systick_value = 0;
  *systick_control = 5; /* on, by the processor's clock */
  initialise_monitor_handles();
  exit(main());
}

/* What newlib's exit() calls when its own start-up is left out. */
void _init(void) {}
void _fini(void) {}

static void fault(void) { _Exit(70); }

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))stack_top, reset, [2 ... 15] = fault};
