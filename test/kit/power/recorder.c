// Preloaded library: records all changes of files below one folder, with their data, and the HTTP responses of the
// process, in order. It also lets file operations fail as on a full or a failing disk.
//
// POWER_FOLDER     the folder whose files are recorded (absolute, without symbolic links)
// POWER_RECORDING  the file that records are appended to; recording.ts describes the format
// POWER_FAULTS     a file that selects failures while it exists: its words are `full`, `sync:SUFFIX`, `write:SUFFIX`
//                  and `hold:SUFFIX` (a sync does not end)
//
// Syncs of recorded files are not passed on, so that a recording does not depend on the speed of the disk.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
  STARTED = 1, OPENED, WRITTEN, RESIZED, SYNC_BEGUN, SYNC_ENDED, UNLINKED, RENAMED, FOLDER_CREATED, RESPONDED, UNSUPPORTED
};

struct head {
  uint32_t kind;
  int32_t fd;
  uint64_t offset;
  /* OPENED: bit 0 created, bit 1 emptied. SYNC_ENDED: errno. */
  uint32_t detail;
  uint32_t length;
};

#define MAX_FDS 65536
#define REAL(name) ((__typeof__(&name))find_real(#name))

static const char *folder, *faults;
static size_t folder_length;
static int recording = -1;
/* The device and inode of each recorded descriptor. */
static struct { dev_t device; ino_t inode; } recorded[MAX_FDS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *find_real(const char *name) {
  return dlsym(RTLD_NEXT, name);
}

static void record(enum kind kind, int fd, uint64_t offset, uint32_t detail, const void *data, size_t length) {
  struct head head = {kind, fd, offset, detail, (uint32_t)length};
  struct iovec parts[2] = {{&head, sizeof head}, {(void *)data, length}};
  int saved = errno;
  if (syscall(SYS_writev, recording, parts, 2) != (long)(sizeof head + length)) abort();
  errno = saved;
}

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("POWER_RECORDING");
  folder = getenv("POWER_FOLDER");
  faults = getenv("POWER_FAULTS");
  if (!folder || !path) return;
  folder_length = strlen(folder);
  recording = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (recording < 0) abort();
  record(STARTED, -1, 0, 0, "", 0);
}

static int is_inside(const char *path) {
  return recording >= 0 && strncmp(path, folder, folder_length) == 0 &&
         (path[folder_length] == '/' || path[folder_length] == 0);
}

/* libuv closes descriptors by a system call, which is not seen here: the number may mean another file by now. */
static int is_tracked(int fd) {
  struct stat status;
  if (recording < 0 || fd < 0 || fd >= MAX_FDS || recorded[fd].inode == 0) return 0;
  if (fstat(fd, &status) != 0) return 0;
  return status.st_ino == recorded[fd].inode && status.st_dev == recorded[fd].device;
}

static int find_path(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
  return length >= 0;
}

static int has_suffix(const char *path, const char *suffix) {
  size_t length = strlen(path), suffix_length = strlen(suffix);
  return length >= suffix_length && strcmp(path + length - suffix_length, suffix) == 0;
}

/* Whether the file of faults contains the word, or the word with a suffix of the path of the descriptor. */
static int is_failing(const char *word, int fd) {
  char text[256], path[PATH_MAX] = "";
  if (!faults || recording < 0) return 0;
  int saved = errno, file = (int)syscall(SYS_openat, AT_FDCWD, faults, O_RDONLY | O_CLOEXEC);
  long length = file < 0 ? -1 : syscall(SYS_read, file, text, sizeof text - 1);
  if (file >= 0) syscall(SYS_close, file);
  errno = saved;
  if (length <= 0) return 0;
  text[length] = 0;
  if (fd >= 0) find_path(fd, path);
  size_t word_length = strlen(word);
  char *rest = text, *entry;
  while ((entry = strsep(&rest, " \n"))) {
    if (strcmp(entry, word) == 0) return 1;
    if (strncmp(entry, word, word_length) == 0 && entry[word_length] == ':' && has_suffix(path, entry + word_length + 1))
      return 1;
  }
  return 0;
}

static int is_full(void) {
  return is_failing("full", -1);
}

static off_t size_of(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_size : 0;
}

static int fail(int code) {
  errno = code;
  return -1;
}

/* Opening and closing. */

