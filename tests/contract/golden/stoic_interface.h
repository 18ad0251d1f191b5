/* clang-format off */
/* Generated from hw-configs/interface.json. Do not edit.
 *
 * The contract between the stoic accelerator and all that drive it: instruction encoding, registers, memories,
 * status codes, limits and timing. Plain C, shared by firmware, simulators and host. */
#ifndef STOIC_INTERFACE_H
#define STOIC_INTERFACE_H

/* Identity */
#define STOIC_ID 0x53544f49u
#define STOIC_INTERFACE_VERSION 1
#define STOIC_PROGRAM_WORD_BITS 64

/* Limits */
#define STOIC_LANES_MIN 2 /* lanes are a power of two from here ... */
#define STOIC_LANES_MAX 64 /* ... to here */
#define STOIC_STATE_WIDTH_MIN 8 /* bits of a state, from here ... */
#define STOIC_STATE_WIDTH_MAX 24 /* ... to here */
#define STOIC_WEIGHT_WIDTH_MIN 4 /* bits of a weight, from here ... */
#define STOIC_WEIGHT_WIDTH_MAX 18 /* ... to here */
#define STOIC_ACCUMULATOR_WIDTH_MAX 64 /* bits of an accumulator at most */
#define STOIC_STATE_WORDS_MAX 4096 /* state words per lane that an address reaches */
#define STOIC_WEIGHT_WORDS_MAX 16777216 /* weight beats that an address reaches */
#define STOIC_PROGRAM_WORDS_MAX 65536 /* program words that PROGRAM_START reaches */
#define STOIC_TABLE_WORDS_MAX 65536 /* table words that an address reaches */
#define STOIC_TABLE_GUARD_BITS_MAX 8 /* guard bits of a table word at most */
#define STOIC_LOOP_DEPTH_MAX 16 /* nested loops at most */
#define STOIC_INPUT_BUFFER_BEATS_MAX 4096 /* beats that the input buffer holds at most */
#define STOIC_BUNDLE_TERMS_MAX 8 /* product terms of one BUNDLE at most */
#define STOIC_PROGRAM_SLOT_MAX 131071 /* a larger PROGRAM_START is stored as this, which no program memory reaches */
#define STOIC_SLOT_SATURATIONS_MAX 65535 /* where the saturations of one instruction slot stop counting */

/* Timing, in cycles */
#define STOIC_START_CYCLES 2 /* from the accepted START to the first fetch, and again from the last HALT to DONE */
#define STOIC_FETCH_CYCLES 3 /* fetch and check of an instruction, besides one cycle a program word */
#define STOIC_CONTROL_CYCLES 1 /* LOOP, END and HALT after the fetch */
#define STOIC_MAC_LATENCY 7 /* last issue of MATVEC or BUNDLE to its last write */
#define STOIC_FUNCTION_LATENCY 9 /* last issue of FUNCTION to its last write */
#define STOIC_NORMALISE_BEAT_CYCLES 24 /* one beat of NORMALISE without its table look-ups: three squares, normalisation, three products, drained */
#define STOIC_COPY_LATENCY 2 /* last read of COPY or ROTATE to its last write */
#define STOIC_LOAD_LATENCY 1 /* last input beat accepted to its write */
#define STOIC_STORE_LATENCY 2 /* last read to its output beat accepted */
#define STOIC_WRITE_OFFER_CYCLES 1 /* a write offered on the bus to its acceptance; a read is accepted at once */
#define STOIC_ACCESS_LATENCY 1 /* an access of the bus accepted to its response */
#define STOIC_MEM_DATA_LATENCY 2 /* a read of MEM_DATA accepted to its data */

