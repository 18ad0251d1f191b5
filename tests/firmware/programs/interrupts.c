/* Interrupts, as applications use them. */
#include "scenarios.h"

static volatile uint32_t work, latest, worst, due, nested, depth, deepest;

/* Runs at every alarm; the next one is `period` later. */
static volatile uint32_t period;

static void note(uint32_t entered) {
  latest = entered - due;
  if (latest > worst) worst = latest;
  due += period;
  alarm_at(due);
  ++work;
}

/* The time is taken by the very first instruction. */
static void handle(void) __attribute__((interrupt("machine"), aligned(4)));
static void handle(void) { note(now()); }

static void begin(uint32_t every) {
  work = worst = 0;
  period = every;
  WRITE_CSR(mtvec, (uint32_t)handle);
  due = now() + every;
  alarm_at(due);
  SET_CSR(mie, timer_bit);
}

/* Asleep only when there is no work, decided while interrupts are off. */
static int idle(void) {
  uint32_t done = 0, sleeps = 0;
  begin(5000);
  while (done < 50) {
    CLEAR_CSR(mstatus, mie);
    if (work == done) {
      __asm__ volatile("wfi");
      ++sleeps;
    } else {
      done = work;
    }
    SET_CSR(mstatus, mie);
  }
  CLEAR_CSR(mstatus, mie);
  printf("idle: %u rounds, %u sleeps, worst %u, at %u\n", (unsigned)done, (unsigned)sleeps, (unsigned)worst,
         (unsigned)now());
  return 0;
}

/* Sections of some instructions, one behind the other: the alarm comes between two of them. */
static int critical(void) {
  volatile uint32_t shared[4] = {0};
  begin(777);
  while (work < 200) {
    CLEAR_CSR(mstatus, mie);
    shared[0] += 1;
    shared[1] += shared[0];
    SET_CSR(mstatus, mie);
  }
  CLEAR_CSR(mstatus, mie);
  printf("critical: worst %u, at %u\n", (unsigned)worst, (unsigned)now());
  return worst > 80;
}

/* A loop that meets neither the bus nor a CSR. */
static int busy(void) {
  uint32_t i;
  begin(12345);
  SET_CSR(mstatus, mie);
  for (i = 0; i < 200000; ++i) __asm__ volatile("" : "+r"(i));
  CLEAR_CSR(mstatus, mie);
  printf("busy: %u alarms, worst %u, at %u\n", (unsigned)work, (unsigned)worst, (unsigned)now());
  return worst > 40;
}

/* The timer's handler lets the external interrupt in, which is the more urgent one. */
static void handle_both(void) __attribute__((interrupt("machine"), aligned(4)));
static void handle_both(void) {
  const uint32_t cause = READ_CSR(mcause), pc = READ_CSR(mepc), status = READ_CSR(mstatus);
  if (++depth > deepest) deepest = depth;
  if (cause == (1u << 31 | 11)) {
    acknowledge_external();
    ++nested;
  } else {
    const uint32_t before = nested;
    note(now());
    raise_external();
    CLEAR_CSR(mie, timer_bit);
    SET_CSR(mstatus, mie);
    while (nested == before) {
    }
    CLEAR_CSR(mstatus, mie);
    SET_CSR(mie, timer_bit);
  }
  --depth;
  WRITE_CSR(mepc, pc);
  WRITE_CSR(mstatus, status);
}

static int nests(void) {
  uint32_t i;
  enable_external();
  begin(3000);
  WRITE_CSR(mtvec, (uint32_t)handle_both);
  SET_CSR(mie, external_bit);
  SET_CSR(mstatus, mie);
  for (i = 0; work < 100; ++i) __asm__ volatile("" : "+r"(i));
  CLEAR_CSR(mstatus, mie);
  printf("nested: %u in %u, %u deep, counted to %u, at %u\n", (unsigned)nested, (unsigned)work,
         (unsigned)deepest, (unsigned)i, (unsigned)now());
  return deepest != 2 || nested != work;
}

/* Pending already when mie, not mstatus, lets it in. */
static int enabled_by_mie(void) {
  uint32_t before, after;
  begin(100);
  CLEAR_CSR(mie, timer_bit);
  SET_CSR(mstatus, mie);
  while ((READ_CSR(mip) & timer_bit) == 0) {
  }
  before = work;
  SET_CSR(mie, timer_bit);
  after = work;
  CLEAR_CSR(mstatus, mie);
  printf("by mie: %u before, %u right behind\n", (unsigned)before, (unsigned)after);
  return before != 0 || after != 1;
}

/* What the counters say of code whose length is known. */
static int counters(void) {
  uint32_t cycles, instructions, time, end;
  __asm__ volatile(
      "rdcycle %0\n\trdinstret %1\n\t.rept 100\n\taddi x0, x0, 0\n\t.endr\n\t"
      "rdcycle %2\n\trdinstret %3"
      : "=&r"(cycles), "=&r"(instructions), "=&r"(time), "=&r"(end));
  printf("counters: %u cycles, %u instructions\n", (unsigned)(time - cycles), (unsigned)(end - instructions));
  __asm__ volatile("rdtime %0" : "=r"(time));
  end = now();
  printf("time: %s\n", end - time < 50 ? "that of the timer" : "ANOTHER");
  return 0;
}

/* Accesses that may fail, while the handler makes such accesses too. */
static int guarded(void) {
  static stoic_device device;
  uint32_t i, value, wrong = 0;
  if (stoic_init(&device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, true) != STOIC_OK) return 1;
  board_route_interrupts(&device);
  enable_external(); /* all channels */
  for (i = 0; i < 3000; ++i) {
    device.events = 0;
    raise_external();
    if (!board_read(STOIC_ACCELERATOR_BASE, &value) || value != 0x53544f49u) ++wrong;
    if (i % 3 == 0 && board_read(0x70000000, &value)) ++wrong;
    if (i % 3 == 1 && board_write(0x70000000, 1)) ++wrong;
    if (!board_write(STOIC_DMA_BASE + STOIC_DMA_REG_STRIDE, i)) ++wrong;
    while (device.events == 0) {
    }
  }
  printf("guarded: %u wrong\n", (unsigned)wrong);
  return wrong != 0;
}

int run_interrupts(uint32_t scenario) {
  static int (*const all[])(void) = {idle, critical, busy, nests, enabled_by_mie, counters, guarded};
  return all[scenario]();
}
