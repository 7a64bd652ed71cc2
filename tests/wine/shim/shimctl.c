/* SPDX-License-Identifier: MIT */
/*
 * What the harness asks of the shim, by the same functions that route2.exe calls:
 *
 *   shimctl marker                   prints 7114 if System32's iphlpapi.dll is the shim
 *   shimctl sync                     routes get their sources anew
 *   shimctl skip ADDRESS INDEX 0|1   SkipAsSource
 *   shimctl best ADDRESS...          what GetBestRoute2() says: HOP SOURCE INDEX METRIC or a code
 *   shimctl metric INDEX N4 N6       the metrics of an interface
 *   shimctl call NAME ROW            one call with a row in hexadecimal: prints its code
 */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_address(const char *text, SOCKADDR_INET *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->si_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (ret->si_family == AF_INET)
		return InetPtonA(AF_INET, text, &ret->Ipv4.sin_addr) == 1;
	return InetPtonA(AF_INET6, text, &ret->Ipv6.sin6_addr) == 1;
}

static const char *write_address(const SOCKADDR_INET *address, char text[64])
{
	if (address->si_family == AF_INET)
		InetNtopA(AF_INET, (void *)(uintptr_t)&address->Ipv4.sin_addr, text, 64);
	else
		InetNtopA(AF_INET6, (void *)(uintptr_t)&address->Ipv6.sin6_addr, text, 64);
	return text;
}

static DWORD skip(char **argv)
{
	MIB_UNICASTIPADDRESS_ROW row = {.InterfaceIndex = strtoul(argv[1], NULL, 10)};
	DWORD code;

	if (!read_address(argv[0], &row.Address))
		return ERROR_INVALID_PARAMETER;
	code = GetUnicastIpAddressEntry(&row);
	row.SkipAsSource = *argv[2] == '1';
	return code ? code : SetUnicastIpAddressEntry(&row);
}

static DWORD best(const char *text)
{
	MIB_IPFORWARD_ROW2 row;
	SOCKADDR_INET dst, source;
	char hop[64], from[64];
	DWORD code;

	if (!read_address(text, &dst))
		return ERROR_INVALID_PARAMETER;
	code = GetBestRoute2(NULL, 0, NULL, &dst, 0, &row, &source);
	if (code)
		printf("%s error %lu\n", text, code);
	else
		printf("%s %s %s %lu %lu\n", text, write_address(&row.NextHop, hop),
		       write_address(&source, from), row.InterfaceIndex, row.Metric);
	return 0;
}

static DWORD marker(void)
{
	HMODULE dll = LoadLibraryExW(L"iphlpapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	FARPROC found = dll ? GetProcAddress(dll, "R2ShimMarker") : NULL;
	DWORD(WINAPI * call)(void) = NULL;

	memcpy(&call, &found, sizeof(call));
	printf("%lu\n", call ? call() : 0);
	return 0;
}

static DWORD metric(char **argv)
{
	struct link link = {.index = strtoul(argv[0], NULL, 10),
			    .metric = {strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10)}};

	world_set_link(&link);
	return 0;
}

static size_t read_row(const char *text, uint8_t *row, size_t room)
{
	size_t n = 0;
	char pair[3] = "";

	for (; n < room && text[2 * n] && text[2 * n + 1]; n++) {
		memcpy(pair, text + 2 * n, 2);
		row[n] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

static DWORD call_by_name(const char *name, const char *text)
{
	union {
		MIB_IPFORWARD_ROW2 route;
		MIB_IPNET_ROW2 neigh;
		uint8_t bytes[256];
	} row = {0};
	const struct {
		const char *name;
		void *call;
	} calls[] = {{"GetIpForwardEntry2", (void *)(uintptr_t)GetIpForwardEntry2},
		     {"CreateIpForwardEntry2", (void *)(uintptr_t)CreateIpForwardEntry2},
		     {"SetIpForwardEntry2", (void *)(uintptr_t)SetIpForwardEntry2},
		     {"DeleteIpForwardEntry2", (void *)(uintptr_t)DeleteIpForwardEntry2},
		     {"GetIpNetEntry2", (void *)(uintptr_t)GetIpNetEntry2},
		     {"CreateIpNetEntry2", (void *)(uintptr_t)CreateIpNetEntry2},
		     {"SetIpNetEntry2", (void *)(uintptr_t)SetIpNetEntry2},
		     {"DeleteIpNetEntry2", (void *)(uintptr_t)DeleteIpNetEntry2}};

	read_row(text, row.bytes, sizeof(row.bytes));
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		DWORD(WINAPI * function)(void *);

		if (strcmp(calls[i].name, name) != 0)
			continue;
		memcpy(&function, &calls[i].call, sizeof(function));
		printf("%lu\n", function(&row));
		return 0;
	}
	return ERROR_INVALID_FUNCTION;
}

int main(int argc, char **argv)
{
	DWORD code = ERROR_INVALID_FUNCTION;
	WSADATA data;

	WSAStartup(MAKEWORD(2, 2), &data);
	if (argc == 2 && !strcmp(argv[1], "marker"))
		code = marker();
	else if (argc == 2 && !strcmp(argv[1], "sync"))
		code = code_of(world_sync());
	else if (argc == 5 && !strcmp(argv[1], "skip"))
		code = skip(argv + 2);
	else if (argc == 5 && !strcmp(argv[1], "metric"))
		code = metric(argv + 2);
	else if (argc == 4 && !strcmp(argv[1], "call"))
		code = call_by_name(argv[2], argv[3]);
	for (int i = 2; argc > 2 && !strcmp(argv[1], "best") && i < argc; i++)
		code = best(argv[i]);
	if (code)
		printf("error %lu\n", code);
	return code != 0;
}
