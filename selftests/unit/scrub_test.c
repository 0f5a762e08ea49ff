// SPDX-License-Identifier: GPL-2.0-only
/* Does scrub.c leave nothing of the last user's (I21), whoever comes in between? */
#include "check.h"
#include "kernel_stand_in.h"

#define TASK_KILLABLE		2
#define ERESTARTSYS		512
#define NUMA_NO_NODE		(-1)
#define WQ_UNBOUND		2
#define CHUNK			SZ_2M
#define FIRST			(2 * CHUNK + 3 * SZ_64K)	/* bytes of the first region */
#define SECOND			(CHUNK + SZ_64K)
#define BASE			0x2000000000ULL
#define BAD			(CHUNK + 5 * SZ_64K)	/* where a page is bad, from BASE on */
#define OLD			0xa5			/* what the last user left */

typedef struct {
	int counter;
} atomic_t;

struct completion {
	unsigned int done;
};

struct workqueue_struct {
	unsigned int made;
};

struct cpumask {
	unsigned long bits;
};

static struct {
	u8 memory[FIRST + SECOND];
	unsigned int untrained_at;	/* which get finds it so, 0: none; as the following */
	unsigned int lost_at;
	unsigned int reset_at;
	unsigned int killed_at;
	unsigned int gets;
	unsigned int held;
	unsigned int mapped;
	unsigned int waits;
	unsigned int rests;		/* in which others may run */
	int wait_error;
	bool no_map, no_queue, no_workers;
	bool killed;
	bool has_bad;
	int node;
	unsigned int flushed;
	struct workqueue_struct queue;
	struct work_struct *queued[8];	/* not run yet */
	unsigned int nr_queued;
	unsigned long cpus;		/* that had work */
	unsigned int lines, errors;
	s64 said_mib;
	unsigned int said_cpus;
} gpu;

static struct pci_dev pdev;
static struct nvgrace_device *device;	/* that is being opened */

static void run_next(void)
{
	if (gpu.nr_queued) {
		struct work_struct *work = gpu.queued[--gpu.nr_queued];

		work->func(work);
	}
}

/* Others work meanwhile. */
static void rest(void)
{
	CHECK(!gpu.held, "rests with the memory held");
	gpu.rests++;
	run_next();
}

#define module_param(name, type, mode)	static const int name##_mode = (mode)
#define MODULE_PARM_DESC(name, text)	_Static_assert(sizeof(text), "empty")
#define atomic64_set(v, n)		((v)->counter = (n))
#define atomic64_read(v)		((v)->counter)
#define atomic64_inc_return(v)		(++(v)->counter)
#define atomic_set(v, n)		((v)->counter = (n))
#define atomic_dec_and_test(v)		(!--(v)->counter)
#define cmpxchg(ptr, old, new)		(*(ptr) == (old) ? (*(ptr) = (new)) : 0)
#define init_completion(c)		((c)->done = 0)
#define reinit_completion(c)		((c)->done = 0)
#define complete(c)			((c)->done++)
#define current				NULL
#define fatal_signal_pending(task)	(gpu.killed)
#define cond_resched()			rest()
#define kcalloc(nr, size, flags)	(gpu.no_workers ? NULL : calloc(nr, size))
#define ktime_get()			0
#define ktime_ms_delta(later, earlier)	((long long)((later) - (earlier)))
#define alloc_workqueue(name, flags, max)				\
	(gpu.no_queue ? NULL : (gpu.queue.made++, &gpu.queue))
#define destroy_workqueue(wq)		((wq)->made--)
#define nr_cpu_ids			8
#define dev_to_node(dev)		((void)(dev), gpu.node)
#define for_each_cpu_and(cpu, a, b)					\
	for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)			\
		if ((a)->bits & (b)->bits & BIT(cpu))
#define pci_info(pdev, fmt, mib, ms, cpus)				\
	(gpu.lines++, gpu.said_mib = (mib), (void)(ms), gpu.said_cpus = (cpus))
#define dev_err_ratelimited(dev, fmt, ...)	(gpu.errors++)

/* Node 1 has one CPU that is not online, node 2 has none. */
static const struct cpumask online = { BIT(0) | BIT(2) | BIT(5) };
static const struct cpumask near = { BIT(2) | BIT(3) | BIT(5) };
static const struct cpumask nobody;
static const struct cpumask *const cpu_online_mask = &online;

static const struct cpumask *cpumask_of_node(int node)
{
	CHECK(node >= 0, "no node is asked about");
	return node == 1 ? &near : &nobody;
}

