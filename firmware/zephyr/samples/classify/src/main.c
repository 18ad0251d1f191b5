/* Classifies the samples that came with the export. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "model.h"
#include "stoic_zephyr.h"

int main(void) {
  static uint32_t outputs[MODEL_OUTPUT_BYTES / sizeof(uint32_t)];
  stoic_device* device = stoic_zephyr_device(DEVICE_DT_GET(DT_NODELABEL(stoic0)));
  stoic_status status = device == NULL ? STOIC_NO_DEVICE : stoic_load(device, &model);
  uint32_t s, result = 0;
  for (s = 0; s < MODEL_SAMPLES && status == STOIC_OK; ++s) {
    status = stoic_run(device, model_samples + s * MODEL_INPUT_BYTES, outputs, 1, 100000);
    if (status == STOIC_OK) status = stoic_wait(device, 1000000);
    if (status == STOIC_OK) status = stoic_result(device, outputs, 0, &result);
    if (status == STOIC_OK) printk("sample %u is of class %u\n", (unsigned)s, (unsigned)result);
  }
  printk("%s: %s\n", model.name, stoic_status_text(status));
  return 0;
}
