#pragma once
#define DT_INST_REG_ADDR_BY_IDX(n, index) (0x10000000u + 0x1000u * (index))
#define DT_INST_IRQN_BY_IDX(n, index) (1 + (index))
#define DT_INST_IRQ_BY_IDX(n, index, cell) 1
#define DT_NODELABEL(label) 0
#define DT_INST_FOREACH_STATUS_OKAY(define) define(0)
