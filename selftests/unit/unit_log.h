/* SPDX-License-Identifier: GPL-2.0-only */
/* What did the driver write to the log? */
#ifndef NVGRACE_UNIT_LOG_H
#define NVGRACE_UNIT_LOG_H

#include <stdarg.h>

#include "check.h"
#include "kernel_stand_in.h"

static char said[4096];	/* all lines since a test emptied it */

/* Not checked as printf()'s is: a u64 is a long here, and a long long in the kernel. */
static int say(const char *format, ...)
{
	size_t length = strlen(said);
	va_list words;

	va_start(words, format);
	vsnprintf(said + length, sizeof(said) - length, format, words);
	va_end(words);
	return 0;
}

#define pci_info(pdev, ...)		((void)(pdev), say(__VA_ARGS__))
#define pci_err(pdev, ...)		((void)(pdev), say(__VA_ARGS__))
#define dev_err_probe(dev, error, ...)	((void)(dev), say(__VA_ARGS__), (error))

#endif
