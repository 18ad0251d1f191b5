/* The platform of PLATFORM.md: console, time, interrupts, bus accesses that may fail, and the port of the
 * driver. */
#ifndef BOARD_H
#define BOARD_H

#include "stoic.h"

/* Ends the simulation. */
void board_exit(int code) __attribute__((noreturn));
uint64_t board_now(void); /* clock cycles since reset */

/* What --uart-input has: the next byte, waiting for it, -1 behind the last. getchar() and its like read the same. For others
 * than who waits: UART.STATUS, and an interrupt, 1u << STOIC_INTERRUPT_UART of board_listen(). */
int board_getchar(void);
/* What --blob has, and how many bytes that are: none when none was given. */
const void* board_blob(uint32_t* bytes);

/* Accesses that come back with false instead of a trap, with interrupts on or off, in handlers too. */
bool board_read(uintptr_t address, uint32_t* value);
bool board_write(uintptr_t address, uint32_t value);
/* Writes words to one register: see stoic_port. */
bool board_write_words(uintptr_t address, const uint8_t* words, uint32_t count, uint32_t bytes);

/* The port of the driver. With `device`, interrupts of the accelerator and its DMA go to it and waiting
 * sleeps; NULL: no longer, and interrupts are off unless the application has a timer or listens. */
const stoic_port* board_port(void);
void board_route_interrupts(stoic_device* device);
/* Interrupts on or off; returns whether they were on. */
bool board_enable_interrupts(bool on);

/* ---- Hooks: empty unless the application defines them ----
 * They are called from the trap handler, with interrupts off, and while the driver waits; they must return soon, and must
 * not call the driver. Both are heard once interrupts are on: board_enable_interrupts(true), or with a routed device. */

/* board_now() has reached the time of board_set_timer(), which is forgotten by then: a tick sets the next one here. Waiting
 * for the accelerator does not delay it. */
void board_on_timer(void);
void board_set_timer(uint64_t time); /* UINT64_MAX: none */
/* Those of the sources of board_listen(), bits 1 << STOIC_INTERRUPT_..., that are pending. They are level-sensitive: whoever
 * does not silence the device here is called again, without end. Sources of a routed device do not come here. */
void board_on_interrupt(uint32_t pending);
void board_listen(uint32_t sources);

/* Traps that nobody expects are printed and end the run with code 70, unless this says to go on behind them.
 */
void board_survive_traps(bool on);
uint32_t board_traps(void); /* survived */

#endif
