/* SPDX-License-Identifier: MIT */
/* Lists of objects, told apart by what the objects have. */
#include "paper/lists.h"

#include <string.h>

/* In the order in which they are told apart. */
static const struct r2_kind kinds[] = {
	{"Get-NetIPAddress",
	 NULL,
	 R2_SYSTEM_WINDOWS,
	 2,
	 {"IPAddress", "PrefixLength"},
	 r2_read_ps_address},
	{"Get-NetRoute", NULL, R2_SYSTEM_WINDOWS, 3, {"DestinationPrefix"}, r2_read_ps_route},
	{"Get-NetNeighbor",
	 NULL,
	 R2_SYSTEM_WINDOWS,
	 3,
	 {"IPAddress", "LinkLayerAddress"},
	 r2_read_ps_neigh},
	{"Get-NetIPInterface",
	 NULL,
	 R2_SYSTEM_WINDOWS,
	 1,
	 {"InterfaceMetric"},
	 r2_read_ps_interface},
	{"Get-NetAdapter", NULL, R2_SYSTEM_WINDOWS, 0, {"MacAddress"}, r2_read_ps_adapter},
	{"ip -j addr", NULL, R2_SYSTEM_LINUX, 1, {"addr_info"}, r2_read_link},
	{"ip -j link", "links", R2_SYSTEM_LINUX, 0, {"ifindex", "ifname"}, r2_read_link},
	{"route2 snapshot", "addresses", R2_SYSTEM_LINUX, 2, {"local"}, r2_read_addr},
	{"ip -j rule", "rules", R2_SYSTEM_LINUX, 3, {"priority"}, r2_read_rule},
	{"ip -j neigh", "neighbours", R2_SYSTEM_LINUX, 3, {"dst", "state"}, r2_read_neigh},
	{"ip -j route", "routes", R2_SYSTEM_LINUX, 3, {"dst"}, r2_read_route},
	{"ip -j nexthop", "nexthops", R2_SYSTEM_LINUX, 3, {"id"}, r2_read_nexthop},
	{"ip -j addrlabel", "labels", R2_SYSTEM_LINUX, 3, {"label", "prefixlen"}, r2_read_label},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool has_marks(const struct r2_form *form, const struct r2_kind *kind)
{
	return r2_form_has(form, kind->marks[0]) &&
	       (!kind->marks[1] || r2_form_has(form, kind->marks[1]));
}

static bool unknown(struct r2_form *form)
{
	r2_form_fault(form, "this is no output that route2 knows");
	return r2_error_hint(form->err,
			     "it knows route2 snapshot; ip -j addr, link, route, rule, neigh, "
			     "nexthop, addrlabel; Get-NetIPAddress, Get-NetRoute, Get-NetNeighbor, "
			     "Get-NetIPInterface, Get-NetAdapter | ConvertTo-Json");
}

/* A list gives its objects one by one, an object itself. Return: false behind the last, or on a
 * fault (@ret_ok is then false). */
static bool next(struct r2_walk *walk, const struct r2_span *whole, bool *begun,
		 struct r2_span *ret, bool *ret_ok, struct r2_error *err)
{
	const struct r2_sheet *sheet = walk->sheet;
	struct r2_span key;

	*ret_ok = true;
	if (sheet->text[whole->from] == '{') {
		*ret = *whole;
		return !*begun && (*begun = true);
	}
	*ret_ok = r2_walk_next(walk, &key, ret, err);
	return *ret_ok && walk->more;
}

bool r2_kind_of(const struct r2_sheet *sheet, const struct r2_span *span,
		const struct r2_kind **ret, struct r2_error *err)
{
	struct r2_walk walk = r2_walk_begin(sheet, span);
	struct r2_span first;
	struct r2_form form;
	bool begun = false, ok;

	*ret = NULL;
	if (!next(&walk, span, &begun, &first, &ok, err))
		return ok;
	if (!r2_form_open(sheet, &first, &form, err))
		return false;
	for (size_t i = 0; i < KINDS && !*ret; i++)
		*ret = has_marks(&form, &kinds[i]) ? &kinds[i] : NULL;
	ok = *ret || unknown(&form);
	r2_form_close(&form);
	return ok;
}

const struct r2_kind *r2_kind_of_section(const struct r2_sheet *sheet, const struct r2_span *key)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].section && r2_span_is(sheet, key, kinds[i].section))
			return &kinds[i];
	}
	return NULL;
}

/*
 * A family for routes and rules that do not tell theirs (`default dev tun0`): that of the first
 * that does, else what the file is called (rule6.json), else IPv4.
 */
static bool settle_family(struct r2_reading *reading, const struct r2_sheet *sheet,
			  const struct r2_span *span, struct r2_error *err)
{
	struct r2_walk walk = r2_walk_begin(sheet, span);
	const char *base = strrchr(sheet->name, '/');
	bool begun = false, ok = true;
	struct r2_span one;

	reading->family = strchr(base ? base : sheet->name, '6') ? R2_IPV6 : R2_IPV4;
	while (next(&walk, span, &begun, &one, &ok, err)) {
		enum r2_family family;
		struct r2_form form;

		if (!r2_form_open(sheet, &one, &form, err))
			return false;
		family = r2_read_family(&form);
		ok = !form.bad;
		r2_form_close(&form);
		if (family)
			reading->family = family;
		if (family || !ok)
			break;
	}
	return ok;
}

bool r2_list_read(struct r2_reading *reading, const struct r2_sheet *sheet,
		  const struct r2_span *span, const struct r2_kind *kind, struct r2_error *err)
{
	struct r2_walk walk = r2_walk_begin(sheet, span);
	bool begun = false, ok;
	struct r2_span one;

	if ((kind->read == r2_read_route || kind->read == r2_read_rule) &&
	    !settle_family(reading, sheet, span, err))
		return false;
	while (next(&walk, span, &begun, &one, &ok, err)) {
		struct r2_form form;

		if (!r2_form_open(sheet, &one, &form, err))
			return false;
		ok = kind->read(reading, &form);
		r2_form_close(&form);
		if (!ok)
			return false;
	}
	return ok;
}
