/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom does main.c meet in a unit test: a core and other files that say when they are called. */
#ifndef NVGRACE_UNIT_CORE_H
#define NVGRACE_UNIT_CORE_H

#include "unit_log.h"
#include "unit_user.h"

#define NVGRACE_GPU_TRACE_H
#define KBUILD_MODNAME		"nvgrace_gpu_vfio_pci"
#define PCI_VENDOR_ID_NVIDIA	0x10de
#define pci_channel_io_normal	1
#define pci_channel_io_frozen	2
#define __init
#define __exit
#define MODULE_LICENSE(text)	_Static_assert(sizeof(text), "empty")
#define MODULE_AUTHOR(text)	_Static_assert(sizeof(text), "empty")
#define MODULE_DESCRIPTION(text)	_Static_assert(sizeof(text), "empty")
#define MODULE_DEVICE_TABLE(bus, table)	_Static_assert(sizeof(table), "empty")
#define module_init(function)	static int (*const unit_init)(void) = (function)
#define module_exit(function)	static void (*const unit_exit)(void) = (function)
#define PCI_DRIVER_OVERRIDE_DEVICE_VFIO(v, d)	.vendor = (v), .device = (d)
#define offsetofend(type, member)	(offsetof(type, member) + sizeof(((type *)0)->member))
#define struct_size(ptr, member, nr)	(sizeof(*(ptr)) + (nr) * sizeof((ptr)->member[0]))
#define DEFINE_RAW_FLEX(type, name, member, nr)				\
	u64 name##_room[sizeof(type) / 8 + (nr) * sizeof(((type *)0)->member[0]) / 8 + 1] = {}; \
	type *name = (type *)name##_room

typedef int pci_channel_state_t;
typedef int pci_ers_result_t;
typedef void core_fn(void);

struct pci_device_id {
	u16 vendor;
	u16 device;
};

struct vfio_info_cap {
	u8 bytes[256];
	size_t size;
};

struct vfio_device_ops {
	const char *name;
	int (*init)(struct vfio_device *vdev);
	void (*release)(struct vfio_device *vdev);
	int (*open_device)(struct vfio_device *vdev);
	void (*close_device)(struct vfio_device *vdev);
	long (*ioctl)(struct vfio_device *vdev, unsigned int cmd, unsigned long arg);
	int (*get_region_info_caps)(struct vfio_device *vdev, struct vfio_region_info *info,
				    struct vfio_info_cap *caps);
	int (*device_feature)(struct vfio_device *vdev, u32 flags, void *arg, size_t argsz);
	ssize_t (*read)(struct vfio_device *vdev, char *buf, size_t count, loff_t *ppos);
	ssize_t (*write)(struct vfio_device *vdev, const char *buf, size_t count, loff_t *ppos);
	int (*mmap)(struct vfio_device *vdev, struct vm_area_struct *vma);
	core_fn *request, *match, *match_token_uuid, *bind_iommufd, *unbind_iommufd, *attach_ioas,
		*detach_ioas, *pasid_attach_ioas, *pasid_detach_ioas;
};

struct pci_error_handlers {
	pci_ers_result_t (*error_detected)(struct pci_dev *pdev, pci_channel_state_t state);
	void (*resume)(struct pci_dev *pdev);
	void (*reset_prepare)(struct pci_dev *pdev);
	void (*reset_done)(struct pci_dev *pdev);
};

struct pci_driver {
	const char *name;
	const struct pci_device_id *id_table;
	int (*probe)(struct pci_dev *pdev, const struct pci_device_id *id);
	void (*remove)(struct pci_dev *pdev);
	int (*sriov_configure)(struct pci_dev *pdev, int nr);
	const struct pci_error_handlers *err_handler;
	bool driver_managed_dma;
	const struct attribute_group **dev_groups;
};

static const char *fails;	/* the step that does */
static u64 memory_size;		/* what firmware describes */
static void *drvdata;
static const struct vfio_device_ops *ops;	/* of the device that was allocated */
static struct pci_driver *driver;
static struct pci_dev pdev;

