/* SPDX-License-Identifier: MIT */
/* The verbs: one table that dispatches and prints the help. */
#include "cli/cli.h"

#define ROUTE                                                                                      \
	"PREFIX [via GATEWAY [backup GATEWAY]...] src SOURCE\n"                                    \
	"          [dev IFACE] [metric N] [table T] [method M] [phantom ADDRESS]"

const struct r2_verb r2_verbs[] = {
	{"add", NULL, ROUTE, "send to PREFIX from SOURCE",
	 "PREFIX    destination: 192.0.2.0/24, 2001:db8::1, default\n"
	 "via       the gateway. Left out: the default gateway of SOURCE's interface; with `dev`, none\n"
	 "          on a point-to-point link or for a prefix that is on-link\n"
	 "backup    further gateways on the same interface, in order (method phantom)\n"
	 "src       the address to send from: any unicast address of this host\n"
	 "dev       the interface; needed only if the gateway does not tell it\n"
	 "metric    among routes to one PREFIX the lowest serves (0; IPv6 on Linux: 1024)\n"
	 "table     number or name of the routing table (main)\n"
	 "method    native   the kernel's preferred source on a route by the gateway\n"
	 "          phantom  the same by a made-up next hop with a permanent neighbour entry: many\n"
	 "                   routes change over to a backup at once, and no forged ARP moves them\n"
	 "          plain    no preferred source, if the kernel picks SOURCE anyway\n"
	 "          auto     native with one gateway, phantom with backups (the default)\n"
	 "          skipassource  Windows: the addresses in the way of SOURCE get SkipAsSource, for all\n"
	 "                   destinations, until the last line that needs it is deleted\n"
	 "phantom   this made-up next hop rather than the first free one of 169.254.255.0/24\n"
	 "\n"
	 "The change is verified by asking the kernel, and undone if another source would be used.\n"
	 "With --prove it is proved on the wire too, and undone if broken: see route2 check --help.\n"
	 "\n"
	 "Examples:\n"
	 "  route2 add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3\n"
	 "  route2 add 1.2.3.0/24 via 4.3.2.1 backup 4.3.2.9 src 3.3.3.3\n"
	 "  route2 add default via fe80::1 src 2001:db8::25 dev eth0 metric 512\n",
	 r2_verb_add},
	{"replace", NULL, ROUTE, "the same, over a route of route2's that is there already",
	 "As `add`. A route of route2's to the same PREFIX, with the same metric and in the same\n"
	 "table, gives way without a moment in which there is none. See route2 add --help.\n",
	 r2_verb_replace},
	{"del", "delete", "PREFIX [src SOURCE] [dev IFACE] [metric N] [table T]",
	 "take a route of route2's away",
	 "The words after PREFIX say which one, where there are several; any of a line will do.\n"
	 "Only routes that route2 added are ever deleted; phantom and neighbour entry go with the\n"
	 "last route that uses them.\n",
	 r2_verb_del},
	{"show", "list", "[PREFIX] [src SOURCE] [dev IFACE] [metric N] [table T] [method M]",
	 "list route2's routes, as lines that `add` reads",
	 "What has gone bad is said behind a #; a route that lost its source stands behind one.\n"
	 "With -j: an array of objects with the key names of `ip -j route`, and method, backup,\n"
	 "phantom, lladdr (the MAC that the phantom has), carried_by, problem.\n",
	 r2_verb_show},
	{"apply", NULL,
	 "FILE|- [--check] [--diff] [--confirm TIME]\n"
	 "          [--within dev IFACE|table T|PREFIX]",
	 "make route2's routes exactly those of a file",
	 "The file holds a route a line, as `show` prints and `add` reads them, or the JSON of\n"
	 "`show -j`. Besides:\n"
	 "  set WORDS       defaults for the lines that follow; `set` alone forgets them\n"
	 "  include FILE    the lines of another file\n"
	 "  # ...           a comment\n"
	 "All lines are checked before anything is touched, each bad one is named as\n"
	 "file:line:column, and one bad line means no change. No destination is without a route at any\n"
	 "moment that had one. If anything fails, or on Ctrl-C, all is brought back. Routes of other\n"
	 "tools are left alone.\n"
	 "\n"
	 "--check   change nothing, exit status 3 if anything would change\n"
	 "--diff    show what changes\n"
	 "--confirm bring all back after TIME unless `route2 confirm` comes before: for whoever changes\n"
	 "          the very link that they work over\n"
	 "--within  what the file speaks for, so that several files can share a host\n"
	 "\n"
	 "Examples:\n"
	 "  route2 show > routes; route2 apply routes        changes nothing\n"
	 "  route2 apply --check --diff routes\n"
	 "  route2 apply --within table 100 vpn.routes\n",
	 r2_verb_apply},
	{"confirm", NULL, "", "keep what `apply --confirm` has applied",
	 "Without it, what stood before comes back when the time is over. It does so too if the connection\n"
	 "or the terminal is lost, or `apply` is killed.\n",
	 r2_verb_confirm},
	{"switch", NULL, "[dev IFACE] GATEWAY to GATEWAY [for TIME]",
	 "give what one gateway carries to another of its list",
	 "All routes by phantoms that the first carries and the second backs up move at once, by one\n"
	 "neighbour update a phantom: to drain a router before its maintenance. The second is asked\n"
	 "first; if it does not answer, nothing moves.\n"
	 "\n"
	 "for       wait so long (90s, 10m), then move back; Ctrl-C moves back at once\n"
	 "\n"
	 "Example:\n"
	 "  route2 switch 4.3.2.1 to 4.3.2.9\n",
	 r2_verb_switch},
	{"watch", NULL, "[FILE] [--withdraw]", "keep it true: follow gateways, fail over, put back",
	 "In the foreground, until SIGTERM or Ctrl-C. FILE is as for `apply`; left out, it is\n"
	 "/etc/route2/route2.conf, or ProgramData\\route2\\route2.conf. Routes that `add` made are watched\n"
	 "too. SIGHUP reads FILE anew (Windows: `service reload`). Besides routes it\n"
	 "says how gateways are watched, all or one, and what is to be run:\n"
	 "  monitor [GATEWAY] [interval 250ms] [misses 4] [timeout-min 2ms] [hold 10s]\n"
	 "          [follow pin|verify|follow] [mac MAC]... [down keep|withdraw] [track ADDRESS]\n"
	 "  on EVENT exec PROGRAM [ARGUMENT]...\n"
	 "          EVENT: up, down, moved, failover, withdrawn, restored, alarm, broken, works\n"
	 "  prove TIME [icmp|tcp PORT|udp PORT]\n"
	 "\n"
	 "interval  from one probe (ARP, ND) of a gateway to the next\n"
	 "misses    so many unanswered in a row, and it is down\n"
	 "hold      a better gateway has to be up for so long before it carries again\n"
	 "follow    another MAC: `verify` only if the old one is silent; `pin` never; `follow` at once\n"
	 "mac       MACs that are believed; said again, one more\n"
	 "down      if no gateway is up: `keep` the routes, or `withdraw` them\n"
	 "track     ping this address through the gateway too\n"
	 "prove     `check` all routes every so often; what breaks is told\n"
	 "\n"
	 "Routes stay when it ends, unless --withdraw is given. -j: the log as JSON.\n",
	 r2_verb_watch},
	{"status", NULL, "[--follow] [-j|--prometheus [FILE]]", "what the running watch knows",
	 "Gateways with their state, round trip and loss, phantoms with who carries, and lines that\n"
	 "wait, with the reason. --prometheus FILE writes the file whole or not at all; with --follow\n"
	 "again every second.\n",
	 r2_verb_status},
	{"service", NULL, "install|remove|start|stop|reload|status",
	 "the watch as a service of Windows",
	 "It runs `watch` on ProgramData\\route2\\route2.conf from the start of Windows on, and is\n"
	 "started again when it fails. What it does is told in ProgramData\\route2\\route2.log, and from\n"
	 "notices up in the event log.\n"
	 "\n"
	 "install   once, elevated; then `start` or wait for the next start of Windows\n"
	 "remove    stop it and take it away; routes, file and log stay as they are\n"
	 "stop      routes stay as they are\n"
	 "reload    read the file again; a bad one is told of in the log, and the old one kept\n"
	 "status    does it run (exit status 0); what it knows is told by `route2 status`\n"
	 "\n"
	 "On Linux systemd runs the watch: systemctl enable --now route2-watch\n",
	 r2_verb_service},
	{"explain", NULL,
	 "DEST [src SOURCE [via GATEWAY [backup GATEWAY]...] [WORDS of add]]\n"
	 "          [on FILE] [rules linux|windows|windows-xp]",
	 "say which source the host picks for DEST, and why",
	 "Each step of the decision is told with the rule that took it and where that rule is\n"
	 "written: + chosen, - dropped, = a tie, . a fact, ? not modelled. Then the model's answer\n"
	 "beside the kernel's own; if they differ, that is said and the exit status is 1.\n"
	 "\n"
	 "DEST      an address or a prefix; - reads one from each line of standard input: an answer\n"
	 "          a line, with -v all steps\n"
	 "src       can I have SOURCE here? By which method and phantom, or what is in the way; and\n"
	 "          the command that does it. Nothing is changed. The words of `add` may follow.\n"
	 "on        another host: its `route2 snapshot`, or a folder of *.json that hold what `ip -j`\n"
	 "          (addr, route show table all, rule, neigh, nexthop, addrlabel) or PowerShell's\n"
	 "          Get-NetIPAddress, Get-NetRoute, Get-NetNeighbor, Get-NetIPInterface | ConvertTo-Json\n"
	 "          said there; `on -`: one of these from standard input\n"
	 "rules     of linux, windows (Vista and later) or windows-xp; without it, of the host's own\n"
	 "          system. With another's, the same addresses and the routes of table main\n"
	 "\n"
	 "With -j: an object (an array for -) with destination, verdict and kernel (prefsrc, gateway,\n"
	 "dev, table, error), steps (rule, verdict, text, where), and for `src` possible, method,\n"
	 "phantom, command, or blocked_by, reason, ways. With --dot: a picture for Graphviz.\n"
	 "\n"
	 "Examples:\n"
	 "  route2 explain 1.2.3.4\n"
	 "  route2 explain 1.2.3.4 src 3.3.3.3 via 4.3.2.1\n"
	 "  route2 explain 1.2.3.4 rules windows\n"
	 "  ssh mail route2 snapshot | route2 explain 1.2.3.4 on -\n"
	 "  route2 --dot explain 1.2.3.4 | dot -Tsvg > why.svg\n",
	 r2_verb_explain},
	{"check", NULL,
	 "[DEST[:PORT]|PREFIX|all] [src SOURCE [via GATEWAY]...]\n"
	 "          [--icmp|--tcp PORT|--udp PORT] [--count N]",
	 "prove it on the wire: does it leave as asked, do answers come back",
	 "Without words, or with `all`, every route of route2's. A probe is sent by a socket that is\n"
	 "bound to nothing, and seen on the interface as it leaves; beside it goes a control: the same\n"
	 "from the source that the kernel takes by itself, through the same gateway. What differs is\n"
	 "the source's doing. Nothing is changed.\n"
	 "\n"
	 "src       before the change; by frames if the way is another. The words of `add` may follow\n"
	 "PORT      by TCP; by ICMP if nobody answers there\n"
	 "\n"
	 "The verdict is one of:\n"
	 "  works           leaves as wanted, and its answers are let in (exit status 0)\n"
	 "  nothing leaves  no packet is seen, or the gateway is silent\n"
	 "  wrong source    another address leaves; the rule that chose it\n"
	 "  wrong gateway   it leaves by another interface, or to a MAC that no gateway has\n"
	 "  no answer       to the source, while the control is answered\n"
	 "  no way back     and it is seen why: the reverse-path filter, another station's MAC, nobody\n"
	 "                  answers for the source by ARP, a router says that it knows no way to it\n"
	 "  dropped on the way out  and a router says so\n"
	 "  unknown         both are silent, or too little is answered to tell (exit status 5)\n"
	 "\n"
	 "Several are a table, one is drawn with its evidence: source, MACs, interfaces, round trip,\n"
	 "TTL, the path's MTU, who asks for the source by ARP or ND. With -j: an object, or an array.\n"
	 "\n"
	 "Windows shows no frame to a program, nor sends one: there the word of sockets and tables is\n"
	 "taken for what leaves, and said to be just that; there is no `no way back`; and `src` is tried\n"
	 "by the route that stands: if that leads elsewhere, nothing is known.\n"
	 "\n"
	 "Examples:\n"
	 "  route2 check\n"
	 "  route2 check 1.2.3.4:443\n"
	 "  route2 check 1.2.3.4 src 3.3.3.3 via 4.3.2.1\n",
	 r2_verb_check},
	{"snapshot", NULL, "[on FILE]", "write this host as JSON, for `explain ... on FILE`",
	 "Interfaces, addresses, neighbours, rules, next-hop objects, address labels and routes, with\n"
	 "the key names of `ip -j`, one object a line. No privilege is needed, and nothing is changed.\n"
	 "The format is described in doc/snapshot.md.\n"
	 "\n"
	 "on        of another host, from what `explain ... on` reads: a folder becomes one file\n"
	 "\n"
	 "Examples:\n"
	 "  route2 snapshot > mail.json\n"
	 "  route2 explain 1.2.3.4 src 3.3.3.3 on mail.json\n",
	 r2_verb_snapshot},
	{"selftest", NULL, "[dev IFACE] [--disruptive] [-j]",
	 "prove on this machine what route2 rests on",
	 "Each point is one experiment: what is tried, what is expected, what was seen; it holds, does\n"
	 "not hold, or was not tried, with the reason. The report names no address of this machine, only\n"
	 "those kept for documentation, so that it can be shown to others. doc/selftest.md says what each\n"
	 "point proves and how to send a report.\n"
	 "\n"
	 "Without `dev`, Linux makes a pair of interfaces in network namespaces of their own, without\n"
	 "root where user namespaces are allowed: nothing of the host is touched. Windows uses a loopback\n"
	 "or spare adapter that has no default route and no other address.\n"
	 "\n"
	 "dev       on this interface instead: it gets addresses, routes and neighbours for some seconds.\n"
	 "          One with a default route is refused\n"
	 "--disruptive\n"
	 "          that interface may be switched off and on\n"
	 "\n"
	 "All is cleared away at the end, on Ctrl-C, and by the next run if this one is killed. Exit\n"
	 "status 1: a point does not hold.\n"
	 "\n"
	 "Example:\n"
	 "  route2 selftest > report.txt\n",
	 r2_verb_selftest},
};
const size_t r2_n_verbs = sizeof(r2_verbs) / sizeof(*r2_verbs);

static void help_verb(FILE *out, const struct r2_verb *verb)
{
	fprintf(out, "Usage: route2 %s%s%s\n\n%s.\n\n%s", verb->name, *verb->synopsis ? " " : "",
		verb->synopsis, verb->summary, verb->details);
	if (verb->alias)
		fprintf(out, "\n`%s` is the same.\n", verb->alias);
}

void r2_help(FILE *out, const struct r2_verb *verb)
{
	if (verb) {
		help_verb(out, verb);
		return;
	}
	fputs("route2 chooses the source address of a destination.\n\nUsage:\n", out);
	for (size_t i = 0; i < r2_n_verbs; i++)
		fprintf(out, "  route2 %-*s%s\n                  %s\n",
			*r2_verbs[i].synopsis ? 9 : 0, r2_verbs[i].name, r2_verbs[i].synopsis,
			r2_verbs[i].summary);
	fputs("  route2 DEST MASK GATEWAY SOURCE\n                  the batch file's arguments, as `add`\n\nOptions:\n",
	      out);
	r2_options_help(out);
	fputs("\nExit status: 0 done, 1 failed, 2 usage, 3 would change (--check), 4 not permitted,\n5 unknown (check).\n"
	      "More: route2 VERB --help, man route2\n",
	      out);
}
