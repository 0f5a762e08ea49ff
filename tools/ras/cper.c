// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does firmware write down about a memory error?
 *
 * A Generic Error Status Block (ACPI, "Generic Hardware Error Source") with one
 * entry, which is a Memory Error Section (UEFI, appendix N). Little-endian.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "ras.h"

#define BLOCK_UNCORRECTABLE	0x01
#define BLOCK_CORRECTABLE	0x02
#define BLOCK_ONE_ENTRY		0x10
#define SEVERITY_RECOVERABLE	0
#define SEVERITY_CORRECTED	2
#define ENTRY_REVISION		0x300

#define VALID_STATUS		0x0001
#define VALID_ADDRESS		0x0002
#define VALID_MASK		0x0004
#define VALID_TYPE		0x4000
#define STATUS_MEMORY		0x400	/* error in memory, type 4 in bits 15:8 */
#define TYPE_MULTI_BIT_ECC	3
#define TYPE_SINGLE_BIT_ECC	2

/* GUID a5bc1114-6f64-4ede-b863-3e83ed7c83b1, as it lies in memory. */
static const uint8_t memory_section[16] = {
	0x14, 0x11, 0xbc, 0xa5, 0x64, 0x6f, 0xde, 0x4e,
	0xb8, 0x63, 0x3e, 0x83, 0xed, 0x7c, 0x83, 0xb1,
};

struct record {
	uint32_t block_status;
	uint32_t raw_offset;
	uint32_t raw_length;
	uint32_t data_length;
	uint32_t block_severity;

	uint8_t section_type[16];
	uint32_t severity;
	uint16_t revision;
	uint8_t validation;
	uint8_t flags;
	uint32_t length;
	uint8_t fru_id[16];
	uint8_t fru_text[20];
	uint64_t timestamp;

	uint64_t valid;
	uint64_t status;
	uint64_t address;
	uint64_t mask;
	uint8_t place[40];	/* node, card, module … */
	uint8_t type;
	uint8_t more_place[7];
} __attribute__((packed));

_Static_assert(sizeof(struct record) == 20 + 72 + 80, "as the specifications have it");

static void fill_section(struct record *record, const struct memory_error *error)
{
	uint64_t valid = VALID_STATUS | VALID_TYPE;

	if (error->valid)
		valid |= VALID_ADDRESS;
	if (error->has_mask)
		valid |= VALID_MASK;
	record->valid = htole64(valid);
	record->status = htole64(STATUS_MEMORY);
	record->address = htole64(error->address);
	record->mask = htole64(error->mask);
	record->type = error->corrected ? TYPE_SINGLE_BIT_ECC : TYPE_MULTI_BIT_ECC;
}

static void fill_headers(struct record *record, const struct memory_error *error)
{
	uint32_t severity = error->corrected ? SEVERITY_CORRECTED : SEVERITY_RECOVERABLE;
	uint32_t status = error->corrected ? BLOCK_CORRECTABLE : BLOCK_UNCORRECTABLE;

	record->block_status = htole32(BLOCK_ONE_ENTRY | status);
	record->data_length = htole32(72 + 80);
	record->block_severity = htole32(severity);
	memcpy(record->section_type, memory_section, sizeof(memory_section));
	record->severity = htole32(severity);
	record->revision = htole16(ENTRY_REVISION);
	record->length = htole32(80);
}

static char *base64(const uint8_t *from, size_t len)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((len + 2) / 3 * 4 + 1), *to = text;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t word = from[i] << 16;

		word |= i + 1 < len ? from[i + 1] << 8 : 0;
		word |= i + 2 < len ? from[i + 2] : 0;
		*to++ = digit[word >> 18];
		*to++ = digit[word >> 12 & 63];
		*to++ = i + 1 < len ? digit[word >> 6 & 63] : '=';
		*to++ = i + 2 < len ? digit[word & 63] : '=';
	}
	*to = '\0';
	return text;
}

char *cper_encode(const struct memory_error *error)
{
	struct record record = {};

	fill_headers(&record, error);
	fill_section(&record, error);
	return base64((const uint8_t *)&record, sizeof(record));
}
