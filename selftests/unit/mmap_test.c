// SPDX-License-Identifier: GPL-2.0-only
/* What does mmap.c let be mapped, how, and when does a fault wait, fail or install? */
#include "check.h"
#include "kernel_stand_in.h"

#define NVGRACE_GPU_TRACE_H
#define CONFIG_ARCH_SUPPORTS_HUGE_PFNMAP
#define ERESTARTSYS		512
#define TASK_INTERRUPTIBLE	1
#define TASK_KILLABLE		2
#define FAULT_FLAG_WRITE	0x001
#define FAULT_FLAG_ALLOW_RETRY	0x004
#define FAULT_FLAG_RETRY_NOWAIT	0x008
#define FAULT_FLAG_USER		0x040
#define FAULT_FLAG_INTERRUPTIBLE 0x200
#define VM_FAULT_SIGBUS		0x002
#define VM_FAULT_HWPOISON	0x010
#define VM_FAULT_NOPAGE		0x100
#define VM_FAULT_RETRY		0x400
#define VM_FAULT_FALLBACK	0x800
#define VM_SHARED		0x008
#define VM_PFNMAP		0x400
#define VM_IO			0x4000
#define VM_DONTEXPAND		0x40000
#define VM_DONTDUMP		0x4000000
#define VM_ALLOW_ANY_UNCACHED	0x8000000000
#define PMD_ORDER		(PAGE_SHIFT - 3)
#define WRITE_COMBINED		0x100
#define BASE			0x2000000000ULL
#define MEMORY			(6ULL << (PAGE_SHIFT + PMD_ORDER))
#define START			(32UL << (PAGE_SHIFT + PMD_ORDER))

struct file {
	int references;
};

struct vm_operations_struct {
	vm_fault_t (*fault)(struct vm_fault *vmf);
	vm_fault_t (*huge_fault)(struct vm_fault *vmf, unsigned int order);
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned int flags;
};

static struct {
	int get;			/* what the memory says */
	int gets, puts;
	unsigned int state;		/* that it was asked in */
	unsigned int waits, wait_state;
	bool unlocked;			/* the fault's lock is gone */
	unsigned int installs;
	unsigned long pfn;
	unsigned int order;
	vm_fault_t install;
	unsigned int traces, maps;
	unsigned int populated;
	unsigned int zapped;		/* a bit for each BAR */
} now;

static struct file file;
static struct inode inode = { .i_mapping = &inode };

#define module_param(name, type, mode)	static const int name##_mode = (mode)
#define MODULE_PARM_DESC(name, text)	_Static_assert(sizeof(text), "empty")
#define vma_pages(vma)		(((vma)->vm_end - (vma)->vm_start) >> PAGE_SHIFT)
#define linear_page_index(vma, addr)					\
	((((addr) - (vma)->vm_start) >> PAGE_SHIFT) + (vma)->vm_pgoff)
#define vm_flags_set(vma, bits)	((vma)->vm_flags |= (bits))
#define pgprot_writecombine(prot)	((pgprot_t) { (prot).bits | WRITE_COMBINED })
#define get_file(f)		((f)->references += !now.unlocked, (f))
#define fput(f)			((f)->references--)
#define release_fault_lock(vmf)	((void)(vmf), now.unlocked = true)
#define is_aligned_for_order(vma, addr, pfn, order)			\
	(!(order) || ((addr) >= (vma)->vm_start &&			\
		      (addr) + (PAGE_SIZE << (order)) <= (vma)->vm_end && \
		      !((pfn) & ((1UL << (order)) - 1))))
#define trace_nvgrace_fault(pdev, addr, pfn, order, fault)	((void)(pdev), now.traces++)
#define trace_nvgrace_map(pdev, bar, pgoff, pages)		(now.maps++)

static void unmap_mapping_range(void *mapping, u64 start, u64 length, bool even_cows)
{
	CHECK(mapping == &inode && even_cows && length == MEMORY && !(start & VFIO_PCI_OFFSET_MASK),
	      "%#lx at %#lx", length, start);
	now.zapped |= BIT(start >> VFIO_PCI_OFFSET_SHIFT);
}

#include "../../region.c"

int nvgrace_memory_get(struct nvgrace_device *nvg, unsigned int state)
{
	now.state = state;
	now.gets += !now.get;
	return now.get;
}

void nvgrace_memory_put(struct nvgrace_device *nvg)
{
	now.puts++;
}

int nvgrace_ready_wait(struct nvgrace_device *nvg, unsigned int state)
{
	CHECK(now.unlocked && file.references == 1, "waits with a lock, or lets go of the device");
	now.waits++;
	now.wait_state = state;
	return 0;
}

vm_fault_t nvgrace_install(struct nvgrace_device *nvg, struct vm_fault *vmf, unsigned long pfn,
			   unsigned int order)
{
	CHECK(now.gets == now.puts + 1, "installed without the memory");
	now.installs++;
	now.pfn = pfn;
	now.order = order;
	return now.install;
}

