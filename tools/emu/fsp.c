// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the GPU's security processor (FSP) answer to a message?
 *
 * A message is put into EMEM through a port, then the queue's tail and head are
 * written, head last: head != tail means pending. The answer comes the same way
 * in the message queue. Queue registers count in EMEM bytes and point at the
 * first (head) and the last (tail) word. Only channel 2, Hopper's, is served.
 */
#include <string.h>

#include "bar0.h"
#include "emu.h"
#include "train.h"

#define PORTS		0x2ac0	/* control, data for each channel */
#define CMD_QUEUES	0x2c00	/* head, tail for each channel */
#define MSG_QUEUES	0x2c80
#define BLOCK_SIZE	(FSP_CHANNELS * 8)

/*
 * Public sources disagree on which of the two means reads and which writes:
 * either makes the port advance.
 */
#define PORT_AUTO	0x03000000
#define PORT_OFFSET	0x0000fffc

#define CHANNEL		2
#define CHANNEL_BASE	(CHANNEL * 1024)
#define CHANNEL_WORDS	256

#define MCTP_SINGLE	0xc0000000	/* first and last packet of a message */
#define MCTP_NVDM(type)	(0x7e | 0x10de << 8 | (u32)(type) << 24)
#define NVDM_FBDMA	0x22
#define NVDM_RESPONSE	0x15
#define FBDMA_ENABLE	1
#define STATUS_OK	0
#define STATUS_UNKNOWN	0x38	/* what ENOSYS would be; real codes are not public */

static u32 port_word(struct fsp *fsp, u32 ch)
{
	return (fsp->port[ch] & PORT_OFFSET) / 4 % FSP_EMEM_WORDS;
}

static void port_step(struct fsp *fsp, u32 ch)
{
	u32 ctrl = fsp->port[ch];

	if (ctrl & PORT_AUTO)
		fsp->port[ch] = (ctrl & ~PORT_OFFSET) | ((ctrl + 4) & PORT_OFFSET);
}

static u32 execute(struct fsp *fsp, const u32 *msg, u32 words)
{
	if (words < 3 || msg[1] >> 24 != NVDM_FBDMA || msg[2] != FBDMA_ENABLE)
		return STATUS_UNKNOWN;
	fsp->fbdma = true;
	return STATUS_OK;
}

static void answer(struct fsp *fsp, u32 type, u32 status)
{
	const u32 msg[] = {
		MCTP_SINGLE, MCTP_NVDM(NVDM_RESPONSE), 0, type, status,
	};

	memcpy(&fsp->emem[CHANNEL_BASE / 4], msg, sizeof(msg));
	fsp->msg_queue[CHANNEL][0] = CHANNEL_BASE;
	fsp->msg_queue[CHANNEL][1] = CHANNEL_BASE + sizeof(msg) - 4;
}

/* A message waits until the GPU has booted, which ends with memory training. */
void fsp_work(struct emu *emu)
{
	struct fsp *fsp = &emu->fsp;
	u32 head = fsp->cmd_queue[CHANNEL][0];
	u32 tail = fsp->cmd_queue[CHANNEL][1];
	const u32 *msg = &fsp->emem[CHANNEL_BASE / 4];
	u32 type;

	if (head == tail || train_word(emu, NVG_EMU_FAIL_HBM) != LINK_READY)
		return;
	fsp->cmd_queue[CHANNEL][0] = tail;
	if (head != CHANNEL_BASE || tail < head || (tail - head) / 4 >= CHANNEL_WORDS)
		return;
	type = msg[1] >> 24;
	answer(fsp, type, execute(fsp, msg, (tail - head) / 4 + 1));
}

u32 fsp_read(struct emu *emu, u32 off, bool peek)
{
	struct fsp *fsp = &emu->fsp;
	u32 ch = off % BLOCK_SIZE / 8;
	u32 odd = off / 4 % 2;
	u32 val;

	switch (off - off % BLOCK_SIZE) {
	case PORTS:
		if (!odd)
			return fsp->port[ch];
		val = fsp->emem[port_word(fsp, ch)];
		if (!peek)
			port_step(fsp, ch);
		return val;
	case CMD_QUEUES:
		return fsp->cmd_queue[ch][odd];
	case MSG_QUEUES:
		return fsp->msg_queue[ch][odd];
	default:
		return 0;
	}
}

void fsp_write(struct emu *emu, u32 off, u32 val)
{
	struct fsp *fsp = &emu->fsp;
	u32 ch = off % BLOCK_SIZE / 8;
	u32 odd = off / 4 % 2;

	switch (off - off % BLOCK_SIZE) {
	case PORTS:
		if (!odd) {
			fsp->port[ch] = val & (PORT_AUTO | PORT_OFFSET);
			break;
		}
		fsp->emem[port_word(fsp, ch)] = val;
		port_step(fsp, ch);
		break;
	case CMD_QUEUES:
		fsp->cmd_queue[ch][odd] = val;
		if (!odd)
			fsp_work(emu);
		break;
	case MSG_QUEUES:
		fsp->msg_queue[ch][odd] = val;
		break;
	}
}

void fsp_reset(struct emu *emu)
{
	memset(&emu->fsp, 0, sizeof(emu->fsp));
}
