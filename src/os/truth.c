/* SPDX-License-Identifier: MIT */
/* The truth of a change: lookups in its prefix, or reading it back where none would come by. */
#include "os/truth.h"
#include "core/rules.h"

static bool keep_same_key(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	(void)host;
	return r2_route_same_key(ctx, route);
}

/* Our routes of its key, as they stand now. */
static bool read_key(struct r2_os *os, const struct r2_route *route, struct r2_host *ret_now,
		     struct r2_error *err)
{
	struct r2_route key = *route;
	struct r2_query query = {.parts = R2_PART_ROUTES,
				 .family = (enum r2_family)route->dst.addr.family,
				 .protocol = R2_PROTOCOL,
				 .table = route->table,
				 .keep = keep_same_key,
				 .ctx = &key};

	return os->ops->snapshot(os, &query, ret_now, err);
}

/* No lookup meets it now: see that it stands as it was wanted. */
static bool read_back(struct r2_os *os, const struct r2_route *route, struct r2_error *err)
{
	struct r2_host now = {0};
	bool stands;

	if (!read_key(os, route, &now, err))
		return false;
	stands = now.routes.n > 0 && r2_route_same(&now.routes.at[0], route);
	r2_host_free(&now);
	if (!stands)
		return r2_error_set(err, R2_FAILED,
				    "the kernel took the route but does not have it");
	return true;
}

bool r2_truth_is_gone(struct r2_os *os, const struct r2_route *route, struct r2_error *err)
{
	struct r2_host now = {0};
	char text[R2_PREFIX_TEXT];
	bool gone;

	if (!read_key(os, route, &now, err))
		return false;
	gone = now.routes.n == 0;
	r2_host_free(&now);
	if (gone)
		return true;
	r2_error_set(err, R2_FAILED, "%s still stands, with several next hops or a next-hop object",
		     r2_prefix_name(&route->dst, text));
	return r2_error_hint(err, "another tool has changed it: see ip route show %s", text);
}

static void note_no_rule(const struct r2_route *route, struct r2_notes *notes)
{
	r2_note(notes,
		"no rule leads every unbound packet to table %u: the route was read back, not "
		"tried (ip rule add ... table %u)",
		route->table, route->table);
}

static void note_standby(const struct r2_route *route, const struct r2_answer *answer,
			 struct r2_notes *notes)
{
	char text[R2_PREFIX_TEXT];

	r2_note(notes, "%s is on standby with metric %u: the route of ours with metric %u serves",
		r2_prefix_name(&route->dst, text), route->metric, answer->match.metric);
}

static bool is_worth_asking(const struct r2_route *known, const struct r2_route *route)
{
	if (known->table != route->table || known->dst.len <= route->dst.len ||
	    !r2_prefix_covers(&route->dst, &known->dst))
		return false;
	/* Everything is more specific than a default route; that subnets are is no news. */
	return route->dst.len > 0 || known->protocol != R2_PROTO_KERNEL;
}

/* A rule for part of the prefix only: that part is the rule's, as with a more specific route. */
static bool is_rule_apart(const struct r2_rule *rule, const struct r2_prefix *dst)
{
	return rule->to.addr.family && rule->to.len > dst->len && r2_prefix_covers(dst, &rule->to);
}

/** struct parts - those of a prefix that do not get the source */
struct parts {
	struct r2_os *os;
	const struct r2_ip *src;
	size_t n;
	struct r2_prefix first;
	struct r2_answer answer;
	const char *because;
};

static void ask_part(struct parts *parts, const struct r2_prefix *part, const char *because)
{
	struct r2_answer answer = {0};
	struct r2_error unused;

	if (!parts->os->ops->lookup(parts->os, &part->addr, NULL, &answer, &unused) ||
	    (!answer.error && r2_ip_equal(&answer.source, parts->src)))
		return;
	if (!parts->n++) {
		parts->first = *part;
		parts->answer = answer;
		parts->because = because;
	}
}

