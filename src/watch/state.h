/* SPDX-License-Identifier: MIT */
/* What the files of the watch share: its state, and each file's part. */
#ifndef R2_WATCH_STATE_H
#define R2_WATCH_STATE_H

#include <stdatomic.h>
#include <uv.h>

#include "core/book.h"
#include "core/failover.h"
#include "core/gateway.h"
#include "core/monitor.h"
#include "os/prove.h"
#include "os/whole.h"
#include "watch/watch.h"

struct watch;

/** struct wire - a link that is listened to (or, with link 0, echoes) */
struct wire {
	struct watch *watch;
	struct r2_wire wire;
	uv_poll_t polls[2];
	unsigned open; /* of @polls */
	bool wanted, broken;
};

/**
 * struct peer - one gateway that is watched
 * @sender: our address when we ask it; @source: and when we ask the target behind it
 * @carries: phantoms lead to it; else routes do directly, and the kernel resolves it
 * @echo_id: of our echoes through it
 */
struct peer {
	struct r2_gateway gateway;
	struct r2_monitor monitor;
	struct r2_ip sender, source;
	bool carries, wanted, fresh;
	uint16_t echo_id;
	uint64_t moves, downs;
};

/**
 * struct carrier - one phantom
 * @mac: of its neighbour entry; none: there is no entry
 * @stands: its book and neighbour are in the kernel
 */
struct carrier {
	struct r2_entry entry;
	struct r2_failover failover;
	struct r2_mac mac;
	bool stands, seen;
	uint64_t failovers;
};

#define WANTED_OF_FILE 1 /* mark of a wanted line: the file says it, and may say it no more */

/** struct waiting - a line that cannot be now, and why; @number: within a job, from 1 */
struct waiting {
	struct r2_intent line;
	uint32_t number;
	bool of_file;
	char why[200];
};

/**
 * struct job - a run of apply by the other thread. The loop fills in what goes in before it starts,
 * and reads what came out when it is over; nobody touches it meanwhile.
 * @stamp: of the wanted lines that were copied
 */
struct job {
	uv_work_t work;
	struct r2_os *os;
	struct r2_file file;
	atomic_uint *stamp_now;
	unsigned stamp;
	bool adopt; /* first take in what stands */
	r2_ips contested;
	bool ok, left;
	struct r2_error err;
	struct r2_whole whole;
	struct r2_file adopted, cached;
	r2_items withdrawn;    /* wanted, and not to stand now; @file has their shapes */
	struct r2_host spared; /* its routes: ours, but no line says them: left alone */
	R2_LIST(struct waiting) waiting;
};

/**
 * struct proven - what was proved of a route last
 * @broken: and not seen to work since
 */
struct proven {
	struct r2_prefix dst;
	struct r2_ip src;
	uint32_t table, metric;
	enum r2_proof proof;
	bool broken;
	char sentence[R2_SENTENCE];
};

/** struct proof_job - a run of check by another thread; @end: it shall come to an end */
struct proof_job {
	uv_work_t work;
	struct r2_proving how;
	atomic_bool end;
	bool ok;
	size_t routes;
	struct r2_error err;
	struct r2_host host;
	R2_LIST(struct r2_subject) subjects;
};

/**
 * struct watch - all of it belongs to the loop's thread, but what @job and @proof_job have while
 * they run
 */
struct watch {
	const struct r2_watch_options *options;
	struct r2_os *os;
	uv_loop_t loop;
	uv_timer_t timer, keep_timer, watchdog;
	uv_poll_t ear_poll;
	uv_pipe_t server;
	uv_signal_t signals[3];
	uv_async_t asked, told;    /* by threads: of the control pipe, of the service manager */
	struct control *control;   /* where it is more than @server */
	struct log_writer *writer; /* where a log that waits would make us wait */
	int ear;

	struct r2_host host;         /* links, addresses, neighbours and the book */
	struct r2_monitors monitors; /* of the file, as it was read last */
	struct r2_file wanted;
	R2_LIST(struct r2_next_hop) natives;
	R2_LIST(struct peer *) peers;
	R2_LIST(struct carrier) carriers;
	R2_LIST(struct wire *) wires;
	R2_LIST(struct waiting) waiting;
	struct r2_host spared;
	r2_ips contested; /* phantoms whose address a host on the link has */

	struct job job;
	atomic_uint stamp; /* changes with the wanted lines */
	bool job_runs, keep_again, adopt_next, adopt_all, ready, stopping;
	uint64_t job_began, job_took, audit_at, calm_at;
	unsigned put_back; /* routes, since @calm_at */
	struct {
		size_t routes;
		uint64_t runs, failed, put_back, lost;
		char trouble[300];
	} kept;
	uv_timer_t prove_timer;
	struct proof_job proof_job;
	bool proof_runs;
	R2_LIST(struct proven) proven;
	struct {
		uint64_t runs, at;
		size_t routes;
		char trouble[300];
	} proofs;
	unsigned hooks_running;
	uint64_t log_lost;
};

/** watch_now() - microseconds of a clock that only goes forward */
uint64_t watch_now(void);

/* ---- log.c ---- */

/** watch_log() - a line; never waits. @event: a word for machines, or NULL */
void watch_log(struct watch *watch, enum r2_log_level level, const char *event, const char *fmt,
	       ...) R2_PRINTF(4, 5);

/* ---- gateways.c ---- */

