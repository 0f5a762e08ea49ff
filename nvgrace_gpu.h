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

#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/vfio_pci_core.h>

struct vm_area_struct;

/* A layout makes up at most two BARs: usable memory and, later, reserved. */
#define NVGRACE_MAX_REGIONS	2

/**
 * struct nvgrace_region - memory that is presented as a BAR
 * @bar:	index of the BAR, 0 to 4; as it is 64-bit it takes @bar + 1 too
 * @phys:	host physical address of the first byte, page aligned
 * @mem_size:	bytes of memory behind the BAR, page aligned, not 0
 * @bar_size:	bytes advertised: @mem_size rounded up to a power of two
 *
 * Written by probe, constant from then on: no lock.
 */
struct nvgrace_region {
	unsigned int bar;
	u64 phys;
	u64 mem_size;
	u64 bar_size;
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
 * @va:		where it is mapped, write-back; NULL: nothing is
 * @phys:	host physical address of its first byte
 * @size:	bytes, at most NVGRACE_WINDOW_SIZE
 */
struct nvgrace_window {
	struct mutex lock;
	void *va;
	u64 phys;
	u64 size;
};

/**
 * struct nvgrace_readiness - is the memory usable since the last reset?
 * @generation:	counts what may have untrained the memory; odd while a reset
 *		is under way. Written under access_lock (write)
 * @reset_at:	when @generation last began to change; same rule
 * @usable:	the @generation that was found trained. Written under
 *		access_lock (read): all writers there see the same generation
 * @failed:	the @generation that was found lost, 0: none; same rule
 * @error:	why, a negative errno; written before @failed
 */
struct nvgrace_readiness {
	u64 generation;
	ktime_t reset_at;
	u64 usable;
	u64 failed;
	int error;
};

/**
 * struct nvgrace_device - one GPU bound to this driver
 * @core:	what vfio-pci-core knows of it; first, as it is allocated by it
 * @regions:	the made-up BARs, constant after registration
 * @nr_regions:	how many; 0: an ordinary PCI GPU, all is left to the core
 * @config_lock: protects @bar_reg; never held across user memory
 * @bar_reg:	what the user last wrote to each made-up 64-bit BAR register
 * @pm_lock:	one write to the PM control register at a time (I11)
 * @barmap_lock: protects core.barmap[] of hidden BARs against the core's
 *		ioctls that look at it
 * @hidden:	the core's iomap of each hardware BAR that a made-up one hides,
 *		while the device is open; else NULL. Under dev_set->lock
 * @access_lock: read: the memory is being used; write: it may lose its
 *		training. Inside memory_lock
 * @ready:	see struct nvgrace_readiness
 * @window:	see struct nvgrace_window
 */
struct nvgrace_device {
	struct vfio_pci_core_device core;
	struct nvgrace_region regions[NVGRACE_MAX_REGIONS];
	unsigned int nr_regions;

	struct mutex config_lock;
	u64 bar_reg[NVGRACE_MAX_REGIONS];
	struct mutex pm_lock;

	struct mutex barmap_lock;
	void __iomem *hidden[PCI_STD_NUM_BARS];

	struct rw_semaphore access_lock;
	struct nvgrace_readiness ready;

	struct nvgrace_window window;
};

static inline struct nvgrace_device *to_nvgrace(struct vfio_device *vdev)
{
	return container_of(vdev, struct nvgrace_device, core.vdev);
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

/* dmabuf.c */
extern const struct vfio_pci_device_ops nvgrace_pci_ops;
int nvgrace_dmabuf_feature(struct nvgrace_device *nvg, u32 flags,
			   void __user *arg, size_t argsz);

/* Ground floor: facts. */

/* ready.c */
void nvgrace_reset_begin(struct nvgrace_device *nvg);
void nvgrace_reset_end(struct nvgrace_device *nvg);
void nvgrace_reset_happened(struct nvgrace_device *nvg);
int nvgrace_memory_get(struct nvgrace_device *nvg);
void nvgrace_memory_put(struct nvgrace_device *nvg);
int nvgrace_ready_wait(struct nvgrace_device *nvg);
int nvgrace_ready_wait_unbound(struct pci_dev *pdev);
u64 nvgrace_poll_interval_us(u64 elapsed_us);

/* window.c */
void *nvgrace_window_at(struct nvgrace_device *nvg,
			const struct nvgrace_region *region, u64 offset,
			u64 *avail);
void nvgrace_window_drop(struct nvgrace_device *nvg);

/* region.c */
const char *nvgrace_aperture_fault(u64 base, u64 size, unsigned int phys_bits);
void nvgrace_region_init(struct nvgrace_region *region, unsigned int bar,
			 u64 phys, u64 mem_size);
const struct nvgrace_region *
nvgrace_region_of(const struct nvgrace_device *nvg, unsigned int index);
bool nvgrace_region_is_upper(const struct nvgrace_device *nvg,
			     unsigned int index);
struct nvgrace_span nvgrace_region_clip(const struct nvgrace_region *region,
					u64 offset, u64 count);
bool nvgrace_region_mappable(const struct nvgrace_region *region,
			     u64 pgoff, u64 nr_pages);
u64 nvgrace_region_pfn(const struct nvgrace_region *region, u64 pgoff);
void nvgrace_region_window(const struct nvgrace_region *region, u64 offset,
			   u64 *start, u64 *size);
u64 nvgrace_bar_value(const struct nvgrace_region *region, u64 written);
u64 nvgrace_bar_merge(u64 reg, u64 value, unsigned int shift,
		      unsigned int width);

/* aperture.c */

/**
 * struct nvgrace_aperture - where firmware put the GPU's memory
 * @base:	host physical address
 * @size:	bytes; 0: firmware describes none
 */
struct nvgrace_aperture {
	u64 base;
	u64 size;
};

int nvgrace_aperture_read(struct pci_dev *pdev, struct nvgrace_aperture *ap);
int nvgrace_aperture_claim(struct pci_dev *pdev,
			   const struct nvgrace_aperture *ap);

#endif
