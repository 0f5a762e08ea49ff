// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does nvgrace do on a host with real drivers what it says?
 *
 * usage: nvgrace_tool_test [-r] NVGRACE MODULE.ko     (TAP; as root)
 * Needs depmod and QEMU: the emulated host's full root. -r: firmware describes
 * the GPUs wrongly, so that the driver refuses them.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DRIVER	"nvgrace_gpu_vfio_pci"
#define SYSFS	"/sys/bus/pci/devices/%s/"

static const char *nvgrace, *module;
static char gpus[8][16];
static int nr_gpus, tests, failed;

static void result(bool ok, const char *name, const char *why, ...)
{
	va_list args;

	printf("%s %d tool.%s\n", ok ? "ok" : "not ok", ++tests, name);
	failed += !ok;
	if (ok)
		return;
	printf("# ");
	va_start(args, why);
	vprintf(why, args);
	va_end(args);
	printf("\n");
}

static char *format(const char *text, va_list args)
{
	char *out;

	if (vasprintf(&out, text, args) < 0)
		abort();
	return out;
}

/* What a shell command says, to be freed, and its exit code. */
static char *shell(int *code, const char *text, ...)
{
	char *command, *out = NULL, buf[4096];
	size_t size, got;
	va_list args;
	FILE *all, *pipe;

	va_start(args, text);
	command = format(text, args);
	va_end(args);
	fflush(stdout);
	all = open_memstream(&out, &size);
	pipe = popen(command, "r");
	while (pipe && (got = fread(buf, 1, sizeof(buf), pipe)) > 0)
		fwrite(buf, 1, got, all);
	fclose(all);
	*code = pipe ? pclose(pipe) >> 8 : -1;
	free(command);
	return out;
}

static bool says(int want, const char *what, const char *text, ...)
{
	char *arguments, *out;
	va_list args;
	int code;
	bool ok;

	va_start(args, text);
	arguments = format(text, args);
	va_end(args);
	out = shell(&code, "%s %s 2>&1", nvgrace, arguments);
	ok = code == want && strstr(out, what);
	if (!ok)
		printf("# nvgrace %s: exit %d, %s", arguments, code, out);
	free(arguments);
	free(out);
	return ok;
}

/* The text of a file without its newline; "" when there is none. */
static const char *attribute(const char *bdf, const char *name)
{
	static char text[4096];
	char path[PATH_MAX];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), SYSFS "%s", bdf, name);
	fd = open(path, O_RDONLY);
	if (fd >= 0)
		len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static const char *link_of(const char *bdf, const char *name)
{
	static char target[PATH_MAX];
	char path[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), SYSFS "%s", bdf, name);
	len = readlink(path, target, sizeof(target) - 1);
	target[len < 0 ? 0 : len] = '\0';
	return strrchr(target, '/') ? strrchr(target, '/') + 1 : "";
}

static bool all_bound_to(const char *driver)
{
	bool all = true;

	for (int i = 0; i < nr_gpus; i++)
		all &= !strcmp(link_of(gpus[i], "driver"), driver);
	return all;
}

/* NVIDIA's functions, which are all of them GPUs here. */
static void find_gpus(void)
{
	glob_t found = {};

	glob("/sys/bus/pci/devices/*", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && nr_gpus < 8; i++) {
		const char *bdf = strrchr(found.gl_pathv[i], '/') + 1;

		if (!strcmp(attribute(bdf, "vendor"), "0x10de"))
			snprintf(gpus[nr_gpus++], sizeof(gpus[0]), "%s", bdf);
	}
	globfree(&found);
}

static void install_module(void)
{
	struct utsname kernel;
	int code;

	uname(&kernel);
	free(shell(&code, "mkdir -p /lib/modules/%s/updates && cp %s /lib/modules/%s/updates/ && depmod 2>&1",
		   kernel.release, module, kernel.release));
	if (code)
		printf("# cannot install %s: %d\n", module, code);
}

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

static void test_bind(void)
{
	char line[64];
	int code;

	free(shell(&code, "rmmod " DRIVER));
	snprintf(line, sizeof(line), "%s: bound to " DRIVER, gpus[nr_gpus - 1]);
	result(says(0, line, "bind --all") && all_bound_to(DRIVER),
	       "bind_loads_the_driver_and_binds", "see above");
	snprintf(line, sizeof(line), "%s: already bound", gpus[nr_gpus - 1]);
	result(says(0, line, "bind --all") && all_bound_to(DRIVER),
	       "bind_twice_is_bind_once", "see above");
}

static void test_in_use(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%s", link_of(gpus[0], "iommu_group"));
	fd = open(path, O_RDWR | O_CLOEXEC);
	result(fd >= 0 && says(1, "in use by", "unbind %s", gpus[0]) &&
	       all_bound_to(DRIVER), "gpu_in_use_is_left_alone", "%s: %s", path,
	       fd < 0 ? strerror(errno) : "open");
	close(fd);
}

static void test_unbind(void)
{
	result(says(0, "not bound", "unbind %s", gpus[0]) &&
	       !*link_of(gpus[0], "driver") &&
	       !strcmp(attribute(gpus[0], "driver_override"), "(null)"),
	       "unbind_leaves_no_driver_and_no_override", "see above");
	result(says(0, "already not bound", "unbind %s", gpus[0]),
	       "unbind_twice_is_unbind_once", "see above");
	result(says(0, "bound to", "bind %s", gpus[0]) && all_bound_to(DRIVER),
	       "bind_after_unbind_binds", "see above");
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

/* QEMU itself, with every word that nvgrace printed, up to the guest's first instruction. */
static void test_qemu(void)
{
	char names[256] = "", *out;
	int code;

	for (int i = 0; i < nr_gpus; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names),
			 " %s", gpus[i]);
	out = shell(&code, "eval \"printf 'info numa\\ninfo qtree\\nquit\\n' | timeout 100 qemu-system-aarch64 $(%s qemu --memory 256M --cpus 2 %s) -nodefaults -display none -S -monitor stdio\" 2>&1",
		    nvgrace, names);
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
	test_metrics();
	test_watch();
	test_qemu();
}

/* The GPUs are vfio-pci's, and must be again. */
static void run_refused(void)
{
	char *out;
	int code;

	install_module();
	for (int i = 0; i < nr_gpus; i++)
		free(shell(&code, "echo vfio-pci >" SYSFS "driver_override; echo %s >/sys/bus/pci/drivers_probe",
			   gpus[i], gpus[i]));
	out = shell(&code, "%s bind --all 2>&1", nvgrace);
	result(code == 1 && strstr(out, "nvidia,gpu-mem-size") &&
	       strstr(out, "put back as it was"),
	       "refused_gpu_is_told_with_the_drivers_reason", "exit %d: %s", code, out);
	free(out);
	result(all_bound_to("vfio-pci") &&
	       !strcmp(attribute(gpus[0], "driver_override"), "vfio-pci"),
	       "refused_gpu_goes_back_to_the_driver_that_had_it", "%s",
	       link_of(gpus[0], "driver"));
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
	if (refused)
		run_refused();
	else
		run_all();
	printf("1..%d\n", tests);
	return failed > 0;
}
