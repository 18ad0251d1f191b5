/* What comes from outside: bytes of the UART, by interrupt and by getchar(), and the memory BLOB. */
#include "scenarios.h"

enum { by_interrupt = 10 };

static volatile char first[by_interrupt + 1];
static volatile uint32_t count, entered;

static volatile uint32_t* uart(uint32_t offset) { return at(STOIC_UART_BASE + offset); }

void on_uart(void) {
  const uint32_t status = *uart(STOIC_UART_REG_STATUS);
  ++entered;
  if ((status & STOIC_UART_STATUS_RECEIVED) != 0) first[count++] = (char)*uart(STOIC_UART_REG_DATA);
  if ((status & STOIC_UART_STATUS_END) != 0 || count == by_interrupt) *uart(STOIC_UART_REG_IRQ_ENABLE) = 0;
}

int run_input(void) {
  char line[40];
  uint32_t bytes, sum = 0, i, begin, cycles;
  const uint8_t* blob = board_blob(&bytes);
  board_listen(1u << STOIC_INTERRUPT_UART);
  *uart(STOIC_UART_REG_IRQ_ENABLE) = STOIC_UART_STATUS_RECEIVED | STOIC_UART_STATUS_END;
  (void)board_enable_interrupts(true);
  while (*uart(STOIC_UART_REG_IRQ_ENABLE) != 0) __asm__ volatile("wfi");
  (void)board_enable_interrupts(false);
  printf("by interrupt, %u times: \"%s\"\n", (unsigned)entered, (const char*)first);
  begin = now();
  for (i = 0; fgets(line, sizeof line, stdin) != NULL; ++i) printf("line \"%s\"\n", line);
  cycles = now() - begin;
  printf("%u lines, %s, then %d, and a read of %u\n", (unsigned)i, feof(stdin) ? "the end" : "NO END",
         getchar() == EOF ? -1 : 0, (unsigned)*uart(STOIC_UART_REG_DATA));
  for (i = 0; i < bytes; ++i) sum = 31 * sum + blob[i];
  printf("blob: %u bytes at %p, sum %u\n", (unsigned)bytes, (const void*)blob, (unsigned)sum);
  printf("cycles of the lines: %u\n", (unsigned)cycles);
  return 0;
}
