// SPDX-License-Identifier: GPL-2.0-only
/* What had the GPU before the tests, and how does it get it back? */
#include <string.h>

#include "here.h"
#include "nvg_facts.h"

void binding_note(const char *bdf, struct binding *binding)
{
	memset(binding, 0, sizeof(*binding));
	nvg_driver(bdf, binding->driver, sizeof(binding->driver));
	nvg_sysfs_read(bdf, "driver_override", binding->override,
		       sizeof(binding->override));
	if (!strcmp(binding->override, "(null)"))
		binding->override[0] = 0;
	nvg_get_layout(binding->layout, sizeof(binding->layout));
}

static bool is_as_before(const char *bdf, const struct binding *before)
{
	struct binding now;

	binding_note(bdf, &now);
	return !strcmp(now.driver, before->driver) &&
	       !strcmp(now.override, before->override) &&
	       !strcmp(now.layout, before->layout);
}

/*
 * The layout first, as it is read at bind; the override last, which need not be
 * the name of the driver that has the GPU. Returns what could not be put back.
 */
const char *binding_put_back(const char *bdf, const struct binding *binding)
{
	const char *override = *binding->override ? binding->override : "\n";

	if (is_as_before(bdf, binding))
		return NULL;
	if (nvg_set_layout(binding->layout))
		return "the module parameter layout";
	if (*binding->driver ? nvg_bind(bdf, binding->driver) : nvg_unbind(bdf))
		return "the driver";
	return nvg_sysfs_write(bdf, "driver_override", override) ?
	       "driver_override" : NULL;
}
