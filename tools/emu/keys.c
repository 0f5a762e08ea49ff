// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which keys does the control socket have, and how does each read and take a value?
 */
#include <string.h>

#include "bar0.h"
#include "keys.h"
#include "train.h"

static struct json_object *ms_or_never(u64 ms)
{
	if (ms == NVG_EMU_NEVER)
		return json_object_new_string("never");
	return json_object_new_uint64(ms);
}

/* An unsigned number below @limit; "never", where allowed, is NVG_EMU_NEVER. */
static bool number(struct json_object *val, int64_t limit, bool never, int64_t *out)
{
	if (never && json_object_is_type(val, json_type_string) &&
	    !strcmp(json_object_get_string(val), "never")) {
		*out = NVG_EMU_NEVER;
		return true;
	}
	if (!json_object_is_type(val, json_type_int))
		return false;
	*out = json_object_get_int64(val);
	return *out >= 0 && *out < limit;
}

static struct json_object *get_train_ms(struct emu *emu)
{
	return ms_or_never(emu->knob.train_ms);
}

static bool set_train_ms(struct change *change, struct json_object *val)
{
	int64_t ms;

	if (!number(val, NVG_EMU_NEVER, true, &ms))
		return false;
	change->knob.train_ms = ms;
	return true;
}

static struct json_object *get_fail(struct emu *emu)
{
	struct json_object *list = json_object_new_array();

	if (emu->knob.fail & NVG_EMU_FAIL_C2C)
		json_object_array_add(list, json_object_new_string("c2c"));
	if (emu->knob.fail & NVG_EMU_FAIL_HBM)
		json_object_array_add(list, json_object_new_string("hbm"));
	return list;
}