int nvgrace_populate(struct nvgrace_device *nvg, struct vm_area_struct *vma)
{
	now.populated++;
	return -ENOMEM;
}

#include "../../mmap.c"

static struct pci_dev pdev;
static struct nvgrace_device nvg;
static struct vm_area_struct vma;

static void set_up(void)
{
	memset(&nvg, 0, sizeof(nvg));
	memset(&now, 0, sizeof(now));
	file.references = 0;
	eager_map = false;
	now.install = VM_FAULT_NOPAGE;
	nvg.core.pdev = &pdev;
	nvg.core.vdev.inode = &inode;
	nvg.nr_regions = 2;
	nvgrace_region_init(&nvg.regions[0], 4, BASE, MEMORY, true);
	nvgrace_region_init(&nvg.regions[1], 2, BASE + MEMORY, MEMORY, false);
}

/* A shared mapping of @pages pages of region @i from @pgoff on, or why not. */
static int map(unsigned int i, u64 pgoff, u64 pages)
{
	vma = (struct vm_area_struct) {
		.vm_start = START, .vm_end = START + pages * PAGE_SIZE, .vm_flags = VM_SHARED,
		.vm_pgoff = (VFIO_PCI_INDEX_TO_OFFSET(nvg.regions[i].bar) >> PAGE_SHIFT) + pgoff,
		.vm_page_prot.bits = 3, .vm_file = &file,
	};
	return nvgrace_region_mmap(&nvg, &nvg.regions[i], &vma);
}

static vm_fault_t fault_at(unsigned long offset, unsigned int order, unsigned int flags)
{
	struct vm_fault vmf = { .vma = &vma, .address = START + offset, .flags = flags };

	now.unlocked = false;
	now.installs = 0;
	if (order)
		return vma.vm_ops->huge_fault(&vmf, order);
	return vma.vm_ops->fault(&vmf);
}

static void I7_what_is_no_shared_mapping_of_memory_is_einval(void)
{
	const u64 pages = MEMORY >> PAGE_SHIFT;

	set_up();
	CHECK(!map(0, 0, pages) && !map(0, pages - 1, 1) && !map(1, 3, 5), "memory");
	CHECK(now.maps == 3 && !now.populated, "%u", now.maps);
	CHECK(map(0, 0, pages + 1) == -EINVAL && map(0, pages, 1) == -EINVAL, "padding");
	CHECK(now.maps == 3, "said to be mapped");
	map(0, 0, 1);
	vma.vm_flags = 0;
	CHECK(nvgrace_region_mmap(&nvg, &nvg.regions[0], &vma) == -EINVAL, "private");
	vma.vm_flags = VM_SHARED;
	vma.vm_end = vma.vm_start - PAGE_SIZE;
	CHECK(nvgrace_region_mmap(&nvg, &nvg.regions[0], &vma) == -EINVAL,
	      "it ends before it begins");
}

static void I8_cacheable_memory_keeps_its_protection_and_uncached_does_not(void)
{
	const u64 always = VM_SHARED | VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;

	set_up();
	map(0, 7, 2);
	CHECK(vma.vm_page_prot.bits == 3 && vma.vm_flags == always, "%#lx", vma.vm_flags);
	CHECK(vma.vm_pgoff == (VFIO_PCI_INDEX_TO_OFFSET(4) >> PAGE_SHIFT) + 7,
	      "the core's zap misses it");
	CHECK(vma.vm_private_data == &nvg.core, "%p", vma.vm_private_data);
	map(1, 7, 2);
	CHECK(vma.vm_page_prot.bits == (3 | WRITE_COMBINED), "%#lx", vma.vm_page_prot.bits);
	CHECK(vma.vm_flags == (always | VM_ALLOW_ANY_UNCACHED), "%#lx", vma.vm_flags);
}

static void a_mapping_is_built_at_once_only_when_asked_for(void)
{
	set_up();
	eager_map = true;
	CHECK(map(0, 0, 1) == -ENOMEM && now.populated == 1, "%u", now.populated);
	CHECK(eager_map_mode == 0444, "%o", eager_map_mode);
}

