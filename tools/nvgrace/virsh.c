// SPDX-License-Identifier: GPL-2.0-only
/* How is libvirt asked for a domain, and told of another one? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "virsh.h"

/* All that comes out of a pipe. */
static char *drain(int fd)
{
	char *text = NULL, buf[4096];
	size_t size;
	FILE *all = open_memstream(&text, &size);
	ssize_t got;

	while ((got = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, got, all);
	fclose(all);
	return text;
}

/* virsh's output, or its complaint; 0 when it succeeded. */
static int run(char *const words[], char **output, int errors_too)
{
	int ends[2], status = -1;
	pid_t pid;

	*output = NULL;
	if (pipe(ends))
		return -1;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		if (errors_too)
			dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(words[0], words);
		dprintf(STDERR_FILENO, "nvgrace: cannot run virsh: %s\n",
			strerror(errno));
		_exit(127);
	}
	close(ends[1]);
	*output = drain(ends[0]);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status ? -1 : 0;
}

/* A domain as it will be at its next start, with its secrets; NULL: virsh said why. */
char *virsh_dump(const char *name)
{
	char *words[] = { "virsh", "dumpxml", "--inactive", "--security-info",
			  "--domain", (char *)name, NULL };
	char *xml;

	if (!run(words, &xml, 0))
		return xml;
	free(xml);
	return NULL;
}

/* NULL, or what virsh said, to be freed. */
char *virsh_define(const char *xml)
{
	int fd = memfd_create("domain", 0);
	char path[64], *said = NULL;
	char *words[] = { "virsh", "define", path, NULL };
	int err;

	if (fd < 0 || write(fd, xml, strlen(xml)) < 0)
		return strdup(strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = run(words, &said, 1);
	close(fd);
	if (err)
		return said ?: strdup("virsh did not run");
	free(said);
	return NULL;
}
