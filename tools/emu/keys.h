/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is a key of the control socket?
 */
#ifndef NVGRACE_EMU_KEYS_H
#define NVGRACE_EMU_KEYS_H

#include <json-c/json.h>

#include "emu.h"

#define UNSET	(-1)

/* A "set" in the making; checked as a whole before anything changes. */
struct change {
	struct knobs knob;
	int64_t gone_ms;	/* or UNSET */
	int64_t vector;		/* or UNSET */
};

/* @get is NULL for what cannot be read, @set for what cannot be written. */
struct key {
	const char *name;
	struct json_object *(*get)(struct emu *emu);
	bool (*set)(struct change *change, struct json_object *val);
};

extern const struct key keys[];
extern const size_t nr_keys;

const struct key *find_key(const char *name);

#endif
