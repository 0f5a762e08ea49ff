/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does each file of the driver know of the others?
 *
 * The only private header. Calls go down this page: the doors (upper floor)
 * call the facts (ground floor), never each other; region.c calls nobody.
 *
 * Lock order: mmap_lock -> memory_lock -> access_lock -> window.lock.
 * Nobody sleeps on hardware or touches user memory with one of them held.
 */
#ifndef NVGRACE_GPU_H
#define NVGRACE_GPU_H

#include <linux/atomic.h>
#include <linux/memory-failure.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/ratelimit_types.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/vfio_pci_core.h>
#include <linux/workqueue.h>

/* Of each GPU: as many as NVIDIA's firmware retires before it asks for the part's return. */
#define NVGRACE_MAX_BAD_PAGES	512

/* A layout makes up at most two BARs: usable memory and reserved. */
#define NVGRACE_MAX_REGIONS	2

/*
 * A page that was just faulted in may be reclaimed before it is used. After so
 * many times without a byte of progress the address is taken for unusable.
 */
#define NVGRACE_FAULT_TRIES	16

/* A VMA's file offset in pages: the region's index, then pages within it. */
#define NVGRACE_PGOFF_SHIFT	(VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT)
#define NVGRACE_PGOFF_MASK	(BIT_ULL(NVGRACE_PGOFF_SHIFT) - 1)

/**
 * struct nvgrace_aperture - where firmware put the GPU's memory
 * @base:	host physical address
 * @size:	bytes; 0: firmware describes none
 * @pxm_start:	first proximity domain that firmware reserved for the GPU
 * @pxm_count:	how many; 0: firmware does not say
 * @egm_base:	host physical address of the host memory that is set aside for
 *		GPUs of this socket; only passed on
 * @egm_size:	bytes of it; 0: firmware does not say
 * @egm_pxm:	proximity domain of it
 * @all_cacheable: the DVSEC says that MIG needs no uncached memory
 */
struct nvgrace_aperture {
	u64 base;
	u64 size;
	u64 pxm_start;
	u64 pxm_count;
	u64 egm_base;
	u64 egm_size;
	u64 egm_pxm;
	bool all_cacheable;
};

/**
 * enum nvgrace_layout - which BARs the memory becomes, see layout.c
 * @NVGRACE_LAYOUT_BAR2: one cacheable BAR
 * @NVGRACE_LAYOUT_SPLIT: usable memory and an uncached reserved part
 */
enum nvgrace_layout {
	NVGRACE_LAYOUT_BAR2,
	NVGRACE_LAYOUT_SPLIT,
};

/**
 * enum nvgrace_generation - what the id's range says of a part
 * @NVGRACE_HOPPER: Grace Hopper
 * @NVGRACE_BLACKWELL: Grace Blackwell, whose real BAR1 sits at index 2
 * @NVGRACE_NEWER: an id of no range, bound by hand
 */
enum nvgrace_generation {
	NVGRACE_HOPPER,
	NVGRACE_BLACKWELL,
	NVGRACE_NEWER,
};

/**
 * struct nvgrace_region - memory that is presented as a BAR
 * @bar:	index of the BAR, 0 to 4; as it is 64-bit it takes @bar + 1 too
 * @phys:	host physical address of the first byte, page aligned
 * @mem_size:	bytes of memory behind the BAR, page aligned, not 0
 * @bar_size:	bytes advertised: @mem_size rounded up to a power of two
 * @cached:	mapped write-back; else Normal-NC
 *
 * Written by probe, constant from then on: no lock.
 */
struct nvgrace_region {
	unsigned int bar;
	u64 phys;
	u64 mem_size;
	u64 bar_size;
	bool cached;
};

/**
 * struct nvgrace_span - the parts of an access to a region
 * @mem:	bytes that meet memory, from the access's offset on
 * @pad:	bytes after them that meet the padding
 *
 * What lies at and past the BAR's end is in neither.
 */
struct nvgrace_span {
	u64 mem;
	u64 pad;
};

/**
 * struct nvgrace_window - a slice of a region as the kernel has it mapped
 * @lock:	protects the rest, held while bytes are copied through @va
 * @va:		where it is mapped, with the region's memory type; NULL: nothing
 * @phys:	host physical address of its first byte
 * @size:	bytes, see nvgrace_region_window()
 */
struct nvgrace_window {
	struct mutex lock; /* see above */
	void *va;
	u64 phys;
	u64 size;
};

