/* clang-format off */
/* Generated from hw-configs/platform.json. Do not edit.
 *
 * The memory map of the platform that firmware runs on. Plain C, shared by firmware and simulator. */
#ifndef STOIC_PLATFORM_H
#define STOIC_PLATFORM_H
#define STOIC_PLATFORM_VERSION 3
#define STOIC_PLATFORM_CLOCK_HZ 100000000

/* Memory map */
#define STOIC_ROM_BASE 0x20000000u /* code and constants of the firmware; execution begins at its first word */
#define STOIC_ROM_SIZE 0x00400000u
#define STOIC_MODEL_BASE 0x40000000u /* what the simulator puts there: an exported image (model.bin), behind it samples (samples.bin) */
#define STOIC_MODEL_SIZE 0x01000000u
#define STOIC_BLOB_BASE 0x50000000u /* data of one's own, which the simulator puts there: HOST.BLOB_BYTES of them */
#define STOIC_BLOB_SIZE 0x01000000u
#define STOIC_RAM_BASE 0x80000000u /* data and stack */
#define STOIC_RAM_SIZE 0x00200000u
#define STOIC_ACCELERATOR_BASE 0x10000000u /* the registers of INTERFACE.md */
#define STOIC_ACCELERATOR_SIZE 0x00001000u
#define STOIC_DMA_BASE 0x10001000u /* moves vectors between memory and the streams of the accelerator */
#define STOIC_DMA_SIZE 0x00001000u
#define STOIC_UART_BASE 0x10002000u /* standard output and input */
#define STOIC_UART_SIZE 0x00001000u
#define STOIC_TIMER_BASE 0x10003000u /* time since reset, in clock cycles */
#define STOIC_TIMER_SIZE 0x00001000u
#define STOIC_INTERRUPTS_BASE 0x10004000u /* routes level-sensitive sources to the machine external interrupt */
#define STOIC_INTERRUPTS_SIZE 0x00001000u
#define STOIC_EXIT_BASE 0x10005000u /* ends the simulation */
#define STOIC_EXIT_SIZE 0x00001000u
#define STOIC_HOST_BASE 0x10006000u /* what the simulator has put into memory */
#define STOIC_HOST_SIZE 0x00001000u
#define STOIC_SAMPLES_BASE 0x10007000u /* a sensor: a sample of the test data comes every so many cycles, and is written to the next slot of a ring in memory */
#define STOIC_SAMPLES_SIZE 0x00001000u

