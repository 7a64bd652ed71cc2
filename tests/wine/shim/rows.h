/* SPDX-License-Identifier: MIT */
/* Values of Linux and rows of IP Helper (netioapi.h), one into the other. */
#ifndef SHIM_ROWS_H
#define SHIM_ROWS_H

#define WIN32_LEAN_AND_MEAN
/* Each of these needs the one before it. */
/* clang-format off */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <netioapi.h>
/* clang-format on */

#include "journal.h"
#include "room.h"

#define EXPORT __declspec(dllexport)

_Static_assert(sizeof(MIB_IPFORWARD_ROW2) == 104, "MIB_IPFORWARD_ROW2");
_Static_assert(sizeof(MIB_IPNET_ROW2) == 88, "MIB_IPNET_ROW2");
_Static_assert(sizeof(MIB_UNICASTIPADDRESS_ROW) == 80, "MIB_UNICASTIPADDRESS_ROW");
_Static_assert(sizeof(MIB_IPINTERFACE_ROW) == 168, "MIB_IPINTERFACE_ROW");
_Static_assert(sizeof(MIB_IF_ROW2) == 1352, "MIB_IF_ROW2");
_Static_assert(sizeof(SOCKADDR_INET) == 28, "SOCKADDR_INET");

enum { ALREADY_EXISTS = 5010 }; /* ERROR_OBJECT_ALREADY_EXISTS */

/** code_of() - what Windows says where Linux says -errno */
DWORD code_of(int64_t result);

/** family_of_windows() - 4, 6, or 0 */
uint8_t family_of_windows(ADDRESS_FAMILY family);
struct ip ip_of(const SOCKADDR_INET *address);
SOCKADDR_INET address_of(const struct ip *ip, uint8_t family);
bool is_unspecified(const struct ip *ip);
bool is_multicast(const struct ip *ip);
bool is_loopback(const struct ip *ip);

NET_LUID luid_of(const struct link *link);
/** link_named() - by LUID if that is given, else by index. Return: NULL: none */
const struct link *link_named(const struct world *world, const NET_LUID *luid, NET_IFINDEX index);
/** index_named() - the same as an index; 87 if neither is given, 1168 if it is of no interface */
DWORD index_named(const NET_LUID *luid, NET_IFINDEX index, uint32_t *ret);

void fill_forward(MIB_IPFORWARD_ROW2 *row, const struct link *link, const struct route *route);
void fill_net(MIB_IPNET_ROW2 *row, const struct link *link, const struct neigh *neigh);
void fill_unicast(MIB_UNICASTIPADDRESS_ROW *row, const struct link *link, const struct addr *addr);

/** new_table() - of @n rows, for FreeMibTable(); NULL: no memory */
void *new_table(size_t head, size_t n, size_t row);

#endif