/* Steps are in the log, too, between other words: what was done is one string. */
static int step(const char *word)
{
	say("%s ", word);
	return fails && !strcmp(fails, word) ? -ENXIO : 0;
}

static void did(const char *words, int line)
{
	CHECK(!strcmp(said, words), "line %d: \"%s\", not \"%s\"", line, said, words);
	said[0] = 0;
	CHECK(!unit_locks_held, "a lock is left");
}

#define DID(words)	did(words, __LINE__)

#define mutex_init(lock)	((lock)->held = 0, (void)step("mutex"))
#define mutex_destroy(lock)	((void)(lock), (void)step("no_mutex"))
#define dev_err_ratelimited(dev, ...)	((void)(dev), (void)step("told"))
#define dev_set_drvdata(dev, data)	((void)(dev), drvdata = (data))
#define dev_get_drvdata(dev)	((void)(dev), drvdata)
#define IS_ERR(ptr)		((unsigned long)(ptr) >= -4095UL)
#define PTR_ERR(ptr)		((long)(ptr))
#define vfio_alloc_device(type, member, dev, its_ops)			\
	((void)(dev), ops = (its_ops),					\
	 step("alloc") ? (struct type *)-ENOMEM : calloc(1, sizeof(struct type)))
#define vfio_put_device(its)						\
	(step("put"), free(container_of(its, struct nvgrace_device, core.vdev)))
#define trace_nvgrace_probe(pdev, base, size, layout)	((void)(pdev))
#define pci_register_driver(its)	(driver = (its), step("register_driver"))
#define pci_unregister_driver(its)	(driver = NULL, step("unregister_driver"))

static int vfio_pci_core_init_dev(struct vfio_device *vdev) { return step("core_init"); }
static void vfio_pci_core_release_dev(struct vfio_device *vdev) { step("core_release"); }
static int vfio_pci_core_enable(struct vfio_pci_core_device *core) { return step("enable"); }
static void vfio_pci_core_disable(struct vfio_pci_core_device *core) { step("disable"); }
static void vfio_pci_core_finish_enable(struct vfio_pci_core_device *core) { step("finish"); }
static void vfio_pci_core_close_device(struct vfio_device *vdev) { step("core_close"); }

static int vfio_pci_core_register_device(struct vfio_pci_core_device *core)
{
	return step("register");
}

static void vfio_pci_core_unregister_device(struct vfio_pci_core_device *core)
{
	step("unregister");
}

static int vfio_pci_core_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	return step("core_mmap");
}

static int vfio_pci_core_sriov_configure(struct vfio_pci_core_device *core, int nr)
{
	return step("sriov") ?: nr;
}

static pci_ers_result_t vfio_pci_core_aer_err_detected(struct pci_dev *pdev,
						       pci_channel_state_t state)
{
	return step("core_error") ?: 10 + state;
}

static unsigned int last_cmd;

static long vfio_pci_core_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	last_cmd = cmd;
	return step("core_ioctl");
}

static int vfio_pci_core_ioctl_feature(struct vfio_device *vdev, u32 flags, void *arg, size_t argsz)
{
	return step("core_feature");
}

static int vfio_pci_ioctl_get_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
					  struct vfio_info_cap *caps)
{
	return step("core_info");
}

static ssize_t vfio_pci_core_read(struct vfio_device *vdev, char *buf, size_t count, loff_t *ppos)
{
	return step("core_read") ?: (ssize_t)count;
}

static ssize_t vfio_pci_core_write(struct vfio_device *vdev, const char *buf, size_t count,
				   loff_t *ppos)
{
	return step("core_write") ?: (ssize_t)count;
}

#define CORES(name)	static void name(void) { step(#name); }
CORES(vfio_pci_core_request)
CORES(vfio_pci_core_match)
CORES(vfio_pci_core_match_token_uuid)
CORES(vfio_iommufd_physical_bind)
CORES(vfio_iommufd_physical_unbind)
CORES(vfio_iommufd_physical_attach_ioas)
CORES(vfio_iommufd_physical_detach_ioas)
CORES(vfio_iommufd_physical_pasid_attach_ioas)
CORES(vfio_iommufd_physical_pasid_detach_ioas)

