/* SPDX-License-Identifier: MIT */
/*
 * The functions of IP Helper, reached at run time from System32 only.
 *
 * A function that this Windows lacks is a named error when it is needed, never a program that does
 * not start; and no DLL beside the program or in the current directory is ever loaded.
 */
#ifndef R2_OS_WINDOWS_API_H
#define R2_OS_WINDOWS_API_H

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
/* Each of these needs the one before it. */
/* clang-format off */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <ipexport.h>
/* clang-format on */

#include "core/error.h"

/* As netioapi.h documents them; the sizes are those of 64-bit Windows. */
_Static_assert(sizeof(MIB_IPFORWARD_ROW2) == 104, "MIB_IPFORWARD_ROW2");
_Static_assert(sizeof(MIB_IPNET_ROW2) == 88, "MIB_IPNET_ROW2");
_Static_assert(sizeof(MIB_UNICASTIPADDRESS_ROW) == 80, "MIB_UNICASTIPADDRESS_ROW");
_Static_assert(sizeof(MIB_IPINTERFACE_ROW) == 168, "MIB_IPINTERFACE_ROW");
_Static_assert(sizeof(MIB_IF_ROW2) == 1352, "MIB_IF_ROW2");
_Static_assert(sizeof(SOCKADDR_INET) == 28, "SOCKADDR_INET");

/* name, arguments: every one returns a Win32 code as NETIO_STATUS or ULONG, 0 for success; but the
 * two that send echoes say how many replies came. */
#define R2_IPHLP_FUNCTIONS(X)                                                                      \
	X(GetIfTable2, (PMIB_IF_TABLE2 * table))                                                   \
	X(GetIpInterfaceTable, (ADDRESS_FAMILY family, PMIB_IPINTERFACE_TABLE * table))            \
	X(GetUnicastIpAddressTable, (ADDRESS_FAMILY family, PMIB_UNICASTIPADDRESS_TABLE * table))  \
	X(GetUnicastIpAddressEntry, (PMIB_UNICASTIPADDRESS_ROW row))                               \
	X(SetUnicastIpAddressEntry, (const MIB_UNICASTIPADDRESS_ROW *row))                         \
	X(CreateUnicastIpAddressEntry, (const MIB_UNICASTIPADDRESS_ROW *row))                      \
	X(DeleteUnicastIpAddressEntry, (const MIB_UNICASTIPADDRESS_ROW *row))                      \
	X(SetIfEntry, (PMIB_IFROW row))                                                            \
	X(GetIpForwardTable2, (ADDRESS_FAMILY family, PMIB_IPFORWARD_TABLE2 * table))              \
	X(GetIpForwardEntry2, (PMIB_IPFORWARD_ROW2 row))                                           \
	X(CreateIpForwardEntry2, (const MIB_IPFORWARD_ROW2 *row))                                  \
	X(SetIpForwardEntry2, (const MIB_IPFORWARD_ROW2 *row))                                     \
	X(DeleteIpForwardEntry2, (const MIB_IPFORWARD_ROW2 *row))                                  \
	X(GetIpNetTable2, (ADDRESS_FAMILY family, PMIB_IPNET_TABLE2 * table))                      \
	X(GetIpNetEntry2, (PMIB_IPNET_ROW2 row))                                                   \
	X(CreateIpNetEntry2, (PMIB_IPNET_ROW2 row))                                                \
	X(SetIpNetEntry2, (PMIB_IPNET_ROW2 row))                                                   \
	X(DeleteIpNetEntry2, (const MIB_IPNET_ROW2 *row))                                          \
	X(ResolveIpNetEntry2, (PMIB_IPNET_ROW2 row, const SOCKADDR_INET *source))                  \
	X(ConvertInterfaceIndexToLuid, (NET_IFINDEX index, NET_LUID * luid))                       \
	X(ConvertInterfaceLuidToIndex, (const NET_LUID *luid, NET_IFINDEX *index))                 \
	X(NotifyRouteChange2, (ADDRESS_FAMILY family, PIPFORWARD_CHANGE_CALLBACK callback,         \
			       PVOID ctx, BOOLEAN initial, HANDLE * handle))                       \
	X(NotifyUnicastIpAddressChange,                                                            \
	  (ADDRESS_FAMILY family, PUNICAST_IPADDRESS_CHANGE_CALLBACK callback, PVOID ctx,          \
	   BOOLEAN initial, HANDLE * handle))                                                      \
	X(NotifyIpInterfaceChange, (ADDRESS_FAMILY family, PIPINTERFACE_CHANGE_CALLBACK callback,  \
				    PVOID ctx, BOOLEAN initial, HANDLE * handle))                  \
	X(CancelMibChangeNotify2, (HANDLE handle))                                                 \
	X(IcmpSendEcho2Ex,                                                                         \
	  (HANDLE icmp, HANDLE event, void *apc, void *ctx, ULONG src, ULONG dst, void *data,      \
	   WORD size, void *options, void *reply, DWORD reply_size, DWORD timeout))                \
	X(Icmp6SendEcho2,                                                                          \
	  (HANDLE icmp, HANDLE event, void *apc, void *ctx, struct sockaddr_in6 *src,              \
	   struct sockaddr_in6 *dst, void *data, WORD size, void *options, void *reply,            \
	   DWORD reply_size, DWORD timeout))                                                       \
	X(GetBestInterfaceEx, (struct sockaddr * dst, PDWORD index))                               \
	X(GetBestRoute2,                                                                           \
	  (NET_LUID * luid, NET_IFINDEX index, const SOCKADDR_INET *src, const SOCKADDR_INET *dst, \
	   ULONG options, PMIB_IPFORWARD_ROW2 route, SOCKADDR_INET *source))

#define R2_IPHLP_MEMBER(name, args) DWORD(WINAPI *name) args;

/** struct r2_iphlp - the table; NULL where this Windows lacks the function */
struct r2_iphlp {
	HMODULE dll;
	R2_IPHLP_FUNCTIONS(R2_IPHLP_MEMBER)
	void(WINAPI *FreeMibTable)(void *table);
	HANDLE(WINAPI *IcmpCreateFile)(void);
	HANDLE(WINAPI *Icmp6CreateFile)(void);
	BOOL(WINAPI *IcmpCloseHandle)(HANDLE icmp);
};

/** r2_iphlp_load() - fill the table; false if iphlpapi.dll itself cannot be had */
bool r2_iphlp_load(struct r2_iphlp *api, struct r2_error *err);

/** r2_win_fail() - an error with Windows' own words. Return: false */
bool r2_win_fail(struct r2_error *err, DWORD code, const char *call, const char *fmt, ...)
	R2_PRINTF(4, 5);

/** r2_win_gone() - does that code mean: there is no such thing */
bool r2_win_gone(DWORD code);

/** r2_win_missing() - @call is not there. Return: false */
bool r2_win_missing(struct r2_error *err, const char *call);

/* Is the function there; else the error is set. */
#define R2_HAS(api, name, err) ((api)->name || r2_win_missing(err, #name))

#endif
