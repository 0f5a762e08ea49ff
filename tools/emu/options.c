// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the command line ask for?
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu.h"
#include "part.h"

static const char usage[] =
	"usage: nvgrace-emu --profile P --socket PATH --memory LINK --size BYTES\n"
	"                   [--control PATH] [--hw-bars] [--train-ms N|never]\n"
	"                   [--mig-ok 0|1] [--fail c2c,hbm] [--gone] [--cxl 0-7]\n"
	"                   [--device-id ID]\n"
	"\n"
	"Serves an emulated coherent GPU to QEMU's vfio-user-pci at the socket PATH.\n"
	"\n"
	"  --profile P      gh200-120, gh200-480, gh200-sku, gb200 or gb300\n"
	"  --memory LINK    to the GPU's memory, made as it is: QEMU maps what it leads to\n"
	"  --size BYTES     of the memory; K, M and G are understood; whole 4K pages\n"
	"  --control PATH   socket for the knobs, a JSON object a line (see README.md)\n"
	"  --hw-bars        hardware BARs are there where the driver makes its BAR up\n"
	"  --train-ms N     training takes N milliseconds after each reset (default 0)\n"
	"  --mig-ok 0|1     the DVSEC's bit: the whole memory may be cached\n"
	"  --fail LINKS     links that never come up: c2c, hbm or both\n"
	"  --gone           off the bus until the control socket brings it back\n"
	"  --cxl CODE       training is told in a CXL DVSEC, with this timeout code: 0-4 are\n"
	"                   1, 4, 16, 64, 256 s\n"
	"  --device-id ID   four hexadecimal digits: a part of this profile that is not known\n"
	"                   yet\n";

static int parse_size(const char *text, u64 *size)
{
	unsigned int shift = 0;
	char *end;

	errno = 0;
	*size = strtoull(text, &end, 10);
	if (*end == 'K' || *end == 'M' || *end == 'G')
		shift = *end == 'K' ? 10 : *end == 'M' ? 20 : 30;
	if (shift)
		end++;
	if (errno || end == text || *text == '-' || *end || !*size ||
	    *size > (u64)INT64_MAX >> shift || (*size << shift) % 4096) {
		note("--size %s is no size; give whole 4K pages, such as 95G", text);
		return -1;
	}
	*size <<= shift;
	return 0;
}

static int parse_train(const char *text, u32 *ms)
{
	unsigned long val;
	char *end;

	*ms = NVG_EMU_NEVER;
	if (!strcmp(text, "never"))
		return 0;
	errno = 0;
	val = strtoul(text, &end, 10);
	if (errno || end == text || *text == '-' || *end || val >= NVG_EMU_NEVER) {
		note("--train-ms %s is no time; give milliseconds or never", text);
		return -1;
	}
	*ms = val;
	return 0;
}

static int parse_fail(const char *text, u32 *fail)
{
	if (!strcmp(text, "c2c"))
		*fail = NVG_EMU_FAIL_C2C;
	else if (!strcmp(text, "hbm"))
		*fail = NVG_EMU_FAIL_HBM;
	else if (!strcmp(text, "c2c,hbm") || !strcmp(text, "hbm,c2c"))
		*fail = NVG_EMU_FAIL_C2C | NVG_EMU_FAIL_HBM;
	else if (*text) {
		note("--fail %s names no link; give c2c, hbm or c2c,hbm", text);
		return -1;
	}
	return 0;
}

static int parse_flag(const char *text, int *flag)
{
	if (strcmp(text, "0") && strcmp(text, "1")) {
		note("--mig-ok %s is neither 0 nor 1; give one of them", text);
		return -1;
	}
	*flag = *text - '0';
	return 0;
}

static int parse_cxl(const char *text, int *code)
{
	if (*text < '0' || *text > '7' || text[1]) {
		note("--cxl %s is no timeout code; give 0 to 7", text);
		return -1;
	}
	*code = *text - '0';
	return 0;
}

static int parse_id(const char *text, u16 *id)
{
	unsigned long val;
	char *end;

	val = strtoul(text, &end, 16);
	if (strspn(text, "0123456789abcdefABCDEF") != 4 || *end || !val) {
		note("--device-id %s is no PCI device id; give four hexadecimal digits", text);
		return -1;
	}
	*id = val;
	return 0;
}

static int parse_profile(const char *text, const struct profile **profile)
{
	*profile = profile_find(text);
	if (*profile)
		return 0;
	note("no profile %s; use %s", text, profile_names());
	return -1;
}

static int complete(struct options *opt, int mig)
{
	if (!opt->profile || !opt->socket || !opt->memory || !opt->size) {
		note("--profile, --socket, --memory and --size are needed; see --help");
		return -1;
	}
	opt->mig_ok = mig < 0 ? opt->profile->mig_ok : mig;
	return 0;
}

static const struct option longopts[] = {
	{ "profile", required_argument, NULL, 'p' },
	{ "socket", required_argument, NULL, 's' },
	{ "memory", required_argument, NULL, 'm' },
	{ "size", required_argument, NULL, 'z' },
	{ "control", required_argument, NULL, 'c' },
	{ "hw-bars", no_argument, NULL, 'b' },
	{ "train-ms", required_argument, NULL, 't' },
	{ "mig-ok", required_argument, NULL, 'g' },
	{ "fail", required_argument, NULL, 'f' },
	{ "gone", no_argument, NULL, 'o' },
	{ "cxl", required_argument, NULL, 'x' },
	{ "device-id", required_argument, NULL, 'i' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int take(struct options *opt, int *mig, int c)
{
	switch (c) {
	case 'p':
		return parse_profile(optarg, &opt->profile);
	case 's':
		opt->socket = optarg;
		return 0;
	case 'm':
		opt->memory = optarg;
		return 0;
	case 'z':
		return parse_size(optarg, &opt->size);
	case 'c':
		opt->control = optarg;
		return 0;
	case 'b':
		opt->hw_bars = true;
		return 0;
	case 't':
		return parse_train(optarg, &opt->train_ms);
	case 'g':
		return parse_flag(optarg, mig);
	case 'f':
		return parse_fail(optarg, &opt->fail);
	case 'o':
		opt->gone = true;
		return 0;
	case 'x':
		return parse_cxl(optarg, &opt->cxl);
	case 'i':
		return parse_id(optarg, &opt->device_id);
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		note("see --help for the options there are");
		return -1;
	}
}

int options_parse(struct options *opt, int argc, char **argv)
{
	int c, mig = -1;

	*opt = (struct options){ .cxl = -1 };
	while ((c = getopt_long(argc, argv, "", longopts, NULL)) != -1)
		if (take(opt, &mig, c))
			return -1;
	if (optind < argc) {
		note("%s is no option; see --help", argv[optind]);
		return -1;
	}
	return complete(opt, mig);
}
