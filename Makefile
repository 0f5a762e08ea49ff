# SPDX-License-Identifier: GPL-2.0-only
#
# How is the driver built, and where does one start?
#
# Kbuild half: this directory is drivers/vfio/pci/nvgrace-gpu/ of a kernel tree,
# or an out-of-tree module. Objects from the upper floor down.

obj-$(CONFIG_NVGRACE_GPU_VFIO_PCI) += nvgrace-gpu-vfio-pci.o
nvgrace-gpu-vfio-pci-y := main.o
nvgrace-gpu-vfio-pci-y += config.o rw.o mmap.o scrub.o ras.o discover.o
nvgrace-gpu-vfio-pci-$(CONFIG_VFIO_PCI_DMABUF) += dmabuf.o
nvgrace-gpu-vfio-pci-y += eager.o leaf.o wait.o reset.o ready.o training.o window.o
nvgrace-gpu-vfio-pci-y += retired.o layout.o aperture.o generation.o region.o

# define_trace.h includes trace.h from here
CFLAGS_main.o := -I$(src)

ifndef KERNELRELEASE

# Front door: run `make help`.

top := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
out := $(top)/build
toolbox := $(top)/tools/vm/toolbox
# Newest headers package for the emulated host, as the toolbox has it.
host-kdir := $$(ls -dv /usr/src/linux-headers-*-arm64 | tail -n 1)
# Older kernels build modules where the sources are: they are shown there.
DRIVER ?= $(out)/driver
kbuild = $(MAKE) -C $(KDIR) M=$(DRIVER) CONFIG_NVGRACE_GPU_VFIO_PCI=m

.DEFAULT_GOAL := all
.PHONY: deb deb-test intree matrix bench bench-check bench-baseline mutants coverage all modules emu selftests tools install run test test-long test-kernels test-64k test-races test-here quick check shell help clean

all: modules emu selftests tools

ifdef KDIR
modules:
	@$(top)/compat/stage $(KDIR) $(DRIVER)
	$(kbuild) W=1 modules
else
modules:
	@$(toolbox) sh -c 'exec $(MAKE) -C $(top) --no-print-directory modules KDIR="$(host-kdir)" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-'
endif

emu:
	@$(toolbox) $(MAKE) -C $(top)/tools/emu --no-print-directory O=$(out)/emu

selftests:
	@$(toolbox) $(MAKE) -C $(top)/selftests --no-print-directory O=$(out)/selftests

tools:
	@$(toolbox) $(MAKE) -C $(top)/tools/nvgrace --no-print-directory O=$(out)/tools CROSS_COMPILE=aarch64-linux-gnu-

# For this machine, or CROSS_COMPILE's, with its own compiler and libraries.
install:
	@$(MAKE) -C $(top)/tools/nvgrace --no-print-directory O=$(out)/install install

run:
	@$(top)/tools/demo/run

test:
	@$(top)/selftests/run

test-here:
	@$(top)/selftests/test-here $(BDF)

quick:
	@$(top)/selftests/run quick

test-long:
	@$(top)/selftests/run long

test-kernels:
	@$(top)/selftests/run kernels

test-64k:
	@$(top)/selftests/run 64k

test-races:
	@$(top)/selftests/run kcsan

check:
	@$(top)/tools/check

deb:
	@$(top)/packaging/build

deb-test:
	@$(top)/packaging/test

intree:
	@$(top)/tools/intree $(LINUX)

matrix:
	@$(top)/tools/matrix

bench:
	@$(top)/tools/bench/run

bench-check bench-baseline:
	@$(top)/tools/bench/run $(@:bench-%=%)

mutants:
	@$(top)/tools/mutants/run $(FILES)

coverage:
	@$(top)/tools/coverage/run $(ROWS)

shell: modules emu
	@$(top)/tools/vm/host

help:
	@sed -n 's/^## //p' $(top)/Makefile

clean:
	rm -rf $(out)

## make            build the driver, the emulated GPU, the tests and nvgrace
## make run        give an emulated Grace Hopper's GPU to a guest and use it
## make test       run all tests, on Debian's kernel and on one with KASAN and
##                 lockdep (built first); last line: N passed, N failed, N skipped
## make test-long  what does not fit into the hour that make test may take
## make test-kernels  of that, Linux 6.12 and pages of 16 KiB, on packaged kernels
## make test-64k   the tests with pages of 64 KiB, on a kernel that is built first
## make test-races  what happens at the same time, on a kernel that finds data races
## make test-here  the tests on a real GPU of this machine that nobody uses, as root:
##                 BDF=<0009:01:00.0>; its memory is overwritten; writes one report
## make quick      what one runs while writing, two minutes: unit tests, the model's,
##                 the tool's, and one emulated host
## make check      look at how it is written: checkpatch, sparse, W=1, shellcheck …
## make modules    build the driver; KDIR=<configured tree or headers package>
##                 builds it for that kernel (ARCH=, CROSS_COMPILE= as usual)
## make intree     put the driver into a kernel source tree: LINUX=<tree>
## make matrix     compile it for every kind of kernel that matters
## make tools      build nvgrace, the operator's tool, for arm64: build/tools/nvgrace
## make install    build nvgrace for this machine (or CROSS_COMPILE's) and install it
##                 with its man page and completion: DESTDIR=, prefix=/usr/local
## make deb        build the Debian packages: build/deb/*.deb
## make deb-test   install them in a clean root, and purge them again
## make bench      count what it costs, in instructions, next to plain vfio-pci
## make bench-check  fail if it costs 3 % more than tools/bench/baseline.json
##                 says; make bench-baseline writes that file
## make mutants    change the driver in one place at a time: which changes does no
##                 test notice? N=60 SEED=1 HOSTS=1: see tools/mutants/README.md
## make coverage   which lines of the driver does no test reach? ROWS="…": only those
## make shell      a root shell in the emulated host
## make clean      remove build/ (the toolbox stays in ~/.cache/nvgrace)

endif
