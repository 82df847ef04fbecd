/* Posts one body again and again over some connections, a thread each, until the time is over.

   usage: load PORT CONNECTIONS SECONDS FIRST CONTENT_TYPE BODY

   The first twelve @ of the body become the number of the post, from FIRST on, so that no two posts
   are the same crash. Prints the latency of each post in milliseconds, a line each. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define DIGITS 12

struct client {
    pthread_t thread;
    double *latencies;
    long count, room;
};

static int port;
static char head[1024], *body, *mark;
static size_t head_size, body_size;
static double deadline;
static atomic_long next_number;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void give_up(const char *what, const char *text) {
    fprintf(stderr, "load: %s: %s\n", what, text);
    exit(1);
}

static int dial(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, connection = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval patience = {.tv_sec = 20};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(connection, (struct sockaddr *)&address, sizeof address))
        give_up("no connection", "is the collector running?");
    return connection;
}

static void send_all(int connection, struct iovec *texts, int count) {
    while (count) {
        ssize_t sent = writev(connection, texts, count);
        if (sent < 0)
            give_up("the connection ended", "while a body was sent");
        for (; count && (size_t)sent >= texts->iov_len; texts++, count--)
            sent -= texts->iov_len;
        if (count) {
            texts->iov_base = (char *)texts->iov_base + sent;
            texts->iov_len -= sent;
        }
    }
}

static void receive_answer(int connection) {
    char answer[8192], *end = NULL, *length;
    size_t size = 0, whole = sizeof answer;
    while (size < whole) {
        ssize_t received = read(connection, answer + size, sizeof answer - 1 - size);
        if (received <= 0)
            give_up("no answer", "the connection ended, or nothing came for 20 s");
        size += received;
        answer[size] = 0;
        if (!end && (end = strstr(answer, "\r\n\r\n"))) {
            length = strcasestr(answer, "\r\ncontent-length:");
            if (!length)
                give_up("an answer without a length", answer);
            whole = end + 4 - answer + atol(length + 17);
        }
    }
    if (!strstr(end, "CrashID=bp-"))
        give_up("not accepted", answer);
}

static void *post(void *argument) {
    struct client *client = argument;
    int connection = dial();
    while (now() < deadline) {
        char number[DIGITS + 8];
        snprintf(number, sizeof number, "%0*ld", DIGITS, atomic_fetch_add(&next_number, 1));
        struct iovec texts[] = {
            {head, head_size},
            {body, mark - body},
            {number, DIGITS},
            {mark + DIGITS, body_size - (mark - body) - DIGITS},
        };
        double began = now();
        send_all(connection, texts, 4);
        receive_answer(connection);
        if (client->count == client->room) {
            client->room = client->room ? 2 * client->room : 1024;
            client->latencies = realloc(client->latencies, client->room * sizeof(double));
        }
        client->latencies[client->count++] = (now() - began) * 1000;
    }
    close(connection);
    return NULL;
}

int main(int count, char **words) {
    if (count != 7)
        give_up("usage", "load PORT CONNECTIONS SECONDS FIRST CONTENT_TYPE BODY");
    int connections = atoi(words[2]), file = open(words[6], O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status))
        give_up("no body", words[6]);
    body = malloc(status.st_size);
    body_size = read(file, body, status.st_size);
    mark = memmem(body, body_size, "@@@@@@@@@@@@", DIGITS);
    if (!mark)
        give_up("no place for a number", words[6]);
    port = atoi(words[1]);
    next_number = atol(words[4]);
    head_size = snprintf(head, sizeof head,
                         "POST /submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
                         "Content-Length: %zu\r\n\r\n",
                         words[5], body_size);
    deadline = now() + atof(words[3]);
    struct client *clients = calloc(connections, sizeof *clients);
    for (int i = 0; i < connections; i++)
        pthread_create(&clients[i].thread, NULL, post, &clients[i]);
    for (int i = 0; i < connections; i++)
        pthread_join(clients[i].thread, NULL);
    for (int i = 0; i < connections; i++)
        for (long j = 0; j < clients[i].count; j++)
            printf("%.3f\n", clients[i].latencies[j]);
    return 0;
}
