/* LD_PRELOADed into a program, has Crashpad's handler write a minidump of it on SIGTRAP.
 *
 * It is what docs/examples/crasher.c does in its own program: let the handler trace us, tell it
 * where the crash is. The handler writes into a database and sends nothing.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the handler reads from our memory (crashpad::ExceptionInformation). */
static struct __attribute__((packed)) {
    uint64_t siginfo, context;
    int32_t thread;
} where;

static void report(int number, siginfo_t *info, void *context)
{
    (void)number;
    where.siginfo = (uintptr_t)info;
    where.context = (uintptr_t)context;
    where.thread = (int32_t)syscall(SYS_gettid);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    pid_t child = fork();
    if (child == 0) {
        char trace[64], database[1024];
        snprintf(trace, sizeof trace, "--trace-parent-with-exception=%p", (void *)&where);
        snprintf(database, sizeof database, "--database=%s", getenv("STOP_DATABASE"));
        unsetenv("LD_PRELOAD");
        execl(getenv("STOP_HANDLER"), "crashpad_handler", database, trace, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    _exit(1);
}

__attribute__((constructor)) static void install(void)
{
    struct sigaction action = {.sa_sigaction = report, .sa_flags = SA_SIGINFO};
    sigaction(SIGTRAP, &action, NULL);
}
