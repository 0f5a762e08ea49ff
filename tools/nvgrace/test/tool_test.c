// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does nvgrace do on a host with real drivers what it says?
 *
 * usage: nvgrace_tool_test [-r] NVGRACE MODULE.ko     (TAP; as root)
 * Needs depmod and QEMU: the emulated host's full root. -r: firmware describes
 * the GPUs wrongly, so that the driver refuses them.
 */
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define UEFI	"if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd"

static struct json_object *json(const char *verb)
{
	struct json_object *object;
	int code;
	char *out = shell(&code, "%s %s -j", nvgrace, verb);

	object = json_tokener_parse(out);
	free(out);
	return object;
}

static struct json_object *at(struct json_object *object, const char *key)
{
	return json_object_object_get(object, key);
}

static bool number_is(struct json_object *object, const char *key,
		      const char *text)
{
	struct json_object *value = at(object, key);

	if (*text && json_object_is_type(value, json_type_int) &&
	    json_object_get_uint64(value) == strtoull(text, NULL, 0))
		return true;
	printf("# %s: %s, sysfs says '%s'\n", key,
	       json_object_to_json_string(value), text);
	return false;
}

static bool text_is(struct json_object *object, const char *key,
		    const char *text)
{
	const char *value = json_object_get_string(at(object, key));

	if (value && !strcmp(value, text))
		return true;
	printf("# %s: %s, not '%s'\n", key, value ?: "null", text);
	return false;
}

/* The first made-up BAR, as the first line of regions has it. */
static bool region_is(struct json_object *gpu, const char *line)
{
	struct json_object *bars = at(gpu, "bars");
	char base[32], memory[32], size[32], type[32];
	unsigned int index;

	if (sscanf(line, "BAR%u %31s %31s %31s %31s", &index, base, memory, size,
		   type) != 5)
		return false;
	for (size_t i = 0; i < json_object_array_length(bars); i++) {
		struct json_object *bar = json_object_array_get_idx(bars, i);

		if (!strcmp(json_object_get_string(at(bar, "kind")), "made-up") &&
		    json_object_get_uint64(at(bar, "bar")) == index)
			return number_is(bar, "base", base) &&
			       number_is(bar, "memory", memory) &&
			       number_is(bar, "size", size) &&
			       json_object_get_boolean(at(bar, "cacheable")) ==
			       !strcmp(type, "cacheable");
	}
	return false;
}

/* Firmware says so in some hosts only. */
static bool egm_is(struct json_object *memory, const char *bdf)
{
	struct json_object *egm = at(memory, "egm");

	if (!getenv("NVGRACE_EXPECT_EGM"))
		return !egm;
	return egm && number_is(egm, "size", getenv("NVGRACE_EXPECT_EGM")) &&
	       number_is(egm, "base", attribute(bdf, "coherent_memory/egm_base")) &&
	       number_is(egm, "pxm", attribute(bdf, "coherent_memory/egm_pxm"));
}

static bool gpu_is(struct json_object *gpu, const char *bdf)
{
	struct json_object *memory = at(gpu, "memory");

	return memory && text_is(gpu, "bdf", bdf) &&
	       text_is(gpu, "driver", link_of(bdf, "driver")) &&
	       text_is(gpu, "driver_override", attribute(bdf, "driver_override")) &&
	       number_is(at(gpu, "iommu_group"), "id", link_of(bdf, "iommu_group")) &&
	       number_is(memory, "base", attribute(bdf, "coherent_memory/base")) &&
	       number_is(memory, "size", attribute(bdf, "coherent_memory/size")) &&
	       text_is(memory, "layout", attribute(bdf, "coherent_memory/layout")) &&
	       text_is(memory, "ready", attribute(bdf, "coherent_memory/ready")) &&
	       number_is(memory, "pxm_start", attribute(bdf, "coherent_memory/pxm_start")) &&
	       number_is(memory, "pxm_count", attribute(bdf, "coherent_memory/pxm_count")) &&
	       egm_is(memory, bdf) &&
	       region_is(gpu, attribute(bdf, "coherent_memory/regions"));
}

static void test_list(void)
{
	struct json_object *object = json("list"), *all = at(object, "gpus");
	bool ok = all && (int)json_object_array_length(all) == nr_gpus;

	for (int i = 0; ok && i < nr_gpus; i++)
		ok = gpu_is(json_object_array_get_idx(all, i), gpus[i]);
	result(ok, "list_says_what_sysfs_says", "see above");
	json_object_put(object);
}

/* The verdict on a check of the host, or of the first GPU. */
static const char *verdict(struct json_object *object, const char *check)
{
	struct json_object *all = at(object, "findings");

	for (size_t i = 0; all && i < json_object_array_length(all); i++) {
		struct json_object *one = json_object_array_get_idx(all, i);

		if (!strcmp(json_object_get_string(at(one, "check")), check))
			return json_object_get_string(at(one, "result"));
	}
	return "missing";
}

