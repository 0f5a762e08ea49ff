// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a guest of QEMU's, and of the next, when a page goes bad? */
#include <fcntl.h>

#include "nvg_facts.h"
#include "nvg_harness.h"
#include "nvg_vmm.h"

#define TRACING		"/sys/kernel/tracing/"

static const char *const nothing_more[] = { NULL };

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND), ret = 0;

	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* From now on the kernel notes which address mm's signals are for. */
static int watch_signals(void)
{
	return write_file(TRACING "kprobe_events",
			  "p:nvgrace/told send_sig_mceerr addr=%x1:x64\n") ?:
	       write_file(TRACING "events/nvgrace/told/enable", "1");
}

/* Which was it? 0: none. Ends the watch. */
static uint64_t watched_address(void)
{
	FILE *trace = fopen(TRACING "trace", "r");
	uint64_t address = 0;
	char line[256], *found;

	while (trace && fgets(line, sizeof(line), trace)) {
		found = strstr(line, " addr=");
		if (found)
			address = strtoull(found + strlen(" addr="), NULL, 16);
	}
	if (trace)
		fclose(trace);
	write_file(TRACING "events/nvgrace/told/enable", "0");
	write_file(TRACING "kprobe_events", "-:nvgrace/told\n");
	return address;
}

FIXTURE(vmm) {
	struct nvg_vmm vmm;
	uint64_t base;		/* host physical address of the memory */
	int bar;
};

FIXTURE_SETUP(vmm)
{
	const char *why = nvg_vmm_need(&self->base, &self->bar);

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, nvg_vmm_start(&self->vmm, self->bar, nothing_more));
}

FIXTURE_TEARDOWN(vmm)
{
	nvg_vmm_stop(&self->vmm);
}

/* mm's own line names the task that it signals. */
static bool was_signalled(int klog, pid_t pid)
{
	char name[32];
	const char *const words[] = { "Sending SIGBUS to qemu-system", name, NULL };

	snprintf(name, sizeof(name), ":%d due to", pid);
	return nvg_klog_count(klog, words) == 1;
}

TEST_F_TIMEOUT(vmm, I17_guest_goes_on_elsewhere_and_the_next_is_not_given_the_page, 600)
{
	uint64_t at = NVG_GIB + 5 * nvg_page(), hva, word;
	struct nvg_vmm *vmm = &self->vmm;
	struct nvg_gpu gpu;
	int klog = nvg_klog_mark();

	nvg_vmm_tell(vmm, "store", at, 0x5ca1ab1e);
	ASSERT_TRUE(nvg_vmm_says(vmm, "guest: stored", NVG_VMM_ANSWER_S));
	nvg_vmm_tell(vmm, "store", at + nvg_page(), 0xbeef);
	ASSERT_TRUE(nvg_vmm_says(vmm, "guest: stored", NVG_VMM_ANSWER_S));
	ASSERT_TRUE(nvg_vmm_loads(vmm, at, "guest: loaded 0x5ca1ab1e"));
	hva = nvg_vmm_bar(vmm);
	ASSERT_NE(0, hva);
	ASSERT_EQ(0, watch_signals());
	ASSERT_EQ(0, nvg_report("{\"address\":%lu}", self->base + at));
	nvg_sleep_ms(1000);
	EXPECT_EQ(hva + at, watched_address());
	EXPECT_TRUE(was_signalled(klog, vmm->pid));
	EXPECT_TRUE(nvg_vmm_loads(vmm, at + nvg_page(), "guest: loaded 0xbeef"));
	EXPECT_TRUE(nvg_vmm_loads(vmm, at - 8, "guest: loaded"));
	EXPECT_TRUE(nvg_vmm_loads(vmm, at, "kvm run failed Bad address"));
	nvg_vmm_stop(vmm);

	ASSERT_EQ(0, nvg_vmm_start(vmm, self->bar, nothing_more));
	EXPECT_TRUE(nvg_vmm_loads(vmm, at + nvg_page(), "guest: loaded"));
	EXPECT_TRUE(nvg_vmm_loads(vmm, at - 8, "guest: loaded"));
	EXPECT_TRUE(nvg_vmm_loads(vmm, at, "kvm run failed Bad address"));
	nvg_vmm_stop(vmm);

	ASSERT_EQ(NULL, nvg_open_with_memory(&gpu));
	EXPECT_EQ(-EHWPOISON, nvg_read(&gpu, at, &word, 8));
	EXPECT_EQ(8, nvg_read(&gpu, at + nvg_page(), &word, 8));
	nvg_close(&gpu);
}

NVG_HARNESS_MAIN
