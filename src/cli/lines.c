/* SPDX-License-Identifier: MIT */
/* Routes as the user reads them. */
#include "cli/lines.h"

const char *r2_table_text(uint32_t table, const struct r2_names *names, char buf[R2_PROTOCOL_TEXT])
{
	const char *name = names->table_name ? names->table_name(names->ctx, table) : NULL;

	return name && table != R2_MAIN_TABLE ? name : r2_table_name(table, buf);
}

/* As `ip -j`: "default", a bare address for a host, else with the length. */
static void json_dst(struct r2_json *json, const struct r2_prefix *dst)
{
	char text[R2_PREFIX_TEXT];

	if (!dst->len)
		r2_json_text(json, "dst", "default");
	else if (dst->len == r2_ip_bits(&dst->addr))
		r2_json_text(json, "dst", r2_ip_format(&dst->addr, text));
	else
		r2_json_text(json, "dst", r2_prefix_format(dst, text));
}

static void json_flags(struct r2_json *json, const struct r2_route *route)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} FLAGS[] = {{R2_ROUTE_DEAD, "dead"},
		     {R2_ROUTE_ONLINK, "onlink"},
		     {R2_ROUTE_LINKDOWN, "linkdown"}};

	r2_json_open(json, "flags", '[');
	for (size_t i = 0; i < sizeof(FLAGS) / sizeof(*FLAGS); i++) {
		if (route->flags & FLAGS[i].flag)
			r2_json_text(json, NULL, FLAGS[i].name);
	}
	r2_json_close(json, ']');
}

static void json_gateways(struct r2_json *json, const struct r2_line *line)
{
	const struct r2_gateways *gateways = &line->intent.gateways;
	char text[R2_MAC_TEXT];

	if (gateways->n)
		r2_json_ip(json, "gateway", &gateways->at[0]);
	if (gateways->n > 1) {
		r2_json_open(json, "backup", '[');
		for (size_t i = 1; i < gateways->n; i++)
			r2_json_ip(json, NULL, &gateways->at[i]);
		r2_json_close(json, ']');
	}
	r2_json_ip(json, "phantom", &line->intent.phantom);
	if (line->mac.len)
		r2_json_text(json, "lladdr", r2_mac_format(&line->mac, text));
	if (line->mac.len && line->carrier >= 0)
		r2_json_ip(json, "carried_by", &gateways->at[line->carrier]);
}

void r2_line_json(struct r2_json *json, const char *key, const struct r2_line *line,
		  const struct r2_names *names)
{
	char table[R2_PROTOCOL_TEXT];

	r2_json_open(json, key, '{');
	json_dst(json, &line->route.dst);
	json_gateways(json, line);
	r2_json_ip(json, "prefsrc", &line->intent.src);
	if (*line->intent.dev)
		r2_json_text(json, "dev", line->intent.dev);
	r2_json_text(json, "table", r2_table_text(line->route.table, names, table));
	if (line->route.metric)
		r2_json_number(json, "metric", line->route.metric);
	r2_json_text(json, "protocol", "route2");
	r2_json_text(json, "method", r2_method_name(line->intent.method));
	json_flags(json, &line->route);
	if (*line->problem)
		r2_json_text(json, "problem", line->problem);
	r2_json_close(json, '}');
}

void r2_line_print(FILE *out, const struct r2_line *line, const struct r2_names *names, bool colour)
{
	char text[R2_LINE_TEXT];
	bool mark = colour && *line->problem;

	if (mark)
		fputs("\033[33m", out);
	fputs(r2_line_format(line, names, text), out);
	fputs(mark ? "\033[0m\n" : "\n", out);
}