static void test_check(const char *name, bool bound, const char *aliases)
{
	struct json_object *object = json("check");
	const char *of_bound = bound ? "ok" : "warn";
	bool ok = object && !strcmp(verdict(object, "iommu"), "ok") &&
		  !strcmp(verdict(object, "kvm"), "ok") &&
		  !strcmp(verdict(object, "huge-maps"), "ok") &&
		  !strcmp(verdict(object, "translation"), "ok") &&
		  !strcmp(verdict(object, "group"), "ok") &&
		  !strcmp(verdict(object, "acs"), "ok") &&
		  !strcmp(verdict(object, "bar-window"), "ok") &&
		  !strcmp(verdict(object, "bound"), of_bound) &&
		  !strcmp(verdict(object, "firmware"), of_bound) &&
		  !strcmp(verdict(object, "trained"), of_bound) &&
		  !strcmp(verdict(object, "aliases"), aliases) &&
		  (!bound || !strcmp(verdict(object, "guest-window"), "ok"));

	result(ok, name, "%s", json_object_to_json_string(object));
	json_object_put(object);
}

static void test_metrics(void)
{
	char line[128];

	snprintf(line, sizeof(line), "nvgrace_gpu_memory_bytes{bdf=\"%s\"} %s\n",
		 gpus[0], attribute(gpus[0], "coherent_memory/size"));
	result(says(0, line, "metrics"), "metrics_have_the_size_that_sysfs_has",
	       "%s", line);
}

/* As debugfs has it, or null where the kernel has no counters. */
static bool counter_is(struct json_object *object, const char *name)
{
	char path[PATH_MAX], *text;
	int code;
	bool ok;

	snprintf(path, sizeof(path), "/sys/kernel/debug/vfio/%s/coherent_memory/%s",
		 gpus[0], name);
	if (access(path, R_OK))
		return !at(object, name);
	text = shell(&code, "cat %s", path);
	ok = number_is(object, name, text);
	free(text);
	return ok;
}

static void test_watch(void)
{
	static const char * const names[] = {
		"faults_pte", "faults_pmd", "faults_pud", "faults_refused",
		"bytes_read", "bytes_written", "resets", "waits",
	};
	int code;
	char *out = shell(&code, "timeout 2 %s watch -j %s 2>/dev/null | head -n 1",
			  nvgrace, gpus[0]);
	struct json_object *object = json_tokener_parse(out);
	bool ok = object && text_is(object, "bdf", gpus[0]);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ok = ok && counter_is(object, names[i]);
	result(ok, "watch_counts_as_the_kernel_does", "%s", out);
	json_object_put(object);
	free(out);
}

static int count(const char *text, const char *what)
{
	int found = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		found++;
	return found;
}

/*
 * QEMU itself, with every word that nvgrace printed, up to the guest's first instruction.
 * Without UEFI, and so without ACPI, QEMU 11.1 crashes over ras=on.
 */
static void test_qemu(void)
{
	char names[256] = "", *out;
	int code;

	for (int i = 0; i < nr_gpus; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names),
			 " %s", gpus[i]);
	out = shell(&code, "eval \"printf 'info numa\\ninfo qtree\\nquit\\n' | timeout 100 qemu-system-aarch64 $(%s qemu --memory 256M --cpus 2 %s) -drive %s -nodefaults -display none -S -monitor stdio\" 2>&1",
		    nvgrace, names, UEFI);
	result(!code && count(out, " size: 0 MB") == 8 * nr_gpus &&
	       count(out, "dev: vfio-pci, id \"gpu") == nr_gpus,
	       "qemu_takes_the_arguments_as_they_are", "exit %d: %s", code, out);
	free(out);
}

static void run_all(void)
{
	test_check("check_knows_what_no_driver_tells", false, "warn");
	install_module();
	test_bind();
	test_list();
	test_check("check_finds_the_bound_host_fit", true, "ok");
	test_in_use();
	test_unbind();
	test_layout();
	test_metrics();
	test_watch();
	test_qemu();
}

int main(int argc, char **argv)
{
	bool refused = argc > 1 && !strcmp(argv[1], "-r");

	if (argc - refused != 3) {
		fprintf(stderr, "usage: nvgrace_tool_test [-r] NVGRACE MODULE.ko\n");
		return 2;
	}
	nvgrace = argv[1 + refused];
	module = argv[2 + refused];
	find_gpus();
	if (!nr_gpus) {
		printf("Bail out! no GPU of NVIDIA's here\n");
		return 1;
	}
	if (refused) {
		install_module();
		test_refused();
	} else {
		run_all();
	}
	printf("1..%d\n", tests);
	return failed > 0;
}
