#pragma once
extern void (*stub_isr[4])(const void* argument);
extern const void* stub_argument;
#define IRQ_CONNECT(irq, priority, isr, argument, flags) \
  do {                                                   \
    stub_isr[irq] = (isr);                               \
    stub_argument = (argument);                          \
  } while (0)
void irq_enable(unsigned irq);