/* Status codes */
#define STOIC_STATUS_CODE_OK 0 /* no fault */
#define STOIC_STATUS_CODE_PROGRAM_ADDRESS 1 /* an instruction lies outside the program memory */
#define STOIC_STATUS_CODE_ILLEGAL_OPCODE 2 /* no such instruction */
#define STOIC_STATUS_CODE_ILLEGAL_OPERAND 3 /* a count of 0, too many terms, a segment or result shift not below state_width, a rotation by the length or more, symmetry 3, an origin outside the states */
#define STOIC_STATUS_CODE_STATE_ADDRESS 4 /* an operand reaches beyond the state memory */
#define STOIC_STATUS_CODE_WEIGHT_ADDRESS 5 /* a matrix reaches beyond the weight memory */
#define STOIC_STATUS_CODE_TABLE_ADDRESS 6 /* a table reaches beyond the table memory */
#define STOIC_STATUS_CODE_OPERAND_OVERLAP 7 /* the destination overlaps an operand in a way that the order of reads would decide */
#define STOIC_STATUS_CODE_LOOP_TOO_DEEP 8 /* LOOP with loop_depth loops open */
#define STOIC_STATUS_CODE_LOOP_UNDERFLOW 9 /* END without LOOP */
#define STOIC_STATUS_CODE_STREAM_TOO_SHORT 10 /* TLAST before the last beat of a vector or matrix */
#define STOIC_STATUS_CODE_STREAM_TOO_LONG 11 /* no TLAST on the last beat of a vector or matrix */
#define STOIC_STATUS_CODE_STREAM_TIMEOUT 12 /* no beat moved for STREAM_TIMEOUT cycles */
#define STOIC_STATUS_CODE_CYCLE_LIMIT 13 /* CYCLE_LIMIT cycles have passed since START */
#define STOIC_STATUS_CODE_ABORTED 14 /* ABORT was written */

/* Memories behind MEM_SELECT */
#define STOIC_MEMORY_PROGRAM 0 /* halves of program words, low half first */
#define STOIC_MEMORY_WEIGHTS 1 /* weights: beat*lanes + lane */
#define STOIC_MEMORY_TABLES 2 /* table words */
#define STOIC_MEMORY_STATE 3 /* states: word*lanes + lane */
#define STOIC_MEMORY_SATURATIONS 4 /* saturations by instruction slot since START, staying at SLOT_SATURATIONS_MAX; read only */