/**
 * struct nvgrace_training_source - where a GPU tells of its training
 * @pdev:	the GPU
 * @cxl:	config space offset of its CXL device DVSEC; 0: BAR0 tells
 *
 * Constant.
 */
struct nvgrace_training_source {
	struct pci_dev *pdev;
	u16 cxl;
};

/**
 * struct nvgrace_training - what the hardware said when it was asked
 * @link:	the C2C link's word, or the CXL range's
 * @hbm:	the memory's word; 0 when the link is not up, and on CXL
 * @timeout_ms:	milliseconds that it may go on saying so
 * @verdict:	what the memory is after that, a negative errno
 */
struct nvgrace_training {
	u32 link;
	u32 hbm;
	unsigned int timeout_ms;
	int verdict;
};

/**
 * struct nvgrace_readiness - is the memory usable since the last reset?
 * @generation:	counts what may have untrained the memory; odd while something
 *		of that is under way. Written under access_lock (write)
 * @changes:	how many resets and power changes are under way; same rule
 * @recovering:	PCI error recovery is under way, which may reset the device at
 *		any moment and without another word; same rule
 * @abandoned:	nobody will tell when that is over; same rule
 * @began_at:	when @generation last began to change; same rule
 * @asked_at:	when the hardware first said "not yet" after the last change
 *		that may have reset it, 0: it has not. Cleared under access_lock
 *		(write), set under it (read), by whoever comes first
 * @told:	there is a line in the log for this @asked_at; same rule
 * @usable:	the @generation that an access found trained. Written under
 *		access_lock (read): all writers there see the same generation
 * @in_use:	an access has found the memory usable since it was opened or was
 *		lost; cleared under access_lock (write), or with @failed
 * @failed:	the @generation that was found lost, 0: none; as @usable
 * @error:	why, a negative errno; written before @failed
 */
struct nvgrace_readiness {
	u64 generation;
	unsigned int changes;
	bool recovering;
	bool abandoned;
	ktime_t began_at;
	ktime_t asked_at;
	bool told;
	u64 usable;
	bool in_use;
	u64 failed;
	int error;
};

/* What is counted, shown in debugfs by these names in small letters. */
enum nvgrace_counter {
	NVGRACE_FAULTS_PTE,
	NVGRACE_FAULTS_PMD,
	NVGRACE_FAULTS_PUD,
	NVGRACE_FAULTS_REFUSED,
	NVGRACE_BYTES_READ,
	NVGRACE_BYTES_WRITTEN,
	NVGRACE_RESETS,
	NVGRACE_WAITS,
	NVGRACE_BYTES_SCRUBBED,
	NVGRACE_NR_COUNTERS
};

/**
 * struct nvgrace_device - one GPU bound to this driver
 * @core:	what vfio-pci-core knows of it; first, as it is allocated by it
 * @aperture:	what firmware said, constant
 * @layout:	which BARs the memory became, constant
 * @regions:	the made-up BARs, constant after registration
 * @nr_regions:	how many; 0: an ordinary PCI GPU, all is left to the core
 * @blank_bars:	a bit for each index that is shown as no BAR although hardware
 *		has one there, see layout.c; constant after registration
 * @training:	where to ask whether the memory is trained, constant
 * @config_lock: protects @bar_reg; never held across user memory
 * @bar_reg:	what the user last wrote to each made-up 64-bit BAR register
 * @lent:	what core.barmap[] had for each made-up BAR where BAR0's iomap is
 *		lent, while the device is open; else NULL. Under dev_set->lock
 * @access_lock: read: the memory is being used; write: it may lose its
 *		training. Inside memory_lock
 * @ready:	see struct nvgrace_readiness
 * @lines:	limits how many lines the log gets about lost memory
 * @window:	see struct nvgrace_window
 * @bad_pages:	of its memory, see retired.c; the pointer is constant
 * @pfn_space:	what mm knows of each region, for memory failures
 * @firmware_reports: in the chain of those that firmware's reports of memory
 *		errors are passed to
 * @unmap_retired: unmaps bad pages where who tells of them may not
 * @counters:	see enum nvgrace_counter
 */
struct nvgrace_device {
	struct vfio_pci_core_device core;
	struct nvgrace_aperture aperture;
	enum nvgrace_layout layout;
	struct nvgrace_region regions[NVGRACE_MAX_REGIONS];
	unsigned int nr_regions;
	unsigned int blank_bars;
	struct nvgrace_training_source training;

