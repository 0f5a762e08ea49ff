/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which events can be traced? See Documentation/ABI/testing/trace-nvgrace-gpu.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nvgrace_gpu

#if !defined(NVGRACE_GPU_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NVGRACE_GPU_TRACE_H

#include <linux/pci.h>
#include <linux/tracepoint.h>

TRACE_EVENT(nvgrace_probe,
	TP_PROTO(struct pci_dev *pdev, u64 base, u64 size, const char *layout),
	TP_ARGS(pdev, base, size, layout),
	TP_STRUCT__entry(
		__string(bdf, pci_name(pdev))
		__field(u64, base)
		__field(u64, size)
		__string(layout, layout)
	),
	TP_fast_assign(
		__assign_str(bdf);
		__entry->base = base;
		__entry->size = size;
		__assign_str(layout);
	),
	TP_printk("%s base=%#llx size=%#llx layout=%s", __get_str(bdf),
		  __entry->base, __entry->size, __get_str(layout))
);

TRACE_EVENT(nvgrace_map,
	TP_PROTO(struct pci_dev *pdev, unsigned int bar, u64 pgoff, u64 pages),
	TP_ARGS(pdev, bar, pgoff, pages),
	TP_STRUCT__entry(
		__string(bdf, pci_name(pdev))
		__field(unsigned int, bar)
		__field(u64, pgoff)
		__field(u64, pages)
	),
	TP_fast_assign(
		__assign_str(bdf);
		__entry->bar = bar;
		__entry->pgoff = pgoff;
		__entry->pages = pages;
	),
	TP_printk("%s bar=%u pgoff=%#llx pages=%llu", __get_str(bdf),
		  __entry->bar, __entry->pgoff, __entry->pages)
);

TRACE_EVENT(nvgrace_fault,
	TP_PROTO(struct pci_dev *pdev, unsigned long address, u64 pfn,
		 unsigned int order, unsigned int result),
	TP_ARGS(pdev, address, pfn, order, result),
	TP_STRUCT__entry(
		__string(bdf, pci_name(pdev))
		__field(unsigned long, address)
		__field(u64, pfn)
		__field(unsigned int, order)
		__field(unsigned int, result)
	),
	TP_fast_assign(
		__assign_str(bdf);
		__entry->address = address;
		__entry->pfn = pfn;
		__entry->order = order;
		__entry->result = result;
	),
	TP_printk("%s address=%#lx pfn=%#llx order=%u result=%#x",
		  __get_str(bdf), __entry->address, __entry->pfn,
		  __entry->order, __entry->result)
);

TRACE_EVENT(nvgrace_rw,
	TP_PROTO(struct pci_dev *pdev, unsigned int bar, u64 offset,
		 size_t count, bool write, ssize_t result),
	TP_ARGS(pdev, bar, offset, count, write, result),
	TP_STRUCT__entry(
		__string(bdf, pci_name(pdev))
		__field(unsigned int, bar)
		__field(u64, offset)
		__field(size_t, count)
		__field(bool, write)
		__field(ssize_t, result)
	),
	TP_fast_assign(
		__assign_str(bdf);
		__entry->bar = bar;
		__entry->offset = offset;
		__entry->count = count;
		__entry->write = write;
		__entry->result = result;
	),
	TP_printk("%s bar=%u offset=%#llx count=%zu %s result=%zd",
		  __get_str(bdf), __entry->bar, __entry->offset, __entry->count,
		  __entry->write ? "write" : "read", __entry->result)
);

TRACE_EVENT(nvgrace_reset,
	TP_PROTO(struct pci_dev *pdev, u64 generation),
	TP_ARGS(pdev, generation),
	TP_STRUCT__entry(
		__string(bdf, pci_name(pdev))
		__field(u64, generation)
	),
	TP_fast_assign(
		__assign_str(bdf);
		__entry->generation = generation;
	),
	TP_printk("%s generation=%llu", __get_str(bdf), __entry->generation)
);

TRACE_EVENT(nvgrace_ready,
	TP_PROTO(struct pci_dev *pdev, u64 generation, u64 elapsed_us,
		 int result),
	TP_ARGS(pdev, generation, elapsed_us, result),
	TP_STRUCT__entry(
		__string(bdf, pci_name(pdev))
		__field(u64, generation)
		__field(u64, elapsed_us)
		__field(int, result)
	),
	TP_fast_assign(
		__assign_str(bdf);
		__entry->generation = generation;
		__entry->elapsed_us = elapsed_us;
		__entry->result = result;
	),
	TP_printk("%s generation=%llu elapsed_us=%llu result=%d",
		  __get_str(bdf), __entry->generation, __entry->elapsed_us,
		  __entry->result)
);

TRACE_EVENT(nvgrace_poison,
	TP_PROTO(struct pci_dev *pdev, u64 pfn),
	TP_ARGS(pdev, pfn),
	TP_STRUCT__entry(
		__string(bdf, pci_name(pdev))
		__field(u64, pfn)
	),
	TP_fast_assign(
		__assign_str(bdf);
		__entry->pfn = pfn;
	),
	TP_printk("%s pfn=%#llx", __get_str(bdf), __entry->pfn)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
