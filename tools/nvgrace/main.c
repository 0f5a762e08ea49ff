// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the command line ask for?
 *
 * usage: nvgrace VERB [OPTION]... [BDF]...     (nvgrace.8 has all of them)
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "layout.h"
#include "print.h"
#include "property.h"

struct verb {
	const char *name;
	const char *usage;
	const char *options;	/* short letters of those it takes */
	enum exit_code (*answer)(struct call *call);
};

static const struct verb verbs[] = {
	{ "list", "[-j] [BDF]...", "j", verb_list },
	{ "check", "[-j] [BDF]...", "j", verb_check },
	{ "bind", "[--layout bar2|split] [--persist] [--dry-run] BDF...|--all", "apnl",
	  verb_bind },
	{ "unbind", "[--persist] [--dry-run] BDF...|--all", "apn", verb_unbind },
	{ "qemu",
	  "[-j] [--memory SIZE[,SIZE]...] [--cpus N[,N]...] [--iommufd] [--guest-driver VERSION] BDF...",
	  "jmcig", verb_qemu },
	{ "libvirt",
	  "[--define NAME] [--qemu-commandline] [--memory SIZE[,SIZE]...] [--cpus N[,N]...] [--iommufd] [--guest-driver VERSION] BDF...|--edit",
	  "dqmcieg", verb_libvirt },
	{ "watch", "[-j] [BDF]...", "j", verb_watch },
	{ "metrics", "[BDF]...", "", verb_metrics },
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "all", no_argument, NULL, 'a' },
	{ "layout", required_argument, NULL, 'l' },
	{ "persist", no_argument, NULL, 'p' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "memory", required_argument, NULL, 'm' },
	{ "cpus", required_argument, NULL, 'c' },
	{ "iommufd", no_argument, NULL, 'i' },
	{ "guest-driver", required_argument, NULL, 'g' },
	{ "define", required_argument, NULL, 'd' },
	{ "edit", no_argument, NULL, 'e' },
	{ "qemu-commandline", no_argument, NULL, 'q' },
	{ "root", required_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static void usage(FILE *to)
{
	fprintf(to, "usage: nvgrace VERB [OPTION]... [BDF]...\n");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(to, "       nvgrace %s %s\n", verbs[i].name, verbs[i].usage);
	fprintf(to, "--root DIR: look at a recorded tree. See nvgrace(8).\n");
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

/* One of the values, which commas separate, for each of the guest's nodes. */
static bool take_value(struct guest *guest, bool memory, unsigned int node, const char *word)
{
	uint64_t value;

	if (node >= MOST_SOCKETS || !parse_size(word, &value) || (!memory && value > 512))
		return false;
	if (memory)
		guest->memory[node] = value;
	else
		guest->cpus[node] = value;
	return true;
}

#define MEMORY_IS	"write bytes, or a number with K, M, G or T; several nodes: one each, and commas"
#define CPUS_ARE	"write a number from 1 to 512; several nodes: one each, and commas"

static int set_guest(struct call *call, int option)
{
	bool memory = option == 'm', good = *optarg != '\0';
	unsigned int *nodes = memory ? &call->memory_nodes : &call->cpu_nodes;
	char *words = strdup(optarg), *next = words, *word;

	*nodes = 0;
	while (good && (word = strsep(&next, ",")))
		good = take_value(&call->guest, memory, (*nodes)++, word);
	free(words);
	if (good && (memory || guest_cpus(&call->guest) <= 512))
		return 0;
	complain("", "%s: %s %s: %s", call->verb, memory ? "--memory" : "--cpus", optarg,
		 memory ? MEMORY_IS : CPUS_ARE);
	return USAGE;
}

/* A node has both; what is not given for any is as large for each. */
static int check_guest(struct call *call)
{
	unsigned int memory = call->memory_nodes, cpus = call->cpu_nodes;

	call->guest.nodes = memory > cpus ? memory : cpus;
	if (!call->guest.nodes)
		call->guest.nodes = 1;
	if (memory == cpus || call->guest.nodes == 1)
		return 0;
	complain("", "%s: --memory is for %u nodes and --cpus for %u: write as many of both",
		 call->verb, memory ?: 1, cpus ?: 1);
	return USAGE;
}

static int set_guest_driver(struct call *call)
{
	const char *why = guest_driver_set(&call->guest, optarg);

	if (!why)
		return 0;
	complain("", "%s: --guest-driver %s: %s", call->verb, optarg, why);
	return USAGE;
}

static int set_layout(struct call *call)
{
	call->layout = layout_named(optarg);
	if (call->layout)
		return 0;
	complain("", "%s: --layout %s: write bar2 or split", call->verb, optarg);
	return USAGE;
}

static int set_option(struct call *call, int option)
{
	switch (option) {
	case 'l':
		return set_layout(call);
	case 'g':
		return set_guest_driver(call);
	case 'j':
		call->json = true;
		return 0;
	case 'a':
		call->all = true;
		return 0;
	case 'p':
		call->persist = true;
		return 0;
	case 'n':
		call->dry_run = true;
		return 0;
	case 'd':
		call->define = optarg;
		return 0;
	case 'e':
		call->edit = true;
		return 0;
	case 'q':
		call->commandline = true;
		return 0;
	case 'i':
		call->guest.iommufd = true;
		return 0;
	default:
		return set_guest(call, option);
	}
}

/* 0, or the exit code of a call that ends here. */
static int take_option(struct call *call, const struct verb *verb, int option,
		       const char *word, const char **root)
{
	if (option == 'h') {
		usage(stdout);
		exit(DONE);
	}
	if (option == 'r') {
		*root = optarg;
		return 0;
	}
	if (option == '?' || !strchr(verb->options, option)) {
		complain("", "%s: not with %s: usage: nvgrace %s %s",
			 verb->name, word, verb->name, verb->usage);
		return USAGE;
	}
	return set_option(call, option);
}

/* A name that is no GPU's: why not, and what to name. */
static void complain_of_no_gpu(const struct call *call, const char *bdf)
{
	char whole[BDF_SIZE];

	if (link_target(&call->host, whole, sizeof(whole),
			"/sys/bus/pci/devices/%s/physfn", bdf))
		complain(bdf, "%s: a virtual function of %s, without memory of its own: name that GPU",
			 call->verb, whole);
	else
		complain(bdf, "%s: no coherent GPU: nvgrace list shows those there are",
			 call->verb);
}

/* Moves the GPU that is called @bdf to @named; a name twice is one GPU. */
static int take_gpu(struct call *call, struct gpus *named, const char *word)
{
	struct gpus *found = &call->gpus;
	char bdf[BDF_SIZE];

	if (!parse_bdf(word, bdf)) {
		complain(word, "%s: not a PCI address: write it as 0009:01:00.0",
			 call->verb);
		return USAGE;
	}
	for (size_t i = 0; i < named->nr; i++) {
		if (!strcmp(named->one[i].bdf, bdf))
			return 0;
	}
	for (size_t i = 0; i < found->nr; i++) {
		if (strcmp(found->one[i].bdf, bdf))
			continue;
		named->one[named->nr++] = found->one[i];
		found->nr--;
		memmove(&found->one[i], &found->one[i + 1],
			(found->nr - i) * sizeof(*found->one));
		return 0;
	}
	complain_of_no_gpu(call, bdf);
	return NOTHING;
}

/* Those that were named, in the order of the names; the others by themselves. */
static int take_gpus(struct call *call, char **words)
{
	struct gpus named = { .one = calloc(call->gpus.nr + 1, sizeof(*named.one)) };
	int code = named.one ? 0 : FAILED;

	while (*words && !code)
		code = take_gpu(call, &named, *words++);
	call->others = call->gpus;
	call->gpus = named;
	return code;
}

static int find_gpus(struct call *call, char **words)
{
	int err = gpus_find(&call->host, &call->gpus);

	if (err == -ENOENT) {
		complain("", "%s: no %s/sys/bus/pci/devices: is this a machine with PCI, and sysfs mounted?",
			 call->verb, call->host.root);
		return NOTHING;
	}
	if (err) {
		complain("", "%s: %s", call->verb, strerror(-err));
		return FAILED;
	}
	call->on_host = call->gpus.nr;
	call->named = *words;
	if (call->named || call->edit)
		return take_gpus(call, words);
	if (!call->gpus.nr) {
		complain("", "%s: this host has no coherent GPU (10de:2340 to 237f, 2940 to 297f, 31a1, 31c0 to 31ff)",
			 call->verb);
		return NOTHING;
	}
	return 0;
}

/* It takes GPUs from the domain, and memory and CPUs too. */
static int check_edit(const struct call *call, const struct verb *verb, const char *word)
{
	if (!call->edit || (!word && !call->define && !call->memory_nodes && !call->cpu_nodes))
		return 0;
	complain("", "%s: --edit takes all from the domain on standard input: usage: nvgrace %s [--qemu-commandline] [--iommufd] --edit",
		 verb->name, verb->name);
	return USAGE;
}

static int answer(struct call *call, const struct verb *verb, const char *root,
		  char **words)
{
	int code;

	if (host_open(&call->host, root)) {
		complain("", "%s: --root %s is too long a name", verb->name, root);
		return USAGE;
	}
	code = find_gpus(call, words);
	if (!code)
		code = verb->answer(call);
	gpus_free(&call->gpus);
	gpus_free(&call->others);
	host_close(&call->host);
	return code;
}

int main(int argc, char **argv)
{
	const struct verb *verb = argc > 1 ? find_verb(argv[1]) : NULL;
	struct call call = { .guest = { .memory = { 16 * GIB }, .cpus = { 4 } } };
	const char *root = "";
	int option, code;

	if (!verb) {
		bool help = argc == 2 && (!strcmp(argv[1], "--help") ||
					  !strcmp(argv[1], "-h"));

		if (!help && argc > 1)
			complain("", "no verb '%s'", argv[1]);
		usage(help ? stdout : stderr);
		return help ? DONE : USAGE;
	}
	call.verb = verb->name;
	opterr = 0;
	argv[1] = argv[0];
	while ((option = getopt_long(argc - 1, argv + 1, "jnh", long_options,
				     NULL)) != -1) {
		code = take_option(&call, verb, option, argv[optind], &root);
		if (code)
			return code;
	}
	code = check_guest(&call) ?: check_edit(&call, verb, argv[1 + optind]);
	return code ?: answer(&call, verb, root, argv + 1 + optind);
}
