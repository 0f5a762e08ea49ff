/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do the rooms of the emulated GPU know of each other?
 *
 * Everything runs in one thread: no locks. Times are CLOCK_MONOTONIC
 * nanoseconds, offsets and sizes are bytes, errors are positive errno values
 * where the protocol wants them (request_handle()) and -1 elsewhere.
 */
#ifndef NVGRACE_EMU_H
#define NVGRACE_EMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nvgrace_emu_regs.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_USEC	1000ULL
#define TIME_NEVER	UINT64_MAX

#define BAR0_SIZE	0x1000000
#define NR_BARS		6
#define CONFIG_SIZE	0x1000
#define NR_VECTORS	8
#define MSIX_TABLE	0xb90000	/* in BAR0 */
#define MSIX_PBA	0xba0000	/* in BAR0 */
#define MAX_XFER	0x100000	/* of one region access */
#define MAX_FDS		16		/* with one message */

/* One part the model can be. Memory behind made-up BARs is not in here. */
struct profile {
	const char *name;
	u16 device_id;
	u32 boot_0;		/* architecture 28:24, implementation 23:20, revision 7:0 */
	bool mig_ok;		/* factory setting of the DVSEC bit */
	u64 bar_size[NR_BARS];	/* always there */
	u64 hw_bar_size[NR_BARS]; /* there with --hw-bars */
};

struct knobs {
	u32 train_ms;		/* NVG_EMU_NEVER: no end */
	u32 fail;		/* NVG_EMU_FAIL_* */
	bool mig_ok;
	u32 reset_ms;		/* that a reset takes, off the bus */
	u32 ones;		/* reads of readiness words; NVG_EMU_NEVER: all */
	bool keep_memory;	/* resets do not clear it */
	bool no_soft_reset;
	u64 gone_until;		/* 0: on the bus; TIME_NEVER: until told */
};

struct config {
	u8 reg[CONFIG_SIZE];
	u8 wmask[CONFIG_SIZE];	/* 1: software may change the bit */
	u8 w1c[CONFIG_SIZE];	/* 1: software clears the bit by writing a one */
};

struct train {
	u64 start;		/* last reset */
	u64 end;		/* TIME_NEVER: no end */
	u32 fail;		/* the knobs, as they were at the reset */
	bool keep_memory;
	u32 ones;		/* reads of readiness words still to be that */
	bool done;		/* both links up, memory zeroed unless it is kept */
	u32 resets;
	u32 cause;		/* NVG_EMU_RESET_* */
	u32 ready_reads;
};

struct memory {
	const char *path;
	int fd;
	u64 size;
};

struct dma {
	void *maps;		/* tree of struct dma_map */
	size_t nr;
	struct dma_file *files;
	size_t nr_files;
};

struct irq {
	u32 index;		/* VFIO_PCI_MSI_IRQ_INDEX or _MSIX_: whose vectors these are */
	int fd[NR_VECTORS];	/* -1: none */
	u32 masked;		/* by the client, one bit a vector */
	u32 pending;
};

#define FSP_CHANNELS	8
#define FSP_EMEM_WORDS	(FSP_CHANNELS * 256)

struct fsp {
	u32 emem[FSP_EMEM_WORDS];
	u32 port[FSP_CHANNELS];
	u32 cmd_queue[FSP_CHANNELS][2]; /* head, tail */
	u32 msg_queue[FSP_CHANNELS][2];
	bool fbdma;		/* the engine may do DMA */
};

#define FALCON_PAGE	0x1000
#define FALCON_DMEM	0x10000

struct falcon {
	u32 reg[FALCON_PAGE / 4];
	u8 dmem[FALCON_DMEM];
	u32 dma_error;		/* NVG_EMU_DMA_* */
	u32 addr_top;		/* register outside of the falcon's page */
};

struct emu {
	const struct profile *profile;
	u16 device_id;
	u64 bar_size[NR_BARS];	/* 0: not implemented */
	u8 *bar_mem[NR_BARS];	/* of real BARs other than BAR0 */
	struct knobs knob;
	struct config config;
	struct train train;
	struct memory mem;
	struct dma dma;
	struct irq irq;
	struct fsp fsp;
	struct falcon falcon;
	u32 msix_table[NR_VECTORS * 4];
	int cxl;		/* Memory_Active_Timeout code of the CXL DVSEC; -1: has none */
	bool client;		/* somebody is connected */
};

struct options {
	const struct profile *profile;
	const char *socket;
	const char *control;
	const char *memory;
	u64 size;
	u16 device_id;		/* 0: the profile's */
	bool hw_bars;
	bool gone;
	bool mig_ok;
	u32 train_ms;
	u32 fail;
	int cxl;		/* see struct emu */
};

/* A request as it came off the wire; a handler that keeps an fd puts -1 there. */
struct request {
	u16 command;
	const u8 *body;
	size_t len;
	int fd[MAX_FDS];
	unsigned int nr_fds;
};

struct reply {
	u8 *body;		/* malloc()ed by reply_alloc() */
	size_t len;
	bool hang_up;		/* close the connection when it is sent */
};

/* main.c */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
u64 now_ns(void);

/* options.c */
int options_parse(struct options *opt, int argc, char **argv);

