/* SPDX-License-Identifier: GPL-2.0-only */
/* What is the GPU to a unit test of its readiness, and what may happen to it? */
#ifndef NVGRACE_UNIT_GPU_H
#define NVGRACE_UNIT_GPU_H

#include "unit_time.h"

#define NVGRACE_GPU_TRACE_H
#define trace_nvgrace_ready(pdev, generation, us, result)	((void)(us))
#define trace_nvgrace_reset(pdev, generation)

#define TRAIN_US	700000
#define NEVER		(~0ull)
#define TIMEOUT_MS	30000

static struct {
	u64 trained_at;		/* us */
	u64 train_us;
	bool space_on;		/* in hardware */
} gpu;

static unsigned int lines;	/* in the log */

#define pci_err(pdev, fmt, ...)		(lines++)
#define dev_err_probe(dev, err, fmt)	(lines++, err)

static inline void *vfio_pci_core_get_iomap(void *core, int bar)
{
	return &gpu;
}

static struct pci_dev pdev;
static bool memory_enabled = true;	/* as the user has it */

#define __vfio_pci_memory_enabled(core)					\
	(memory_enabled && (core)->pdev->current_state < PCI_D3hot)
#define pci_enable_device(pdev)		((pdev) ? 0 : -ENODEV)
#define pci_disable_device(pdev)
#define pci_iomap(pdev, bar, max)	((void *)&gpu)
#define pci_iounmap(pdev, map)

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
	t->timeout_ms = TIMEOUT_MS;
	t->verdict = -ETIMEDOUT;
	CHECK(pdev.current_state == PCI_D0, "asked while asleep");
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
}

void nvgrace_window_drop(struct nvgrace_device *nvg)
{
	window_mapped = false;
}

#include "../../ready.c"
#include "../../reset.c"
#include "../../wait.c"

/* What the hardware and the core do, each as one step under the core's lock. */
static void hw_reset(void)
{
	gpu.trained_at = gpu.train_us == NEVER ? NEVER :
			 unit_now_us + gpu.train_us;
}

static void to_d3(void)
{
	CHECK(!window_mapped, "the kernel's window is mapped in D3");
	pdev.current_state = PCI_D3hot;
}

static void to_d0(void)
{
	if (pdev.current_state == PCI_D3hot)
		hw_reset();
	pdev.current_state = PCI_D0;
}

static void reset_begin(void) { nvgrace_reset_begin(&nvg); }
static void reset_end(void) { nvgrace_reset_end(&nvg); }
static void power_begin(void) { nvgrace_power_begin(&nvg); }
static void power_end(void) { nvgrace_power_end(&nvg); }
static void recovery_begin(void) { nvgrace_recovery_begin(&nvg); }
static void recovery_end(void) { nvgrace_recovery_end(&nvg); }
static void pull_out(void) { pdev.error_state = pci_channel_io_perm_failure; }
static void minute(void) { unit_now_us += 60000000; }

static void set_up(u64 train_us)
{
	memset(&nvg, 0, sizeof(nvg));
	memset(&pdev, 0, sizeof(pdev));
	nvg.core.pdev = &pdev;
	unit_now_us = 1000000;
	unit_signal = unit_locks = 0;
	lines = 0;
	window_mapped = false;
	gpu.train_us = train_us;
	nvgrace_ready_init(&nvg);
	nvgrace_ready_forget(&nvg);
	hw_reset();
}

/* As rw.c has it. */
static int use_memory(void)
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
