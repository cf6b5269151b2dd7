#define _GNU_SOURCE
#include "gan/atomic_file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gan/error.h"
#include "gan/mem.h"

static char folder[64];

static void enter_folder(void)
{
    strcpy(folder, "/tmp/gan-atomic-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

/* Removes the folder, and checks that it holds `expected` entries: nothing temporary stays behind. */
static void leave_folder(int expected)
{
    int count = 0;
    DIR *dir = opendir(".");
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        cr_expect_eq(remove(e->d_name), 0, "%s", e->d_name);
        count++;
    }
    closedir(dir);
    cr_expect_eq(count, expected);
    cr_expect_eq(rmdir(folder), 0);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    cr_assert(f);
    fputs(text, f);
    fclose(f);
}

static void expect_text(const char *path, const char *text)
{
    char found[64] = "";
    FILE *f = fopen(path, "r");
    cr_assert(f, "%s", path);
    found[fread(found, 1, sizeof found - 1, f)] = '\0';
    fclose(f);
    cr_expect_str_eq(found, text);
}

static int write_file(const char *path, const char *text)
{
    gan_atomic_file f;
    if (gan_atomic_open(&f, path)) return -1;
    fputs(text, f.stream);
    return gan_atomic_commit(&f);
}

static void expect_refused(const char *path, const char *sentence)
{
    cr_expect_eq(write_file(path, "new"), -1, "%s", path);
    cr_expect(strstr(gan_error_message(), sentence), "%s", gan_error_message());
    cr_expect(strstr(gan_error_message(), path), "%s", gan_error_message());
}

Test(atomic_file, writes_and_replaces)
{
    enter_folder();
    cr_expect_eq(write_file("a", "one"), 0, "%s", gan_error_message());
    expect_text("a", "one");
    cr_expect_eq(write_file("a", "two"), 0);
    expect_text("a", "two");
    leave_folder(1);
}

Test(atomic_file, the_old_file_stands_until_the_commit)
{
    enter_folder();
    put("a", "old");
    gan_atomic_file f;
    cr_assert_eq(gan_atomic_open(&f, "a"), 0);
    fputs("new", f.stream);
    fflush(f.stream);
    expect_text("a", "old");
    gan_atomic_abandon(&f);
    expect_text("a", "old");
    gan_atomic_abandon(&f); /* a released one is left in peace */
    leave_folder(1);
}

Test(atomic_file, keeps_the_permissions_of_the_old_file)
{
    enter_folder();
    put("a", "old");
    cr_assert_eq(chmod("a", 0640), 0);
    cr_expect_eq(write_file("a", "new"), 0);
    struct stat st;
    cr_assert_eq(stat("a", &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0640);
    leave_folder(1);
}

Test(atomic_file, follows_a_link_and_keeps_it)
{
    enter_folder();
    put("target", "old");
    cr_assert_eq(symlink("target", "link"), 0);
    cr_expect_eq(write_file("link", "new"), 0, "%s", gan_error_message());
    struct stat st;
    cr_assert_eq(lstat("link", &st), 0);
    cr_expect(S_ISLNK(st.st_mode));
    expect_text("target", "new");
    leave_folder(2);
}

Test(atomic_file, refuses_what_is_no_file)
{
    enter_folder();
    cr_assert_eq(mkdir("folder", 0777), 0);
    cr_assert_eq(mkfifo("fifo", 0666), 0);
    cr_assert_eq(symlink("nowhere", "broken"), 0);
    cr_assert_eq(symlink("loop", "loop"), 0);
    expect_refused("folder", "not a regular file");
    expect_refused("fifo", "not a regular file");
    expect_refused("/dev/null", "not a regular file");
    expect_refused("broken", strerror(ENOENT));
    expect_refused("loop", strerror(ELOOP));
    expect_refused("folder/", "names no file");
    expect_refused("", "names no file");
    expect_refused("missing/a", strerror(ENOENT));
    leave_folder(4);
}

Test(atomic_file, refuses_names_that_are_too_long)
{
    enter_folder();
    char name[256];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    expect_refused(name, strerror(ENAMETOOLONG));
    leave_folder(0);
}

Test(atomic_file, removes_the_temporaries_of_dead_processes_only)
{
    enter_folder();
    pid_t child = fork();
    if (!child) _exit(0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    char dead[32], own[32], alive[32];
    snprintf(dead, sizeof dead, "a.tmp%ld", (long)child);
    snprintf(own, sizeof own, "a.tmp%ld", (long)getpid());
    snprintf(alive, sizeof alive, "a.tmp%ld", (long)getppid());
    put(dead, "x");
    put(own, "of another process that once had this number");
    put(alive, "x");
    put("a.tmp", "x");
    put("a.tmp12x", "x");
    put("b.tmp999999999", "x");
    cr_expect_eq(write_file("a", "new"), 0);
    cr_expect_neq(access(dead, F_OK), 0);
    cr_expect_eq(access(alive, F_OK), 0);
    expect_text("a", "new");
    leave_folder(5);
}

Test(atomic_file, does_not_write_through_a_planted_link)
{
    enter_folder();
    char temporary[32];
    snprintf(temporary, sizeof temporary, "a.tmp%ld", (long)getpid());
    put("victim", "untouched");
    cr_assert_eq(symlink("victim", temporary), 0);
    cr_expect_eq(write_file("a", "new"), 0);
    expect_text("victim", "untouched");
    expect_text("a", "new");
    leave_folder(2);
}

/* A limit on the size of files stands in for a full disk: write() fails in the same place. */
Test(atomic_file, a_full_disk_leaves_the_old_file)
{
    enter_folder();
    put("a", "old");
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old, tight;
    getrlimit(RLIMIT_FSIZE, &old);
    tight = old;
    tight.rlim_cur = 10000;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
    gan_atomic_file f;
    cr_assert_eq(gan_atomic_open(&f, "a"), 0);
    for (int i = 0; i < 100000; i++) fputc('x', f.stream);
    int bad = gan_atomic_commit(&f);
    setrlimit(RLIMIT_FSIZE, &old);
    cr_expect_eq(bad, -1);
    cr_expect_str_eq(gan_error_message(), "cannot write 'a': File too large");
    expect_text("a", "old");
    leave_folder(1);
}

Test(atomic_file, every_allocation_may_fail)
{
    enter_folder();
    put("a", "old");
    int bad = -1;
    for (uint64_t n = 1; bad && n < 100; n++) {
        gan_mem_fail_at(n);
        bad = write_file("a", "new");
        gan_mem_fail_at(0);
        if (bad) cr_expect(strstr(gan_error_message(), "out of memory"), "%s", gan_error_message());
        expect_text("a", bad ? "old" : "new");
    }
    cr_expect_eq(bad, 0);
    leave_folder(1);
}