	struct mutex config_lock; /* see above */
	u64 bar_reg[NVGRACE_MAX_REGIONS];

	void __iomem *lent[NVGRACE_MAX_REGIONS];

	struct rw_semaphore access_lock;
	struct nvgrace_readiness ready;
	struct ratelimit_state lines;
	struct nvgrace_window window;

	struct nvgrace_bad_pages *bad_pages;
	struct pfn_address_space pfn_space[NVGRACE_MAX_REGIONS];
	struct notifier_block firmware_reports;
	struct work_struct unmap_retired;
	atomic64_t counters[NVGRACE_NR_COUNTERS];
};

static inline struct nvgrace_device *to_nvgrace(struct vfio_device *vdev)
{
	return container_of(vdev, struct nvgrace_device, core.vdev);
}

/* pci_power_t is restricted, and has an order all the same. */
static inline bool nvgrace_is_asleep(const struct nvgrace_device *nvg)
{
	return (__force int)READ_ONCE(nvg->core.pdev->current_state) >=
	       (__force int)PCI_D3hot;
}

static inline void nvgrace_count(struct nvgrace_device *nvg,
				 enum nvgrace_counter counter, s64 n)
{
	atomic64_add(n, &nvg->counters[counter]);
}

/* Upper floor: doors into the memory. */

/* config.c */
void nvgrace_config_reset(struct nvgrace_device *nvg);
ssize_t nvgrace_config_rw(struct nvgrace_device *nvg, char __user *buf,
			  size_t count, loff_t *ppos, bool write);

/* rw.c */
ssize_t nvgrace_region_rw(struct nvgrace_device *nvg,
			  const struct nvgrace_region *region,
			  char __user *buf, size_t count, loff_t *ppos,
			  bool write);

/* mmap.c */
int nvgrace_region_mmap(struct nvgrace_device *nvg,
			const struct nvgrace_region *region,
			struct vm_area_struct *vma);
void nvgrace_zap(struct nvgrace_device *nvg);

/* dmabuf.c; without it the core refuses dma-bufs by itself */
#if IS_ENABLED(CONFIG_VFIO_PCI_DMABUF)
void nvgrace_dmabuf_init(struct nvgrace_device *nvg);
void nvgrace_dmabuf_open(struct nvgrace_device *nvg);
void nvgrace_dmabuf_close(struct nvgrace_device *nvg);
#else
static inline void nvgrace_dmabuf_init(struct nvgrace_device *nvg)
{
}

static inline void nvgrace_dmabuf_open(struct nvgrace_device *nvg)
{
}

static inline void nvgrace_dmabuf_close(struct nvgrace_device *nvg)
{
}
#endif

/* scrub.c */
int nvgrace_scrub(struct nvgrace_device *nvg);

/* ras.c */
int nvgrace_ras_register(struct nvgrace_device *nvg);
void nvgrace_ras_unregister(struct nvgrace_device *nvg);

/* discover.c */
extern const struct attribute_group *nvgrace_groups[];
void nvgrace_debugfs_create(struct nvgrace_device *nvg);

/* Ground floor: facts. */

/* eager.c */
int nvgrace_populate(struct nvgrace_device *nvg, struct vm_area_struct *vma);

/* leaf.c */
vm_fault_t nvgrace_install(struct nvgrace_device *nvg, struct vm_fault *vmf,
			   unsigned long pfn, unsigned int order);

/* wait.c */
int nvgrace_ready_wait(struct nvgrace_device *nvg, unsigned int state);
void nvgrace_ready_wait_after_reset(struct nvgrace_device *nvg);
int nvgrace_ready_wait_unbound(const struct nvgrace_training_source *source);
u64 nvgrace_poll_interval_us(u64 elapsed_us);

/* reset.c */
void nvgrace_ready_forget(struct nvgrace_device *nvg);
void nvgrace_reset_begin(struct nvgrace_device *nvg);
void nvgrace_reset_end(struct nvgrace_device *nvg);
void nvgrace_power_begin(struct nvgrace_device *nvg);
void nvgrace_power_end(struct nvgrace_device *nvg);
void nvgrace_reset_happened(struct nvgrace_device *nvg);
void nvgrace_recovery_begin(struct nvgrace_device *nvg);
void nvgrace_recovery_end(struct nvgrace_device *nvg);
void nvgrace_recovery_abandon(struct nvgrace_device *nvg);

