/* SPDX-License-Identifier: MIT */
/* Idea: the kernel itself is asked what its reverse-path filter would do, as if the packet came. */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/linux/linux.h"

static long setting(const char *link, const char *name)
{
	char path[96], text[16] = "";
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", link, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

/* IN_DEV_MAXCONF(): the greater of "all" and the link's own (include/linux/inetdevice.h). */
static long greater(const char *link, const char *name)
{
	long all = setting("all", name), own = setting(link, name);

	return own > all ? own : all;
}

bool r2_linux_tells(const struct r2_ip *ip, uint32_t link)
{
	char name[IF_NAMESIZE];

	return ip->family == R2_IPV4 && if_indextoname(link, name) &&
	       !greater(name, "arp_announce");
}

/*
 * ip_route_input_slow() by RTM_GETROUTE with RTA_IIF: what the filter drops is answered EXDEV, and
 * EINVAL since the kernel has drop reasons (6.13, inet_rtm_getroute()).
 */
static int input_error(struct r2_linux *lx, const struct r2_ip *from, const struct r2_ip *to,
		       uint32_t link)
{
	struct r2_nl_request req;
	struct rtmsg *rtm = r2_nl_begin(&req, RTM_GETROUTE, 0, sizeof(*rtm));

	rtm->rtm_family = r2_linux_af(to);
	rtm->rtm_dst_len = rtm->rtm_src_len = (uint8_t)r2_ip_bits(to);
	r2_nl_put(&req, RTA_DST, to->bytes, r2_ip_bytes(to));
	r2_nl_put(&req, RTA_SRC, from->bytes, r2_ip_bytes(from));
	r2_nl_put_u32(&req, RTA_IIF, link);
	return r2_nl_call(&lx->nl, &req, NULL, NULL);
}

void r2_linux_admit(struct r2_linux *lx, const struct r2_ip *from, const struct r2_ip *to,
		    uint32_t link, struct r2_coming *answer)
{
	char name[IF_NAMESIZE];
	long filter;
	int error;

	if (to->family != R2_IPV4 || !if_indextoname(link, name))
		return;
	filter = greater(name, "rp_filter");
	answer->strict = filter == 1;
	error = filter ? input_error(lx, from, to, link) : 0;
	answer->refused = error == EXDEV || error == EINVAL;
}

/* The TcpExt lines of /proc/net/netstat: names, then numbers. */
uint64_t r2_linux_path_drops(void)
{
	static char text[16384];
	int fd = open("/proc/thread-self/net/netstat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *names, *numbers, *name_at = NULL, *number_at = NULL;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	names = text;
	numbers = strchr(text, '\n');
	if (!numbers)
		return 0;
	*numbers++ = '\0';
	numbers[strcspn(numbers, "\n")] = '\0';
	names = strtok_r(names, " ", &name_at);
	numbers = strtok_r(numbers, " ", &number_at);
	while (names && numbers) {
		if (strcmp(names, "IPReversePathFilter") == 0)
			return strtoull(numbers, NULL, 10);
		names = strtok_r(NULL, " ", &name_at);
		numbers = strtok_r(NULL, " ", &number_at);
	}
	return 0;
}