/* Registers: byte offsets and fields */
#define STOIC_REG_ID 0x00u /* the id of every stoic accelerator */
#define STOIC_REG_INTERFACE_VERSION 0x04u /* version of this file */
#define STOIC_REG_CONFIG_HASH 0x08u /* hash of the instance's numbers and the interface version; images carry it */
#define STOIC_REG_CAPABILITY_WIDTHS 0x0cu /* lanes and word widths */
#define STOIC_CAPABILITY_WIDTHS_LANES_LSB 0
#define STOIC_CAPABILITY_WIDTHS_LANES_WIDTH 8
#define STOIC_CAPABILITY_WIDTHS_STATE_WIDTH_LSB 8
#define STOIC_CAPABILITY_WIDTHS_STATE_WIDTH_WIDTH 8
#define STOIC_CAPABILITY_WIDTHS_WEIGHT_WIDTH_LSB 16
#define STOIC_CAPABILITY_WIDTHS_WEIGHT_WIDTH_WIDTH 8
#define STOIC_CAPABILITY_WIDTHS_ACCUMULATOR_WIDTH_LSB 24
#define STOIC_CAPABILITY_WIDTHS_ACCUMULATOR_WIDTH_WIDTH 8
#define STOIC_REG_CAPABILITY_UNITS 0x10u /* units and depths */
#define STOIC_CAPABILITY_UNITS_FUNCTION_UNITS_LSB 0
#define STOIC_CAPABILITY_UNITS_FUNCTION_UNITS_WIDTH 8
#define STOIC_CAPABILITY_UNITS_LOOP_DEPTH_LSB 8
#define STOIC_CAPABILITY_UNITS_LOOP_DEPTH_WIDTH 8
#define STOIC_CAPABILITY_UNITS_TABLE_GUARD_BITS_LSB 16
#define STOIC_CAPABILITY_UNITS_TABLE_GUARD_BITS_WIDTH 8
#define STOIC_REG_STATE_WORDS 0x14u /* state words per lane */
#define STOIC_REG_WEIGHT_WORDS 0x18u /* weight beats */
#define STOIC_REG_PROGRAM_WORDS 0x1cu /* program words */
#define STOIC_REG_TABLE_WORDS 0x20u /* table words */
#define STOIC_REG_CONTROL 0x24u /* START runs from PROGRAM_START, clears counters and status; RESET, which wins, clears all registers and empties the input buffer */
#define STOIC_CONTROL_START_LSB 0
#define STOIC_CONTROL_START_WIDTH 1
#define STOIC_CONTROL_RESET_LSB 1
#define STOIC_CONTROL_RESET_WIDTH 1
#define STOIC_REG_STATUS 0x28u /* what the engine does or why it stopped */
#define STOIC_STATUS_BUSY_LSB 0
#define STOIC_STATUS_BUSY_WIDTH 1
#define STOIC_STATUS_DONE_LSB 1
#define STOIC_STATUS_DONE_WIDTH 1
#define STOIC_STATUS_FAULT_LSB 2
#define STOIC_STATUS_FAULT_WIDTH 1
#define STOIC_STATUS_ACCESS_ERROR_LSB 3
#define STOIC_STATUS_ACCESS_ERROR_WIDTH 1
#define STOIC_STATUS_CODE_LSB 8
#define STOIC_STATUS_CODE_WIDTH 8
#define STOIC_REG_ABORT 0x2cu /* any write stops the engine; a vector that it was reading is discarded up to TLAST, one that it was sending is closed */
#define STOIC_REG_IRQ_ENABLE 0x30u /* causes that raise the interrupt */
#define STOIC_IRQ_ENABLE_DONE_LSB 0
#define STOIC_IRQ_ENABLE_DONE_WIDTH 1
#define STOIC_IRQ_ENABLE_FAULT_LSB 1
#define STOIC_IRQ_ENABLE_FAULT_WIDTH 1
#define STOIC_REG_IRQ_STATUS 0x34u /* pending causes; writing 1 acknowledges */
#define STOIC_IRQ_STATUS_DONE_LSB 0
#define STOIC_IRQ_STATUS_DONE_WIDTH 1
#define STOIC_IRQ_STATUS_FAULT_LSB 1
#define STOIC_IRQ_STATUS_FAULT_WIDTH 1
#define STOIC_REG_PROGRAM_START 0x38u /* program word of the first instruction */
#define STOIC_REG_SAMPLES 0x3cu /* how often the program runs per START; 0 counts as 1 */
#define STOIC_REG_CYCLE_LIMIT 0x40u /* cycles after START at which the engine stops; 0: none */
#define STOIC_REG_STREAM_TIMEOUT 0x44u /* cycles that a stream may keep the engine waiting; 0: for ever */
#define STOIC_REG_PROGRAM_COUNTER 0x48u /* slot of the current, halting or faulting instruction */
#define STOIC_REG_SAMPLES_DONE 0x4cu /* samples finished since START */
#define STOIC_REG_CYCLES_LOW 0x50u /* cycles from START to DONE, bits 31..0 */
#define STOIC_REG_CYCLES_HIGH 0x54u /* bits 63..32 */
#define STOIC_REG_MAC_CYCLES_LOW 0x58u /* cycles in which the lanes multiplied for MATVEC or BUNDLE, bits 31..0 */
#define STOIC_REG_MAC_CYCLES_HIGH 0x5cu /* bits 63..32 */
#define STOIC_REG_STALL_INPUT 0x60u /* cycles waited for the input stream */
#define STOIC_REG_STALL_WEIGHTS 0x64u /* cycles waited for the weight stream */
#define STOIC_REG_STALL_OUTPUT 0x68u /* cycles waited for the output stream */
#define STOIC_REG_SATURATIONS 0x6cu /* elements saturated since START; stays at 2^32-1 */
#define STOIC_REG_FIRST_SATURATED 0x70u /* slot of the first instruction that saturated, 2^32-1 for none */
#define STOIC_REG_MEM_SELECT 0x80u /* the memory behind MEM_DATA */
#define STOIC_MEM_SELECT_MEMORY_LSB 0
#define STOIC_MEM_SELECT_MEMORY_WIDTH 3
#define STOIC_REG_MEM_ADDRESS 0x84u /* index into it; each access of MEM_DATA that is no error adds 1 */
#define STOIC_REG_MEM_DATA 0x88u /* one entry, sign-extended; an index beyond the memory answers SLVERR */

