/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can a selftest ask of a GPU, its config space and its kernel?
 *
 * Everything goes through /dev/vfio, /dev/iommu, sysfs and /dev/kmsg, so that
 * the same binary runs on the emulated GPU and on silicon. A function that
 * returns const char * returns NULL when all is well and otherwise the reason
 * to give to SKIP().
 */
#ifndef NVGRACE_SELFTESTS_NVG_H
#define NVGRACE_SELFTESTS_NVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/vfio.h>

#include "../../nvgrace_gpu_uapi.h"
#include "../../tools/emu/nvgrace_emu_regs.h"

#define NVG_DRIVER		"nvgrace_gpu_vfio_pci"
#define NVG_PLAIN_DRIVER	"vfio-pci"

#define NVG_KIB			1024UL
#define NVG_MIB			(1024UL * NVG_KIB)
#define NVG_GIB			(1024UL * NVG_MIB)

/* One VFIO region; offset is a file offset, size and area_* are bytes. */
struct nvg_region {
	uint64_t offset;
	uint64_t size;
	uint32_t flags;		/* VFIO_REGION_INFO_FLAG_* */
	uint32_t areas;		/* in the sparse-mmap capability; 0: none there */
	uint64_t area_offset;	/* of the first area, from the region's start */
	uint64_t area_size;
	bool made_up;		/* has the driver's own capability */
	bool cached;		/* which says so */
	uint64_t memory;	/* and how many bytes there are */
};

struct nvg_gpu {
	char bdf[16];
	int container;		/* -1 unless opened through its group */
	int group;
	int iommufd;		/* -1 unless cdev, or a group on iommufd */
	int fd;			/* the device */
	uint32_t ioas;		/* iommufd's address space, cdev only */
	uint16_t vendor;
	uint16_t device;
	int mem;		/* index of the made-up BAR; -1: there is none */
	uint64_t mem_size;	/* bytes of memory behind it */
	uint64_t bar_size;	/* bytes it advertises */
	struct nvg_region region[VFIO_PCI_NUM_REGIONS];
};

/* Signals since nvg_watch_sigbus(). */
struct nvg_sigbus {
	int hits;
	int code;		/* si_code of the last */
	uintptr_t at;		/* its si_addr */
};

struct nvg_guest {
	int kvm;
	int vm;
	int vcpu;
	struct kvm_run *run;
};

/* open.c: the GPU that argv or NVGRACE_BDF names, by the door NVGRACE_DOOR */
void nvg_args(int argc, char **argv);
const char *nvg_bdf(void);
const char *nvg_open(struct nvg_gpu *gpu);
const char *nvg_open_with_memory(struct nvg_gpu *gpu);
void nvg_close(struct nvg_gpu *gpu);

/* door.c: from a BDF to a device file descriptor */
int nvg_group(const char *bdf);
const char *nvg_enter(struct nvg_gpu *gpu);
int nvg_dma_map(struct nvg_gpu *gpu, void *va, uint64_t iova, uint64_t len);
int nvg_dma_unmap(struct nvg_gpu *gpu, uint64_t iova, uint64_t len);

/* region.c: what VFIO says of a region, and bytes in and out of the memory */
int nvg_query_region(int fd, uint32_t index, struct nvg_region *region);
bool nvg_is_hopper(uint16_t device);
int nvg_bar_of_device(uint16_t device);
bool nvg_made_up(const struct nvg_gpu *gpu, int index);
bool nvg_hidden(const struct nvg_gpu *gpu, int index);
uint64_t nvg_round_up_pow2(uint64_t bytes);
ssize_t nvg_read(struct nvg_gpu *gpu, uint64_t off, void *buf, size_t len);
ssize_t nvg_write(struct nvg_gpu *gpu, uint64_t off, const void *buf,
		  size_t len);

/* config.c: config space through VFIO; pos is a config-space offset */
ssize_t nvg_cfg_read(struct nvg_gpu *gpu, uint32_t pos, void *buf, size_t len);
ssize_t nvg_cfg_write(struct nvg_gpu *gpu, uint32_t pos, const void *buf,
		      size_t len);
uint32_t nvg_cfg_get(struct nvg_gpu *gpu, uint32_t pos, size_t width);
int nvg_cfg_set(struct nvg_gpu *gpu, uint32_t pos, size_t width, uint32_t val);
uint32_t nvg_cap(struct nvg_gpu *gpu, uint8_t id);
int nvg_mem_enable(struct nvg_gpu *gpu, bool on);
int nvg_power(struct nvg_gpu *gpu, unsigned int d_state);
int nvg_flr(struct nvg_gpu *gpu);

