/* What does not go on, and small things that end at once. */
#include <stoic_interface.h>

#include "scenarios.h"

static volatile uint32_t sink;

static uint32_t __attribute__((noinline)) recurse_for_ever(uint32_t depth) {
  volatile uint32_t frame[16];
  if (depth == 0) return 0; /* after all the others */
  frame[depth % 16] = depth;
  return recurse_for_ever(depth + 1) + frame[depth % 16];
}

static void __attribute__((noinline)) lose_the_stack(void) {
  __asm__ volatile("li sp, 0x70000000\n\tsw ra, 0(sp)");
}

/* Comes back to what trapped. */
static void return_there(void) __attribute__((interrupt("machine"), aligned(4)));
static void return_there(void) { ++sink; }

static void __attribute__((noinline)) ask_nobody(void) { __asm__ volatile("ecall"); }

static void __attribute__((noinline)) flood(void) {
  WRITE_CSR(mtvec, (uint32_t)return_there);
  alarm_at(now() + 100);
  SET_CSR(mie, timer_bit);
  SET_CSR(mstatus, mie);
  for (;;) ++sink;
}

static void __attribute__((noinline)) stand_still(void) {
  for (;;) {
  }
}

static void __attribute__((noinline)) count_for_ever(void) {
  for (;;) ++sink;
}

static uint32_t __attribute__((noinline)) status(uintptr_t address) {
  uint32_t value;
  (void)board_read(address, &value);
  return value;
}

static void __attribute__((noinline)) poll_for_ever(void) {
  while ((status(STOIC_ACCELERATOR_BASE + STOIC_REG_STATUS) & 0x80000000u) == 0) {
  }
}

/* As a wait with a time limit does, of which the limit is never reached. */
static void __attribute__((noinline)) poll_and_look_at_the_clock(void) {
  while ((status(STOIC_ACCELERATOR_BASE + STOIC_REG_STATUS) & 0x80000000u) == 0) sink = (uint32_t)board_now();
}

static void __attribute__((noinline)) wait_for_a_far_time(void) {
  while (board_now() < UINT64_C(1) << 60) {
  }
}

/* Takes 20 ms of simulated time by asking, and ends. */
static int poll_for_a_while(void) {
  const uint64_t end = board_now() + 2000000;
  uint32_t asked = 0;
  while (board_now() < end) asked += 1 + (status(STOIC_ACCELERATOR_BASE + STOIC_REG_STATUS) >> 31);
  printf("asked %u times\n", (unsigned)asked);
  return 0;
}

static volatile uint32_t ticks, asked_in_ticks;
static void count_tick(void) __attribute__((interrupt("machine"), aligned(4)));
static void count_tick(void) {
  for (int i = 0; i < 8; ++i) asked_in_ticks += *at(STOIC_UART_BASE + STOIC_UART_REG_STATUS) & 1;
  ++ticks;
  alarm_at(now() + 1000);
}

/* All work is done by a tick, which asks a device that has nothing to say. */
static int ask_in_every_tick(void) {
  WRITE_CSR(mtvec, (uint32_t)count_tick);
  alarm_at(now() + 1000);
  SET_CSR(mie, timer_bit);
  SET_CSR(mstatus, mie);
  while (ticks < 3000) __asm__ volatile("wfi");
  CLEAR_CSR(mstatus, mie);
  printf("%u ticks\n", (unsigned)ticks);
  return 0;
}

/* The alarm raises no interrupt, but mip shows it. */
static int wait_for_mip(void) {
  alarm_at(now() + 3000000);
  while ((READ_CSR(mip) & timer_bit) == 0) sink = *at(STOIC_UART_BASE + STOIC_UART_REG_STATUS);
  printf("the alarm is due\n");
  return 0;
}

static uint32_t tick_period;
static void count_long_tick(void) __attribute__((interrupt("machine"), aligned(4)));
static void count_long_tick(void) {
  ++ticks;
  alarm_at(now() + tick_period);
}

/* Waits for a counter that a tick counts, without WFI: a loop that comes back to itself until the tick changes memory. */
static int wait_for_ticks(void) {
  WRITE_CSR(mtvec, (uint32_t)count_long_tick);
  SET_CSR(mie, timer_bit);
  SET_CSR(mstatus, mie);
  for (uint32_t i = 0; i < 12; ++i) {
    const uint32_t before = ticks;
    tick_period = 1000000 + 9 * i;
    alarm_at(now() + tick_period);
    while (ticks == before) {
    }
  }
  CLEAR_CSR(mstatus, mie);
  printf("%u long ticks\n", (unsigned)ticks);
  return 0;
}

/* Loops that see of the time only whether it has come: all registers are the same until then. */
static int wait_by_the_clock(void) {
  const uint32_t million = 1000000;
  /* of several lengths, so that a look at loops meets each instruction of one of them */
  __asm__ volatile("1: rdcycle a5\n\tdivu a5, a5, %0\n\tbltu a5, %1, 1b" ::"r"(million), "r"(2) : "a5");
  __asm__ volatile("1: nop\n\trdcycle a5\n\tdivu a5, a5, %0\n\tbltu a5, %1, 1b" ::"r"(million), "r"(4)
                   : "a5");
  __asm__ volatile("1: nop\n\tnop\n\trdcycle a5\n\tdivu a5, a5, %0\n\tbltu a5, %1, 1b" ::"r"(million), "r"(5)
                   : "a5");
  volatile uint32_t* const time = at(STOIC_TIMER_BASE + STOIC_TIMER_REG_MTIME_LOW);
  __asm__ volatile("1: lw a5, 0(%0)\n\tdivu a5, a5, %1\n\tbltu a5, %2, 1b" ::"r"(time), "r"(million), "r"(6)
                   : "a5");
  printf("six million cycles\n");
  return 0;
}

