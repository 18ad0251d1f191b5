/* Three tasks and a tick that switches between them, as a small real-time kernel does it. */
#include "scenarios.h"

enum { task_count = 3, registers = 31, stack_words = 256, tick = 1000, ticks = 600 };

/* Of each task: x1 to x31, then pc. The handler finds the one that runs by mscratch. */
typedef struct task {
  uint32_t registers[registers];
  uint32_t pc;
} task;

static task tasks[task_count], first;
static uint32_t stacks[task_count][stack_words];
static volatile uint32_t counts[task_count], sums[task_count], switches, late;
static uint32_t running, next_tick;

__asm__(
    "  .balign 4\n"
    "switch_entry:\n"
    "  csrrw x31, mscratch, x31\n"
    "  .irp r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "  sw x\\r, (\\r-1)*4(x31)\n"
    "  .endr\n"
    "  csrr x1, mscratch\n"
    "  sw x1, 30*4(x31)\n"
    "  csrr x1, mepc\n"
    "  sw x1, 31*4(x31)\n"
    "  la sp, __stack_top\n"
    "  mv a0, x31\n"
    "  call switch_tasks\n"
    "  mv x31, a0\n"
    "  csrw mscratch, x31\n"
    "  lw x1, 31*4(x31)\n"
    "  csrw mepc, x1\n"
    "  .irp r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "  lw x\\r, (\\r-1)*4(x31)\n"
    "  .endr\n"
    "  lw x31, 30*4(x31)\n"
    "  mret\n");
void switch_entry(void);
task* switch_tasks(task* from);

task* switch_tasks(task* from) {
  const uint32_t time = now();
  if (from != &first && time - next_tick > late) late = time - next_tick;
  next_tick += tick;
  alarm_at(next_tick);
  if (++switches > ticks) {
    printf("tasks: %u %u %u, sums %u %u %u, late %u, at %u\n", (unsigned)counts[0], (unsigned)counts[1],
           (unsigned)counts[2], (unsigned)sums[0], (unsigned)sums[1], (unsigned)sums[2], (unsigned)late,
           (unsigned)now());
    board_exit(0);
  }
  running = (running + 1) % task_count;
  return &tasks[running];
}

/* One counts, one does so in critical sections, one sleeps. */
static void count(void) {
  for (;;) {
    ++counts[0];
    sums[0] += counts[0] * 2654435761u;
  }
}
static void count_carefully(void) {
  for (;;) {
    CLEAR_CSR(mstatus, mie);
    ++counts[1];
    sums[1] ^= counts[1] << (counts[1] % 7);
    SET_CSR(mstatus, mie);
  }
}
static void sleep(void) {
  for (;;) {
    ++counts[2];
    __asm__ volatile("wfi");
  }
}

int run_tasks(void) {
  static void (*const code[task_count])(void) = {count, count_carefully, sleep};
  uint32_t t;
  for (t = 0; t < task_count; ++t) {
    tasks[t].pc = (uint32_t)code[t];
    tasks[t].registers[1] = (uint32_t)(stacks[t] + stack_words); /* sp */
    __asm__ volatile("mv %0, gp" : "=r"(tasks[t].registers[2]));
  }
  running = task_count - 1;
  WRITE_CSR(mscratch, (uint32_t)&first);
  WRITE_CSR(mtvec, (uint32_t)switch_entry);
  next_tick = now() + tick;
  alarm_at(next_tick);
  SET_CSR(mie, timer_bit);
  SET_CSR(mstatus, mie);
  for (;;) {
  }
}
