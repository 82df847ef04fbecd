// A game that crashes, and that Crashpad's handler reports, as docs/clients.md says.
//
//     g++ -g -O0 -o mygame mygame.cpp
//     ./mygame PATH/OF/crashpad_handler http://127.0.0.1:8882/submit product=MyGame version=1.2.3
//
// Your own program links Crashpad's client library and calls CrashpadClient::StartHandler. This is
// what the library does on Linux when the handler is started by the crash: let it trace us, and say
// where the crash is. Everything that needs memory is done before.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

const std::string kDatabase = "crashpad-database";

// What the handler reads from our memory (crashpad::ExceptionInformation).
struct __attribute__((packed)) ExceptionInformation {
    std::uint64_t siginfo, context;
    std::int32_t thread;
} information;

std::vector<std::string> words;  // of the handler's command
std::vector<char *> command;

void report(int number, siginfo_t *info, void *context) {
    information.siginfo = reinterpret_cast<std::uintptr_t>(info);
    information.context = reinterpret_cast<std::uintptr_t>(context);
    information.thread = static_cast<std::int32_t>(syscall(SYS_gettid));
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    const pid_t child = fork();
    if (child == 0) {
        execv(command[0], command.data());
        _exit(127);
    }
    waitpid(child, nullptr, 0);
    std::signal(number, SIG_DFL);
    std::raise(number);
}

// Uploads are off until the database's settings say otherwise: magic, version, options, ...
void enable_uploads() {
    const std::uint32_t settings[10] = {0x43506473, 1, 1};
    mkdir(kDatabase.c_str(), 0700);
    std::ofstream file(kDatabase + "/settings.dat", std::ios::binary);
    file.write(reinterpret_cast<const char *>(settings), sizeof settings);
}

void report_crashes(const std::string &handler, const std::string &url,
                    const std::vector<std::string> &annotations) {
    char trace[64];
    std::snprintf(trace, sizeof trace, "--trace-parent-with-exception=%p",
                  static_cast<void *>(&information));
    words = {handler, "--database=" + kDatabase, "--url=" + url, "--no-rate-limit", trace};
    for (const std::string &annotation : annotations) words.push_back("--annotation=" + annotation);
    for (std::string &word : words) command.push_back(word.data());
    command.push_back(nullptr);
    struct sigaction action = {};
    action.sa_sigaction = report;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace

namespace game {

class Player {
  public:
    int volume() const { return volume_; }

  private:
    volatile int volume_ = 7;
};

int play(const Player *player) { return player->volume() + 1; }

}  // namespace game

int main(int count, char **arguments) {
    if (count < 3) {
        std::cerr << "usage: " << arguments[0] << " CRASHPAD_HANDLER URL [NAME=VALUE]...\n";
        return 2;
    }
    enable_uploads();
    report_crashes(arguments[1], arguments[2], {arguments + 3, arguments + count});
    return game::play(reinterpret_cast<const game::Player *>(8));  // there is no player
}
