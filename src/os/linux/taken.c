/* SPDX-License-Identifier: MIT */
/*
 * Idea: to look at each key before each replace costs more than the replaces. So the routes of IPv6
 * are read once, and from before that every change of them is listened to: a key at which nobody
 * else's route was read or heard of is ours alone. It errs to the safe side: a key that another
 * tool has left again stays taken.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "os/linux/decode.h"
#include "os/linux/linux.h"

/* While the table is read, others may change routes: what they do must not overflow the ears. */
#define ROUTES_PER_LISTEN 512
/* Where others are so busy that even so notifications get lost, single replaces are the better. */
#define READINGS_MAX 8

static struct r2_key key_of(const void *ctx, uint32_t shape)
{
	const struct r2_shapes *shapes = ctx;
	const struct r2_route *route = &shapes->routes.at[shape];

	return (struct r2_key){route->table, route->metric, route->tos};
}

static bool take(struct r2_taken *taken, struct r2_lot *lot, const struct r2_route *route)
{
	const struct r2_route key = {
		.table = route->table, .metric = route->metric, .tos = route->tos};
	uint32_t shape = r2_shape_of(&taken->shapes, &key);
	struct r2_item item = r2_item_make(&route->dst, shape, 0);

	return shape != R2_SHAPE_NONE && r2_list_push(&lot->items, &item);
}

/* Hops that joined ours stand under our number too. */
static bool is_foreign(const struct r2_route *route)
{
	return route->protocol != R2_PROTOCOL || (route->flags & R2_ROUTE_OPAQUE);
}

bool r2_taken_has(struct r2_taken *taken, const struct r2_route *route)
{
	return r2_lot_find(&taken->read, route) || r2_lot_find(&taken->heard, route);
}

static void hear(struct r2_taken *taken, const struct nlmsghdr *nlh,
		 void (*each)(void *ctx, const struct nlmsghdr *nlh, const struct r2_route *route),
		 void *ctx)
{
	struct r2_route route;

	if (!r2_decode_route(nlh, &route, NULL))
		return;
	/* What is not in order yet may not be found, and is then there twice: no harm. */
	if (nlh->nlmsg_type == RTM_NEWROUTE && is_foreign(&route) && !r2_taken_has(taken, &route))
		taken->lost |= !take(taken, &taken->heard, &route);
	if (each)
		each(ctx, nlh, &route);
}

void r2_taken_listen(struct r2_taken *taken,
		     void (*each)(void *ctx, const struct nlmsghdr *nlh,
				  const struct r2_route *route),
		     void *ctx)
{
	size_t knew = taken->heard.items.n;
	ssize_t n = 0;

	for (int overruns = 0; overruns < READINGS_MAX;) {
		const struct nlmsghdr *nlh;
		const uint8_t *at = taken->ears.buf;
		size_t left;

		n = r2_nl_receive(&taken->ears, MSG_DONTWAIT);
		left = n < 0 ? 0 : (size_t)n;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0) { /* some were lost: judged by the rest, and then all is read again */
			overruns++;
			taken->lost = true;
		}
		while ((nlh = r2_nl_message(&at, &left)))
			hear(taken, nlh, each, ctx);
	}
	if (taken->heard.items.n > knew)
		r2_lot_sort(&taken->heard);
}

struct reading {
	struct r2_taken *taken;
	size_t routes;
	bool ok;
};

static bool on_route(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	struct reading *reading = ctx;
	struct r2_taken *taken = reading->taken;

	(void)host;
	if (is_foreign(route))
		reading->ok &= take(taken, &taken->read, route);
	if (++reading->routes % ROUTES_PER_LISTEN == 0)
		r2_taken_listen(taken, NULL, NULL);
	return false;
}

static bool read_all(struct r2_linux *lx)
{
	struct r2_taken *taken = &lx->taken;
	struct reading reading = {.taken = taken, .ok = true};
	struct r2_query query = {
		.parts = R2_PART_ROUTES, .family = R2_IPV6, .keep = on_route, .ctx = &reading};
	struct r2_host none = {0};
	struct r2_error err;

	taken->lost = false;
	taken->read.items.n = taken->heard.items.n = 0;
	if (!r2_linux_snapshot(&lx->os, &query, &none, &err))
		return false;
	r2_host_free(&none);
	r2_taken_listen(taken, NULL, NULL);
	r2_lot_sort(&taken->read);
	return reading.ok && !taken->lost;
}

bool r2_taken_renew(struct r2_linux *lx)
{
	struct r2_taken *taken = &lx->taken;
	struct r2_error err;

	if (!taken->ears.sock) {
		if (!r2_replace_listen(&taken->ears, &err))
			return false;
		taken->read = (struct r2_lot){{0}, key_of, &taken->shapes};
		taken->heard = (struct r2_lot){{0}, key_of, &taken->shapes};
	}
	r2_taken_listen(taken, NULL, NULL);
	if (taken->lost)
		taken->known = false;
	for (; !taken->known && taken->readings < READINGS_MAX; taken->readings++)
		taken->known = read_all(lx);
	return taken->known;
}

void r2_taken_close(struct r2_taken *taken)
{
	r2_nl_close(&taken->ears);
	r2_shapes_free(&taken->shapes);
	r2_list_free(&taken->read.items);
	r2_list_free(&taken->heard.items);
	*taken = (struct r2_taken){0};
}
