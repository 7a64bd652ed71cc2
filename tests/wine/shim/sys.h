/* SPDX-License-Identifier: MIT */
/*
 * System calls of Linux from a DLL of Windows: a process of Wine is a process of Linux. x86-64.
 * Results are those of the kernel: what is negative is -errno.
 */
#ifndef SHIM_SYS_H
#define SHIM_SYS_H

#include <stddef.h>
#include <stdint.h>

enum {
	L_EPERM = 1,
	L_ENOENT = 2,
	L_ESRCH = 3,
	L_EINTR = 4,
	L_EAGAIN = 11,
	L_ENOMEM = 12,
	L_EACCES = 13,
	L_EEXIST = 17,
	L_ENODEV = 19,
	L_EINVAL = 22,
	L_EOPNOTSUPP = 95,
	L_EADDRNOTAVAIL = 99,
	L_ENETDOWN = 100,
	L_ENETUNREACH = 101,
	L_ENOBUFS = 105,
	L_EHOSTUNREACH = 113
};
enum { L_RDONLY = 0, L_WRONLY = 1, L_CREAT = 0100, L_TRUNC = 01000, L_APPEND = 02000 };
enum { L_POLLIN = 1 };

struct l_pollfd {
	int fd;
	int16_t events, revents;
};

int sys_open(const char *path, int flags);
void sys_close(int fd);
int64_t sys_read(int fd, void *buf, size_t size);
int64_t sys_write(int fd, const void *buf, size_t size);
int sys_rename(const char *from, const char *to);
int sys_socket(int family, int type, int protocol);
int sys_bind(int fd, const void *addr, size_t len);
int sys_connect(int fd, const void *addr, size_t len);
int sys_setsockopt(int fd, int level, int name, const void *value, size_t len);
int64_t sys_send(int fd, const void *buf, size_t len);
int64_t sys_sendto(int fd, const void *buf, size_t len, const void *to, size_t to_len);
int64_t sys_recv(int fd, void *buf, size_t size);
int64_t sys_recvfrom(int fd, void *buf, size_t size, void *ret_from, uint32_t from_size);
/** sys_poll() - again after a signal */
int sys_poll(struct l_pollfd *fds, unsigned n, int timeout_ms);
int sys_eventfd(void);
void sys_sleep_ms(unsigned ms);
uint64_t sys_now_us(void);
int sys_pid(void);
/** sys_die() - this whole process, now, as by SIGKILL */
void sys_die(void);
/** sys_slurp() - a file with a final 0 in @buf. Return: its length, or negative */
int64_t sys_slurp(const char *path, char *buf, size_t size);

#endif
