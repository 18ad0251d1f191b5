/* What looks as if it did not go on, and does. */
#include <setjmp.h>
#include <stoic_interface.h>

#include "scenarios.h"

static volatile uint32_t ticks, bytes, sum;
static uint32_t next_tick;

static void pass(uint32_t cycles) {
  const uint32_t from = now();
  while (now() - from < cycles) {
  }
}

/* A tick of 300 cycles takes part of them; each time it is less late. */
static void catch_up(void) __attribute__((interrupt("machine"), aligned(4)));
static void catch_up(void) {
  ++ticks;
  next_tick += 300;
  alarm_at(next_tick);
}

static int catch_up_with_ticks(void) {
  WRITE_CSR(mtvec, (uint32_t)catch_up);
  next_tick = now() + 300;
  alarm_at(next_tick);
  SET_CSR(mie, timer_bit);
  pass(55000 * 300); /* with interrupts off */
  SET_CSR(mstatus, mie);
  while ((int32_t)(now() - next_tick) > 0) {
  }
  CLEAR_CSR(mstatus, mie);
  printf("%s ticks\n", ticks > 55000 ? "all" : "lost");
  return 0;
}

/* The next byte has come whenever this ends. */
static void take_a_byte(void) __attribute__((interrupt("machine"), aligned(4)));
static void take_a_byte(void) {
  const uint32_t byte = *at(STOIC_UART_BASE + STOIC_UART_REG_DATA);
  for (uint32_t i = 0; i < 30; ++i) sum = 31 * sum + byte;
  ++bytes;
}

static int take_bytes(void) {
  WRITE_CSR(mtvec, (uint32_t)take_a_byte);
  *at(STOIC_INTERRUPTS_BASE + STOIC_INTERRUPTS_REG_ENABLE) = 1u << STOIC_INTERRUPT_UART;
  *at(STOIC_UART_BASE + STOIC_UART_REG_IRQ_ENABLE) = STOIC_UART_STATUS_RECEIVED;
  SET_CSR(mie, external_bit);
  SET_CSR(mstatus, mie);
  while ((*at(STOIC_UART_BASE + STOIC_UART_REG_STATUS) & STOIC_UART_STATUS_END) == 0) {
  }
  CLEAR_CSR(mstatus, mie);
  printf("%u bytes\n", (unsigned)bytes);
  return 0;
}

static int skip_blanks(void) {
  int c = ' ';
  while (c == ' ') c = board_getchar();
  printf("behind the blanks: %c\n", c);
  return 0;
}

static jmp_buf back;
static void jump_back(void) __attribute__((aligned(4)));
static void jump_back(void) { longjmp(back, 1); }

/* Which addresses are memory: the handler is left by longjmp(). */
static int look_at_memory(void) {
  static volatile uint32_t address, absent;
  WRITE_CSR(mtvec, (uint32_t)jump_back);
  for (address = 0x60000000; address < 0x60000000 + 4 * 1000; address += 4) {
    if (setjmp(back) == 0)
      sum += *at(address);
    else
      ++absent;
  }
  printf("%u words are absent\n", (unsigned)absent);
  return 0;
}

/* A call that begins anew until it is time. */
static void call_again(void) __attribute__((interrupt("machine"), aligned(4)));
static void call_again(void) {
  ++ticks;
  if (now() > next_tick) WRITE_CSR(mepc, READ_CSR(mepc) + 4);
}

static int call_until_it_is_time(void) {
  WRITE_CSR(mtvec, (uint32_t)call_again);
  next_tick = now() + 50000;
  __asm__ volatile(".option push\n\t.option norvc\n\tecall\n\t.option pop");
  printf("called %s\n", ticks > 1000 ? "often" : "seldom");
  return 0;
}

static void tell(uint32_t offset, uint32_t value) { *at(STOIC_ACCELERATOR_BASE + offset) = value; }

/* The accelerator waits for input that nobody gives it, until its own limit ends that. */
static int wait_for_the_limit(void) {
  tell(STOIC_REG_MEM_SELECT, STOIC_MEMORY_PROGRAM);
  tell(STOIC_REG_MEM_ADDRESS, 0);
  tell(STOIC_REG_MEM_DATA, STOIC_OP_LOAD | 1u << STOIC_LOAD_LENGTH_LSB);
  tell(STOIC_REG_MEM_DATA, 0);
  tell(STOIC_REG_SAMPLES, 1);
  tell(STOIC_REG_STREAM_TIMEOUT, 3500000);
  tell(STOIC_REG_CONTROL, 1u << STOIC_CONTROL_START_LSB);
  while ((*at(STOIC_ACCELERATOR_BASE + STOIC_REG_STATUS) >> STOIC_STATUS_BUSY_LSB & 1) != 0) {
  }
  printf("code %u\n", (unsigned)(*at(STOIC_ACCELERATOR_BASE + STOIC_REG_STATUS) >> STOIC_STATUS_CODE_LSB &
                                 ((1u << STOIC_STATUS_CODE_WIDTH) - 1)));
  return 0;
}

/* A loop whose count is in none of the registers. */
static int count_in_mtval(void) {
  __asm__ volatile(
      "csrw mtval, zero\n1: csrr a5, mtval\n\taddi a5, a5, 1\n\tcsrw mtval, a5\n\tsltu a5, a5, %0\n\tbnez "
      "a5, 1b"
      :
      : "r"(400000)
      : "a5");
  printf("counted\n");
  return 0;
}

int run_patience(uint32_t scenario) {
  switch (scenario) {
    case 40:
      return catch_up_with_ticks();
    case 41:
      return take_bytes();
    case 42:
      return skip_blanks();
    case 43:
      return look_at_memory();
    case 44:
      return call_until_it_is_time();
    case 45:
      return wait_for_the_limit();
    case 46:
      return count_in_mtval();
    default:
      return 1;
  }
}
