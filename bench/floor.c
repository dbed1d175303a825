/* The physical floor of recording: the RTSP handshake, then only recv and write of the same bytes, on epoll.
 *
 * usage: floor HOST PORT DIRECTORY COUNT   (paths /bench/0 ... without authentication)
 * Prints "ready" when all cameras play; ends on SIGTERM. Files hold the interleaved stream as it came.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_TRACKS 2
#define MAX_ANSWER 16384
#define KEEP_ALIVE_S 20
#define BUFFER (512 * 1024)

struct camera {
    int sock, file;
    char url[256], session[128];
};

static volatile sig_atomic_t stopped;
static char buffer[BUFFER];

static void stop(int signal_number) { (void)signal_number; stopped = 1; }
static void die(const char *what) { perror(what); exit(1); }

/* Send a request and read the answer, head and body, one byte at a time: nothing of the media may be read here. */
static void ask(struct camera *c, const char *method, const char *url, int cseq, const char *extra, char *answer) {
    char request[1024];
    int length = snprintf(request, sizeof request, "%s %s RTSP/1.0\r\nCSeq: %d\r\n%s\r\n", method, url, cseq, extra);
    if (send(c->sock, request, length, 0) != length) die("send");
    int got = 0, body = -1;
    while (body < 0 || got < body) {
        if (got >= MAX_ANSWER - 1 || recv(c->sock, answer + got, 1, 0) != 1) die("recv");
        answer[++got] = 0;
        if (body < 0 && got >= 4 && !memcmp(answer + got - 4, "\r\n\r\n", 4)) {
            char *field = strcasestr(answer, "content-length:");
            body = got + (field ? atoi(field + 15) : 0);
        }
    }
    if (!strstr(answer, " 200 ")) { fprintf(stderr, "%s: %.60s\n", method, answer); exit(1); }
}

static void open_camera(struct camera *c, const char *host, int port, const char *directory, int index) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    char answer[MAX_ANSWER], controls[MAX_TRACKS][128], url[512], extra[512], path[512];
    inet_pton(AF_INET, host, &to.sin_addr);
    c->sock = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->sock, (struct sockaddr *)&to, sizeof to)) die("connect");
    snprintf(c->url, sizeof c->url, "rtsp://%s:%d/bench/%d", host, port, index);
    ask(c, "DESCRIBE", c->url, 1, "Accept: application/sdp\r\n", answer);
    int tracks = 0;
    for (char *m = answer; tracks < MAX_TRACKS && (m = strstr(m, "\nm=")); m++) {
        char *control = strstr(m, "a=control:");
        if (control && sscanf(control + 10, "%127[^\r\n]", controls[tracks]) == 1) tracks++;
    }
    for (int track = 0; track < tracks; track++) {
        snprintf(url, sizeof url, "%s/%s", c->url, controls[track]);
        snprintf(extra, sizeof extra, "Transport: RTP/AVP/TCP;unicast;interleaved=%d-%d\r\n%s%s%s", 2 * track,
                 2 * track + 1, *c->session ? "Session: " : "", c->session, *c->session ? "\r\n" : "");
        ask(c, "SETUP", url, 2 + track, extra, answer);
        char *session = strcasestr(answer, "session:");
        if (session) sscanf(session + 8, " %127[^;\r\n]", c->session);
    }
    snprintf(extra, sizeof extra, "Session: %s\r\n", c->session);
    ask(c, "PLAY", c->url, 9, extra, answer);
    snprintf(path, sizeof path, "%s/%d.rtp", directory, index);
    c->file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (c->file < 0 || fcntl(c->sock, F_SETFL, O_NONBLOCK)) die(path);
}

static void keep_alive(struct camera *c) {
    char request[512];
    int length = snprintf(request, sizeof request, "GET_PARAMETER %s RTSP/1.0\r\nCSeq: 99\r\nSession: %s\r\n\r\n",
                          c->url, c->session);
    if (send(c->sock, request, length, MSG_NOSIGNAL) < 0) perror("keep-alive");
}

int main(int argc, char **argv) {
    if (argc != 5) { fprintf(stderr, "usage: floor HOST PORT DIRECTORY COUNT\n"); return 2; }
    int count = atoi(argv[4]), poll = epoll_create1(0);
    struct camera *cameras = calloc(count, sizeof *cameras);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < count; i++) {
        open_camera(&cameras[i], argv[1], atoi(argv[2]), argv[3], i);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &cameras[i]};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, cameras[i].sock, &event)) die("epoll_ctl");
    }
    puts("ready");
    fflush(stdout);
    time_t alive = time(NULL);
    while (!stopped) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 1000);
        for (int i = 0; i < ready; i++) {
            struct camera *c = events[i].data.ptr;
            ssize_t got = recv(c->sock, buffer, BUFFER, 0);
            if (got > 0 && write(c->file, buffer, got) != got) die("write");
            if (got == 0) epoll_ctl(poll, EPOLL_CTL_DEL, c->sock, NULL);
        }
        if (time(NULL) - alive >= KEEP_ALIVE_S) {
            alive = time(NULL);
            for (int i = 0; i < count; i++) keep_alive(&cameras[i]);
        }
    }
    return 0;
}
