// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does an interrupt vector reach the client?
 *
 * QEMU keeps the MSI-X table to itself: which vector goes where and which one is
 * masked comes in SET_IRQS messages. The table in BAR0 is mere storage. A vector
 * that cannot be delivered waits in the pending bits. Vectors are those of MSI or
 * of MSI-X, whichever the client has given eventfds to.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "emu.h"
#include "irq.h"
#include "wire.h"

/* Never blocks: what a client passes as an eventfd may be a full pipe. */
static void signal_fd(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	const u64 one = 1;

	if (poll(&p, 1, 0) == 1 && p.revents & POLLOUT && write(fd, &one, sizeof(one)) < 0)
		note("cannot signal an interrupt: %s", strerror(errno));
}

bool irq_is_message(u32 index)
{
	return index == VFIO_PCI_MSI_IRQ_INDEX || index == VFIO_PCI_MSIX_IRQ_INDEX;
}

static bool is_on(const struct emu *emu)
{
	return emu->irq.index == VFIO_PCI_MSI_IRQ_INDEX ? config_msi_on(emu) : config_msix_on(emu);
}

static bool is_masked(const struct emu *emu)
{
	return emu->irq.index == VFIO_PCI_MSIX_IRQ_INDEX && config_msix_masked(emu);
}

void irq_deliver(struct emu *emu)
{
	struct irq *irq = &emu->irq;
	u32 ready = irq->pending & ~irq->masked;

	if (!is_on(emu) || is_masked(emu))
		return;
	for (int v = 0; v < NR_VECTORS; v++) {
		if (!(ready & 1u << v) || irq->fd[v] < 0)
			continue;
		irq->pending &= ~(1u << v);
		signal_fd(irq->fd[v]);
	}
}

void irq_fire(struct emu *emu, u32 vector)
{
	if (vector >= NR_VECTORS || !is_on(emu))
		return;
	emu->irq.pending |= 1u << vector;
	irq_deliver(emu);
}

static void set_fd(struct irq *irq, u32 vector, int fd)
{
	if (irq->fd[vector] >= 0)
		close(irq->fd[vector]);
	irq->fd[vector] = fd;
}

void irq_init(struct irq *irq)
{
	irq->index = VFIO_PCI_MSIX_IRQ_INDEX;
	for (int v = 0; v < NR_VECTORS; v++)
		irq->fd[v] = -1;
}

static bool in_use(const struct irq *irq)
{
	for (int v = 0; v < NR_VECTORS; v++)
		if (irq->fd[v] >= 0)
			return true;
	return false;
}

void irq_release(struct irq *irq)
{
	for (int v = 0; v < NR_VECTORS; v++)
		set_fd(irq, v, -1);
	irq->masked = 0;
	irq->pending = 0;
}

/* A message without file descriptors takes the old ones away. */
static int set_eventfds(struct emu *emu, const struct vfio_irq_set *set, struct request *req)
{
	if (!(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return ENOTSUP;
	if (req->nr_fds && req->nr_fds != set->count)
		return EINVAL;
	if (set->index != emu->irq.index && in_use(&emu->irq))
		return EINVAL;
	emu->irq.index = set->index;
	for (u32 i = 0; i < set->count; i++) {
		set_fd(&emu->irq, set->start + i, req->nr_fds ? req->fd[i] : -1);
		if (req->nr_fds)
			req->fd[i] = -1;
	}
	irq_deliver(emu);
	return 0;
}

static void act(struct emu *emu, u32 action, u32 vector)
{
	struct irq *irq = &emu->irq;

	if (action == VFIO_IRQ_SET_ACTION_TRIGGER)
		irq_fire(emu, vector);
	else if (action == VFIO_IRQ_SET_ACTION_MASK)
		irq->masked |= 1u << vector;
	else
		irq->masked &= ~(1u << vector);
	irq_deliver(emu);
}

static bool one_bit(u32 bits)
{
	return bits && !(bits & (bits - 1));
}

int irq_set(struct emu *emu, const u8 *buf, size_t len, struct request *req)
{
	struct vfio_irq_set set;
	const u8 *bools = buf + sizeof(set);
	u32 data, action;

	if (len < sizeof(set))
		return EINVAL;
	memcpy(&set, buf, sizeof(set));
	data = set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
	action = set.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
	if (!one_bit(data) || !one_bit(action) || set.flags != (data | action) ||
	    set.index >= VFIO_PCI_NUM_IRQS)
		return EINVAL;
	if (!set.count && !set.start && data == VFIO_IRQ_SET_DATA_NONE) {
		if (set.index == emu->irq.index && action == VFIO_IRQ_SET_ACTION_TRIGGER)
			irq_release(&emu->irq);
		return 0;
	}
	if (!irq_is_message(set.index) || set.start >= NR_VECTORS ||
	    set.count > NR_VECTORS - set.start)
		return EINVAL;
	if (data == VFIO_IRQ_SET_DATA_EVENTFD)
		return set_eventfds(emu, &set, req);
	if (set.index != emu->irq.index ||
	    (data == VFIO_IRQ_SET_DATA_BOOL && len - sizeof(set) < set.count))
		return EINVAL;
	for (u32 i = 0; i < set.count; i++)
		if (data == VFIO_IRQ_SET_DATA_NONE || bools[i])
			act(emu, action, set.start + i);
	return 0;
}
