// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where did firmware put the memory, and what can the chip do?
 *
 * Everything firmware says is checked here, once; what leaves this file is
 * memory that exists, is nobody else's, and can be a VFIO region.
 */
#include <linux/ioport.h>
#include <linux/pci.h>
#include <linux/property.h>

#ifdef CONFIG_ARM64
#include <asm/cpufeature.h>
#endif

#include "nvgrace_gpu.h"

/* Names of the ACPI _DSD device properties of NVIDIA's firmware. */
static const char base_name[] = "nvidia,gpu-mem-base-pa";
static const char size_name[] = "nvidia,gpu-mem-size";
static const char pxm_start_name[] = "nvidia,gpu-mem-pxm-start";
static const char pxm_count_name[] = "nvidia,gpu-mem-pxm-count";
static const char egm_base_name[] = "nvidia,egm-base-pa";
static const char egm_size_name[] = "nvidia,egm-size";
static const char egm_pxm_name[] = "nvidia,egm-pxm";

/* The DVSEC in which NVIDIA says what a part can do with its memory. */
#define NVGRACE_DVSEC_ID		3
#define NVGRACE_DVSEC_CAPS		0xa
#define NVGRACE_DVSEC_ALL_CACHEABLE	BIT(0)

/* What every refusal ends with: the way out. */
#define WAY_OUT "update the firmware, or bind vfio-pci to use the GPU without its memory\n"

static unsigned int phys_addr_bits(void)
{
#if defined(CONFIG_ARM64)
	u64 mmfr0 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1);

	return id_aa64mmfr0_parange_to_phys_shift(mmfr0 & 0xf);
#elif defined(CONFIG_X86)
	return boot_cpu_data.x86_phys_bits;
#else
	return MAX_PHYSMEM_BITS;
#endif
}

/* Is it there, and a 64-bit integer? 1, 0, or -EINVAL with a line. */
static int read_u64(struct device *dev, const char *name, u64 *value)
{
	if (!device_property_present(dev, name))
		return 0;
	if (device_property_read_u64(dev, name, value))
		return dev_err_probe(dev, -EINVAL,
				     "%s is not a 64-bit integer: " WAY_OUT, name);
	return 1;
}

/* Both properties, 1, or neither, 0; a half of the pair is firmware's mistake. */
static int read_pair(struct device *dev, struct nvgrace_aperture *ap)
{
	int has_base = read_u64(dev, base_name, &ap->base);
	int has_size = read_u64(dev, size_name, &ap->size);

	if (has_base < 0 || has_size < 0)
		return -EINVAL;
	if (has_base == has_size)
		return has_base;
	if (has_base)
		return dev_err_probe(dev, -EINVAL,
				     "%s is missing though %s is %#llx: " WAY_OUT,
				     size_name, base_name, ap->base);
	return dev_err_probe(dev, -EINVAL,
			     "%s is missing though %s is %#llx: " WAY_OUT,
			     base_name, size_name, ap->size);
}

static int refuse(struct device *dev, const struct nvgrace_aperture *ap,
		  int error, const char *why)
{
	return dev_err_probe(dev, error, "%s %#llx, %s %#llx: %s; " WAY_OUT,
			     base_name, ap->base, size_name, ap->size, why);
}

/* For the VM's NUMA nodes: only passed on, so nothing to refuse. */
static void read_pxm(struct device *dev, struct nvgrace_aperture *ap)
{
	if (device_property_read_u64(dev, pxm_start_name, &ap->pxm_start) ||
	    device_property_read_u64(dev, pxm_count_name, &ap->pxm_count))
		ap->pxm_count = 0;
}

/* Not ours to give away: only told to who asks. */
static void read_egm(struct device *dev, struct nvgrace_aperture *ap)
{
	if (device_property_read_u64(dev, egm_base_name, &ap->egm_base) ||
	    device_property_read_u64(dev, egm_size_name, &ap->egm_size) ||
	    device_property_read_u64(dev, egm_pxm_name, &ap->egm_pxm))
		ap->egm_size = 0;
}

/* A part without the DVSEC is one of the first: it has the MIG bug. */
static bool all_cacheable(struct pci_dev *pdev)
{
	u16 dvsec = pci_find_dvsec_capability(pdev, PCI_VENDOR_ID_NVIDIA,
					      NVGRACE_DVSEC_ID);
	u16 caps = 0;

	if (dvsec)
		pci_read_config_word(pdev, dvsec + NVGRACE_DVSEC_CAPS, &caps);
	return caps & NVGRACE_DVSEC_ALL_CACHEABLE;
}

/**
 * nvgrace_aperture_read() - read and check what firmware says of the memory
 * @pdev: the GPU
 * @ap: set to where its memory is, @ap->size 0 when firmware describes none
 *
 * Logs one line that names the properties and their values when it refuses.
 *
 * Context: probe, may sleep.
 * Return: 0, or -EINVAL when what firmware says cannot be.
 */
int nvgrace_aperture_read(struct pci_dev *pdev, struct nvgrace_aperture *ap)
{
	struct device *dev = &pdev->dev;
	const char *why;
	int ret;

	*ap = (struct nvgrace_aperture) {};
	ret = read_pair(dev, ap);
	if (ret <= 0)
		return ret;

	why = nvgrace_aperture_fault(ap->base, ap->size, phys_addr_bits());
	if (why)
		return refuse(dev, ap, -EINVAL, why);

	/*
	 * memremap() of System RAM would hand out the kernel's own mapping of
	 * it, and user space could write all over the host.
	 */
	if (region_intersects(ap->base, ap->size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		return refuse(dev, ap, -EINVAL, "overlaps System RAM");

	read_pxm(dev, ap);
	read_egm(dev, ap);
	ap->all_cacheable = all_cacheable(pdev);
	return 0;
}

/**
 * nvgrace_aperture_claim() - take the memory for this driver alone
 * @pdev: the GPU
 * @ap: where its memory is, from nvgrace_aperture_read()
 *
 * Given back when the driver is unbound. Logs one line when somebody else has
 * it; /proc/iomem tells who.
 *
 * Context: probe, may sleep.
 * Return: 0, -EBUSY with a line, or -ENOMEM.
 */
int nvgrace_aperture_claim(struct pci_dev *pdev,
			   const struct nvgrace_aperture *ap)
{
	if (devm_request_mem_region(&pdev->dev, ap->base, ap->size,
				    KBUILD_MODNAME))
		return 0;
	if (region_intersects(ap->base, ap->size, IORESOURCE_MEM,
			      IORES_DESC_NONE) == REGION_DISJOINT)
		return -ENOMEM;
	return refuse(&pdev->dev, ap, -EBUSY,
		      "overlaps another owner's memory, see /proc/iomem");
}
