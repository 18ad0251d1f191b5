/* The accelerator from Linux user space, by a UIO device with three maps: registers of the accelerator, registers of the DMA,
 * and reserved memory that the DMA reaches. It has no other driver.
 *
 *   stoic-uio /dev/uio0 model.bin samples.bin
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "stoic_image.h"

enum { accelerator_map, dma_map, memory_map, maps };

typedef struct uio {
  int file;
  uint8_t* map[maps];     /* in this process */
  uint64_t address[maps]; /* on the bus */
  uint64_t size[maps];
} uio;

static void fail(const char* what, const char* why) {
  fprintf(stderr, "stoic-uio: %s: %s\n", what, why);
  exit(1);
}

/* A number of /sys/class/uio/NAME/maps/mapN/. */
static uint64_t map_number(const char* name, int map, const char* what) {
  char path[200];
  unsigned long long value = 0;
  FILE* file;
  snprintf(path, sizeof path, "/sys/class/uio/%s/maps/map%d/%s", name, map, what);
  file = fopen(path, "r");
  if (file == NULL || fscanf(file, "%llx", &value) != 1)
    fail(path, "there is no such map; the device needs three: accelerator, DMA, memory");
  fclose(file);
  return value;
}

static void open_uio(uio* device, const char* path) {
  const char* name = strrchr(path, '/');
  int m;
  name = name == NULL ? path : name + 1;
  device->file = open(path, O_RDWR | O_SYNC);
  if (device->file < 0) fail(path, strerror(errno));
  for (m = 0; m < maps; ++m) {
    void* place;
    device->address[m] = map_number(name, m, "addr");
    device->size[m] = map_number(name, m, "size");
    /* UIO counts its maps in pages of the offset. */
    place = mmap(NULL, (size_t)device->size[m], PROT_READ | PROT_WRITE, MAP_SHARED, device->file,
                 (off_t)m * sysconf(_SC_PAGESIZE));
    if (place == MAP_FAILED) fail(path, strerror(errno));
    device->map[m] = (uint8_t*)place;
  }
}

/* ---- The port ---- */

static bool uio_read(void* context, uintptr_t address, uint32_t* value) {
  (void)context;
  *value = *(volatile uint32_t*)address;
  return true;
}

static bool uio_write(void* context, uintptr_t address, uint32_t value) {
  (void)context;
  *(volatile uint32_t*)address = value;
  return true;
}

/* Microseconds: the driver compares times, and what it waits for by itself takes less than one of them a word. */
static uint64_t uio_now(void* context) {
  struct timespec now;
  (void)context;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static stoic_device stoic;

/* An interrupt is disabled by the kernel when it comes: it is enabled here, waited for, acknowledged. */
static void uio_wait(void* context, const volatile uint32_t* events, uint64_t deadline) {
  const uio* device = (const uio*)context;
  struct pollfd wanted = {device->file, POLLIN, 0};
  const uint32_t on = 1;
  const uint64_t now = uio_now(NULL);
  const uint64_t left = deadline > now ? (deadline - now) / 1000u + 1 : 0;
  uint32_t count;
  if (*events != 0 || deadline <= now) return;
  if (write(device->file, &on, sizeof on) != (ssize_t)sizeof on) return;
  if (poll(&wanted, 1, left < 1000 ? (int)left : 1000) == 1 &&
      read(device->file, &count, sizeof count) == (ssize_t)sizeof count)
    stoic_interrupt(&stoic);
}

static uintptr_t uio_bus_address(void* context, const void* pointer) {
  const uio* device = (const uio*)context;
  const uint64_t offset = (uint64_t)((const uint8_t*)pointer - device->map[memory_map]);
  /* What does not lie there the DMA does not reach; the driver then writes word by word, or refuses. */
  return offset < device->size[memory_map] ? (uintptr_t)(device->address[memory_map] + offset) : UINTPTR_MAX;
}

/* ---- Memory that the DMA reaches ---- */

static uint64_t used;

static void* place(const uio* device, uint64_t bytes) {
  void* at = device->map[memory_map] + used;
  used += (bytes + STOIC_IMAGE_ALIGNMENT - 1) / STOIC_IMAGE_ALIGNMENT * STOIC_IMAGE_ALIGNMENT;
  if (used > device->size[memory_map])
    fail("reserved memory", "too small for the model, the samples and an output");
  return at;
}

static void* read_into(const uio* device, const char* path, size_t* size) {
  struct stat known;
  void* at;
  const int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &known) != 0) fail(path, strerror(errno));
  *size = (size_t)known.st_size;
  at = place(device, (uint64_t)known.st_size);
  if (read(file, at, *size) != (ssize_t)*size) fail(path, "cannot be read as a whole");
  close(file);
  return at;
}

static void require(stoic_status status, const char* what) {
  if (status != STOIC_OK) fail(what, stoic_status_text(status));
}

static void run_samples(const uio* device, const stoic_model* model, const char* path) {
  const stoic_samples_header* samples;
  const uint8_t *data, *labels;
  uint32_t s, result = 0, right = 0;
  size_t size;
  const uint8_t* file = (const uint8_t*)read_into(device, path, &size);
  void* outputs = place(device, model->output_bytes);
  require(stoic_samples_from_image(&samples, file, size), path);
  if (samples->sample_bytes != model->input_bytes) fail(path, "samples of another network");
  data = file + samples->data;
  labels = file + samples->labels;
  for (s = 0; s < samples->count; ++s) {
    require(stoic_run(&stoic, data + (size_t)s * samples->sample_bytes, outputs, 1, 100000), "run");
    require(stoic_wait(&stoic, 1000000u), "wait");
    require(stoic_result(&stoic, outputs, 0, &result), "result");
    printf("sample %u is of class %u\n", (unsigned)s, (unsigned)result);
    if (result == labels[s]) ++right;
  }
  printf("%s: %u of %u right\n", model->name, (unsigned)right, (unsigned)samples->count);
}

int main(int count, char** arguments) {
  static uio device;
  static stoic_model model;
  const stoic_port port = {&device, uio_read, uio_write, uio_now, uio_wait, uio_bus_address, NULL};
  const void* image;
  size_t size;
  if (count != 4) {
    fprintf(stderr, "usage: stoic-uio /dev/uioN model.bin samples.bin\n");
    return 2;
  }
  open_uio(&device, arguments[1]);
  require(
      stoic_init(&stoic, &port, (uintptr_t)device.map[accelerator_map], (uintptr_t)device.map[dma_map], true),
      arguments[1]);
  image = read_into(&device, arguments[2], &size);
  require(stoic_model_from_image(&model, image, size), arguments[2]);
  require(stoic_load(&stoic, &model), arguments[2]);
  run_samples(&device, &model, arguments[3]);
  return 0;
}
