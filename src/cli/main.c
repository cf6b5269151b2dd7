/* The program: finds the command, prepares the process for it, and sees that its results were written. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/edit_distance.h"
#include "cli/cli.h"
#include "gan/version.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage, *help;
} commands[] = {
    { "train", gan_cmd_train, "CONFIG", "train a colorizer on photographs" },
    { "eval", gan_cmd_eval, "MODEL --data DIR", "measure a model on photographs, beside what gray scores" },
    { "colorize", gan_cmd_colorize, "MODEL INPUT... -o OUT", "colour pictures and folders of them" },
    { "data", gan_cmd_data, "CONFIG|DIR", "report on photographs, and show them as training gets them" },
    { "export", gan_cmd_export, "CHECKPOINT -o FILE", "freeze a generator into a file for other programs" },
    { "import", gan_cmd_import, "FILE -o CHECKPOINT", "make a checkpoint of weights from elsewhere" },
    { "info", gan_cmd_info, "FILE", "say what a checkpoint or safetensors file holds" },
    { "classify", gan_cmd_classify, "WEIGHTS PICTURE...", "say what a pretrained classifier takes pictures for" },
    { "plan", gan_cmd_plan, "CONFIG", "show layers, memory, kernels and time, without training" },
    { "bench", gan_cmd_bench, "CONFIG", "time training steps" },
    { "scenes", gan_cmd_scenes, "DIR", "draw landscapes and streets to train on" },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, name)) return &commands[i];
    return NULL;
}

static void print_usage(FILE *out)
{
    fprintf(out, "usage: gan COMMAND [ARGUMENT...]\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  gan %-8s %-22s %s\n", commands[i].name, commands[i].usage, commands[i].help);
    fprintf(out, "\n'gan help COMMAND' tells more; 'gan --version' names the versions\n");
}

static int unknown(const char *name)
{
    const char *nearest = NULL;
    int best = GAN_FAR;
    for (int i = 0; i < COMMANDS; i++) {
        int distance = gan_typing_distance(name, commands[i].name);
        if (distance >= best) continue;
        best = distance;
        nearest = commands[i].name;
    }
    if (nearest)
        gan_error("'%.64s' is no command, did you mean '%s'?", name, nearest);
    else
        gan_error("'%.64s' is no command; 'gan help' lists them", name);
    gan_failed();
    return GAN_EXIT_USAGE;
}

static int help(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stdout);
        return GAN_EXIT_DONE;
    }
    const struct command *c = find(argv[1]);
    char flag[] = "--help", *args[] = { argv[1], flag, NULL };
    return c ? c->run(2, args) : unknown(argv[1]);
}

static int version(void)
{
    printf("gan %s (oneDNN %s)\n", gan_version(), gan_backend_version());
    return GAN_EXIT_DONE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return GAN_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h")) return help(argc - 1, argv + 1);
    if (!strcmp(name, "version") || !strcmp(name, "--version")) return version();
    const struct command *c = find(name);
    return c ? c->run(argc - 1, argv + 1) : unknown(name);
}

/* Threads that wait for work spin before they sleep. GNU's OpenMP spins for milliseconds, LLVM's and Intel's for 200,
 * which on a machine with other work to do makes small layers slower a hundredfold; sleeping at once costs a wake-up per
 * loop. These values are a millisecond at most. The runtime reads them before main, so the program starts itself anew,
 * once; when that fails, or the user has chosen, it goes on as it is. */
static void set_spinning(char **argv)
{
    static const char guard[] = "GAN_STARTED";
    char self[4096];
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME") || getenv(guard)) return;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0 || (size_t)length >= sizeof self - 1) return;
    self[length] = '\0';
    if (setenv("GOMP_SPINCOUNT", "20000", 1) || setenv("KMP_BLOCKTIME", "1", 1) || setenv(guard, "1", 1)) return;
    execv(self, argv);
}

/* A standard stream that was closed would lend its number to the next file that is opened, and messages would go into
 * that. The stand-ins refuse what the stream is for. */
static void fill_closed_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Results that did not reach their reader (a full disk, a closed pipe) are a failure like any other. */
static int close_output(int code)
{
    int failed = ferror(stdout);
    errno = 0;
    if (!fclose(stdout) && !failed) return code;
    gan_error("cannot write to standard output%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
    gan_failed();
    return code == GAN_EXIT_DONE ? GAN_EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
    fill_closed_streams();
    set_spinning(argv);
    signal(SIGPIPE, SIG_IGN); /* writing to a closed pipe fails instead: a run goes on when its reader has gone */
    gan_messages_begin();
    return close_output(run(argc, argv));
}
