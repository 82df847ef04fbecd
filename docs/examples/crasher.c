/* A program that crashes, and that Crashpad's handler reports.
 *
 *     gcc -g -O0 -o crasher crasher.c
 *     ./crasher PATH/OF/crashpad_handler http://127.0.0.1:8882/submit
 *
 * Your own programs link Crashpad's client library. This is all that it does on Linux when no
 * handler was started before the crash: let the handler trace us, and tell it where the crash is.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DATABASE "crashpad-database"

/* What the handler reads from our memory (crashpad::ExceptionInformation). */
static struct __attribute__((packed)) {
    uint64_t siginfo, context;
    int32_t thread;
} where;

static char *handler, *url;

static void report(int number, siginfo_t *info, void *context)
{
    where.siginfo = (uintptr_t)info;
    where.context = (uintptr_t)context;
    where.thread = (int32_t)syscall(SYS_gettid);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    pid_t child = fork();
    if (child == 0) {
        char trace[64], to[1024];
        snprintf(trace, sizeof trace, "--trace-parent-with-exception=%p", (void *)&where);
        snprintf(to, sizeof to, "--url=%s", url);
        execl(handler, handler, "--database=" DATABASE, to, trace, "--no-rate-limit",
              "--annotation=ProductName=Crasher", "--annotation=Version=1.0",
              "--annotation=ReleaseChannel=nightly", "--annotation=BuildID=20261124000000",
              (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    signal(number, SIG_DFL);
    raise(number);
}

/* Uploads are off until the database's settings say otherwise: magic, version, options, … */
static void enable_uploads(void)
{
    static const uint32_t settings[10] = {0x43506473, 1, 1};
    mkdir(DATABASE, 0700);
    int file = open(DATABASE "/settings.dat", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, settings, sizeof settings) != sizeof settings) {
        perror(DATABASE);
        exit(1);
    }
    close(file);
}

static int boom(volatile int *place)
{
    return *place + 1; /* nothing is there */
}

static int middle(int number)
{
    return boom((volatile int *)(uintptr_t)number) * 2;
}

int main(int count, char **words)
{
    if (count != 3) {
        fprintf(stderr, "usage: %s CRASHPAD_HANDLER URL\n", words[0]);
        return 2;
    }
    handler = words[1];
    url = words[2];
    enable_uploads();
    struct sigaction action = {.sa_sigaction = report, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    return middle(8);
}
