/* SPDX-License-Identifier: MIT */
#include "sys.h"

enum {
	N_READ = 0,
	N_WRITE = 1,
	N_OPEN = 2,
	N_CLOSE = 3,
	N_POLL = 7,
	N_NANOSLEEP = 35,
	N_GETPID = 39,
	N_SOCKET = 41,
	N_CONNECT = 42,
	N_SENDTO = 44,
	N_RECVFROM = 45,
	N_BIND = 49,
	N_SETSOCKOPT = 54,
	N_KILL = 62,
	N_RENAME = 82,
	N_CLOCK_GETTIME = 228,
	N_EVENTFD2 = 290
};

static int64_t call(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e,
		    int64_t f)
{
	register int64_t r10 __asm__("r10") = d;
	register int64_t r8 __asm__("r8") = e;
	register int64_t r9 __asm__("r9") = f;
	int64_t result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static int64_t of(const void *pointer)
{
	return (int64_t)(intptr_t)pointer;
}

int sys_open(const char *path, int flags)
{
	enum { CLOEXEC = 02000000 };

	return (int)call(N_OPEN, of(path), flags | CLOEXEC, 0644, 0, 0, 0);
}

void sys_close(int fd)
{
	call(N_CLOSE, fd, 0, 0, 0, 0, 0);
}

/* Wine suspends threads by a signal: what it interrupts is done again. */
static int64_t insist(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d)
{
	int64_t result;

	do
		result = call(number, a, b, c, d, 0, 0);
	while (result == -L_EINTR);
	return result;
}

int64_t sys_read(int fd, void *buf, size_t size)
{
	return insist(N_READ, fd, of(buf), (int64_t)size, 0);
}

int64_t sys_write(int fd, const void *buf, size_t size)
{
	return insist(N_WRITE, fd, of(buf), (int64_t)size, 0);
}

int sys_rename(const char *from, const char *to)
{
	return (int)call(N_RENAME, of(from), of(to), 0, 0, 0, 0);
}

int sys_socket(int family, int type, int protocol)
{
	enum { CLOEXEC = 02000000 };

	return (int)call(N_SOCKET, family, type | CLOEXEC, protocol, 0, 0, 0);
}

int sys_bind(int fd, const void *addr, size_t len)
{
	return (int)call(N_BIND, fd, of(addr), (int64_t)len, 0, 0, 0);
}

int sys_connect(int fd, const void *addr, size_t len)
{
	return (int)call(N_CONNECT, fd, of(addr), (int64_t)len, 0, 0, 0);
}

int sys_setsockopt(int fd, int level, int name, const void *value, size_t len)
{
	return (int)call(N_SETSOCKOPT, fd, level, name, of(value), (int64_t)len, 0);
}

int64_t sys_send(int fd, const void *buf, size_t len)
{
	return insist(N_SENDTO, fd, of(buf), (int64_t)len, 0);
}

int64_t sys_sendto(int fd, const void *buf, size_t len, const void *to, size_t to_len)
{
	int64_t sent;

	do
		sent = call(N_SENDTO, fd, of(buf), (int64_t)len, 0, of(to), (int64_t)to_len);
	while (sent == -L_EINTR);
	return sent;
}

int64_t sys_recvfrom(int fd, void *buf, size_t size, void *ret_from, uint32_t from_size)
{
	int64_t got;

	do
		got = call(N_RECVFROM, fd, of(buf), (int64_t)size, 0, of(ret_from), of(&from_size));
	while (got == -L_EINTR);
	return got;
}

int64_t sys_recv(int fd, void *buf, size_t size)
{
	return insist(N_RECVFROM, fd, of(buf), (int64_t)size, 0);
}

int sys_poll(struct l_pollfd *fds, unsigned n, int timeout_ms)
{
	return (int)insist(N_POLL, of(fds), n, timeout_ms, 0);
}

int sys_eventfd(void)
{
	enum { CLOEXEC = 02000000 };

	return (int)call(N_EVENTFD2, 0, CLOEXEC, 0, 0, 0, 0);
}

void sys_sleep_ms(unsigned ms)
{
	int64_t time[2] = {ms / 1000, (int64_t)(ms % 1000) * 1000000};

	call(N_NANOSLEEP, of(time), 0, 0, 0, 0, 0);
}

uint64_t sys_now_us(void)
{
	enum { MONOTONIC = 1 };
	int64_t time[2] = {0, 0};

	call(N_CLOCK_GETTIME, MONOTONIC, of(time), 0, 0, 0, 0);
	return (uint64_t)time[0] * 1000000 + (uint64_t)time[1] / 1000;
}

int sys_pid(void)
{
	return (int)call(N_GETPID, 0, 0, 0, 0, 0, 0);
}

void sys_die(void)
{
	enum { SIGKILL_ = 9 };

	for (;;)
		call(N_KILL, sys_pid(), SIGKILL_, 0, 0, 0, 0);
}

int64_t sys_slurp(const char *path, char *buf, size_t size)
{
	int fd = sys_open(path, L_RDONLY);
	int64_t got = 0, len = 0;

	if (fd < 0)
		return fd;
	while ((size_t)len < size - 1 &&
	       (got = sys_read(fd, buf + len, size - 1 - (size_t)len)) > 0)
		len += got;
	sys_close(fd);
	buf[len] = '\0';
	return got < 0 ? got : len;
}