#define cpumask_empty(mask)	(!(mask)->bits)

static void queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	CHECK(wq == &gpu.queue && wq->made == 1, "no queue of its own");
	gpu.cpus |= BIT(cpu);
	gpu.queued[gpu.nr_queued++] = work;
}

static void flush_workqueue(struct workqueue_struct *wq)
{
	gpu.flushed++;
	while (gpu.nr_queued)
		run_next();
}

/* A kill ends it before all workers have. */
static int wait_for_completion_killable(struct completion *done)
{
	while (gpu.nr_queued && !gpu.killed)
		run_next();
	if (gpu.killed)
		return -ERESTARTSYS;
	CHECK(done->done == 1, "ends %u times", done->done);
	return 0;
}

#include "../../nvgrace_gpu.h"

int nvgrace_memory_get(struct nvgrace_device *nvg, unsigned int state)
{
	CHECK(state == TASK_KILLABLE, "%u", state);
	gpu.gets++;
	if (gpu.gets == gpu.untrained_at)
		return -EAGAIN;
	if (gpu.gets == gpu.lost_at)
		return -ENODEV;
	gpu.held++;
	return 0;
}

/* A reset loses what was written; a kill comes while somebody works. */
void nvgrace_memory_put(struct nvgrace_device *nvg)
{
	CHECK(gpu.held == 1 && !gpu.mapped, "mapped when it may lose its training");
	gpu.held--;
	if (gpu.gets == gpu.reset_at) {
		nvg->ready.generation += 2;
		memset(gpu.memory, OLD, sizeof(gpu.memory));
	}
	if (gpu.gets == gpu.killed_at)
		gpu.killed = true;
}

int nvgrace_ready_wait(struct nvgrace_device *nvg, unsigned int state)
{
	CHECK(state == TASK_KILLABLE && !gpu.held, "waits with the memory held");
	gpu.waits++;
	return gpu.wait_error;
}

void *nvgrace_map_memory(const struct nvgrace_region *region, u64 phys, u64 size)
{
	CHECK(gpu.held, "mapped without the memory");
	CHECK(size && size <= CHUNK, "%#lx bytes under the locks (I6)", size);
	CHECK(phys >= region->phys && phys + size <= region->phys + region->mem_size,
	      "%#lx at %#lx is not the region's", size, phys);
	if (gpu.no_map)
		return NULL;
	gpu.mapped++;
	return gpu.memory + (phys - BASE);
}

#define memunmap(va)	(gpu.mapped--)

u64 nvgrace_good_bytes(const struct nvgrace_device *nvg, const struct nvgrace_region *region,
		       u64 offset, u64 count)
{
	u64 at = region->phys - BASE + offset;

	CHECK(count && offset + count <= region->mem_size, "%#lx at %#lx", count, offset);
	if (!gpu.has_bad || at >= BAD + PAGE_SIZE)
		return count;
	return at >= BAD ? 0 : min(count, BAD - at);
}

#include "../../scrub.c"

static int open_device(void)
{
	static struct nvgrace_device nvg;
	int ret;

	nvg = (struct nvgrace_device) {
		.nr_regions = 2, .ready.generation = 4, .core.pdev = &pdev,
	};
	nvg.regions[0] = (struct nvgrace_region) { .phys = BASE, .mem_size = FIRST };
	nvg.regions[1] = (struct nvgrace_region) { .phys = BASE + FIRST, .mem_size = SECOND };
	device = &nvg;
	ret = nvgrace_scrub(&nvg);
	CHECK(!gpu.held && !gpu.mapped && !gpu.queue.made && !gpu.nr_queued, "something is kept");
	return ret;
}

static void set_up(void)
{
	memset(&gpu, 0, sizeof(gpu));
	memset(gpu.memory, OLD, sizeof(gpu.memory));
	gpu.node = 1;
	scrub = true;
}

/* How many bytes are not 0? */
static size_t left(void)
{
	size_t bytes = 0;

	for (size_t i = 0; i < sizeof(gpu.memory); i++)
		bytes += gpu.memory[i] != 0;
	return bytes;
}

