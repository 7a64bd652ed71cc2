/* SPDX-License-Identifier: MIT */
/* The settings of "all": a link obeys them besides its own (IN_DEV_ORCONF(), net/ipv6/addrconf.c).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/linux/linux.h"

static bool is_on(const char *path)
{
	char text[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return n > 0 && strtol(text, NULL, 10) > 0;
}

void r2_linux_settings(struct r2_host *host)
{
	static const struct {
		const char *path;
		uint32_t flag;
	} settings[] = {
		{"/proc/sys/net/ipv4/conf/all/ignore_routes_with_linkdown",
		 R2_LINK_IGNORE_LINKDOWN4},
		{"/proc/sys/net/ipv4/conf/all/route_localnet", R2_LINK_ROUTE_LOCALNET},
		{"/proc/sys/net/ipv6/conf/all/use_optimistic", R2_LINK_USE_OPTIMISTIC},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!is_on(settings[i].path))
			continue;
		r2_each (struct r2_link, link, &host->links)
			link->flags |= settings[i].flag;
	}
	if (is_on("/proc/sys/net/ipv6/conf/all/forwarding"))
		host->flags |= R2_HOST_FORWARDING6;
}
