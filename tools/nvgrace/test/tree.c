// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a recorded tree unpacked?
 *
 * One thing a line, paths without spaces, below the directory given:
 *
 *	d PATH			a directory
 *	f PATH TEXT		a file of TEXT and a newline; \n and \\ in TEXT
 *	b PATH SIZE		a file of SIZE zero bytes
 *	x PATH OFFSET HEX	bytes of such a file
 *	l PATH TARGET		a symbolic link
 *	p PATH MODE		who may do what to it, octal
 *	- PATH			nothing any more, which an included tree had
 *	i FILE			another tree, which the lines after it change
 *
 * Directories above are made. Anything else is refused: a tree with a mistake
 * must not pass as a broken host.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

static int make_directories(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

static int write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "w");
	int err;

	if (!file)
		return -1;
	err = fwrite(data, 1, size, file) != size;
	return fclose(file) || err ? -1 : 0;
}

/* The escapes become what they stand for, in place. */
static int make_text(const char *path, char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\\' && from[1])
			*to++ = *++from == 'n' ? '\n' : *from;
		else
			*to++ = *from;
	}
	*to++ = '\n';
	return write_file(path, text, to - text);
}

static int make_zeros(const char *path, const char *size)
{
	if (write_file(path, "", 0))
		return -1;
	return truncate(path, strtoul(size, NULL, 0));
}

static int put_bytes(const char *path, char *words)
{
	unsigned int byte;
	char *hex;
	long at = strtol(words, &hex, 0);
	FILE *file = fopen(path, "r+");
	int err = 0;

	if (!file)
		return -1;
	hex += strspn(hex, " ");
	fseek(file, at, SEEK_SET);
	for (; *hex && !err; hex += 2)
		err = sscanf(hex, "%2x", &byte) != 1 || fputc(byte, file) == EOF;
	return fclose(file) || err ? -1 : 0;
}

static int unpack_line(char *line, const char *file, const char *directory)
{
	char path[PATH_MAX], name[PATH_MAX], *rest;
	char kind = line[0];

	if (!kind || kind == '#')
		return 0;
	if (line[1] != ' ')
		return -1;
	rest = line + 2 + strcspn(line + 2, " ");
	if (*rest)
		*rest++ = '\0';
	if (kind == 'i') {
		snprintf(name, sizeof(name), "%s", file);
		snprintf(path, sizeof(path), "%s/%s", dirname(name), line + 2);
		return tree_unpack(path, directory);
	}
	snprintf(path, sizeof(path), "%s%s%s", directory, line + 2,
		 kind == 'd' ? "/" : "");
	if (make_directories(path))
		return -1;
	if (kind == 'f' || kind == 'b' || kind == 'l')
		unlink(path);
	switch (kind) {
	case 'd': return 0;
	case 'f': return make_text(path, rest);
	case 'b': return make_zeros(path, rest);
	case 'x': return put_bytes(path, rest);
	case 'l': return symlink(rest, path);
	case 'p': return chmod(path, strtoul(rest, NULL, 8));
	case '-': return tree_remove(path);
	default: return -1;
	}
}

int tree_unpack(const char *file, const char *directory)
{
	FILE *tree = fopen(file, "r");
	char *line = NULL;
	size_t room = 0;
	int err = 0, nr = 0;

	if (!tree) {
		fprintf(stderr, "# %s: %s\n", file, strerror(errno));
		return -1;
	}
	while (!err && getline(&line, &room, tree) > 0) {
		nr++;
		line[strcspn(line, "\n")] = '\0';
		err = unpack_line(line, file, directory);
		if (err)
			fprintf(stderr, "# %s:%d: cannot be unpacked: %s\n",
				file, nr, line);
	}
	free(line);
	fclose(tree);
	return err;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *where)
{
	return remove(path);
}

int tree_remove(const char *directory)
{
	return nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