/* Registers: byte offsets within their device */
#define STOIC_DMA_REG_CONTROL 0x00u /* of channel INPUT: bit 0 starts it; it must not be busy. Channel WEIGHTS has its registers 0x20 further on, OUTPUT 0x40 */
#define STOIC_DMA_REG_STATUS 0x04u /* STATUS_BUSY, STATUS_DONE or STATUS_ERROR, and the error code from bit STATUS_CODE_LSB on */
#define STOIC_DMA_REG_BASE 0x08u /* address that the offsets of descriptors count from */
#define STOIC_DMA_REG_DESCRIPTORS 0x0cu /* address of the first descriptor */
#define STOIC_DMA_REG_COUNT 0x10u /* descriptors of a round */
#define STOIC_DMA_REG_ROUNDS 0x14u /* how often the descriptors are worked through */
#define STOIC_DMA_REG_STRIDE 0x18u /* added to BASE after each round */
#define STOIC_DMA_REG_BEATS 0x1cu /* beats moved since the start */
#define STOIC_DMA_REG_IRQ_ENABLE 0x80u /* one bit for each channel; from bit 8 on, with FEATURE_TOGETHER, one for each that interrupts on errors alone */
#define STOIC_DMA_REG_IRQ_STATUS 0x84u /* channels that ended, well or not; from bit 8 on those that ended with an error; writing 1 acknowledges */
#define STOIC_DMA_REG_RESET 0x88u /* any write: one cycle of reset for the DMA and the accelerator, whose memories keep their contents */
#define STOIC_DMA_REG_FEATURES 0x8cu /* what else there is: FEATURE_LOADER, FEATURE_TOGETHER */
#define STOIC_DMA_REG_ACTIVE 0x90u /* one bit for each channel that is busy; from bit 8 on one for each with an error */
#define STOIC_DMA_REG_GO 0x94u /* one bit for each channel that is to start; none of them may be busy */
#define STOIC_DMA_REG_LOAD_CONTROL 0xa0u /* bit 0 starts the loader, which must not be busy: it reads words from memory and writes each to one register of the accelerator */
#define STOIC_DMA_REG_LOAD_STATUS 0xa4u /* STATUS_BUSY, STATUS_DONE or STATUS_ERROR, and the error code, as a channel's */
#define STOIC_DMA_REG_LOAD_SOURCE 0xa8u /* address of the first word, at any byte */
#define STOIC_DMA_REG_LOAD_COUNT 0xacu /* words; bytes when FORMAT_BYTES is 0 */
#define STOIC_DMA_REG_LOAD_FORMAT 0xb0u /* FORMAT_BYTES: bytes of a word in memory, 1 to 4, sign-extended; 0: nothing is written. FORMAT_FILL: all words are the first */
#define STOIC_DMA_REG_LOAD_TARGET 0xb4u /* offset of the register, MEM_DATA for the memories */
#define STOIC_DMA_REG_LOAD_CRC 0xb8u /* CRC-32 (that of zlib), continued by what is read, unless FORMAT_FILL */
#define STOIC_UART_REG_DATA 0x00u /* writing sends the lowest byte; reading takes the byte that has come, 0 when none has */
#define STOIC_UART_REG_STATUS 0x04u /* bit 0: ready to send, always 1; STATUS_RECEIVED, STATUS_END */
#define STOIC_UART_REG_IRQ_ENABLE 0x08u /* bits of STATUS that interrupt as long as they are 1; STATUS_RECEIVED and STATUS_END count */
#define STOIC_TIMER_REG_MTIME_LOW 0x00u /* bits 31..0; reading it holds MTIME_HIGH until that is read */
#define STOIC_TIMER_REG_MTIME_HIGH 0x04u /* bits 63..32 */
#define STOIC_TIMER_REG_MTIMECMP_LOW 0x08u /* the machine timer interrupt is pending while mtime >= mtimecmp */
#define STOIC_TIMER_REG_MTIMECMP_HIGH 0x0cu /* all ones after reset */
#define STOIC_INTERRUPTS_REG_PENDING 0x00u /* sources whose line is high, enabled or not */
#define STOIC_INTERRUPTS_REG_ENABLE 0x04u /* sources that interrupt */
#define STOIC_EXIT_REG_CODE 0x00u /* exit code, 0 for success */
#define STOIC_HOST_REG_BLOB_ADDRESS 0x00u /* address of the data of one's own: the beginning of the memory BLOB */
#define STOIC_HOST_REG_BLOB_BYTES 0x04u /* how many there are, 0 when none were given */
#define STOIC_SAMPLES_REG_CONTROL 0x00u /* bit 0: 1 starts it with the first sample, which comes PERIOD cycles later; 0 stops it */
#define STOIC_SAMPLES_REG_STATUS 0x04u /* STATUS_WAITING, STATUS_END, STATUS_ERROR */
#define STOIC_SAMPLES_REG_BASE 0x08u /* address of the ring: a multiple of 4, in a memory that can be written */
#define STOIC_SAMPLES_REG_SLOTS 0x0cu /* samples that the ring holds, 1 after reset */
#define STOIC_SAMPLES_REG_PERIOD 0x10u /* cycles from one sample to the next, at least 1; what the simulator was given, after reset */
#define STOIC_SAMPLES_REG_BYTES 0x14u /* bytes of a sample, as the input stream takes it, and of a slot; 0 when there are none */
#define STOIC_SAMPLES_REG_COUNT 0x18u /* samples that come in all */
#define STOIC_SAMPLES_REG_WRITTEN 0x1cu /* samples written to the ring since the start: sample number n, from 0, went to slot n mod SLOTS */
#define STOIC_SAMPLES_REG_TAKEN 0x20u /* of these the samples whose slots are free again: the firmware writes how many it is done with */
#define STOIC_SAMPLES_REG_NUMBER 0x24u /* which of the test data, from 0, the oldest is that waits */
#define STOIC_SAMPLES_REG_OVERRUNS 0x28u /* samples lost since the start, because all slots were waiting */
#define STOIC_SAMPLES_REG_IRQ_ENABLE 0x2cu /* bits of STATUS that interrupt as long as they are 1 */