static int open_recorded(int at, const char *path, int flags, mode_t mode) {
  if (!is_inside(path)) return (int)syscall(SYS_openat, at, path, flags, mode);
  pthread_mutex_lock(&mutex);
  int creates = (flags & O_CREAT) && syscall(SYS_faccessat, at, path, F_OK) != 0;
  int result = (int)syscall(SYS_openat, at, path, flags, mode);
  if (result >= 0 && result < MAX_FDS) {
    uint32_t detail = (creates ? 1 : 0) | (flags & O_TRUNC ? 2 : 0);
    struct stat status;
    if (fstat(result, &status) != 0) abort();
    recorded[result].device = status.st_dev;
    recorded[result].inode = status.st_ino;
    record(OPENED, result, 0, detail, path, strlen(path));
  }
  pthread_mutex_unlock(&mutex);
  return result;
}

static mode_t read_mode(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define DEFINE_OPEN(name)                                        \
  int name(const char *path, int flags, ...) {                   \
    va_list arguments;                                           \
    va_start(arguments, flags);                                  \
    mode_t mode = read_mode(flags, arguments);                   \
    va_end(arguments);                                           \
    return open_recorded(AT_FDCWD, path, flags, mode);           \
  }
#define DEFINE_OPENAT(name)                                      \
  int name(int at, const char *path, int flags, ...) {           \
    va_list arguments;                                           \
    va_start(arguments, flags);                                  \
    mode_t mode = read_mode(flags, arguments);                   \
    va_end(arguments);                                           \
    return open_recorded(at, path, flags, mode);                 \
  }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)
int __open_2(const char *path, int flags) { return open_recorded(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_recorded(AT_FDCWD, path, flags, 0); }

int close(int fd) {
  if (is_tracked(fd)) recorded[fd].inode = 0;
  return REAL(close)(fd);
}

/* Writing. On a full disk, files can be created, but only bytes within their length can be written. */

static ssize_t write_recorded(int fd, const void *data, size_t length, off_t offset) {
  if (is_failing("write", fd)) return fail(EIO);
  if (is_full() && offset + (off_t)length > size_of(fd)) {
    if (offset >= size_of(fd)) return fail(ENOSPC);
    length = (size_t)(size_of(fd) - offset);
  }
  ssize_t written = syscall(SYS_pwrite64, fd, data, length, offset);
  if (written > 0) record(WRITTEN, fd, (uint64_t)offset, 0, data, (size_t)written);
  return written;
}

static ssize_t pwrite_recorded(int fd, const void *data, size_t length, off_t offset) {
  if (!is_tracked(fd)) return syscall(SYS_pwrite64, fd, data, length, offset);
  pthread_mutex_lock(&mutex);
  ssize_t written = write_recorded(fd, data, length, offset);
  pthread_mutex_unlock(&mutex);
  return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
  return pwrite_recorded(fd, data, length, offset);
}
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
  return pwrite_recorded(fd, data, length, offset);
}

/* Writes at the position of the descriptor, or at the end if it appends. */
static ssize_t write_next(int fd, const void *data, size_t length) {
  pthread_mutex_lock(&mutex);
  int appends = fcntl(fd, F_GETFL) & O_APPEND;
  off_t offset = appends ? size_of(fd) : lseek(fd, 0, SEEK_CUR);
  ssize_t written = write_recorded(fd, data, length, offset);
  if (written > 0) lseek(fd, offset + written, SEEK_SET);
  pthread_mutex_unlock(&mutex);
  return written;
}

/* A response is recorded before it is sent: its write must be durable from here on. */
static void record_response(const void *data, size_t length) {
  if (recording < 0 || length < 7 || memcmp(data, "HTTP/1.", 7) != 0) return;
  pthread_mutex_lock(&mutex);
  record(RESPONDED, -1, 0, 0, data, length);
  pthread_mutex_unlock(&mutex);
}

ssize_t write(int fd, const void *data, size_t length) {
  if (is_tracked(fd)) return write_next(fd, data, length);
  record_response(data, length);
  return REAL(write)(fd, data, length);
}

static char *join(const struct iovec *parts, int count, size_t *length) {
  *length = 0;
  for (int index = 0; index < count; index++) *length += parts[index].iov_len;
  char *joined = malloc(*length + 1), *end = joined;
  for (int index = 0; index < count; index++) end = mempcpy(end, parts[index].iov_base, parts[index].iov_len);
  return joined;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  size_t length;
  char *joined = join(parts, count, &length);
  if (!is_tracked(fd)) record_response(joined, length);
  ssize_t written = is_tracked(fd) ? write_next(fd, joined, length) : REAL(writev)(fd, parts, count);
  free(joined);
  return written;
}

