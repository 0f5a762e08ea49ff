// SPDX-License-Identifier: GPL-2.0-only
/* Is config space written and read as the shadow says? */
#include <string.h>
#include <linux/pci_regs.h>

#include "fuzz.h"

#define HEADER		0x40

/* How far a config access got: less than good bytes only for want of them. */
static bool check_config_count(const struct buffer *buffer, uint32_t pos,
			       ssize_t ret)
{
	ssize_t most = pos < NVG_CONFIG ? NVG_CONFIG - pos : 0;

	if (most > (ssize_t)buffer->len)
		most = buffer->len;
	if (buffer->good >= (size_t)most)
		return same("result", most || !buffer->len ? most : -EFAULT, ret);
	if (ret == -EFAULT || (ret > 0 && ret <= (ssize_t)buffer->good))
		return true;
	return mismatch("expected 1 to %zu or %d, got %zd", buffer->good, -EFAULT, ret);
}

bool op_config_read(void)
{
	uint32_t pos = one_in(2) ? nvg_rand(HEADER) : nvg_rand(NVG_CONFIG + 8);
	struct buffer buffer = some_buffer(0, nvg_rand(one_in(20) ? 5000 : 40));
	ssize_t ret;

	say("config read of %zu bytes at %#x, %zu of the buffer are there",
	    buffer.len, pos, buffer.good);
	ret = nvg_cfg_read(&fuzz.gpu, pos, buffer.at, buffer.len);
	if (!check_config_count(&buffer, pos, ret))
		return false;
	if (ret <= 0)
		return true;
	nvg_shadow_config_read(&fuzz.shadow, pos, fuzz.want, ret);
	return same_bytes(fuzz.want, buffer.at, ret);
}

/*
 * In the header alone, where a random write harms nothing; in D3 only the
 * BARs, as vfio-pci puts back what it saved of the rest on the way there.
 */
bool op_config_write(void)
{
	uint32_t first = fuzz.shadow.d3 || !one_in(3) ? PCI_BASE_ADDRESS_0 : 0;
	uint32_t end = fuzz.shadow.d3 ? PCI_CARDBUS_CIS : HEADER;
	uint32_t pos = first + nvg_rand(end - first);
	struct buffer buffer = some_buffer(0, 1 + nvg_rand(end - pos > 24 ? 24 : end - pos));
	ssize_t ret;

	say("config write of %zu bytes at %#x, %zu of the buffer are there",
	    buffer.len, pos, buffer.good);
	nvg_fill(buffer.at, buffer.good, fuzz.nr);
	if (one_in(3))
		memset(buffer.at, 0xff, buffer.good);
	ret = nvg_cfg_write(&fuzz.gpu, pos, buffer.at, buffer.len);
	if (!check_config_count(&buffer, pos, ret))
		return false;
	if (ret > 0)
		nvg_shadow_config_write(&fuzz.shadow, pos, buffer.at, ret);
	return true;
}

bool op_command(void)
{
	uint16_t cmd = one_in(3) ? 0 : PCI_COMMAND_MEMORY;
	size_t width = 1 + nvg_rand(2);

	if (fuzz.shadow.d3)
		return true;
	say("command register: %#x by %zu", cmd, width);
	nvg_shadow_config_write(&fuzz.shadow, PCI_COMMAND, (uint8_t *)&cmd, width);
	return same("result", width,
		    nvg_cfg_write(&fuzz.gpu, PCI_COMMAND, &cmd, width));
}