static bool set_fail(struct change *change, struct json_object *val)
{
	u32 fail = 0;

	if (!json_object_is_type(val, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(val); i++) {
		const char *link = json_object_get_string(json_object_array_get_idx(val, i));

		if (link && !strcmp(link, "c2c"))
			fail |= NVG_EMU_FAIL_C2C;
		else if (link && !strcmp(link, "hbm"))
			fail |= NVG_EMU_FAIL_HBM;
		else
			return false;
	}
	change->knob.fail = fail;
	return true;
}

static struct json_object *get_gone_ms(struct emu *emu)
{
	u64 until = emu->knob.gone_until;

	if (!knobs_gone(emu))
		return ms_or_never(0);
	if (until == TIME_NEVER)
		return ms_or_never(NVG_EMU_NEVER);
	return ms_or_never((until - now_ns() + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
}

static bool set_gone_ms(struct change *change, struct json_object *val)
{
	return number(val, NVG_EMU_NEVER, true, &change->gone_ms);
}

static struct json_object *get_reset_ms(struct emu *emu)
{
	return json_object_new_uint64(emu->knob.reset_ms);
}

static bool set_reset_ms(struct change *change, struct json_object *val)
{
	int64_t ms;

	if (!number(val, NVG_EMU_NEVER, false, &ms))
		return false;
	change->knob.reset_ms = ms;
	return true;
}

/* "never" gives way to a ready word. */
static struct json_object *get_ones(struct emu *emu)
{
	return ms_or_never(emu->knob.ones);
}

static bool set_ones(struct change *change, struct json_object *val)
{
	int64_t reads;

	if (!number(val, NVG_EMU_NEVER, true, &reads))
		return false;
	change->knob.ones = reads;
	return true;
}

static struct json_object *get_mig_ok(struct emu *emu)
{
	return json_object_new_boolean(emu->knob.mig_ok);
}

static bool set_mig_ok(struct change *change, struct json_object *val)
{
	change->knob.mig_ok = json_object_get_boolean(val);
	return json_object_is_type(val, json_type_boolean);
}

static struct json_object *get_keep_memory(struct emu *emu)
{
	return json_object_new_boolean(emu->knob.keep_memory);
}

static bool set_keep_memory(struct change *change, struct json_object *val)
{
	change->knob.keep_memory = json_object_get_boolean(val);
	return json_object_is_type(val, json_type_boolean);
}

static struct json_object *get_no_soft_reset(struct emu *emu)
{
	return json_object_new_boolean(emu->knob.no_soft_reset);
}

static bool set_no_soft_reset(struct change *change, struct json_object *val)
{
	change->knob.no_soft_reset = json_object_get_boolean(val);
	return json_object_is_type(val, json_type_boolean);
}

static bool set_msix(struct change *change, struct json_object *val)
{
	return number(val, NR_VECTORS, false, &change->vector);
}

static struct json_object *get_profile(struct emu *emu)
{
	return json_object_new_string(emu->profile->name);
}

static struct json_object *get_memory_size(struct emu *emu)
{
	return json_object_new_uint64(emu->mem.size);
}

static struct json_object *get_client(struct emu *emu)
{
	return json_object_new_boolean(emu->client);
}

static struct json_object *get_dma_maps(struct emu *emu)
{
	return json_object_new_uint64(emu->dma.nr);
}

static struct json_object *get_dma_error(struct emu *emu)
{
	return json_object_new_uint64(emu->falcon.dma_error);
}

static struct json_object *get_c2c_ready(struct emu *emu)
{
	return json_object_new_boolean(train_word(emu, NVG_EMU_FAIL_C2C) == LINK_READY);
}

static struct json_object *get_hbm_ready(struct emu *emu)
{
	return json_object_new_boolean(train_word(emu, NVG_EMU_FAIL_HBM) == LINK_READY);
}

static struct json_object *get_resets(struct emu *emu)
{
	return json_object_new_uint64(emu->train.resets);
}

static struct json_object *get_reset_cause(struct emu *emu)
{
	static const char * const names[] = {
		[NVG_EMU_RESET_POWER_ON] = "power-on",
		[NVG_EMU_RESET_FLR] = "flr",
		[NVG_EMU_RESET_VFIO_USER] = "vfio-user",
		[NVG_EMU_RESET_PM] = "pm",
	};

	return json_object_new_string(names[emu->train.cause]);
}

static struct json_object *get_ready_reads(struct emu *emu)
{
	return json_object_new_uint64(emu->train.ready_reads);
}

static struct json_object *get_trained_us(struct emu *emu)
{
	return json_object_new_uint64(train_us(emu));
}

static struct json_object *get_since_reset_us(struct emu *emu)
{
	return json_object_new_uint64(train_since_reset_us(emu));
}

const struct key keys[] = {
	{ "train_ms", get_train_ms, set_train_ms },
	{ "fail", get_fail, set_fail },
	{ "gone_ms", get_gone_ms, set_gone_ms },
	{ "reset_ms", get_reset_ms, set_reset_ms },
	{ "ones", get_ones, set_ones },
	{ "mig_ok", get_mig_ok, set_mig_ok },
	{ "keep_memory", get_keep_memory, set_keep_memory },
	{ "no_soft_reset", get_no_soft_reset, set_no_soft_reset },
	{ "msix", NULL, set_msix },
	{ "profile", get_profile, NULL },
	{ "memory_size", get_memory_size, NULL },
	{ "client", get_client, NULL },
	{ "dma_maps", get_dma_maps, NULL },
	{ "dma_error", get_dma_error, NULL },
	{ "c2c_ready", get_c2c_ready, NULL },
	{ "hbm_ready", get_hbm_ready, NULL },
	{ "resets", get_resets, NULL },
	{ "reset_cause", get_reset_cause, NULL },
	{ "ready_reads", get_ready_reads, NULL },
	{ "trained_us", get_trained_us, NULL },
	{ "since_reset_us", get_since_reset_us, NULL },
};

const size_t nr_keys = ARRAY_SIZE(keys);

const struct key *find_key(const char *name)
{
	for (size_t i = 0; name && i < nr_keys; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}
