// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does memory get empty between two users?
 *
 * A reset does it on parts that clear their memory then; nothing promises that
 * for every part and firmware. With scrub=1 each open zeroes all of it before
 * the user has it (I21): at the open and not at the close, so that what was
 * there before the driver was bound goes too, and nobody can get around it by
 * dying.
 *
 * All CPUs of the GPU's node work, as a workqueue spreads them: each takes the
 * next chunk, maps it, zeroes it and gives everything back, so that a reset
 * waits for a chunk and no longer. Zeroes that were written before a reset may
 * not have reached the memory: the scrub begins anew then. Bad pages are left
 * out; nobody can read them either.
 */
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "nvgrace_gpu.h"

/* Bytes zeroed with the locks held: one block entry with 4 KiB pages. */
#define NVGRACE_SCRUB_CHUNK	SZ_2M

static bool scrub;
module_param(scrub, bool, 0644);
MODULE_PARM_DESC(scrub, "zero all memory of a GPU whenever it is opened");

/**
 * struct scrub - the memory of one region on its way to zero
 * @nvg: the device
 * @region: which of its regions
 * @generation: of the memory that is zeroed
 * @next: the chunk that nobody has taken yet
 * @bytes: zeroed so far
 * @error: why to stop: 0, -EAGAIN to begin anew, or what the open fails with
 * @running: workers that have not ended
 * @done: all have
 * @worker: one for each CPU that works
 * @cpus: how many
 */
struct scrub {
	struct nvgrace_device *nvg;
	const struct nvgrace_region *region;
	u64 generation;
	atomic64_t next;
	atomic64_t bytes;
	int error;
	atomic_t running;
	struct completion done;
	struct scrub_worker *worker;
	unsigned int cpus;
};

struct scrub_worker {
	struct work_struct work;
	struct scrub *scrub;
	int cpu;
};

/* Zero what is good of a chunk that is mapped at @va: bytes zeroed. */
static u64 zero_good(const struct scrub *s, u64 offset, u8 *va, u64 size)
{
	u64 at = 0, bytes = 0;

	while (at < size) {
		u64 good = nvgrace_good_bytes(s->nvg, s->region, offset + at,
					      size - at);

		memset(va + at, 0, good);
		bytes += good;
		/* The page behind the good ones is bad. */
		at += good + PAGE_SIZE;
	}
	return bytes;
}

/* Zero a chunk with the memory held: 0 or -errno. */
static int zero_held(struct scrub *s, u64 offset, u64 size)
{
	u64 bytes;
	u8 *va;

	if (s->nvg->ready.generation != s->generation)
		return -EAGAIN;
	va = nvgrace_map_memory(s->region, s->region->phys + offset, size);
	if (!va)
		return -ENOMEM;
	bytes = zero_good(s, offset, va, size);
	memunmap(va);
	atomic64_add(bytes, &s->bytes);
	nvgrace_count(s->nvg, NVGRACE_BYTES_SCRUBBED, bytes);
	return 0;
}

static int zero_chunk(struct scrub *s, u64 offset)
{
	u64 size = min(NVGRACE_SCRUB_CHUNK, s->region->mem_size - offset);
	int ret;

	ret = nvgrace_memory_get(s->nvg, TASK_KILLABLE);
	if (ret)
		return ret;
	ret = zero_held(s, offset, size);
	nvgrace_memory_put(s->nvg);
	return ret;
}

static void scrub_work(struct work_struct *work)
{
	struct scrub_worker *worker =
		container_of(work, struct scrub_worker, work);
	struct scrub *s = worker->scrub;
	u64 offset;
	int ret;

	while (!READ_ONCE(s->error)) {
		offset = (atomic64_inc_return(&s->next) - 1) * NVGRACE_SCRUB_CHUNK;
		if (offset >= s->region->mem_size)
			break;
		ret = zero_chunk(s, offset);
		if (ret)
			cmpxchg(&s->error, 0, ret);
		cond_resched();
	}
	if (atomic_dec_and_test(&s->running))
		complete(&s->done);
}