/* ready.c */
void nvgrace_ready_init(struct nvgrace_device *nvg);
int nvgrace_memory_get(struct nvgrace_device *nvg, unsigned int state);
void nvgrace_memory_put(struct nvgrace_device *nvg);
int nvgrace_memory_ask(struct nvgrace_device *nvg);
const char *nvgrace_ready_name(struct nvgrace_device *nvg);

/* training.c */
struct nvgrace_training_source nvgrace_training_source(struct pci_dev *pdev);
int nvgrace_training_ask(const struct nvgrace_training_source *source,
			 void __iomem *bar0, struct nvgrace_training *t);
int nvgrace_training_ask_closed(const struct nvgrace_training_source *source,
				void __iomem *bar0, struct nvgrace_training *t);
void nvgrace_training_log(const struct nvgrace_training_source *source,
			  const struct nvgrace_training *t, int error);

/* window.c */
void *nvgrace_map_memory(const struct nvgrace_region *region, u64 phys,
			 u64 size);
void *nvgrace_window_at(struct nvgrace_device *nvg,
			const struct nvgrace_region *region, u64 offset,
			u64 *avail);
void nvgrace_window_drop(struct nvgrace_device *nvg);

/* retired.c */
int nvgrace_recall_bad_pages(struct nvgrace_device *nvg);
void nvgrace_forget_bad_pages(void);
int nvgrace_retire(struct nvgrace_device *nvg, unsigned long pfn);
bool nvgrace_all_is_bad(const struct nvgrace_device *nvg);
u64 nvgrace_good_pages(const struct nvgrace_device *nvg, u64 pfn, u64 nr);
u64 nvgrace_good_bytes(const struct nvgrace_device *nvg,
		       const struct nvgrace_region *region, u64 offset,
		       u64 count);
u64 nvgrace_next_retired(const struct nvgrace_device *nvg,
			 const struct nvgrace_region *region, u64 pgoff);

/* layout.c */
int nvgrace_lay_out(struct nvgrace_device *nvg);
const char *nvgrace_layout_name(enum nvgrace_layout layout);

/* aperture.c */
int nvgrace_aperture_read(struct pci_dev *pdev, struct nvgrace_aperture *ap);
int nvgrace_aperture_claim(struct pci_dev *pdev,
			   const struct nvgrace_aperture *ap);

/* generation.c */
enum nvgrace_generation nvgrace_generation(u16 device);

/* region.c */
const char *nvgrace_aperture_fault(u64 base, u64 size, unsigned int phys_bits);
u64 nvgrace_usable_size(u64 size);
void nvgrace_region_init(struct nvgrace_region *region, unsigned int bar,
			 u64 phys, u64 mem_size, bool cached);
const struct nvgrace_region *
nvgrace_region_of(const struct nvgrace_device *nvg, unsigned int index);
bool nvgrace_region_is_blank(const struct nvgrace_device *nvg,
			     unsigned int index);
bool nvgrace_region_is_empty(const struct nvgrace_device *nvg,
			     unsigned int index);
struct nvgrace_span nvgrace_region_clip(const struct nvgrace_region *region,
					u64 offset, u64 count);
bool nvgrace_region_mappable(const struct nvgrace_region *region,
			     u64 pgoff, u64 nr_pages);
u64 nvgrace_region_pfn(const struct nvgrace_region *region, u64 pgoff);
bool nvgrace_region_page(const struct nvgrace_region *region, u64 pfn,
			 u64 *pgoff);
void nvgrace_region_window(const struct nvgrace_region *region, u64 offset,
			   u64 *start, u64 *size);
u64 nvgrace_bar_value(const struct nvgrace_region *region, u64 written);
u64 nvgrace_bar_merge(u64 reg, u64 value, unsigned int shift,
		      unsigned int width);

/* The core keeps itself in vm_private_data of its mappings, and so do we. */
static inline struct nvgrace_device *nvgrace_of_vma(struct vm_area_struct *vma)
{
	struct vfio_pci_core_device *core = vma->vm_private_data;

	return to_nvgrace(&core->vdev);
}

/* The made-up BAR that a mapping of the device is of, NULL: a real one. */
static inline const struct nvgrace_region *
nvgrace_vma_region(struct vm_area_struct *vma)
{
	return nvgrace_region_of(nvgrace_of_vma(vma),
				 vma->vm_pgoff >> NVGRACE_PGOFF_SHIFT);
}

#endif