static void note_parts(struct r2_os *os, const struct r2_host *host, const struct r2_route *route,
		       const struct r2_ip *src, struct r2_notes *notes)
{
	char whole[R2_PREFIX_TEXT], part[R2_PREFIX_TEXT], got[R2_IP_TEXT];
	struct parts parts = {.os = os, .src = src};

	r2_each (const struct r2_route, known, &host->routes) {
		if (is_worth_asking(known, route))
			ask_part(&parts, &known->dst, "is more specific");
	}
	r2_each (const struct r2_rule, rule, &host->rules) {
		if (is_rule_apart(rule, &route->dst))
			ask_part(&parts, &rule->to, "has a policy rule of its own");
	}
	if (!parts.n)
		return;
	r2_note(notes, "part of %s is overruled: %s%s %s and %s%s",
		r2_prefix_name(&route->dst, whole), r2_prefix_name(&parts.first, part),
		parts.n > 1 ? " (and others)" : "", parts.because,
		parts.answer.error ? "is not sent to" : "has source ",
		parts.answer.error ? "" : r2_ip_format(&parts.answer.source, got));
}

/*
 * IPv4's connect(2) looks up twice: what it finds with no source gives the source, and with that it
 * looks again, so that a rule `from` it leads elsewhere (ip_route_connect(), include/net/route.h).
 */
static enum r2_verdict ask(struct r2_os *os, const struct r2_host *host,
			   const struct r2_route *route, const struct r2_ip *src,
			   const struct r2_ip *sample, struct r2_answer *ret_answer,
			   struct r2_error *err)
{
	enum r2_verdict verdict;

	if (!os->ops->lookup(os, sample, NULL, ret_answer, err))
		return R2_UNTRUE;
	verdict = r2_verify_judge(host, route, src, sample, ret_answer, err);
	if (verdict != R2_TRUE || sample->family != R2_IPV4)
		return verdict;
	if (!os->ops->lookup(os, sample, src, ret_answer, err))
		return R2_UNTRUE;
	/* Another table's route is as good if it leads the same way. */
	if (!ret_answer->error && ret_answer->link == route->link &&
	    r2_ip_equal(&ret_answer->gateway, &route->gateway))
		return R2_TRUE;
	verdict = r2_verify_judge(host, route, src, sample, ret_answer, err);
	if (verdict == R2_OVERRULED || verdict == R2_STANDBY) {
		char won[R2_ANSWER_TEXT], to[R2_IP_TEXT], from[R2_IP_TEXT];

		r2_error_set(err, R2_FAILED,
			     "the kernel would send to %s, once it is from %s, by %s",
			     r2_ip_format(sample, to), r2_ip_format(src, from),
			     r2_answer_text(host, ret_answer, won));
		if (r2_ip_is_multicast(sample))
			r2_error_hint(err, "multicast goes to no gateway");
	}
	return verdict == R2_TRUE ? R2_TRUE : R2_UNTRUE;
}

static bool is_apart(const struct r2_host *host, const struct r2_route *route,
		     const struct r2_ip *sample)
{
	r2_each (const struct r2_rule, rule, &host->rules) {
		if (is_rule_apart(rule, &route->dst) && r2_prefix_contains(&rule->to, sample))
			return true;
	}
	return false;
}

bool r2_truth_check(struct r2_os *os, const struct r2_host *host, const struct r2_route *route,
		    const struct r2_ip *src, struct r2_notes *notes, struct r2_error *err)
{
	bool leads = r2_rules_lead(host, route->table, &route->dst);
	size_t n, seen = 0;
	struct r2_ip samples[R2_SAMPLES_MAX];

	n = r2_verify_samples(host, route, samples);
	for (size_t i = 0; i < n; i++) {
		struct r2_answer answer = {0};

		if (is_apart(host, route, &samples[i]))
			continue;
		switch (ask(os, host, route, src, &samples[i], &answer, err)) {
		case R2_TRUE:
			seen++;
			break;
		case R2_STANDBY:
			note_standby(route, &answer, notes);
			return read_back(os, route, err);
		case R2_OVERRULED:
			break;
		case R2_UNTRUE:
			if (leads || answer.table == route->table)
				return false;
			note_no_rule(route, notes);
			return read_back(os, route, err);
		}
	}
	if (!seen && !leads) {
		note_no_rule(route, notes);
		return read_back(os, route, err);
	}
	if (!seen) {
		char text[R2_PREFIX_TEXT];

		r2_error_set(err, R2_FAILED, "all of %s is overruled by more specific routes",
			     r2_prefix_name(&route->dst, text));
		return r2_error_hint(err,
				     host->system == R2_SYSTEM_WINDOWS
					     ? "see them: route print"
					     : "see: ip route show table all root %s",
				     text);
	}
	note_parts(os, host, route, src, notes);
	return true;
}
