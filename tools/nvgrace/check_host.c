// SPDX-License-Identifier: GPL-2.0-only
/* Is the host itself fit? */
#include <inttypes.h>
#include <errno.h>
#include <string.h>

#include "findings.h"
#include "guest.h"

static void check_iommu(struct findings *findings, const struct machine *machine)
{
	if (machine->iommu_groups)
		finding(findings, "", "iommu", OK, "", "on; groups: %zu",
			machine->iommu_groups);
	else
		finding(findings, "", "iommu", FAIL,
			"enable the SMMU in firmware, and no iommu.* or arm-smmu* on the kernel's command line that turns it off",
			"off: there are no IOMMU groups");
}

static void check_driver(struct findings *findings, const struct machine *machine)
{
	if (machine->driver_available)
		finding(findings, "", "driver", OK, "", DRIVER " is there");
	else
		finding(findings, "", "driver", FAIL,
			"install the module for this kernel and run depmod",
			"no module " DRIVER);
}

/* KVM's cacheable maps need both; NULL: not known to lack one alone. */
static const char *lacking(const struct machine *machine)
{
	if (machine->dic.known && !machine->dic.value && machine->fwb.known &&
	    machine->fwb.value)
		return "these CPUs have FWB but not DIC";
	if (machine->dic.known && machine->dic.value && machine->fwb.known &&
	    !machine->fwb.value)
		return "these CPUs have DIC but not FWB";
	return NULL;
}

/*
 * Which of the two it is, nothing but a map of the GPU's memory would tell: KVM
 * that has no cacheable maps yet, and one that has them and no such CPU, answer alike.
 */
#define NOT_CACHEABLE \
	"refuses the GPU's memory, or, before Linux 6.17, gives it to guests as device memory (slow, no unaligned access, no RAM)"

static void check_kvm(struct findings *findings, const struct machine *machine)
{
	if (!machine->kvm_asked) {
		finding(findings, "", "kvm", WARN, "run on the host itself",
			"not asked: this is a recorded host");
	} else if (machine->kvm_error) {
		finding(findings, "", "kvm",
			machine->kvm_error == EACCES ? WARN : FAIL,
			machine->kvm_error == EACCES ? "run as root, or as a member of group kvm" :
			"use a kernel with KVM that was entered in EL2",
			"/dev/kvm: %s", strerror(machine->kvm_error));
	} else if (machine->kvm_cacheable) {
		finding(findings, "", "kvm", OK, "",
			"maps cacheable memory without struct page as such");
	} else if (lacking(machine)) {
		finding(findings, "", "kvm", FAIL,
			"use a host whose CPUs have both: no kernel can do without",
			NOT_CACHEABLE ": %s", lacking(machine));
	} else {
		finding(findings, "", "kvm", FAIL,
			"use Linux 6.17 or newer, or a vendor's kernel that has carried this back; if it is, the CPUs lack FWB or DIC",
			NOT_CACHEABLE ": no KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED");
	}
}

static void check_pages(struct findings *findings, const struct machine *machine)
{
	if (machine->page_size.known)
		finding(findings, "", "page-size", OK, "", "%" PRIu64 " KiB, as in the driver's tests",
			machine->page_size.value / KIB);
	finding(findings, "", "huge-maps", machine->huge_pages ? OK : WARN,
		machine->huge_pages ? "" : "use a kernel with CONFIG_TRANSPARENT_HUGEPAGE",
		machine->huge_pages ? "PFN maps may use huge pages" :
		"no huge PFN maps: the GPU's memory is mapped page by page");
}

/* Type1 does not count what has no struct page; iommufd does. */
static void check_memory_lock(struct findings *findings,
			      const struct machine *machine)
{
	if (!machine->memory_lock.known)
		return;
	if (machine->memory_lock.value == UINT64_MAX)
		finding(findings, "", "memory-lock", OK, "",
			"whoever runs this may lock any amount");
	else
		finding(findings, "", "memory-lock", WARN,
			"start VMMs as root or by libvirt, which raises it; else ulimit -l or LimitMEMLOCK=",
			"%" PRIu64 " KiB may be locked; a VMM locks all of its guest's memory, and with iommufd the GPU's",
			machine->memory_lock.value / KIB);
}

void check_host(struct findings *findings, const struct machine *machine)
{
	check_iommu(findings, machine);
	check_driver(findings, machine);
	check_kvm(findings, machine);
	check_pages(findings, machine);
	check_memory_lock(findings, machine);
}

/* A window of 2^n is aligned to its size, so that it ends at 2^(n + 1). */
static void check_window(struct findings *findings, const struct machine *machine,
			 const struct gpus *gpus)
{
	uint64_t window = guest_window(gpus), all;

	for (size_t i = 0; i < gpus->nr; i++) {
		if (guest_obstacle(&gpus->one[i], false))
			return;
	}
	if (!machine->kvm_asked || machine->kvm_error)
		return;
	all = machine->kvm_address_bits < 64 ?
	      UINT64_C(1) << machine->kvm_address_bits : UINT64_MAX;
	if (all / 2 >= window)
		finding(findings, "", "guest-window", OK, "",
			"all GPUs in one guest need %" PRIu64 " GiB for BARs, and its addresses have %u bits",
			window / GIB, machine->kvm_address_bits);
	else
		finding(findings, "", "guest-window", FAIL,
			"give them to several guests",
			"all GPUs in one guest need %" PRIu64 " GiB for BARs, too much for addresses of %u bits",
			window / GIB, machine->kvm_address_bits);
}

/* Groups do without; a VMM that wants iommufd needs both. */
static void check_iommufd(struct findings *findings, const struct machine *machine,
			  const struct gpu *gpu)
{
	if (strcmp(gpu->driver, DRIVER))
		return;
	if (machine->iommufd && *gpu->cdev)
		finding(findings, gpu->bdf, "iommufd", OK, "",
			"/dev/iommu and /dev/vfio/devices/%s", gpu->cdev);
	else if (machine->iommufd)
		finding(findings, gpu->bdf, "iommufd", WARN,
			"use the group, or a kernel with CONFIG_VFIO_DEVICE_CDEV",
			"/dev/iommu is there, and no character device of this GPU: --iommufd is not possible");
	else
		finding(findings, gpu->bdf, "iommufd", *gpu->cdev ? WARN : OK,
			*gpu->cdev ? "modprobe iommufd, or use the group" : "",
			"no /dev/iommu: VMMs take the group, --iommufd is not possible");
}

/* IOMMU groups come from PCIe alone. */
static void check_isolation(struct findings *findings, size_t on_host)
{
	if (on_host > 1)
		finding(findings, "", "isolation", WARN,
			"partition the fabric with NVIDIA's fabric manager before guests that must not trust each other get them",
			"%zu GPUs may reach each other's memory over NVLink, which IOMMU groups do not show",
			on_host);
	else
		finding(findings, "", "isolation", OK, "",
			"one GPU; whether other nodes reach it over NVLink is up to NVIDIA's fabric manager");
}

/* What concerns all GPUs at once; @on_host: those that were not named, too. */
void check_together(struct findings *findings, const struct machine *machine,
		    const struct gpus *gpus, size_t on_host)
{
	for (size_t i = 0; i < gpus->nr; i++)
		check_iommufd(findings, machine, &gpus->one[i]);
	check_window(findings, machine, gpus);
	check_isolation(findings, on_host);
}
