#include "board.h"

#include <stdio.h>
#include <stoic_platform.h>

enum {
  cause_load_fault = 5,
  cause_store_fault = 7,
  interrupt_timer = 7,
  interrupt_external = 11,
  exit_trap = 70
};
static const uint32_t mstatus_mie = 1u << 3;
static const uint32_t driver_sources = 1u << STOIC_INTERRUPT_ACCELERATOR | 1u << STOIC_INTERRUPT_DMA;

static volatile bool survive;
static volatile uint32_t traps;
static stoic_device* routed;
static uint32_t listened; /* sources of the application */
static bool ticking;      /* the application has an alarm */
static uint64_t tick;     /* its time */

#define READ_CSR(name)                                     \
  ({                                                       \
    uint32_t csr_value;                                    \
    __asm__ volatile("csrr %0, " #name : "=r"(csr_value)); \
    csr_value;                                             \
  })
#define SET_CSR(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"(bits) : "memory")
#define CLEAR_CSR(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"(bits) : "memory")

static volatile uint32_t* word_at(uintptr_t address) { return (volatile uint32_t*)address; }

/* ---- Console ---- */

static int put(char c, FILE* file) {
  (void)file;
  *word_at(STOIC_UART_BASE + STOIC_UART_REG_DATA) = (uint8_t)c;
  return (uint8_t)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE* const stdout = &console;

int board_getchar(void) {
  for (;;) {
    const uint32_t status = *word_at(STOIC_UART_BASE + STOIC_UART_REG_STATUS);
    if ((status & STOIC_UART_STATUS_RECEIVED) != 0)
      return (int)*word_at(STOIC_UART_BASE + STOIC_UART_REG_DATA);
    if ((status & STOIC_UART_STATUS_END) != 0) return -1;
  }
}

static int get(FILE* file) {
  const int c = board_getchar();
  (void)file;
  return c < 0 ? _FDEV_EOF : c;
}

static FILE input = FDEV_SETUP_STREAM(NULL, get, NULL, _FDEV_SETUP_READ);
FILE* const stdin = &input;

const void* board_blob(uint32_t* bytes) {
  *bytes = *word_at(STOIC_HOST_BASE + STOIC_HOST_REG_BLOB_BYTES);
  return (const void*)*word_at(STOIC_HOST_BASE + STOIC_HOST_REG_BLOB_ADDRESS);
}

void board_exit(int code) {
  *word_at(STOIC_EXIT_BASE + STOIC_EXIT_REG_CODE) = (uint32_t)code;
  for (;;) __asm__ volatile("wfi");
}

/* ---- Traps ---- */

/* Places in start.S: the two instructions that may fail, and where they go on then; the second read of the time. */
extern const char board_guarded_load[], board_guarded_store[], board_access_failed[], board_write_words_end[];
extern const char board_now_high[];

static uint32_t length_at(uint32_t pc) { return (*(const uint16_t*)pc & 3) == 3 ? 4 : 2; }

static void set_alarm(uint64_t time) {
  static uint32_t high = UINT32_MAX; /* as the timer has it */
  if ((uint32_t)(time >> 32) == high) {
    *word_at(STOIC_TIMER_BASE + STOIC_TIMER_REG_MTIMECMP_LOW) = (uint32_t)time;
    return;
  }
  /* High first to the latest, so that no alarm comes in between. */
  high = (uint32_t)(time >> 32);
  *word_at(STOIC_TIMER_BASE + STOIC_TIMER_REG_MTIMECMP_HIGH) = UINT32_MAX;
  *word_at(STOIC_TIMER_BASE + STOIC_TIMER_REG_MTIMECMP_LOW) = (uint32_t)time;
  *word_at(STOIC_TIMER_BASE + STOIC_TIMER_REG_MTIMECMP_HIGH) = high;
}

static bool is_guarded_store(uint32_t pc) {
  return pc == (uint32_t)board_guarded_store ||
         (pc >= (uint32_t)board_write_words && pc < (uint32_t)board_write_words_end);
}

__attribute__((weak)) void board_on_timer(void) {}
__attribute__((weak)) void board_on_interrupt(uint32_t pending) { (void)pending; }

static void external(void) {
  const uint32_t own = routed != NULL ? listened & ~driver_sources : listened;
  if (routed != NULL) stoic_interrupt(routed);
  if (own != 0) {
    const uint32_t pending = *word_at(STOIC_INTERRUPTS_BASE + STOIC_INTERRUPTS_REG_PENDING) & own;
    if (pending != 0) board_on_interrupt(pending);
  }
}

static void timer(void) {
  if (!ticking || board_now() < tick) {
    set_alarm(ticking ? tick : UINT64_MAX);
    return;
  }
  board_set_timer(UINT64_MAX);
  board_on_timer();
}

/* Called with interrupts off; returns where to go on. */
uint32_t board_trap(uint32_t cause, uint32_t pc, uint32_t value) {
  if ((cause & 1u << 31) != 0) {
    if (cause == (1u << 31 | interrupt_external))
      external();
    else
      timer();
    /* A hook that asks for the time lets go of the upper word that board_now() was about to read. */
    return pc == (uint32_t)board_now_high ? (uint32_t)board_now : pc;
  }
  if ((cause == cause_load_fault && pc == (uint32_t)board_guarded_load) ||
      (cause == cause_store_fault && is_guarded_store(pc)))
    return (uint32_t)board_access_failed;
  printf("trap: mcause %lu, mepc 0x%08lx, mtval 0x%08lx\n", (unsigned long)cause, (unsigned long)pc,
         (unsigned long)value);
  if (!survive) board_exit(exit_trap);
  ++traps;
  return pc + length_at(pc);
}

void board_survive_traps(bool on) { survive = on; }
uint32_t board_traps(void) { return traps; }

/* ---- The port ---- */

bool board_enable_interrupts(bool on) {
  const bool before = (READ_CSR(mstatus) & mstatus_mie) != 0;
  if (on)
    SET_CSR(mstatus, mstatus_mie);
  else
    CLEAR_CSR(mstatus, mstatus_mie);
  return before;
}

static void enable_sources(void) {
  *word_at(STOIC_INTERRUPTS_BASE + STOIC_INTERRUPTS_REG_ENABLE) =
      listened | (routed != NULL ? driver_sources : 0);
  SET_CSR(mie, 1u << interrupt_external);
}

void board_route_interrupts(stoic_device* device) {
  routed = device;
  enable_sources();
  if (device != NULL || (!ticking && listened == 0)) (void)board_enable_interrupts(device != NULL);
}

void board_listen(uint32_t sources) {
  const bool before = board_enable_interrupts(false);
  listened = sources;
  enable_sources();
  (void)board_enable_interrupts(before);
}

void board_set_timer(uint64_t time) {
  const bool before = board_enable_interrupts(false);
  ticking = time != UINT64_MAX;
  tick = time;
  set_alarm(time);
  if (ticking)
    SET_CSR(mie, 1u << interrupt_timer);
  else
    CLEAR_CSR(mie, 1u << interrupt_timer);
  (void)board_enable_interrupts(before);
}

/* In start.S. */
uint64_t board_port_now(void* context);
bool board_port_read(void* context, uintptr_t address, uint32_t* value);
bool board_port_write(void* context, uintptr_t address, uint32_t value);

static bool port_write_words(void* context, uintptr_t address, const uint8_t* words, uint32_t count,
                             uint32_t bytes) {
  (void)context;
  return board_write_words(address, words, count, bytes);
}

/* Between the look at *events and WFI no interrupt is taken, and WFI ends for one that is pending: none is
 * lost. What has come is handled here, which spares a trap. Without a tick of the application the alarm stays set: without
 * MTIE nobody hears it. */
static void port_wait(void* context, const volatile uint32_t* events, uint64_t deadline) {
  bool before;
  (void)context;
  if (routed == NULL) return;
  before = board_enable_interrupts(false);
  if (*events == 0) {
    set_alarm(ticking && tick < deadline ? tick : deadline);
    SET_CSR(mie, 1u << interrupt_timer);
    __asm__ volatile("wfi" ::: "memory");
    if (ticking)
      set_alarm(tick);
    else
      CLEAR_CSR(mie, 1u << interrupt_timer);
    if ((READ_CSR(mip) & 1u << interrupt_external) != 0) external();
  }
  (void)board_enable_interrupts(before);
}

const stoic_port* board_port(void) {
  static const stoic_port port = {NULL, board_port_read, board_port_write, board_port_now, port_wait,
                                  NULL, port_write_words};
  return &port;
}
