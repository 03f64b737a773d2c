/* SPDX-License-Identifier: MIT */
/* top -- boards, mood and rate in a terminal, of a pipeline of its own or of a server. */
#include "server/base/backend.h"
#include "server/base/terminal.h"
#include "server/cli/asker.h"
#include "server/cli/remote.h"
#include "server/cli/screen.h"
#include "server/options/commands.h"
#include "server/options/secret.h"
#include "server/process/assembly.h"
#include "server/process/signals.h"
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { LOOK_MS = 100, LOOKS_A_PICTURE = 10, COLUMNS_ELSE = 100 };

typedef struct {
    const options *o;
    assembly assembly;
    asker *asker;
    bool is_remote, is_live; /* is_live: drawn again and again. */
    size_t window;           /* Into windows[]. */
    screen_answers answers;
    struct termios before;
    char token_line[SECRET_LINE_BYTES];
} top;

static const char *const windows[] = {"5m", "15m", "1h", "6h", "24h", "all"};
enum { WINDOW_COUNT = sizeof windows / sizeof windows[0] };

/* ---- Where the answers come from ---- */

static bool is_url(const char *operand) {
    return strncmp(operand, "http://", 7) == 0 || strncmp(operand, "https://", 8) == 0;
}

static int open_remote(top *t, const char *url) {
    text token = {NULL, 0};
    if (t->o->token_file != NULL) {
        int code = secret_read(t->o, t->token_line, &token);
        if (code != EXIT_OK) return code;
    }
    t->is_remote = true;
    status s = asker_remote(url, token, &t->asker);
    if (s == STATUS_OK) return EXIT_OK;
    complain(url, status_text(s), "give the address that dunlin serve prints");
    return EXIT_FAILED;
}

static int open_own(top *t) {
    tweet_source *source = NULL;
    int code = assembly_open_source(t->o, &source, NULL, NULL);
    if (code == EXIT_OK) code = assembly_init(&t->assembly, t->o, true);
    if (code != EXIT_OK) {
        if (source != NULL) source->close(source);
        return code;
    }
    if (asker_local(t->assembly.pipeline, &t->asker) != STATUS_OK) {
        source->close(source);
        complain("top", status_text(STATUS_NO_MEMORY), NULL);
        return EXIT_FAILED;
    }
    return exit_code_of(pipeline_start(t->assembly.pipeline, source), t->assembly.pipeline);
}

static int open_asker(top *t) {
    const options *o = t->o;
    if (o->operand_count == 0 && o->sources.count == 0) return open_remote(t, HOME_URL);
    if (o->operand_count > 0 && is_url(o->operands[0])) return open_remote(t, o->operands[0]);
    return open_own(t);
}

/* ---- A picture ---- */

static status ask_all(top *t) {
    char what[64];
    screen_answers *a = &t->answers;
    asker *k = t->asker;
    status s = k->ask(k, "stats", &a->stats);
    (void)snprintf(what, sizeof what, "tweets/top?window=%s", windows[t->window]);
    if (s == STATUS_OK) s = k->ask(k, what, &a->tweets);
    (void)snprintf(what, sizeof what, "authors/top?window=%s", windows[t->window]);
    if (s == STATUS_OK) s = k->ask(k, what, &a->authors);
    (void)snprintf(what, sizeof what, "timeline?window=%s", windows[t->window]);
    if (s == STATUS_OK) s = k->ask(k, what, &a->timeline);
    /* A server of an earlier version has no alerts. */
    if (s == STATUS_OK && k->ask(k, ALERTS_NAME, &a->alerts) != STATUS_OK) buffer_clear(&a->alerts);
    return s;
}

static bool has_colour(const top *t) {
    const char *no = getenv("NO_COLOR");
    if (strcmp(t->o->color, "auto") != 0) return strcmp(t->o->color, "always") == 0;
    return isatty(STDOUT_FILENO) == 1 && (no == NULL || *no == '\0');
}

static screen_shape shape_of(const top *t, const char *trouble) {
    struct winsize size = {0};
    bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (screen_shape){.columns = is_known ? size.ws_col : COLUMNS_ELSE,
                          .rows = t->is_live && is_known ? size.ws_row : 0,
                          .has_colour = has_colour(t),
                          .window = windows[t->window],
                          .trouble = trouble};
}

