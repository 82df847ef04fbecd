/* Writes crashes to a spool's disk and does nothing else: what no collector can do for less.

   usage: floor FOLDER COUNT BATCH DUMP_BYTES JSON_BYTES

   The files of a crash are those of socorro/spool/spool.py: a dump, a JSON file that is renamed when
   it is whole, a line in a log; one syncfs for each BATCH of crashes. Prints the processor time
   (user and system) of a crash in milliseconds. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void put(const char *path, int flags, const char *content, size_t size) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    if (file < 0 || write(file, content, size) != (ssize_t)size || close(file) != 0) fail(path);
}

int main(int count, char **words) {
    if (count != 6 || chdir(words[1]) != 0) fail("usage: floor FOLDER COUNT BATCH DUMP JSON");
    long crashes = atol(words[2]), batch = atol(words[3]);
    size_t dump_size = (size_t)atol(words[4]), json_size = (size_t)atol(words[5]);
    size_t longest = dump_size > json_size ? dump_size : json_size;
    char *content = malloc(longest), dump[64], json[64];
    if (content == NULL) fail("malloc");
    for (size_t at = 0; at < longest; at++) content[at] = (char)(at * 2654435761u >> 13);
    int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (long crash = 0; crash < crashes; crash++) {
        snprintf(dump, sizeof dump, "%016lx.upload_file_minidump.dump", crash);
        snprintf(json, sizeof json, "%016lx.json", crash);
        put(dump, O_EXCL, content, dump_size);
        put("incoming", O_EXCL, content, json_size);
        if (rename("incoming", json) != 0) fail(json);
        if ((crash + 1) % batch != 0) continue;
        put("log", O_APPEND, content, 37 * (size_t)batch);
        if (syncfs(folder) != 0) fail("syncfs");
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec +
                     (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
    printf("%.4f\n", seconds * 1000 / crashes);
    return 0;
}