/* knobs.c: the emulated GPU's own registers; silicon has none */
const char *nvg_need_knobs(struct nvg_gpu *gpu);
uint32_t nvg_knob(struct nvg_gpu *gpu, uint32_t reg);
int nvg_set_knob(struct nvg_gpu *gpu, uint32_t reg, uint32_t val);

/* sysfs.c: the PCI device as the host's administrator sees it */
#define NVG_ATTRIBUTE	(64 * NVG_KIB)	/* bytes; none is longer than a page */
int nvg_sysfs_read(const char *bdf, const char *name, char *buf, size_t len);
int nvg_sysfs_write(const char *bdf, const char *name, const char *val);
uint64_t nvg_hardware_bar(const char *bdf, int index);
int nvg_sysfs_config(const char *bdf, uint32_t pos, void *buf, size_t len);
bool nvg_driver(const char *bdf, char *name, size_t len);
int nvg_unbind(const char *bdf);
int nvg_offer(const char *bdf, const char *driver);
int nvg_bind(const char *bdf, const char *driver);

/* klog.c: the kernel's log since a mark */
int nvg_klog_mark(void);
bool nvg_klog_next(int klog, char *line, size_t len);
int nvg_klog_count(int klog, const char *const words[]);

/* races.c: the kernel's race detector */
void nvg_races_on(void);
long nvg_races_watched(void);
bool nvg_race_is_ours(const char *line);

/* memory.c: user memory of awkward shapes, and touches that may fault */
uint8_t *nvg_map(struct nvg_gpu *gpu, uint64_t off, size_t len, size_t skew);
void *nvg_buffer_with_hole(size_t good, size_t total);
int nvg_touch(const volatile uint8_t *where, uint8_t *val);
int nvg_poke(volatile uint8_t *where, uint8_t val);
long nvg_faults(void);
uint64_t nvg_page_table_kib(void);
uint64_t nvg_vma_field(const void *addr, const char *field);
bool nvg_vma_flag(const void *addr, const char *flag);
uint64_t nvg_vma_offset(const void *addr);

/* sigbus.c: the signals of bad memory */
extern volatile struct nvg_sigbus nvg_sigbus;
void nvg_watch_sigbus(void);
int nvg_peek_code(const volatile uint8_t *where);
int nvg_poke_code(volatile uint8_t *where);
void nvg_ask_for_early_kill(void);
void nvg_wait_for_sigbus(void);

/* badpage.c: pages go bad; of these, need functions give the reason to skip */
const char *nvg_need_offline(void);
int nvg_offline(uint64_t phys);
const char *nvg_need_firmware(void);
__attribute__((format(printf, 1, 2))) int nvg_report(const char *request, ...);
#define NVG_UNCORRECTED	"{\"address\":%lu}"
int nvg_until_dealt_with(void);
int nvg_ruin(uint64_t phys);

/* vcpu.c: a guest that runs in the memory, or loads from it */
const char *nvg_need_cached_guests(void);
int nvg_run_guest_in(void *memory, size_t len);
int nvg_guest_start_loader(struct nvg_guest *guest);
int nvg_guest_memory(struct nvg_guest *guest, unsigned int slot, uint64_t gpa,
		     void *memory, size_t len);
int nvg_guest_load(struct nvg_guest *guest, uint64_t gpa, uint64_t *val);
int nvg_guest_aim(struct nvg_guest *guest, uint64_t gpa, uint64_t scratch);
int nvg_guest_run(struct nvg_guest *guest);
int nvg_guest_load_on(struct nvg_guest *guest, uint64_t gpa, uint64_t scratch);
void nvg_guest_stop(struct nvg_guest *guest);

/* util.c: time, chance and sizes */
uint64_t nvg_us(void);
void nvg_sleep_ms(unsigned int ms);
uint64_t nvg_rand(uint64_t below);
uint64_t nvg_seed(void);
void nvg_fill(void *buf, size_t len, uint64_t tag);
uint64_t nvg_env(const char *name, uint64_t otherwise);
long nvg_page(void);
uint64_t nvg_leaf(void);
uint64_t nvg_piece(const struct nvg_gpu *gpu);

#endif
