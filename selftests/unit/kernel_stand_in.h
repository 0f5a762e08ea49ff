/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of the kernel do the pure rooms use, on the machine they are built on?
 *
 * The Makefile makes one header that includes this one for each that a room
 * includes, so that the rooms compile here unchanged.
 */
#ifndef NVGRACE_UNIT_KERNEL_STAND_IN_H
#define NVGRACE_UNIT_KERNEL_STAND_IN_H

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <linux/pci_regs.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef s64 ktime_t;
typedef struct {
	s64 counter;
} atomic64_t;

#define __user
#define __force
#define __iomem

/* Every option is on: what is declared then is not called by these rooms. */
#define IS_ENABLED(option)	1

/* The page size is the test's choice: 4 KiB or 64 KiB. */
#ifndef PAGE_SHIFT
#define PAGE_SHIFT	12
#endif
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define SZ_4K		0x00001000
#define SZ_64K		0x00010000
#define SZ_1M		0x00100000
#define SZ_2M		0x00200000
#define SZ_512M		0x20000000
#define SZ_1G		0x40000000

#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))
#define GENMASK_ULL(high, low)						\
	((~0ULL << (low)) & (~0ULL >> (63 - (high))))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define check_add_overflow(a, b, sum)	__builtin_add_overflow(a, b, sum)
#define min(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b);	\
		     a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b);	\
		     a_ > b_ ? a_ : b_; })
#define clamp(x, lo, hi)	min(max(x, lo), hi)
#define PCI_STD_NUM_BARS	6
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)	(*(volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val)	(*(volatile __typeof__(x) *)&(x) = (val))
#define container_of(ptr, type, member)					\
	((type *)((char *)(ptr) - offsetof(type, member)))

#define cpu_to_le64(x)	htole64(x)
#define le64_to_cpu(x)	le64toh(x)

/* Undefined for 0 and above 2^63, as the kernel's is: UBSAN tells. */
static inline u64 roundup_pow_of_two(u64 n)
{
	return 1ULL << (64 - (n == 1 ? 64 : __builtin_clzll(n - 1)));
}

struct mutex {
	int held;
};

struct rw_semaphore {
	int readers;
	int writers;
};

#define DEFINE_MUTEX(name)	struct mutex name

/* Odd while somebody writes; nobody does so meanwhile here. */
typedef struct {
	unsigned int sequence;
	bool initialised;
} seqlock_t;

#define seqlock_init(lock)	(*(lock) = (seqlock_t) { .initialised = true })
#define read_seqbegin(lock)	((lock)->sequence)
#define read_seqretry(lock, seq)	((seq) % 2 || (lock)->sequence != (seq))
#define write_seqlock_irqsave(lock, flags)				\
	((flags) = (lock)->sequence++)
#define write_sequnlock_irqrestore(lock, flags)				\
	((lock)->sequence = (flags) + 2)

struct list_head {
	struct list_head *next;
};

#define LIST_HEAD(name)		struct list_head name = { &name }
#define list_entry(at, pos, member)					\
	container_of(at, __typeof__(*(pos)), member)
#define list_for_each_entry(pos, head, member)				\
	for (pos = list_entry((head)->next, pos, member);		\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, pos, member))
#define list_for_each_entry_safe(pos, ahead, head, member)		\
	for (pos = list_entry((head)->next, pos, member),		\
	     ahead = list_entry(pos->member.next, pos, member);		\
	     &pos->member != (head);					\
	     pos = ahead, ahead = list_entry(pos->member.next, pos, member))

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	entry->next = head->next;
	head->next = entry;
}

#define GFP_KERNEL		0
#define kzalloc(size, flags)	calloc(1, size)
#define kfree(ptr)		free(ptr)

struct device {
	int unused;
};

struct pci_dev {
	struct device dev;
	u16 device;
	u8 pm_cap;
	int current_state;
	int error_state;
	void *bus;
	u64 resource[1];	/* where it is on the bus */
};

#define PCI_D0				0
#define PCI_D3hot			3
#define pci_channel_io_perm_failure	3

typedef struct {
	unsigned long bits;
} pgprot_t;

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_pgoff;
	unsigned long vm_flags;
	pgprot_t vm_page_prot;
	void *vm_mm;
	struct file *vm_file;
	const struct vm_operations_struct *vm_ops;
	void *vm_private_data;
};

struct pfn_address_space {
	struct {
		unsigned long start;
		unsigned long last;
	} node;
	void *mapping;
	int (*pfn_to_vma_pgoff)(struct vm_area_struct *vma, unsigned long pfn,
				unsigned long *pgoff);
};

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action,
			     void *data);
};

struct work_struct {
	void (*func)(struct work_struct *work);
};

#define INIT_WORK(work, f)	((work)->func = (f))

struct ratelimit_state {
	int interval;
	int burst;
	unsigned long flags;
	u64 begin;
	int printed;
	int missed;
};

struct attribute_group;
struct vm_fault;
typedef unsigned int vm_fault_t;

static inline void atomic64_add(s64 n, atomic64_t *v)
{
	v->counter += n;
}

struct inode {
	void *i_mapping;
};

struct vfio_device {
	struct inode *inode;
	struct dentry *debug_root;
};

struct vfio_pci_core_device;
struct p2pdma_provider;
struct phys_vec;
struct vfio_region_dma_range;

struct vfio_pci_device_ops {
	int (*get_dmabuf_phys)(struct vfio_pci_core_device *core,
			       struct p2pdma_provider **provider,
			       unsigned int index, struct phys_vec *phys_vec,
			       struct vfio_region_dma_range *ranges, size_t nr);
};

#define PCI_STD_NUM_BARS		6
#define VFIO_PCI_OFFSET_SHIFT		40
#define VFIO_PCI_OFFSET_MASK		((1ULL << VFIO_PCI_OFFSET_SHIFT) - 1)
#define VFIO_PCI_INDEX_TO_OFFSET(i)	((u64)(i) << VFIO_PCI_OFFSET_SHIFT)
#define VFIO_PCI_OFFSET_TO_INDEX(off)	((off) >> VFIO_PCI_OFFSET_SHIFT)

struct vfio_pci_core_device {
	struct vfio_device vdev;
	struct pci_dev *pdev;
	const struct vfio_pci_device_ops *pci_ops;
	void *barmap[PCI_STD_NUM_BARS];
	struct rw_semaphore memory_lock;
	bool pm_runtime_engaged;
	bool reset_works;
};

#endif