/* profile.c */
const struct profile *profile_find(const char *name);
const char *profile_names(void);

/* loop.c */
int loop_run(struct emu *emu, int listener, int control);

/* listen.c */
int listen_on(const char *path);

/* proto.c */
struct conn;
struct conn *conn_new(int fd);
int conn_fd(const struct conn *conn);
short conn_events(const struct conn *conn);
int conn_work(struct emu *emu, struct conn *conn);
void conn_free(struct conn *conn);

/* request.c */
int request_handle(struct emu *emu, struct request *req, struct reply *reply);
void *reply_alloc(struct reply *reply, size_t len);

/* version.c */
int version_handle(const struct request *req, struct reply *reply);

/* device.c */
int device_init(struct emu *emu, const struct options *opt);
void device_exit(struct emu *emu);
void device_client_gone(struct emu *emu);
u64 region_size(const struct emu *emu, u32 region);
int region_read(struct emu *emu, u32 region, u64 off, void *buf, u32 count);
int region_write(struct emu *emu, u32 region, u64 off, const void *buf, u32 count);

/* config.c */
void config_init(struct emu *emu);
void config_reset(struct emu *emu);
void config_read(const struct emu *emu, u32 off, u8 *buf, u32 count);
void config_write(struct emu *emu, u32 off, const u8 *buf, u32 count);
void config_apply_knobs(struct emu *emu);
bool config_memory_on(const struct emu *emu);
bool config_master_on(const struct emu *emu);
bool config_msi_on(const struct emu *emu);
bool config_msix_on(const struct emu *emu);
bool config_msix_masked(const struct emu *emu);
void config_unsupported(struct emu *emu, u32 bar, u64 off, bool write);

/* aer.c */
void aer_init(struct emu *emu);
u32 aer_fill(u8 *reg, const u8 *old, u32 next);
void aer_unsupported(struct emu *emu, u64 address, bool write);

/* cxl.c */
u32 cxl_fill(const struct emu *emu, u8 *reg);
void cxl_work(struct emu *emu, u32 off, u32 count);

/* bar0.c */
void bar0_reset(struct emu *emu);
void bar0_read(struct emu *emu, u32 off, u8 *buf, u32 count);
void bar0_write(struct emu *emu, u32 off, const u8 *buf, u32 count);

/* fsp.c: offsets from FSP_BASE */
#define FSP_BASE	0x8f0000
#define FSP_SIZE	0x4000
void fsp_reset(struct emu *emu);
void fsp_work(struct emu *emu);
u32 fsp_read(struct emu *emu, u32 off, bool peek);
void fsp_write(struct emu *emu, u32 off, u32 val);

/* falcon.c: offsets from FALCON_BASE */
#define FALCON_BASE	0x844000
void falcon_reset(struct emu *emu);
u32 falcon_read(struct emu *emu, u32 off, bool peek);
void falcon_write(struct emu *emu, u32 off, u32 val);

/* knobs.c: offsets from NVG_EMU_BASE */
u32 knobs_read(struct emu *emu, u32 off, bool peek);
void knobs_write(struct emu *emu, u32 off, u32 val);
void knobs_set_gone(struct emu *emu, u32 ms);
bool knobs_gone(struct emu *emu);

/* dma.c */
int dma_map(struct dma *dma, u64 iova, u64 size, u64 offset, u32 flags, int *fd);
int dma_unmap(struct dma *dma, u64 iova, u64 size, u64 *unmapped);
void dma_unmap_all(struct dma *dma);
int dma_read(const struct dma *dma, u64 iova, void *buf, u32 count);
int dma_write(const struct dma *dma, u64 iova, const void *buf, u32 count);

/* memory.c */
int memory_open(struct memory *mem, const char *path, u64 size);
int memory_clear(const struct memory *mem);
int memory_scramble(const struct memory *mem);
int memory_read(const struct memory *mem, u64 off, void *buf, u32 count);
int memory_write(const struct memory *mem, u64 off, const void *buf, u32 count);

/* train.c */
#define LINK_READY	0xff
void train_start(struct emu *emu, u32 cause);
void train_work(struct emu *emu);
u64 train_deadline(const struct emu *emu);
u32 train_word(const struct emu *emu, u32 link);
u32 train_us(const struct emu *emu);
u32 train_since_reset_us(const struct emu *emu);

/* reset.c */
void reset_device(struct emu *emu, u32 cause);

/* irq.c */
bool irq_is_message(u32 index);
void irq_init(struct irq *irq);
void irq_fire(struct emu *emu, u32 vector);
void irq_deliver(struct emu *emu);
void irq_release(struct irq *irq);
int irq_set(struct emu *emu, const u8 *set, size_t len, struct request *req);

/* command.c */
#define CONTROL_LINE	4096	/* bytes, with the newline */
char *command_line(struct emu *emu, const char *line, size_t len);

/* control.c */
#define CONTROL_CLIENTS	4
struct control {
	int fd;			/* -1: free */
	size_t len;
	char line[CONTROL_LINE];
};

void control_accept(struct control *ctl, int listener);
void control_work(struct emu *emu, struct control *c);
void control_close(struct control *c);

#endif