/* Zero a region with all workers: 0 or -errno; none of them goes on after it. */
static int zero_region(struct scrub *s, struct workqueue_struct *wq,
		       const struct nvgrace_region *region)
{
	unsigned int i;

	s->region = region;
	atomic64_set(&s->next, 0);
	atomic_set(&s->running, s->cpus);
	reinit_completion(&s->done);
	for (i = 0; i < s->cpus; i++)
		queue_work_on(s->worker[i].cpu, wq, &s->worker[i].work);
	if (wait_for_completion_killable(&s->done)) {
		WRITE_ONCE(s->error, -EINTR);
		flush_workqueue(wq);
	}
	return s->error;
}

/* The generation of memory that is usable now: 0 or -errno. */
static int sample_generation(struct scrub *s)
{
	int ret;

	ret = nvgrace_memory_get(s->nvg, TASK_KILLABLE);
	if (ret)
		return ret;
	s->generation = s->nvg->ready.generation;
	nvgrace_memory_put(s->nvg);
	return 0;
}

/* Zero all regions in one generation: 0, -EAGAIN to begin anew, or -errno. */
static int zero_all(struct scrub *s, struct workqueue_struct *wq)
{
	unsigned int i;
	int ret;

	s->error = 0;
	atomic64_set(&s->bytes, 0);
	ret = nvgrace_ready_wait(s->nvg, TASK_KILLABLE) ?:
	      sample_generation(s);
	for (i = 0; i < s->nvg->nr_regions && !ret; i++)
		ret = zero_region(s, wq, &s->nvg->regions[i]);
	return ret;
}

static const struct cpumask *cpus_near(const struct nvgrace_device *nvg)
{
	int node = dev_to_node(&nvg->core.pdev->dev);

	if (node == NUMA_NO_NODE || cpumask_empty(cpumask_of_node(node)))
		return cpu_online_mask;
	return cpumask_of_node(node);
}

static int hire_workers(struct scrub *s)
{
	int cpu;

	s->worker = kcalloc(nr_cpu_ids, sizeof(*s->worker), GFP_KERNEL);
	if (!s->worker)
		return -ENOMEM;
	for_each_cpu_and(cpu, cpus_near(s->nvg), cpu_online_mask) {
		struct scrub_worker *worker = &s->worker[s->cpus++];

		INIT_WORK(&worker->work, scrub_work);
		worker->scrub = s;
		worker->cpu = cpu;
	}
	return 0;
}

/* As often as a reset comes in between; only a fatal signal ends that. */
static int scrub_until_done(struct scrub *s)
{
	struct workqueue_struct *wq;
	ktime_t start;
	int ret;

	wq = alloc_workqueue("nvgrace-scrub", WQ_UNBOUND, 0);
	if (!wq)
		return -ENOMEM;
	do {
		start = ktime_get();
		ret = zero_all(s, wq);
	} while (ret == -EAGAIN && !fatal_signal_pending(current));
	destroy_workqueue(wq);
	if (ret && fatal_signal_pending(current))
		return -EINTR;
	if (ret)
		return ret;

	pci_info(s->nvg->core.pdev, "scrub: %lld MiB of memory zeroed in %lld ms by %u CPUs\n",
		 atomic64_read(&s->bytes) / SZ_1M,
		 ktime_ms_delta(ktime_get(), start), s->cpus);
	return 0;
}

/**
 * nvgrace_scrub() - zero all memory of a GPU, if the module is told to
 * @nvg: a device that is being opened, after its reset
 *
 * Waits until the memory is trained, and holds none of the driver's locks for
 * longer than a chunk takes.
 *
 * Context: .open_device, under the core's dev_set->lock; sleeps.
 * Return: 0; -EINTR when the task was killed, -ENOMEM, or what
 * nvgrace_ready_wait() says: then the memory counts as not scrubbed.
 */
int nvgrace_scrub(struct nvgrace_device *nvg)
{
	struct scrub s = { .nvg = nvg };
	int ret;

	if (!READ_ONCE(scrub))
		return 0;

	init_completion(&s.done);
	ret = hire_workers(&s);
	if (!ret)
		ret = scrub_until_done(&s);
	kfree(s.worker);
	if (ret && ret != -EINTR)
		dev_err_ratelimited(&nvg->core.pdev->dev,
				    "not opened: its memory is not scrubbed (error %d); reset it and open it again, or write N to the module parameter scrub to do without\n",
				    ret);
	return ret;
}