/* Stores that set off nothing. */
static void __attribute__((noinline)) enable_for_ever(void) {
  for (;;) *at(STOIC_INTERRUPTS_BASE + STOIC_INTERRUPTS_REG_ENABLE) = 0;
}
static void __attribute__((noinline)) enable_more_and_more(void) {
  for (;;) *at(STOIC_INTERRUPTS_BASE + STOIC_INTERRUPTS_REG_ENABLE) = ++sink & 7;
}

/* The accelerator waits for input that nobody gives it. */
static void __attribute__((noinline)) wait_for_a_starved_engine(void) {
  while ((status(STOIC_ACCELERATOR_BASE + STOIC_REG_STATUS) & 0x80000000u) == 0) ++sink;
}

/* A tick comes, and the device never says what main waits for. */
static void __attribute__((noinline)) poll_beside_a_tick(void) {
  WRITE_CSR(mtvec, (uint32_t)count_long_tick);
  tick_period = 100000;
  alarm_at(now() + tick_period);
  SET_CSR(mie, timer_bit);
  SET_CSR(mstatus, mie);
  wait_for_a_starved_engine();
}

static uint32_t __attribute__((noinline)) leaf(uint32_t n) {
  for (uint32_t i = 0; i < 100000; ++i) sink += n;
  return sink;
}
static uint32_t __attribute__((noinline)) call_a_leaf(uint32_t n) { return leaf(n) + leaf(n + 1); }
static void __attribute__((noinline)) call_for_ever(void) {
  for (uint32_t n = 0;; ++n) sink += call_a_leaf(n);
}

/* No instruction of these belongs to rv32imc in machine mode. */
static int foreign_instructions(void) {
  const uint32_t before = board_traps();
  board_survive_traps(true);
  __asm__ volatile(
      ".option push\n\t.option norvc\n\t"
      ".word 0x1005252f\n\t"     /* lr.w */
      ".word 0x00b5252f\n\t"     /* amoadd.w */
      ".word 0x00052507\n\t"     /* flw */
      ".word 0x00b57553\n\t"     /* fadd.s */
      ".word 0x10200073\n\t"     /* sret */
      ".word 0x12000073\n\t"     /* sfence.vma */
      ".word 0x10002573\n\t"     /* csrr sstatus */
      ".word 0x00102573\n\t"     /* csrr fflags */
      ".word 0x18002573\n\t"     /* csrr satp */
      ".word 0xc0101073\n\t"     /* csrw time */
      ".half 0x6108, 0x2108\n\t" /* c.flw, c.fld */
      ".option pop" ::
          : "a0");
  board_survive_traps(false);
  printf("foreign: %u traps\n", (unsigned)(board_traps() - before));
  return 0;
}

/* What a reset of the DMA leaves of what its registers were told. */
static int reset_the_dma(void) {
  static const uint32_t told[] = {
      STOIC_DMA_REG_BASE,        STOIC_DMA_REG_DESCRIPTORS, STOIC_DMA_REG_COUNT,
      STOIC_DMA_REG_ROUNDS,      STOIC_DMA_REG_STRIDE,      STOIC_DMA_REG_IRQ_ENABLE,
      STOIC_DMA_REG_LOAD_SOURCE, STOIC_DMA_REG_LOAD_COUNT,  STOIC_DMA_REG_LOAD_FORMAT,
      STOIC_DMA_REG_LOAD_TARGET, STOIC_DMA_REG_LOAD_CRC};
  const uint32_t registers = sizeof told / sizeof *told;
  uint32_t left = 0, taken = 0;
  for (uint32_t r = 0; r < registers; ++r) {
    *at(STOIC_DMA_BASE + told[r]) = 4;
    taken += *at(STOIC_DMA_BASE + told[r]) == 4;
  }
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_RESET) = 1;
  for (uint32_t r = 0; r < registers; ++r) left += *at(STOIC_DMA_BASE + told[r]) == 4;
  printf("%u of %u registers were told, %u know it\n", (unsigned)taken, (unsigned)registers, (unsigned)left);
  return 0;
}

static int small_things(uint32_t scenario) {
  if (scenario == 21) return 256;
  if (scenario == 22) printf("no end of the line");
  if (scenario == 23) return foreign_instructions();
  if (scenario == 24) {
    board_exit((int)0x80000001u);
  }
  if (scenario == 25) poll_and_look_at_the_clock();
  if (scenario == 26) wait_for_a_far_time();
  if (scenario == 27) return poll_for_a_while();
  if (scenario == 28) return ask_in_every_tick();
  if (scenario == 29) return wait_for_mip();
  if (scenario == 31) return wait_for_ticks();
  if (scenario == 32) enable_for_ever();
  if (scenario == 33) enable_more_and_more();
  if (scenario == 34) poll_beside_a_tick();
  if (scenario == 35) call_for_ever();
  if (scenario == 36) return wait_by_the_clock();
  if (scenario == 37) return reset_the_dma();
  return 0;
}

int run_lockups(uint32_t scenario) {
  switch (scenario) {
    case 11:
      return (int)recurse_for_ever(1);
    case 12:
      lose_the_stack();
      return 0;
    case 13:
      WRITE_CSR(mtvec, (uint32_t)return_there);
      ask_nobody();
      return 0;
    case 14:
      flood();
      return 0;
    case 15:
      stand_still();
      return 0;
    case 16:
      count_for_ever();
      return 0;
    case 17:
      poll_for_ever();
      return 0;
  }
  return small_things(scenario);
}