static void I9_a_leaf_is_of_the_page_frames_that_its_address_has(void)
{
	const unsigned long block = PAGE_SIZE << PMD_ORDER;

	set_up();
	map(1, 0, MEMORY >> PAGE_SHIFT);
	CHECK(fault_at(5 * PAGE_SIZE + 123, 0, 0) == VM_FAULT_NOPAGE, "page");
	CHECK(now.pfn == ((BASE + MEMORY) >> PAGE_SHIFT) + 5 && !now.order, "%#lx", now.pfn);
	CHECK(fault_at(2 * block + 5 * PAGE_SIZE, PMD_ORDER, 0) == VM_FAULT_NOPAGE, "block");
	CHECK(now.pfn == (BASE + MEMORY + 2 * block) >> PAGE_SHIFT && now.order == PMD_ORDER,
	      "%#lx", now.pfn);
	CHECK(now.traces == 2, "%u", now.traces);
	/* The file's offset is no multiple of a block, the address is. */
	map(0, 1, (MEMORY >> PAGE_SHIFT) - 1);
	CHECK(fault_at(2 * block, PMD_ORDER, 0) == VM_FAULT_FALLBACK && !now.installs,
	      "not aligned");
	CHECK(fault_at(2 * block, 0, 0) == VM_FAULT_NOPAGE, "its page");
	CHECK(now.pfn == (BASE >> PAGE_SHIFT) + 1 + ((2 * block) >> PAGE_SHIFT), "%#lx", now.pfn);
	CHECK(now.gets == now.puts && now.traces == 3, "%d, %d", now.gets, now.puts);
	now.install = VM_FAULT_HWPOISON;
	CHECK(fault_at(0, 0, 0) == VM_FAULT_HWPOISON && now.gets == now.puts, "what the leaf says");
}

static void I12_a_fault_waits_without_its_lock(void)
{
	set_up();
	map(0, 0, 8);
	now.get = -EAGAIN;
	CHECK(fault_at(0, 0, FAULT_FLAG_ALLOW_RETRY) == VM_FAULT_RETRY, "not tried again");
	CHECK(now.waits == 1 && !now.installs && !file.references && !now.traces, "%u waits",
	      now.waits);
	CHECK(fault_at(0, 0, FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT) == VM_FAULT_RETRY,
	      "nowait");
	CHECK(now.waits == 1 && !now.unlocked, "it waited");
	CHECK(fault_at(0, 0, FAULT_FLAG_RETRY_NOWAIT) == VM_FAULT_SIGBUS,
	      "one that cannot be tried again");
	CHECK(now.waits == 1 && !now.puts, "it waited");
}

static void I13_only_a_task_in_user_mode_leaves_for_a_signal(void)
{
	static const struct {
		unsigned int flags, state;
	} cases[] = {
		{ 0, TASK_KILLABLE },
		{ FAULT_FLAG_USER, TASK_KILLABLE },
		{ FAULT_FLAG_INTERRUPTIBLE, TASK_KILLABLE },
		{ FAULT_FLAG_WRITE, TASK_KILLABLE },
		{ FAULT_FLAG_USER | FAULT_FLAG_INTERRUPTIBLE, TASK_INTERRUPTIBLE },
		{ FAULT_FLAG_USER | FAULT_FLAG_INTERRUPTIBLE | FAULT_FLAG_WRITE,
		  TASK_INTERRUPTIBLE },
	};

	set_up();
	map(0, 0, 8);
	now.get = -EAGAIN;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fault_at(0, 0, cases[i].flags | FAULT_FLAG_ALLOW_RETRY);
		CHECK(now.state == cases[i].state && now.wait_state == cases[i].state, "case %zu",
		      i);
	}
	now.get = -ERESTARTSYS;
	CHECK(fault_at(0, 0, 0) == VM_FAULT_NOPAGE && !now.installs && !now.puts, "a signal");
	CHECK(!nvg.counters[NVGRACE_FAULTS_REFUSED].counter, "is no refusal");
}

static void I5_a_fault_that_may_not_is_refused_and_counted(void)
{
	set_up();
	map(0, 0, 8);
	for (int i = 1; i <= 2; i++) {
		now.get = i == 1 ? -EIO : -ENODEV;
		CHECK(fault_at(0, 0, FAULT_FLAG_ALLOW_RETRY) == VM_FAULT_SIGBUS && !now.waits, "%d",
		      i);
		CHECK(nvg.counters[NVGRACE_FAULTS_REFUSED].counter == i && !now.puts, "%d", i);
	}
	CHECK(now.traces == 2, "%u", now.traces);
}

static void I11_a_zap_unmaps_all_made_up_bars(void)
{
	set_up();
	nvgrace_zap(&nvg);
	CHECK(now.zapped == (BIT(4) | BIT(2)), "%#x", now.zapped);
}

int main(void)
{
	CLAIM(I7_what_is_no_shared_mapping_of_memory_is_einval);
	CLAIM(I8_cacheable_memory_keeps_its_protection_and_uncached_does_not);
	CLAIM(a_mapping_is_built_at_once_only_when_asked_for);
	CLAIM(I9_a_leaf_is_of_the_page_frames_that_its_address_has);
	CLAIM(I12_a_fault_waits_without_its_lock);
	CLAIM(I13_only_a_task_in_user_mode_leaves_for_a_signal);
	CLAIM(I5_a_fault_that_may_not_is_refused_and_counted);
	CLAIM(I11_a_zap_unmaps_all_made_up_bars);
	return unit_end();
}
