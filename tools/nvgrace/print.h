/* SPDX-License-Identifier: GPL-2.0-only */
/* How are facts shown? Nothing declared here touches a device. */
#ifndef NVGRACE_PRINT_H
#define NVGRACE_PRINT_H

#include <json-c/json.h>

#include "facts.h"
#include "guest.h"

#define TABLE_COLUMNS	12

/* Rows of text, printed with columns as wide as they need to be. */
struct table {
	const char * const *heads;	/* ends with NULL */
	char *(*rows)[TABLE_COLUMNS];
	size_t nr;
};

/* table.c: a row's cells are strings to be freed; NULL is shown as "-". */
char **table_row(struct table *table);
void table_print(const struct table *table);
void table_free(struct table *table);
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *size_text(uint64_t bytes);

/* json.c */
struct json_object *json_text(const char *text);
struct json_object *json_number(const struct number *number);
struct json_object *json_notes(const struct notes *notes);
void json_print(struct json_object *object, bool one_line);

/* list.c, list_json.c */
void list_table(const struct gpus *gpus);
void list_json(const struct gpus *gpus);

/* qemu.c */
void qemu_print(const struct gpus *gpus, const struct guest *guest, bool json);

/* error.c: "nvgrace: WHERE: what: why" on standard error. */
void complain(const char *where, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
