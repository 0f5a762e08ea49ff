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

/* Both properties or neither; a half of the pair is firmware's mistake. */
static int read_pair(struct device *dev, struct nvgrace_aperture *ap)
{
	bool has_base = device_property_present(dev, base_name);
	bool has_size = device_property_present(dev, size_name);

	*ap = (struct nvgrace_aperture) {};
	if (!has_base && !has_size)
		return 0;
	if (has_base && device_property_read_u64(dev, base_name, &ap->base))
		return dev_err_probe(dev, -EINVAL,
				     "%s is not a 64-bit integer: update the firmware, or bind vfio-pci to use the GPU without its memory\n",
				     base_name);
	if (has_size && device_property_read_u64(dev, size_name, &ap->size))
		return dev_err_probe(dev, -EINVAL,
				     "%s is not a 64-bit integer: update the firmware, or bind vfio-pci to use the GPU without its memory\n",
				     size_name);
	if (!has_base)
		return dev_err_probe(dev, -EINVAL,
				     "%s is missing though %s is %#llx: update the firmware, or bind vfio-pci to use the GPU without its memory\n",
				     base_name, size_name, ap->size);
	if (!has_size)
		return dev_err_probe(dev, -EINVAL,
				     "%s is missing though %s is %#llx: update the firmware, or bind vfio-pci to use the GPU without its memory\n",
				     size_name, base_name, ap->base);
	return 1;
}

static int refuse(struct device *dev, const struct nvgrace_aperture *ap,
		  int error, const char *why)
{
	return dev_err_probe(dev, error,
			     "%s %#llx, %s %#llx: %s; update the firmware, or bind vfio-pci to use the GPU without its memory\n",
			     base_name, ap->base, size_name, ap->size, why);
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
 * Return: 0, or -EBUSY.
 */
int nvgrace_aperture_claim(struct pci_dev *pdev,
			   const struct nvgrace_aperture *ap)
{
	if (!devm_request_mem_region(&pdev->dev, ap->base, ap->size,
				     KBUILD_MODNAME))
		return refuse(&pdev->dev, ap, -EBUSY,
			      "overlaps another owner's memory, see /proc/iomem");
	return 0;
}
