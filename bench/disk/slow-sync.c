// Preloaded library: delays each fsync and fdatasync of a process, as a slow disk does.
//
// SLOW_SYNC_FILE  a file of 8 bytes with the delay in microseconds, which may be changed at any time

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *delay_us;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("SLOW_SYNC_FILE");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(0, sizeof *delay_us, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) delay_us = mapped;
  close(file);
}

static void wait_for_disk(void) {
  int64_t delay = delay_us ? *delay_us : 0;
  struct timespec rest = {delay / 1000000, delay % 1000000 * 1000};
  while (delay > 0 && nanosleep(&rest, &rest) != 0) continue;
}

int fsync(int fd) {
  wait_for_disk();
  return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  wait_for_disk();
  return (int)syscall(SYS_fdatasync, fd);
}
