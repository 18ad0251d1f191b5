/* An application's own tick and its own interrupt by the hooks of the board, beside a driver that waits. */
#include "scenarios.h"

enum { period = 1000, rounds = 50 };

static volatile uint32_t ticks, late, sources;
static volatile bool once; /* no tick follows */
static uint64_t due;
static stoic_device device;

void board_on_timer(void) {
  const uint32_t behind = (uint32_t)(board_now() - due);
  if (behind > late) late = behind;
  ++ticks;
  if (once) return;
  due += period;
  board_set_timer(due);
}

void board_on_interrupt(uint32_t pending) {
  if ((pending >> STOIC_INTERRUPT_UART & 1) != 0) {
    on_uart();
    return;
  }
  sources |= pending;
  acknowledge_external();
}

/* The driver's way to wait, with nothing to come: deadlines before a tick and behind it. */
static uint32_t wait_by_port(void) {
  static const volatile uint32_t nothing;
  uint32_t longer = 0, r;
  for (r = 0; r < rounds; ++r) {
    const uint64_t deadline = board_now() + 300 + 1700 * (r % 2);
    while (board_now() < deadline) board_port()->wait(NULL, &nothing, deadline);
    if (board_now() > deadline + 300) ++longer;
  }
  return longer;
}

int run_hooks(void) {
  uint32_t before, missed, lonely;
  due = board_now() + period;
  board_set_timer(due);
  (void)board_enable_interrupts(true);
  while (ticks < rounds) __asm__ volatile("wfi");
  board_route_interrupts(&device);
  before = ticks;
  missed = wait_by_port();
  lonely = ticks - before;
  board_route_interrupts(NULL);
  board_listen(1u << STOIC_INTERRUPT_DMA);
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_IRQ_ENABLE) = 7;
  (void)board_enable_interrupts(true);
  raise_external();
  while (sources == 0) __asm__ volatile("wfi");
  board_listen(0);
  board_set_timer(UINT64_MAX);
  before = ticks;
  while (board_now() < due + 3 * period) {
  }
  printf(
      "hooks: %u ticks while the driver waits, %u waits too long, late %u, sources %u, %u ticks behind the "
      "end\n",
      (unsigned)lonely, (unsigned)missed, (unsigned)late, (unsigned)sources, (unsigned)(ticks - before));
  return lonely >= rounds && late < 300 && missed == 0 && ticks == before ? 0 : 1;
}

static void sleep_until(uint64_t time) {
  const uint32_t before = ticks;
  board_set_timer(time);
  while (ticks == before) __asm__ volatile("wfi");
}

/* The time is read while its lower word wraps and a hook, in between, asks for it too: in every cycle of the loop that reads. */
int run_wrap(void) {
  enum { wraps = 16, before_wrap = 30 };
  uint32_t r, jumps = 0;
  once = true;
  (void)board_enable_interrupts(true);
  for (r = 0; r < wraps; ++r) {
    const uint64_t wrap = (uint64_t)(r + 1) << 32;
    uint64_t last, next;
    sleep_until(wrap - 1000);
    board_set_timer(wrap - before_wrap + r);
    for (last = board_now(); last < wrap + 1000; last = next) {
      next = board_now();
      if (next < last || next - last > 1000) ++jumps;
    }
  }
  printf("wrap: %u jumps, %u ticks\n", (unsigned)jumps, (unsigned)ticks);
  return jumps != 0 || ticks != 2 * wraps;
}