/* Access to registers: bit i of a set stands for the offset 4 i */
#define STOIC_READABLE_REGISTERS 0x71ffff5ffull /* while the engine rests; MEM_DATA within its memory */
#define STOIC_WRITABLE_REGISTERS 0x70003fa00ull /* while the engine rests; MEM_DATA within its memory */
#define STOIC_RUNNING_READABLE_REGISTERS 0x1ffc25ffull /* while it runs */
#define STOIC_RUNNING_WRITABLE_REGISTERS 0x2800ull /* while it runs */

/* Instructions: opcodes and bit fields */
#define STOIC_OPCODE_LSB 0
#define STOIC_OPCODE_WIDTH 5
#define STOIC_OP_HALT 1
#define STOIC_OP_HALT_WORDS 1
#define STOIC_OP_LOOP 2
#define STOIC_OP_LOOP_WORDS 1
#define STOIC_LOOP_COUNT_LSB 8
#define STOIC_LOOP_COUNT_WIDTH 24
#define STOIC_OP_END 3
#define STOIC_OP_END_WORDS 1
#define STOIC_OP_LOAD 4
#define STOIC_OP_LOAD_WORDS 1
#define STOIC_LOAD_DESTINATION_LSB 8
#define STOIC_LOAD_DESTINATION_WIDTH 12
#define STOIC_LOAD_LENGTH_LSB 20
#define STOIC_LOAD_LENGTH_WIDTH 16
#define STOIC_OP_STORE 5
#define STOIC_OP_STORE_WORDS 1
#define STOIC_STORE_SOURCE_LSB 8
#define STOIC_STORE_SOURCE_WIDTH 12
#define STOIC_STORE_LENGTH_LSB 20
#define STOIC_STORE_LENGTH_WIDTH 16
#define STOIC_OP_MATVEC 6
#define STOIC_OP_MATVEC_WORDS 2
#define STOIC_MATVEC_STREAM_LSB 5
#define STOIC_MATVEC_STREAM_WIDTH 1
#define STOIC_MATVEC_BIASED_LSB 6
#define STOIC_MATVEC_BIASED_WIDTH 1
#define STOIC_MATVEC_DESTINATION_LSB 8
#define STOIC_MATVEC_DESTINATION_WIDTH 12
#define STOIC_MATVEC_SOURCE_LSB 20
#define STOIC_MATVEC_SOURCE_WIDTH 12
#define STOIC_MATVEC_BIAS_LSB 32
#define STOIC_MATVEC_BIAS_WIDTH 12
#define STOIC_MATVEC_BIAS_SHIFT_LSB 44
#define STOIC_MATVEC_BIAS_SHIFT_WIDTH 6
#define STOIC_MATVEC_RESULT_SHIFT_LSB 50
#define STOIC_MATVEC_RESULT_SHIFT_WIDTH 7
#define STOIC_MATVEC_ROWS_LSB 64
#define STOIC_MATVEC_ROWS_WIDTH 16
#define STOIC_MATVEC_COLUMNS_LSB 80
#define STOIC_MATVEC_COLUMNS_WIDTH 16
#define STOIC_MATVEC_WEIGHTS_LSB 96
#define STOIC_MATVEC_WEIGHTS_WIDTH 24
#define STOIC_OP_BUNDLE 7
#define STOIC_OP_BUNDLE_WORDS 1
#define STOIC_BUNDLE_DESTINATION_LSB 8
#define STOIC_BUNDLE_DESTINATION_WIDTH 12
#define STOIC_BUNDLE_LENGTH_LSB 20
#define STOIC_BUNDLE_LENGTH_WIDTH 16
#define STOIC_BUNDLE_TERMS_LSB 36
#define STOIC_BUNDLE_TERMS_WIDTH 4
#define STOIC_BUNDLE_RESULT_SHIFT_LSB 40
#define STOIC_BUNDLE_RESULT_SHIFT_WIDTH 7
#define STOIC_BUNDLE_TERM_FIRST_BIT 64
#define STOIC_BUNDLE_TERM_STRIDE 32
#define STOIC_BUNDLE_TERM_LEFT_LSB 0
#define STOIC_BUNDLE_TERM_LEFT_WIDTH 12
#define STOIC_BUNDLE_TERM_RIGHT_LSB 12
#define STOIC_BUNDLE_TERM_RIGHT_WIDTH 12
#define STOIC_BUNDLE_TERM_LEFT_FIXED_LSB 24
#define STOIC_BUNDLE_TERM_LEFT_FIXED_WIDTH 1
#define STOIC_BUNDLE_TERM_RIGHT_FIXED_LSB 25
#define STOIC_BUNDLE_TERM_RIGHT_FIXED_WIDTH 1
#define STOIC_BUNDLE_TERM_SUBTRACT_LSB 26
#define STOIC_BUNDLE_TERM_SUBTRACT_WIDTH 1
#define STOIC_BUNDLE_TERM_ALIGN_LSB 27
#define STOIC_BUNDLE_TERM_ALIGN_WIDTH 5
#define STOIC_OP_FUNCTION 8
#define STOIC_OP_FUNCTION_WORDS 2
#define STOIC_FUNCTION_DESTINATION_LSB 8
#define STOIC_FUNCTION_DESTINATION_WIDTH 12
#define STOIC_FUNCTION_SOURCE_LSB 20
#define STOIC_FUNCTION_SOURCE_WIDTH 12
#define STOIC_FUNCTION_LENGTH_LSB 32
#define STOIC_FUNCTION_LENGTH_WIDTH 16
#define STOIC_FUNCTION_SYMMETRY_LSB 48
#define STOIC_FUNCTION_SYMMETRY_WIDTH 2
#define STOIC_FUNCTION_COUNT_OUTSIDE_LSB 50
#define STOIC_FUNCTION_COUNT_OUTSIDE_WIDTH 1
#define STOIC_FUNCTION_TABLE_LSB 64
#define STOIC_FUNCTION_TABLE_WIDTH 16
#define STOIC_FUNCTION_SEGMENTS_LSB 80
#define STOIC_FUNCTION_SEGMENTS_WIDTH 16
#define STOIC_FUNCTION_SEGMENT_SHIFT_LSB 96
#define STOIC_FUNCTION_SEGMENT_SHIFT_WIDTH 5
#define STOIC_FUNCTION_ORIGIN_LSB 101
#define STOIC_FUNCTION_ORIGIN_WIDTH 24
#define STOIC_OP_NORMALISE 9
#define STOIC_OP_NORMALISE_WORDS 2
#define STOIC_NORMALISE_DESTINATION_LSB 8
#define STOIC_NORMALISE_DESTINATION_WIDTH 12
#define STOIC_NORMALISE_SOURCE_LSB 20
#define STOIC_NORMALISE_SOURCE_WIDTH 12
#define STOIC_NORMALISE_LENGTH_LSB 32
#define STOIC_NORMALISE_LENGTH_WIDTH 16
#define STOIC_NORMALISE_RESULT_SHIFT_LSB 48
#define STOIC_NORMALISE_RESULT_SHIFT_WIDTH 5
#define STOIC_NORMALISE_TABLE_LSB 64
#define STOIC_NORMALISE_TABLE_WIDTH 16
#define STOIC_NORMALISE_SEGMENTS_LSB 80
#define STOIC_NORMALISE_SEGMENTS_WIDTH 16
#define STOIC_NORMALISE_SEGMENT_SHIFT_LSB 96
#define STOIC_NORMALISE_SEGMENT_SHIFT_WIDTH 5
#define STOIC_OP_COPY 10
#define STOIC_OP_COPY_WORDS 1
#define STOIC_COPY_DESTINATION_LSB 8
#define STOIC_COPY_DESTINATION_WIDTH 18
#define STOIC_COPY_SOURCE_LSB 26
#define STOIC_COPY_SOURCE_WIDTH 18
#define STOIC_COPY_LENGTH_LSB 44
#define STOIC_COPY_LENGTH_WIDTH 16
#define STOIC_OP_ROTATE 11
#define STOIC_OP_ROTATE_WORDS 1
#define STOIC_ROTATE_DESTINATION_LSB 8
#define STOIC_ROTATE_DESTINATION_WIDTH 12
#define STOIC_ROTATE_SOURCE_LSB 20
#define STOIC_ROTATE_SOURCE_WIDTH 12
#define STOIC_ROTATE_LENGTH_LSB 32
#define STOIC_ROTATE_LENGTH_WIDTH 16
#define STOIC_ROTATE_AMOUNT_LSB 48
#define STOIC_ROTATE_AMOUNT_WIDTH 16

#endif
