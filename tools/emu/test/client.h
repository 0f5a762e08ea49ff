/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How do the tests start a server and talk to it?
 *
 * Helpers that return nothing fail the running test when something is wrong.
 * Those that return an int return the errno value of the server's reply, or
 * HUNG_UP when it closed the connection instead.
 */
#ifndef NVGRACE_EMU_TEST_CLIENT_H
#define NVGRACE_EMU_TEST_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "nvgrace_emu_regs.h"
#include "vfio_user.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define KiB		0x400ULL
#define MiB		0x100000ULL
#define GiB		0x40000000ULL

#define HUNG_UP		(-1)
#define CONFIG		7	/* region index */
#define BAR0		0
#define BAR0_SIZE	0x1000000
#define MSI		1	/* interrupt index */
#define MSIX		2
#define VECTORS		8

struct server {
	pid_t pid;
	char dir[32];
	char socket[64];
	char control[64];
	char memory[64];
	int sock;		/* the vfio-user client's, -1: none */
	int ctl;		/* the control client's, -1: none */
	u16 id;
	size_t reply_len;	/* of the last reply's body */
};

extern const char *server_binary;

/* Starting and stopping; @args are added to the command line, NULL at the end. */
void server_start(struct server *s, const char *profile, const char *size, ...);
int server_stop(struct server *s);
int server_exit_code(char *const argv[], char *err, size_t len);
unsigned int server_fds(const struct server *s);

/* Protocol. */
int raw_connect(const char *path);
void client_connect(struct server *s);
void client_leave(struct server *s);
void send_raw(int sock, const void *buf, size_t len, const int *fds, unsigned int nr);
int call_fds(struct server *s, u16 cmd, const void *req, size_t len, void *reply, size_t room,
	     const int *fds, unsigned int nr);
int call(struct server *s, u16 cmd, const void *req, size_t len, void *reply, size_t room);
bool hung_up(int sock);

/* Regions. */
int region_read(struct server *s, u32 region, u64 off, void *buf, u32 count);
int region_write(struct server *s, u32 region, u64 off, const void *buf, u32 count);
u32 cfg_read(struct server *s, u32 off, u32 width);
void cfg_write(struct server *s, u32 off, u32 width, u32 val);
u32 cfg_find_cap(struct server *s, u8 id);
u32 bar_read(struct server *s, u32 off);
void bar_write(struct server *s, u32 off, u32 val);
void memory_on(struct server *s);
void flr(struct server *s);

/* Control socket: sends a line, returns the answer (static buffer). */
const char *control(struct server *s, const char *line);
long long control_get(struct server *s, const char *key);

/* The aperture file, as QEMU would see it. */
void aperture_read(struct server *s, u64 off, void *buf, size_t len);
void aperture_write(struct server *s, u64 off, const void *buf, size_t len);

u64 now_ms(void);
void sleep_ms(unsigned int ms);

/* Test tables, one a file. */
struct table {
	const struct CMUnitTest *tests;
	size_t nr;
};

extern const struct table protocol_tests, config_tests, bar0_tests, reset_tests, irq_tests,
	dma_tests, engine_tests, control_tests, garbage_tests, options_tests, cxl_tests, aer_tests,
	gone_tests;

int no_server(void **state);
int end_server(void **state);

#define CLAIM(claim, function)	{ claim, function, no_server, end_server, NULL }

#endif