/** gateways_sync() - watch those that the carriers and native routes have, and no others */
void gateways_sync(struct watch *watch);
/** gateways_find() - or NULL */
struct peer *gateways_find(struct watch *watch, const struct r2_ip *ip, uint32_t link);
/** gateways_timer() - whatever is due. Return: when to come again */
uint64_t gateways_timer(struct watch *watch, uint64_t now);
void gateways_close(struct watch *watch);

/* ---- carry.c ---- */

/** carry_sync() - read book and neighbours, and put right what is not as decided */
void carry_sync(struct watch *watch);
/** carry_news() - a gateway went up, went down or moved */
void carry_news(struct watch *watch, const struct peer *peer, enum r2_gateway_kind what);
/** carry_timer() - whatever is due. Return: when to come again */
uint64_t carry_timer(struct watch *watch, uint64_t now);
/** carry_contested() - a frame said that somebody has this address: is it a phantom of ours */
void carry_contested(struct watch *watch, const struct r2_ip *ip, uint32_t link,
		     const struct r2_mac *mac);
/** carry_switch() - from one gateway to another, for so long. Return: phantoms moved, -1: @err */
int carry_switch(struct watch *watch, const struct r2_ip *from, const struct r2_ip *to,
		 uint32_t link, uint64_t until, struct r2_error *err);
/** carry_withdrawn() - is this line's gateway list down, and its routes to be away */
bool carry_withdrawn(const struct watch *watch, const struct r2_intent *line);

/* ---- wanted.c ---- */

/** wanted_put() - a line; another of its key goes. wanted_drop() - that of the key. */
bool wanted_put(struct r2_file *wanted, const struct r2_intent *line);
bool wanted_drop(struct r2_file *wanted, const struct r2_intent *line);
/** wanted_has() - is there a line of this route's key */
bool wanted_has(struct r2_file *wanted, const struct r2_route *route);
/** wanted_reload() - what a file said before goes, what @file says comes; false: no memory */
bool wanted_reload(struct r2_file *wanted, const struct r2_file *file);
/** wanted_join() - lines of @more whose keys are not there yet */
bool wanted_join(struct r2_file *wanted, const struct r2_file *more);

/* ---- keep.c ---- */

/** keep_soon() - something may have changed: run apply in a moment */
void keep_soon(struct watch *watch);
/** keep_timer() - run apply now, unless it runs already */
void keep_timer(uv_timer_t *timer);
/** keep_free() - when no job runs any more */
void keep_free(struct watch *watch);

/* ---- proving.c ---- */

/** proving_soon() - prove now, and then as often as the file says */
void proving_soon(struct watch *watch);
/** proving_stop() - a proof under way ends at once */
void proving_stop(struct watch *watch);
void proving_free(struct watch *watch);

/* ---- cache.c ---- */

/** cache_write() - of a job: what waits and what is withdrawn, but for lines of the file */
void cache_write(const struct job *job);
/** cache_read() - what the last watch wrote; nothing if there is none, or it cannot be read */
void cache_read(struct r2_file *ret);

/* ---- control.c, status.c, hooks.c ---- */

#define CONTROL_REQUEST 2048

/** control_answer() - @request is taken apart. Return: malloc'ed; NULL without memory */
char *control_answer(struct watch *watch, char *request);
/** status_text() - JSON, malloc'ed; NULL without memory */
char *status_text(struct watch *watch);
/** hooks_run() - every program of @event; they run beside the loop, and are killed after 10 s */
void hooks_run(struct watch *watch, enum r2_event event, const struct peer *peer,
	       const struct r2_mac *old, const char *text);

/* ---- posix/ and windows/: one file a system ---- */

/** control_open() - be spoken to; fails if another watch runs here */
bool control_open(struct watch *watch, struct r2_error *err);
void control_close(struct watch *watch);

/** signals_begin() - from now on watch_stop() and watch_read_again() are called when told */
void signals_begin(struct watch *watch);
void signals_end(struct watch *watch);

/** log_put() - one line, ended by a newline; never waits. Return: false if it is lost */
bool log_put(struct watch *watch, enum r2_log_level level, const char *line, size_t n);
void log_open(struct watch *watch);
void log_close(struct watch *watch);

/** hook_places() - environment that every hook has, ended by NULL; @ret_folder: where it begins */
const char *const *hook_places(const char **ret_folder);
/** hook_tree() - of all that @process starts, to be ended with it; NULL where it needs no handle */
void *hook_tree(uv_process_t *process);
/** hook_kill() - it, and all that it has started. hook_free() - the handle, if there is one */
void hook_kill(uv_process_t *process, void *tree);
void hook_free(void *tree);

/** notify_begin() and so on - to the service manager, if it listens (sd_notify(3)) */
void notify_begin(struct watch *watch);
void notify_ready(struct watch *watch);
void notify_reloading(struct watch *watch);
void notify_reloaded(struct watch *watch);
void notify_stopping(struct watch *watch);

/* ---- watch.c ---- */

/** watch_wake() - when the timers have to be looked at again */
void watch_wake(struct watch *watch);
/** watch_reload() - the file anew; keeps the old one if it is bad */
bool watch_reload(struct watch *watch, struct r2_error *err);
/** watch_stop(), watch_read_again() - the user, or the service manager, wants it */
void watch_stop(struct watch *watch);
void watch_read_again(struct watch *watch);
/** watch_link_name() - for messages, "?" for one that is gone */
const char *watch_link_name(const struct watch *watch, uint32_t link);

#endif