/* Over the last picture: each line ends what was there before. */
static void add_over(buffer *out, text picture) {
    size_t end;
    buffer_add(out, TEXT("\033[H"));
    for (; text_find_byte(picture, '\n', &end);
         picture = text_slice(picture, end + 1, picture.count)) {
        buffer_add(out, text_slice(picture, 0, end));
        buffer_add(out, TEXT("\033[K\r\n"));
    }
    buffer_add(out, TEXT("\033[J"));
}

static status draw(const top *t, const char *trouble) {
    buffer picture = {0}, out = {0};
    screen_shape shape = shape_of(t, trouble);
    status s = screen_draw(&t->answers, &shape, &picture);
    if (t->is_live)
        add_over(&out, buffer_text(&picture));
    else
        buffer_add(&out, buffer_text(&picture));
    if (!out.failed) (void)fwrite(out.bytes, 1, out.count, stdout);
    (void)fflush(stdout);
    buffer_deinit(&picture);
    buffer_deinit(&out);
    return s;
}

/* ---- Live ---- */

static void begin_live(top *t) {
    struct termios raw;
    if (tcgetattr(STDIN_FILENO, &t->before) == 0) {
        raw = t->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    (void)fputs("\033[?1049h\033[?25l", stdout);
}

static void end_live(const top *t) {
    (void)fputs("\033[?25h\033[?1049l", stdout);
    (void)fflush(stdout);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
}

/* 'q' and the like, 0: no key was pressed. */
static char key_pressed(void) {
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    char key = 0;
    if (isatty(STDIN_FILENO) != 1 || poll(&p, 1, 0) <= 0) return 0;
    return read(STDIN_FILENO, &key, 1) == 1 ? key : 0;
}

static int show_live(top *t) {
    begin_live(t);
    for (unsigned looks = 0;; looks++) {
        if (looks % LOOKS_A_PICTURE == 0) {
            status s = ask_all(t);
            (void)draw(t, s == STATUS_OK                ? NULL
                          : t->asker->detail[0] != '\0' ? t->asker->detail
                                                        : status_text(s));
        }
        int number = signals_wait(LOOK_MS);
        char key = key_pressed();
        if (key == 'w') t->window = (t->window + 1) % WINDOW_COUNT;
        if (key == 'w') looks = LOOKS_A_PICTURE - 1;
        if (key != 'q' && number == 0) continue;
        end_live(t);
        return number == 0 ? EXIT_OK : EXIT_SIGNAL + number;
    }
}

/* ---- Once ---- */

static int show_once(top *t) {
    pipeline *p = t->assembly.pipeline;
    while (!t->is_remote && !pipeline_has_ended(p)) {
        int number = signals_wait(LOOK_MS);
        if (number != 0) return EXIT_SIGNAL + number;
    }
    int code = t->is_remote ? EXIT_OK : exit_code_of(pipeline_wait(p), p);
    if (code != EXIT_OK) return code;
    status s = ask_all(t);
    if (s == STATUS_OK) s = draw(t, NULL);
    if (s == STATUS_OK) return EXIT_OK;
    complain(t->is_remote ? "the server" : "top", status_text(s),
             t->asker->detail[0] != '\0' ? t->asker->detail : NULL);
    return t->is_remote ? EXIT_UPSTREAM : EXIT_FAILED;
}

static size_t window_from(const char *name) {
    size_t i = 0;
    while (i + 1 < WINDOW_COUNT && strcmp(windows[i], name) != 0) i++;
    return i;
}

int command_top(const options *o) {
    top t = {.o = o, .window = window_from(o->window)};
    t.is_live = !o->once && isatty(STDOUT_FILENO) == 1;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) (void)setlocale(LC_CTYPE, "");
    int code = open_asker(&t);
    if (code == EXIT_OK) code = t.is_live ? show_live(&t) : show_once(&t);
    signals_release();
    if (t.asker != NULL) t.asker->close(t.asker);
    assembly_deinit(&t.assembly);
    screen_answers_deinit(&t.answers);
    explicit_bzero(t.token_line, sizeof t.token_line);
    return code;
}