static void I21_all_memory_is_zeroed_at_an_open(void)
{
	set_up();
	CHECK(!open_device() && !left(), "%zu bytes are left", left());
	CHECK(device->counters[NVGRACE_BYTES_SCRUBBED].counter == FIRST + SECOND, "counted");
	CHECK(gpu.lines == 1 && gpu.said_mib == (FIRST + SECOND) / (1 << 20), "%ld MiB",
	      gpu.said_mib);
	/* Each chunk once, and who looks whether it is trained. */
	CHECK(gpu.gets == 1 + 3 + 2 && gpu.waits == 1, "%u", gpu.gets);
	CHECK(gpu.rests == 3 + 2, "others run after each chunk: %u", gpu.rests);
}

static void I21_nothing_is_touched_unless_it_is_told_to(void)
{
	set_up();
	scrub = false;
	CHECK(!open_device() && left() == sizeof(gpu.memory) && !gpu.gets && !gpu.lines, "touched");
	CHECK(scrub_mode == 0644, "%o", scrub_mode);
}

static void I17_a_bad_page_is_left_out(void)
{
	set_up();
	gpu.has_bad = true;
	CHECK(!open_device() && left() == PAGE_SIZE && gpu.memory[BAD], "%zu bytes are left",
	      left());
	CHECK(device->counters[NVGRACE_BYTES_SCRUBBED].counter == (s64)(FIRST + SECOND - PAGE_SIZE),
	      "counted");
}

/* After each of its steps. */
static void I21_a_reset_in_between_begins_it_anew(void)
{
	for (unsigned int at = 1; at < 6; at++) {
		set_up();
		gpu.reset_at = at;
		CHECK(!open_device() && !left(), "after step %u %zu bytes are left", at, left());
		CHECK(gpu.waits == 2 && gpu.lines == 1, "%u", gpu.waits);
		CHECK(gpu.said_mib == (FIRST + SECOND) / (1 << 20), "%ld MiB", gpu.said_mib);
	}
	for (unsigned int at = 1; at <= 6; at++) {
		set_up();
		gpu.untrained_at = at;
		CHECK(!open_device() && !left() && gpu.waits == 2, "untrained at step %u", at);
	}
}

static void I21_an_open_fails_when_it_cannot_be_zeroed(void)
{
	for (unsigned int at = 1; at <= 6; at++) {
		set_up();
		gpu.lost_at = at;
		CHECK(open_device() == -ENODEV && gpu.errors == 1 && !gpu.lines, "lost at step %u",
		      at);
		CHECK(gpu.gets == at, "%u", gpu.gets);
	}
	set_up();
	gpu.wait_error = -ETIMEDOUT;
	CHECK(open_device() == -ETIMEDOUT && !gpu.gets && gpu.errors == 1, "never trained");
	set_up();
	gpu.no_map = true;
	CHECK(open_device() == -ENOMEM && gpu.errors == 1, "no page tables");
	set_up();
	gpu.no_queue = true;
	CHECK(open_device() == -ENOMEM && gpu.errors == 1, "no queue");
	set_up();
	gpu.no_workers = true;
	CHECK(open_device() == -ENOMEM && gpu.errors == 1, "no workers");
}

static void I13_a_kill_ends_it_after_a_chunk(void)
{
	for (unsigned int at = 2; at < 4; at++) {
		set_up();
		gpu.killed_at = at;
		CHECK(open_device() == -EINTR && !gpu.errors && !gpu.lines, "killed at step %u",
		      at);
		CHECK(gpu.flushed == 1, "its workers go on");
	}
	set_up();
	gpu.untrained_at = 1;
	gpu.killed = true;
	CHECK(open_device() == -EINTR && gpu.waits == 1 && !gpu.errors, "it begins anew for ever");
}

static void the_cpus_of_the_gpus_node_work(void)
{
	set_up();
	open_device();
	CHECK(gpu.cpus == (BIT(2) | BIT(5)) && gpu.said_cpus == 2, "%#lx", gpu.cpus);
	for (int node = NUMA_NO_NODE; node < 3; node += 3) {
		set_up();
		gpu.node = node;
		open_device();
		CHECK(gpu.cpus == online.bits && gpu.said_cpus == 3, "%#lx", gpu.cpus);
	}
}

int main(void)
{
	CLAIM(I21_all_memory_is_zeroed_at_an_open);
	CLAIM(I21_nothing_is_touched_unless_it_is_told_to);
	CLAIM(I17_a_bad_page_is_left_out);
	CLAIM(I21_a_reset_in_between_begins_it_anew);
	CLAIM(I21_an_open_fails_when_it_cannot_be_zeroed);
	CLAIM(I13_a_kill_ends_it_after_a_chunk);
	CLAIM(the_cpus_of_the_gpus_node_work);
	return unit_end();
}
