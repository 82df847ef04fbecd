/* A clock that lies: loaded into programs (LD_PRELOAD) to set their time ahead or back.

   FAULT_CLOCK names a file of eight bytes: the seconds to add, which may change at any moment.
   FAULT_CLOCK_ONLY and FAULT_CLOCK_NOT name a program that alone is lied to, or is not.
   Only the time of day lies. libfaketime's locks make calls fail in programs with threads. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t truth = 0;
static const volatile int64_t *ahead = &truth;

__attribute__((constructor)) static void open_clock(void) {
    const char *path = getenv("FAULT_CLOCK");
    const char *only = getenv("FAULT_CLOCK_ONLY"), *not = getenv("FAULT_CLOCK_NOT");
    if (!path || (only && strcmp(only, program_invocation_short_name)) ||
        (not && !strcmp(not, program_invocation_short_name)))
        return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    void *place = mmap(NULL, sizeof truth, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (place != MAP_FAILED)
        ahead = place;
}

int clock_gettime(clockid_t which, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, which, at);
    if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        at->tv_sec += *ahead;
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    int failed = syscall(SYS_gettimeofday, at, zone);
    if (!failed && at)
        at->tv_sec += *ahead;
    return failed;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}