static ssize_t pwritev_recorded(int fd, const struct iovec *parts, int count, off_t offset) {
  size_t length;
  char *joined = join(parts, count, &length);
  ssize_t written = pwrite_recorded(fd, joined, length, offset);
  free(joined);
  return written;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return pwritev_recorded(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  return pwritev_recorded(fd, parts, count, offset);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  if (message->msg_iovlen > 0 && !is_tracked(fd)) {
    size_t length;
    char *joined = join(message->msg_iov, (int)message->msg_iovlen, &length);
    record_response(joined, length);
    free(joined);
  }
  return REAL(sendmsg)(fd, message, flags);
}

/* Sizes. */

static int resize_recorded(int fd, off_t length) {
  if (!is_tracked(fd)) return (int)syscall(SYS_ftruncate, fd, length);
  pthread_mutex_lock(&mutex);
  int grows_full = length > size_of(fd) && is_full();
  int result = grows_full ? fail(ENOSPC) : (int)syscall(SYS_ftruncate, fd, length);
  if (result == 0) record(RESIZED, fd, (uint64_t)length, 0, "", 0);
  pthread_mutex_unlock(&mutex);
  return result;
}

int ftruncate(int fd, off_t length) { return resize_recorded(fd, length); }
int ftruncate64(int fd, off64_t length) { return resize_recorded(fd, length); }

static int allocate_recorded(int fd, int mode, off_t offset, off_t length) {
  if (!is_tracked(fd)) return syscall(SYS_fallocate, fd, mode, offset, length) == 0 ? 0 : -1;
  if (mode != 0) record(UNSUPPORTED, fd, 0, 0, "fallocate", 9);
  return offset + length > size_of(fd) ? resize_recorded(fd, offset + length) : 0;
}

int fallocate(int fd, int mode, off_t offset, off_t length) { return allocate_recorded(fd, mode, offset, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return allocate_recorded(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) {
  return allocate_recorded(fd, 0, offset, length) == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }

/* Syncs. */

static int sync_recorded(int fd) {
  while (is_failing("hold", fd)) usleep(1000);
  pthread_mutex_lock(&mutex);
  record(SYNC_BEGUN, fd, 0, 0, "", 0);
  int code = is_failing("sync", fd) ? EIO : 0;
  record(SYNC_ENDED, fd, 0, (uint32_t)code, "", 0);
  pthread_mutex_unlock(&mutex);
  return code == 0 ? 0 : fail(code);
}

int fsync(int fd) { return is_tracked(fd) ? sync_recorded(fd) : REAL(fsync)(fd); }
int fdatasync(int fd) { return is_tracked(fd) ? sync_recorded(fd) : REAL(fdatasync)(fd); }

/* Names. */

static int change_name(enum kind kind, const char *path, const char *other, int result) {
  char names[2 * PATH_MAX];
  if (result != 0 || !(is_inside(path) || (other && is_inside(other)))) return result;
  int length = snprintf(names, sizeof names, "%s%c%s", path, 0, other ? other : "");
  pthread_mutex_lock(&mutex);
  record(kind, -1, 0, 0, names, (size_t)length);
  pthread_mutex_unlock(&mutex);
  return result;
}

int unlink(const char *path) { return change_name(UNLINKED, path, 0, REAL(unlink)(path)); }
int rmdir(const char *path) { return change_name(UNLINKED, path, 0, REAL(rmdir)(path)); }
int rename(const char *path, const char *other) { return change_name(RENAMED, path, other, REAL(rename)(path, other)); }
int link(const char *path, const char *other) { return change_name(UNSUPPORTED, path, other, REAL(link)(path, other)); }
int truncate(const char *path, off_t length) { return change_name(UNSUPPORTED, path, 0, REAL(truncate)(path, length)); }
int mkdir(const char *path, mode_t mode) {
  return change_name(FOLDER_CREATED, path, 0, REAL(mkdir)(path, mode));
}

/* Writes by shared mappings are not seen. SQLite maps only the -shm file, whose content does not matter. */
static void check_mapping(int protection, int flags, int fd) {
  char path[PATH_MAX];
  if (!is_tracked(fd) || !(protection & PROT_WRITE) || !(flags & MAP_SHARED)) return;
  if (find_path(fd, path) && has_suffix(path, "-shm")) return;
  record(UNSUPPORTED, fd, 0, 0, "mmap", 4);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  check_mapping(protection, flags, fd);
  return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  check_mapping(protection, flags, fd);
  return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

/* Free space. */

int statfs(const char *path, struct statfs *status) {
  int result = (int)syscall(SYS_statfs, path, status);
  if (result == 0 && is_inside(path) && is_full()) status->f_bavail = status->f_bfree = 0;
  return result;
}
int statfs64(const char *path, struct statfs64 *status) { return statfs(path, (struct statfs *)status); }
