#include <stoic_platform.h>

/* Reset: stack, data, then main(); its result is the exit code. Traps: everything a C function may change is saved, mstatus
 * too, since a handler may let interrupts or traps of its own in, and board_trap() says where to go on. */
  .section .text.start, "ax"
  .globl _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top
  la t0, trap_entry
  csrw mtvec, t0
  la a0, __data_start
  la a1, __data_source
  la a2, __data_end
  bgeu a0, a2, 2f
1:
  lw t0, 0(a1)
  sw t0, 0(a0)
  addi a0, a0, 4
  addi a1, a1, 4
  bltu a0, a2, 1b
2:
  la a0, __bss_start
  la a1, __bss_end
  bgeu a0, a1, 4f
3:
  sw zero, 0(a0)
  addi a0, a0, 4
  bltu a0, a1, 3b
4:
  call main
  call board_exit
  .size _start, . - _start

/* bool board_read(uintptr_t address, uint32_t* value), bool board_write(uintptr_t address, uint32_t value), and the
 * same as a stoic_port calls them, with a context that nobody needs: the trap handler
 * knows the two instructions that may fail by where they are, so nothing is shared with interrupts. */
  .globl board_port_read, board_port_write
  .globl board_read, board_write, board_guarded_load, board_guarded_store, board_access_failed
  .type board_read, @function
  .type board_write, @function
board_read:
  mv a2, a1
  mv a1, a0
board_port_read:
board_guarded_load:
  lw a3, 0(a1)
  sw a3, 0(a2)
  li a0, 1
  ret
  .size board_read, . - board_read
board_write:
  mv a2, a1
  mv a1, a0
board_port_write:
board_guarded_store:
  sw a2, 0(a1)
  li a0, 1
  ret
board_access_failed:
  li a0, 0
  ret
  .size board_write, . - board_write

/* uint64_t board_now(void), and the same as a stoic_port calls it. Reading the lower word holds the upper one, so what
 * interrupts between the two goes on at the first of them. */
  .globl board_now, board_port_now, board_now_high
  .type board_now, @function
board_now:
board_port_now:
  li a5, STOIC_TIMER_BASE
  lw a0, STOIC_TIMER_REG_MTIME_LOW(a5)
board_now_high:
  lw a1, STOIC_TIMER_REG_MTIME_HIGH(a5)
  ret
  .size board_now, . - board_now

/* bool board_write_words(uintptr_t address, const uint8_t* words, uint32_t count, uint32_t bytes): see stoic_port. Every
 * store between the two labels may fail. */
  .globl board_write_words, board_write_words_end
  .type board_write_words, @function
board_write_words:
  beqz a2, 5f
  li t1, 2
  bltu a3, t1, 1f
  beq a3, t1, 2f
  li t1, 4
  bltu a3, t1, 3f
4:
  lw t0, 0(a1)
  addi a1, a1, 4
  addi a2, a2, -1
  sw t0, 0(a0)
  bnez a2, 4b
  j 5f
1:
  lb t0, 0(a1)
  addi a1, a1, 1
  addi a2, a2, -1
  sw t0, 0(a0)
  bnez a2, 1b
  j 5f
2:
  lh t0, 0(a1)
  addi a1, a1, 2
  addi a2, a2, -1
  sw t0, 0(a0)
  bnez a2, 2b
  j 5f
3:
  lbu t0, 0(a1)
  lbu t1, 1(a1)
  lb t2, 2(a1)
  slli t1, t1, 8
  slli t2, t2, 16
  or t0, t0, t1
  or t0, t0, t2
  addi a1, a1, 3
  addi a2, a2, -1
  sw t0, 0(a0)
  bnez a2, 3b
5:
  li a0, 1
  ret
board_write_words_end:
  .size board_write_words, . - board_write_words

  .globl trap_entry
  .type trap_entry, @function
  .balign 4
trap_entry:
  addi sp, sp, -80
  sw ra, 0(sp)
  sw t0, 4(sp)
  sw t1, 8(sp)
  sw t2, 12(sp)
  sw a0, 16(sp)
  sw a1, 20(sp)
  sw a2, 24(sp)
  sw a3, 28(sp)
  sw a4, 32(sp)
  sw a5, 36(sp)
  sw a6, 40(sp)
  sw a7, 44(sp)
  sw t3, 48(sp)
  sw t4, 52(sp)
  sw t5, 56(sp)
  sw t6, 60(sp)
  sw s0, 64(sp)
  csrr s0, mstatus
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  call board_trap
  csrw mepc, a0
  csrw mstatus, s0
  lw s0, 64(sp)
  lw ra, 0(sp)
  lw t0, 4(sp)
  lw t1, 8(sp)
  lw t2, 12(sp)
  lw a0, 16(sp)
  lw a1, 20(sp)
  lw a2, 24(sp)
  lw a3, 28(sp)
  lw a4, 32(sp)
  lw a5, 36(sp)
  lw a6, 40(sp)
  lw a7, 44(sp)
  lw t3, 48(sp)
  lw t4, 52(sp)
  lw t5, 56(sp)
  lw t6, 60(sp)
  addi sp, sp, 80
  mret
  .size trap_entry, . - trap_entry