static int vfio_info_add_capability(struct vfio_info_cap *caps, struct vfio_info_cap_header *cap,
				    size_t size)
{
	if (step("cap"))
		return -ENOMEM;
	memcpy(caps->bytes + caps->size, cap, size);
	caps->size += size;
	return 0;
}

#include "../../region.c"

const struct attribute_group *nvgrace_groups[1];

void nvgrace_ready_init(struct nvgrace_device *nvg) { step("ready_init"); }
void nvgrace_ready_forget(struct nvgrace_device *nvg) { step("forget"); }

int nvgrace_ready_wait_unbound(const struct nvgrace_training_source *source)
{
	return step("wait");
}

void nvgrace_ready_wait_after_reset(struct nvgrace_device *nvg) { step("wait_after"); }
void nvgrace_reset_begin(struct nvgrace_device *nvg) { step("reset_begin"); }
void nvgrace_reset_end(struct nvgrace_device *nvg) { step("reset_end"); }
void nvgrace_reset_happened(struct nvgrace_device *nvg) { step("happened"); }
void nvgrace_recovery_begin(struct nvgrace_device *nvg) { step("recovery_begin"); }
void nvgrace_recovery_end(struct nvgrace_device *nvg) { step("recovery_end"); }
void nvgrace_recovery_abandon(struct nvgrace_device *nvg) { step("abandon"); }
void nvgrace_zap(struct nvgrace_device *nvg) { step("zap"); }
void nvgrace_config_reset(struct nvgrace_device *nvg) { step("config_reset"); }
void nvgrace_dmabuf_init(struct nvgrace_device *nvg) { step("dmabuf_init"); }
void nvgrace_dmabuf_open(struct nvgrace_device *nvg) { step("lend"); }
void nvgrace_dmabuf_close(struct nvgrace_device *nvg) { step("take_back"); }
int nvgrace_scrub(struct nvgrace_device *nvg) { return step("scrub"); }
int nvgrace_ras_register(struct nvgrace_device *nvg) { return step("ras"); }
void nvgrace_ras_unregister(struct nvgrace_device *nvg) { step("no_ras"); }
void nvgrace_debugfs_create(struct nvgrace_device *nvg) { step("debugfs"); }
int nvgrace_recall_bad_pages(struct nvgrace_device *nvg) { return step("recall"); }
void nvgrace_forget_bad_pages(void) { step("forget_bad"); }
int nvgrace_lay_out(struct nvgrace_device *nvg) { return step("lay_out"); }
const char *nvgrace_layout_name(enum nvgrace_layout layout) { return "bar2"; }

struct nvgrace_training_source nvgrace_training_source(struct pci_dev *pdev)
{
	step("source");
	return (struct nvgrace_training_source) { .pdev = pdev, .cxl = 0x77 };
}

int nvgrace_aperture_read(struct pci_dev *pdev, struct nvgrace_aperture *ap)
{
	*ap = (struct nvgrace_aperture) { .base = 0x2000000000, .size = memory_size };
	return step("aperture");
}

int nvgrace_aperture_claim(struct pci_dev *pdev, const struct nvgrace_aperture *ap)
{
	CHECK(ap->size == memory_size && ap->base == 0x2000000000, "another");
	return step("claim");
}

ssize_t nvgrace_config_rw(struct nvgrace_device *nvg, char *buf, size_t count, loff_t *ppos,
			  bool write)
{
	return step(write ? "config_write" : "config_read") ?: (ssize_t)count;
}

ssize_t nvgrace_region_rw(struct nvgrace_device *nvg, const struct nvgrace_region *region,
			  char *buf, size_t count, loff_t *ppos, bool write)
{
	return step(write ? "write" : "read") ?: (ssize_t)count;
}

int nvgrace_region_mmap(struct nvgrace_device *nvg, const struct nvgrace_region *region,
			struct vm_area_struct *vma)
{
	return step("mmap");
}

#include "../../main.c"

#endif
