// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does nvgrace say of each recorded host what it said when somebody looked?
 *
 * usage: golden_test NVGRACE DIRECTORY     TAP on standard output
 * DIRECTORY has `cases`, one a line: NAME TREE VERB [OPTION]... [< FILE] [-- FILE]...,
 * the trees in trees/ and what is expected in golden/NAME: output, errors and exit
 * code, then what each FILE of the tree holds afterwards. A + and another VERB: one
 * call after the other. < FILE: of the tree, on standard input.
 * NVGRACE_GOLDEN=write writes that instead: read the difference before you
 * commit it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tree.h"

#define MAX_WORDS	32

static const char *program, *directory;
static int tests, failed;

static void result(int ok, const char *name, const char *why)
{
	printf("%s %d - golden.%s%s%s\n", ok ? "ok" : "not ok", ++tests, name,
	       ok ? "" : " # ", ok ? "" : why);
	failed += !ok;
}

/* Standard output and error of the program, one after the other, and its code. */
static char *run(char *const words[], const char *input, size_t *size)
{
	char *text = NULL, buf[4096];
	FILE *all = open_memstream(&text, size);
	int ends[2], status, got;
	pid_t pid;

	if (!all || pipe(ends))
		return NULL;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(open(input, O_RDONLY), STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		/* Root, too, is to be refused what a tree refuses. */
		prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
		prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
		execv(program, words);
		_exit(127);
	}
	close(ends[1]);
	while ((got = read(ends[0], buf, sizeof(buf))) > 0)
		fwrite(buf, 1, got, all);
	close(ends[0]);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		fprintf(all, "exit %d\n", WEXITSTATUS(status));
	else
		fprintf(all, "signal %d\n", WTERMSIG(status));
	fclose(all);
	return text;
}

static char *slurp(const char *path)
{
	char *text = NULL;
	size_t size;
	FILE *file = fopen(path, "r"), *all;
	int c;

	if (!file)
		return NULL;
	all = open_memstream(&text, &size);
	while ((c = fgetc(file)) != EOF)
		fputc(c, all);
	fclose(all);
	fclose(file);
	return text;
}

static char *append(char *text, const char *root, char *const files[])
{
	char path[PATH_MAX], *all = NULL, *holds;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	fputs(text, out);
	for (; *files; files++) {
		snprintf(path, sizeof(path), "%s%s", root, *files);
		holds = slurp(path);
		fprintf(out, "%s: %s\n", *files, holds ? holds : "not there");
		free(holds);
	}
	fclose(out);
	free(text);
	return all;
}

/* Where the tree was unpacked differs each time. */
static void hide(char *text, const char *where)
{
	size_t len = strlen(where);

	for (char *at = strstr(text, where); at; at = strstr(at, where)) {
		memcpy(at, "ROOT", 4);
		memmove(at + 4, at + len, strlen(at + len) + 1);
	}
}

static void show_difference(const char *path, const char *got)
{
	char command[PATH_MAX + 32];
	FILE *diff;

	snprintf(command, sizeof(command), "diff -u '%s' - | sed 's/^/# /' >&2", path);
	diff = popen(command, "w");
	if (!diff)
		return;
	fputs(got, diff);
	pclose(diff);
}

static int write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	int ok = file && fputs(text, file) >= 0;

	if (file)
		ok &= !fclose(file);
	return ok;
}

static void compare(const char *name, const char *got)
{
	char path[PATH_MAX];
	char *expected;

	snprintf(path, sizeof(path), "%s/golden/%s", directory, name);
	if (getenv("NVGRACE_GOLDEN") && !strcmp(getenv("NVGRACE_GOLDEN"), "write")) {
		result(write_text(path, got), name, "cannot be written");
		return;
	}
	expected = slurp(path);
	if (!expected || strcmp(expected, got))
		show_difference(path, got);
	result(expected && !strcmp(expected, got), name, "says something else");
	free(expected);
}

/*
 * Takes words up to a +, a < and a FILE, or a --, which ends the calls; says what the
 * program says to them.
 */
static char *run_call(const char *root, bool *more)
{
	char *words[MAX_WORDS + 3] = { (char *)program }, input[PATH_MAX] = "/dev/null", *word;
	size_t nr = 1, size;

	*more = false;
	while (nr < MAX_WORDS && (word = strtok(NULL, " \t")) && strcmp(word, "--")) {
		*more = !strcmp(word, "+");
		if (*more)
			break;
		if (strcmp(word, "<"))
			words[nr++] = word;
		else
			snprintf(input, sizeof(input), "%s%s", root, strtok(NULL, " \t"));
	}
	words[nr++] = "--root";
	words[nr] = (char *)root;
	return run(words, input, &size);
}

static char *run_calls(const char *root)
{
	char *all = NULL, *said;
	bool more = true;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	while (more) {
		said = run_call(root, &more);
		fputs(said ?: "cannot be run\n", out);
		free(said);
	}
	fclose(out);
	return all;
}

static void run_case(char *line)
{
	char root[] = "/tmp/nvgrace-golden.XXXXXX", tree[PATH_MAX];
	char *files[MAX_WORDS] = {}, *got;
	char *name = strtok(line, " \t"), *of = strtok(NULL, " \t");

	if (!name || *name == '#')
		return;
	snprintf(tree, sizeof(tree), "%s/trees/%s.tree", directory, of);
	if (!mkdtemp(root) || tree_unpack(tree, root)) {
		result(0, name, "its tree cannot be unpacked");
		return;
	}
	/* For test/bin/virsh. */
	setenv("NVGRACE_TREE", root, 1);
	got = run_calls(root);
	for (size_t i = 0; i + 1 < MAX_WORDS && (files[i] = strtok(NULL, " \t")); i++)
		;
	got = append(got, root, files);
	hide(got, root);
	compare(name, got);
	free(got);
	tree_remove(root);
}

int main(int argc, char **argv)
{
	char cases[PATH_MAX], *line = NULL;
	size_t room = 0;
	FILE *list;

	if (argc != 3) {
		fprintf(stderr, "usage: golden_test NVGRACE DIRECTORY\n");
		return 2;
	}
	program = argv[1];
	directory = argv[2];
	snprintf(cases, sizeof(cases), "%s/cases", directory);
	list = fopen(cases, "r");
	if (!list) {
		fprintf(stderr, "golden_test: %s: %s\n", cases, strerror(errno));
		return 1;
	}
	while (getline(&line, &room, list) > 0) {
		line[strcspn(line, "\n")] = '\0';
		run_case(line);
	}
	free(line);
	fclose(list);
	printf("1..%d\n", tests);
	return failed || !tests;
}
