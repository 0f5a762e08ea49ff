/* SPDX-License-Identifier: GPL-2.0-only */
/* What is the GPU to a unit test of its readiness, and what may happen to it? */
#ifndef NVGRACE_UNIT_GPU_H
#define NVGRACE_UNIT_GPU_H

#include "unit_time.h"

#define NVGRACE_GPU_TRACE_H
static struct {
	u64 us;
	int result;
	unsigned int answers;
	unsigned int resets;
} traced;

#define trace_nvgrace_ready(pdev, generation, us_, result_)		\
	(traced.us = (us_), traced.result = (result_), traced.answers++)
#define trace_nvgrace_reset(pdev, generation)	(traced.resets++)

#define TRAIN_US	700000
#define NEVER		(~0ull)
#define TIMEOUT_MS	30000

static struct {
	u64 trained_at;		/* us */
	u64 train_us;
	unsigned int timeout_ms;
	bool space_off;		/* in hardware */
	bool no_bar0;		/* it cannot be mapped */
	bool no_enable;
	int enabled;
	int mapped;
} gpu;

static unsigned int lines;	/* in the log */
static char said[512];		/* the last of them; of training.c's the error */

#define pci_err(pdev, fmt, ...)						\
	(lines++, snprintf(said, sizeof(said), fmt, ##__VA_ARGS__))
#define dev_err_probe(dev, err, fmt)	(lines++, strcpy(said, fmt), err)

static void unit_left_out(void)
{
	lines++;
	strcpy(said, "callbacks suppressed");
}

static inline void *vfio_pci_core_get_iomap(void *core, int bar)
{
	CHECK(!bar, "BAR%d", bar);
	return gpu.no_bar0 ? (void *)-ENOMEM : &gpu;
}

static struct pci_dev pdev;
static bool memory_enabled = true;	/* as the user has it */

#define __vfio_pci_memory_enabled(core)					\
	(memory_enabled && (core)->pdev->current_state < PCI_D3hot)
#define pci_enable_device(pdev)						\
	(gpu.no_enable ? -ENXIO : (gpu.enabled++, 0))
#define pci_disable_device(pdev)	(gpu.enabled--)
#define pci_iounmap(pdev, map)		(gpu.mapped--)

static inline void *pci_iomap(struct pci_dev *pdev, int bar, unsigned long max)
{
	CHECK(!bar && !max, "%lu bytes of BAR%d", max, bar);
	CHECK(gpu.enabled == 1, "not enabled");
	if (gpu.no_bar0)
		return NULL;
	gpu.mapped++;
	return &gpu;
}

#include "../../nvgrace_gpu.h"

static struct nvgrace_device nvg;
static bool window_mapped;

static bool trained(void)
{
	return pdev.current_state == PCI_D0 && unit_now_us >= gpu.trained_at;
}

int nvgrace_training_ask(const struct nvgrace_training_source *source,
			 void *bar0, struct nvgrace_training *t)
{
	t->timeout_ms = gpu.timeout_ms;
	t->verdict = -ETIMEDOUT;
	CHECK(pdev.current_state == PCI_D0, "asked while asleep");
	CHECK(bar0 == &gpu, "asked elsewhere");
	if (gpu.space_off)
		return -EIO;
	return trained() ? 0 : -EAGAIN;
}

int nvgrace_training_ask_closed(const struct nvgrace_training_source *source,
				void *bar0, struct nvgrace_training *t)
{
	CHECK(nvg.core.memory_lock.writers, "memory space is turned on for all");
	return nvgrace_training_ask(source, bar0, t);
}

void nvgrace_training_log(const struct nvgrace_training_source *source,
			  const struct nvgrace_training *t, int error)
{
	lines++;
	snprintf(said, sizeof(said), "training %d", error);
}

void nvgrace_window_drop(struct nvgrace_device *nvg)
{
	window_mapped = false;
}

#include "../../ready.c"
#include "../../reset.c"
#include "../../wait.c"

/* What the hardware and the core do, each as one step under the core's lock. */
static inline void hw_reset(void)
{
	gpu.trained_at = gpu.train_us == NEVER ? NEVER :
			 unit_now_us + gpu.train_us;
}

static inline void to_d3(void)
{
	CHECK(!window_mapped, "the kernel's window is mapped in D3");
	pdev.current_state = PCI_D3hot;
}

static inline void to_d0(void)
{
	if (pdev.current_state == PCI_D3hot)
		hw_reset();
	pdev.current_state = PCI_D0;
}

static inline void reset_begin(void) { nvgrace_reset_begin(&nvg); }
static inline void reset_end(void) { nvgrace_reset_end(&nvg); }
static inline void power_begin(void) { nvgrace_power_begin(&nvg); }
static inline void power_end(void) { nvgrace_power_end(&nvg); }
static inline void recovery_begin(void) { nvgrace_recovery_begin(&nvg); }
static inline void recovery_end(void) { nvgrace_recovery_end(&nvg); }
static inline void happened(void) { nvgrace_reset_happened(&nvg); }
static inline void forget(void) { nvgrace_ready_forget(&nvg); }
static inline void abandon(void) { nvgrace_recovery_abandon(&nvg); }
static inline void pull_out(void) { pdev.error_state = pci_channel_io_perm_failure; }
static inline void minute(void) { unit_now_us += 60000000; }

static void set_up(u64 train_us)
{
	memset(&nvg, 0, sizeof(nvg));
	memset(&nvg.access_lock, 0x5a, sizeof(nvg.access_lock));
	memset(&pdev, 0, sizeof(pdev));
	memset(&gpu, 0, sizeof(gpu));
	memset(&traced, 0, sizeof(traced));
	memset(said, 0, sizeof(said));
	gpu.timeout_ms = TIMEOUT_MS;
	memory_enabled = true;
	nvg.core.pdev = &pdev;
	unit_now_us = 1000000;
	unit_signal = unit_lock_signal = unit_locks = 0;
	lines = 0;
	window_mapped = false;
	gpu.train_us = train_us;
	nvgrace_ready_init(&nvg);
	nvgrace_ready_forget(&nvg);
	hw_reset();
}

/* What an access that does not wait is told. */
static inline int try_memory(unsigned int state)
{
	int ret = nvgrace_memory_get(&nvg, state);

	if (!ret)
		nvgrace_memory_put(&nvg);
	CHECK(!unit_locks, "a lock is left after %d", ret);
	return ret;
}

/* As rw.c has it. */
static inline int use_memory(void)
{
	int ret;

	while ((ret = nvgrace_memory_get(&nvg, TASK_INTERRUPTIBLE)) == -EAGAIN) {
		ret = nvgrace_ready_wait(&nvg, TASK_INTERRUPTIBLE);
		if (ret)
			return ret;
	}
	if (ret)
		return ret;
	window_mapped = true;
	unit_meanwhile();
	CHECK(trained(), "used untrained");
	nvgrace_memory_put(&nvg);
	return 0;
}

#endif
