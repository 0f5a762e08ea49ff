// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does config space say?
 *
 * libpci reads it and finds the capabilities. Only root reads more than the
 * first 64 bytes.
 */
#include <pci/pci.h>
#include <string.h>

#include "host.h"
#include "property.h"

#define NVIDIA_CAPS_ID		3	/* DVSEC: what the memory can do */
#define NVIDIA_CAPS_WORD	0xa
#define NVIDIA_ALL_CACHEABLE	0x1

#define CXL_RANGE1_SIZE_LOW	0x1c
#define CXL_VALID		0x1
#define CXL_ACTIVE		0x2

static bool readable(struct pci_dev *dev, size_t size)
{
	u8 last;

	return pci_read_block(dev, size - 1, &last, 1);
}

/* Where a DVSEC is, 0 for nowhere; one that does not fit is not there. */
static unsigned int find_dvsec(struct pci_dev *dev, uint16_t vendor,
			       uint16_t id, unsigned int length)
{
	for (unsigned int nr = 0;; nr++) {
		unsigned int which = nr;
		struct pci_cap *cap = pci_find_cap_nr(dev, PCI_EXT_CAP_ID_DVSEC,
						      PCI_CAP_EXTENDED, &which);

		if (!cap)
			return 0;
		if (cap->addr + length <= 4096 &&
		    pci_read_word(dev, cap->addr + PCI_DVSEC_HEADER1) == vendor &&
		    pci_read_word(dev, cap->addr + PCI_DVSEC_HEADER2) == id)
			return cap->addr;
	}
}

static void read_dvsecs(struct pci_dev *dev, struct config *config)
{
	unsigned int at = find_dvsec(dev, NVIDIA, NVIDIA_CAPS_ID,
				     NVIDIA_CAPS_WORD + 2);
	uint32_t range;

	if (at) {
		config->has_caps_dvsec = true;
		config->all_cacheable = pci_read_word(dev, at + NVIDIA_CAPS_WORD) &
					NVIDIA_ALL_CACHEABLE;
	}
	at = find_dvsec(dev, PCI_DVSEC_VENDOR_ID_CXL, PCI_DVSEC_ID_CXL,
			CXL_RANGE1_SIZE_LOW + 4);
	if (at) {
		range = pci_read_long(dev, at + CXL_RANGE1_SIZE_LOW);
		config->has_cxl_range = true;
		config->cxl_valid = range & CXL_VALID;
		config->cxl_active = range & CXL_ACTIVE;
	}
}

static void read_express(struct pci_dev *dev, struct config *config)
{
	struct pci_cap *express = pci_find_cap(dev, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);

	config->multifunction = pci_read_byte(dev, PCI_HEADER_TYPE) & 0x80;
	if (express)
		config->express_type = (pci_read_word(dev, express->addr + PCI_EXP_FLAGS) &
					PCI_EXP_FLAGS_TYPE) >> 4;
}

static void read_acs(struct pci_dev *dev, struct config *config)
{
	struct pci_cap *acs = pci_find_cap(dev, PCI_EXT_CAP_ID_ACS,
					   PCI_CAP_EXTENDED);

	if (!acs || acs->addr + PCI_ACS_CTRL + 2 > 4096)
		return;
	config->has_acs = true;
	config->acs_control = pci_read_word(dev, acs->addr + PCI_ACS_CTRL);
}

void config_read(const struct host *host, const char *bdf, struct config *config)
{
	struct address at = parse_address(bdf);
	struct pci_dev *dev = pci_get_dev(host->pci, at.domain, at.bus, at.slot,
					  at.function);

	*config = (struct config) { .express_type = UINT8_MAX };
	if (readable(dev, 64)) {
		config->readable = 64;
		config->command = pci_read_word(dev, PCI_COMMAND);
	}
	if (config->readable && readable(dev, 256))
		config->readable = 256;
	if (config->readable == 256 && readable(dev, 4096))
		config->readable = 4096;
	if (config->readable == 4096) {
		pci_fill_info(dev, PCI_FILL_CAPS | PCI_FILL_EXT_CAPS);
		read_express(dev, config);
		read_dvsecs(dev, config);
		read_acs(dev, config);
	}
	pci_free_dev(dev);
}