/* Interrupt sources */
#define STOIC_INTERRUPT_ACCELERATOR 0 /* bit of PENDING and ENABLE: the interrupt of the accelerator */
#define STOIC_INTERRUPT_DMA 1 /* bit of PENDING and ENABLE: IRQ_STATUS and IRQ_ENABLE of the DMA */
#define STOIC_INTERRUPT_UART 2 /* bit of PENDING and ENABLE: STATUS and IRQ_ENABLE of the UART */
#define STOIC_INTERRUPT_SAMPLES 3 /* bit of PENDING and ENABLE: STATUS and IRQ_ENABLE of SAMPLES */
#define STOIC_INTERRUPT_SOURCES 4 /* how many there are */

/* UART */
#define STOIC_UART_STATUS_RECEIVED 2u /* mask of STATUS: a byte has come */
#define STOIC_UART_STATUS_END 4u /* mask of STATUS: none has come, and none will */
#define STOIC_UART_RECEIVE_CYCLES 100 /* from the read of a byte until the next has come: none is lost. The first is there at reset */

/* Samples that come */
#define STOIC_SAMPLES_STATUS_WAITING 1u /* mask of STATUS: WRITTEN is not TAKEN */
#define STOIC_SAMPLES_STATUS_END 2u /* mask of STATUS: all have come, and none waits */
#define STOIC_SAMPLES_STATUS_ERROR 4u /* mask of STATUS: a slot lies where nothing can be written; it has stopped */

/* DMA */
#define STOIC_DMA_CHANNEL_STRIDE 32 /* bytes from the registers of one channel to those of the next */
#define STOIC_DMA_INPUT 0 /* channel: memory to the stream input */
#define STOIC_DMA_WEIGHTS 1 /* channel: memory to the stream weights */
#define STOIC_DMA_OUTPUT 2 /* channel: the output stream to memory */
#define STOIC_DMA_CHANNELS 3 /* number of channels */
#define STOIC_DMA_LOADER 3 /* what a driver calls the loader, which is no channel */
#define STOIC_DMA_STATUS_BUSY 1u /* mask of STATUS: the channel moves vectors */
#define STOIC_DMA_STATUS_DONE 2u /* mask of STATUS: all were moved */
#define STOIC_DMA_STATUS_ERROR 4u /* mask of STATUS: it stopped by itself, with an error code */
#define STOIC_DMA_STATUS_CODE_LSB 8 /* the error code begins at this bit of STATUS */
#define STOIC_DMA_DESCRIPTOR_BYTES 8 /* a descriptor: offset of a vector from BASE, then its bytes and flags */
#define STOIC_DMA_ALIGNMENT 4 /* descriptors and vectors begin at a multiple of so many bytes; what the loader reads, at any byte */
#define STOIC_DMA_ALIGNMENT_ODD_BEAT 2 /* of vectors whose beats are no multiple of ALIGNMENT: 2 lanes of 8 or 24 bits */
#define STOIC_DMA_DESCRIPTOR_OPEN 0x80000000u /* flag: no TLAST on the last beat */
#define STOIC_DMA_FEATURE_LOADER 1u /* mask of FEATURES: the registers LOAD_* exist */
#define STOIC_DMA_FEATURE_TOGETHER 2u /* mask of FEATURES: ACTIVE, GO and interrupts on errors alone exist */
#define STOIC_DMA_ERRORS_LSB 8 /* bits of errors begin here in ACTIVE, IRQ_ENABLE and IRQ_STATUS */
#define STOIC_DMA_FORMAT_BYTES 7u /* mask of LOAD_FORMAT: bytes of a word */
#define STOIC_DMA_FORMAT_FILL 0x100u /* flag of LOAD_FORMAT: the address stands still */
#define STOIC_DMA_START_CYCLES 8 /* from the accepted start to the first beat: descriptor and data are fetched */
#define STOIC_DMA_END_CYCLES 4 /* from the last beat accepted to DONE: the last write */
#define STOIC_DMA_ERROR_NONE 0 /* error code: none */
#define STOIC_DMA_ERROR_ADDRESS 1 /* error code: a descriptor or a vector lies outside the memories, or is to be written to a read-only one */
#define STOIC_DMA_ERROR_LENGTH 2 /* error code: a vector is no whole number of beats, or has none */
#define STOIC_DMA_ERROR_OVERFLOW 3 /* error code: the output vector is longer or shorter than its descriptor says */
#define STOIC_DMA_ERROR_REFUSED 4 /* error code: the register of the accelerator answered a word of the loader with SLVERR */
#define STOIC_DMA_ERROR_ALIGNMENT 5 /* error code: a descriptor or a vector does not begin at a multiple of ALIGNMENT, or ALIGNMENT_ODD_BEAT */

#endif
