/* SPDX-License-Identifier: MIT */
/*
 * The control socket: a request is a line, the answer JSON, and then it is closed.
 *
 *   status                                     all that is known
 *   add LINE, del LINE                         another route2 has done this: so it shall stay
 *   adopt                                      another route2 has changed much: take what stands
 *   switch FROM to TO [dev IFACE] [for USEC]   move what FROM carries
 */
#include <stdlib.h>
#include <string.h>

#include "os/control.h"
#include "watch/state.h"

#define REQUEST_MAX 2048
#define WORDS_MAX   64

struct client {
	struct watch *watch;
	uv_pipe_t pipe;
	uv_write_t write;
	char request[REQUEST_MAX];
	size_t n;
	char *answer;
	char own[400]; /* for short answers */
};

static void on_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;

	free(client->answer);
	free(client);
}

static void hang_up(struct client *client)
{
	if (!uv_is_closing((uv_handle_t *)&client->pipe))
		uv_close((uv_handle_t *)&client->pipe, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
	(void)status;
	hang_up(write->data);
}

static void answer(struct client *client, char *text)
{
	uv_buf_t buf = uv_buf_init(text, (unsigned)strlen(text));

	client->write.data = client;
	if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &buf, 1, on_written))
		hang_up(client);
}

static void answer_error(struct client *client, const struct r2_error *err)
{
	char text[R2_ERROR_TEXT];
	size_t n;

	n = (size_t)snprintf(client->own, sizeof(client->own), "{\"error\":\"");
	r2_error_format(err, text, sizeof(text));
	for (const char *at = text; *at && n + 4 < sizeof(client->own); at++) {
		char c = *at;

		if (c == '"' || c == '\\')
			client->own[n++] = '\\';
		if ((unsigned char)c < 0x20)
			c = ' ';
		client->own[n++] = c;
	}
	memcpy(client->own + n, "\"}", 3);
	answer(client, client->own);
}

/* ---- requests ---- */

static bool read_line(char **words, size_t n, struct r2_intent *ret, struct r2_error *err)
{
	const char *line[WORDS_MAX];

	for (size_t i = 0; i < n; i++)
		line[i] = words[i];
	return r2_intent_parse(line, n,
			       R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC |
				       R2_WORD_DEV | R2_WORD_METRIC | R2_WORD_TABLE |
				       R2_WORD_METHOD | R2_WORD_PHANTOM,
			       R2_NONE, NULL, ret, NULL, err);
}

static void take_line(struct client *client, char **words, size_t n)
{
	struct watch *watch = client->watch;
	struct r2_intent line;
	struct r2_error err;

	if (!read_line(words + 1, n - 1, &line, &err)) {
		answer_error(client, &err);
		return;
	}
	if (strcmp(words[0], "del") == 0)
		wanted_drop(&watch->wanted, &line);
	else
		wanted_put(&watch->wanted, &line);
	atomic_fetch_add(&watch->stamp, 1);
	keep_soon(watch);
	memcpy(client->own, "{}", 3);
	answer(client, client->own);
}

static void take_switch(struct client *client, char **words, size_t n)
{
	struct watch *watch = client->watch;
	struct r2_ip from, to;
	struct r2_error err;
	uint64_t until = R2_NEVER;
	uint32_t link = 0;
	int moved;

	if (n < 4 || !r2_ip_parse(words[1], &from) || !r2_ip_parse(words[3], &to)) {
		r2_error_set(&err, R2_USAGE, "switch FROM to TO");
		answer_error(client, &err);
		return;
	}
	for (size_t i = 4; i + 1 < n; i += 2) {
		const struct r2_link *named = r2_host_link_named(&watch->host, words[i + 1]);

		if (strcmp(words[i], "dev") == 0)
			link = named ? named->index : UINT32_MAX;
		else if (strcmp(words[i], "for") == 0)
			until = watch_now() + strtoull(words[i + 1], NULL, 10);
	}
	moved = carry_switch(watch, &from, &to, link, until, &err);
	if (moved < 0) {
		answer_error(client, &err);
		return;
	}
	snprintf(client->own, sizeof(client->own), "{\"moved\":%d}", moved);
	answer(client, client->own);
}

static void take_request(struct client *client)
{
	char *words[WORDS_MAX], *at = NULL;
	struct r2_error err;
	size_t n = 0;

	client->request[client->n] = '\0';
	for (char *word = strtok_r(client->request, " \n", &at); word && n < WORDS_MAX;
	     word = strtok_r(NULL, " \n", &at))
		words[n++] = word;
	if (n && strcmp(words[0], "status") == 0) {
		client->answer = status_text(client->watch);
		if (client->answer)
			answer(client, client->answer);
		else
			hang_up(client);
	} else if (n > 1 && (strcmp(words[0], "add") == 0 || strcmp(words[0], "del") == 0)) {
		take_line(client, words, n);
	} else if (n && strcmp(words[0], "adopt") == 0) {
		client->watch->adopt_next = client->watch->adopt_all = true;
		atomic_fetch_add(&client->watch->stamp, 1);
		keep_soon(client->watch);
		memcpy(client->own, "{}", 3);
		answer(client, client->own);
	} else if (n && strcmp(words[0], "switch") == 0) {
		take_switch(client, words, n);
	} else {
		r2_error_set(&err, R2_USAGE, "not a request");
		answer_error(client, &err);
	}
}

/* ---- connections ---- */

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
	struct client *client = handle->data;

	(void)size;
	*ret = uv_buf_init(client->request + client->n, (unsigned)(REQUEST_MAX - 1 - client->n));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *client = stream->data;

	(void)buf;
	if (n > 0)
		client->n += (size_t)n;
	if (n >= 0 && client->n < REQUEST_MAX - 1)
		return;
	uv_read_stop(stream);
	if (n == UV_EOF)
		take_request(client);
	else
		hang_up(client);
}

static void on_connection(uv_stream_t *server, int status)
{
	struct watch *watch = server->data;
	struct client *client = status ? NULL : calloc(1, sizeof(*client));
	uv_os_fd_t fd;

	if (!client)
		return;
	client->watch = watch;
	client->pipe.data = client;
	uv_pipe_init(&watch->loop, &client->pipe, 0);
	client->pipe.data = client;
	if (uv_accept(server, (uv_stream_t *)&client->pipe) ||
	    uv_fileno((uv_handle_t *)&client->pipe, &fd) || !r2_control_trusts(fd) ||
	    uv_read_start((uv_stream_t *)&client->pipe, on_room, on_read))
		hang_up(client);
}

bool control_open(struct watch *watch, struct r2_error *err)
{
	int fd = r2_control_listen(err);

	if (fd < 0)
		return false;
	uv_pipe_init(&watch->loop, &watch->server, 0);
	watch->server.data = watch;
	if (!uv_pipe_open(&watch->server, fd) &&
	    !uv_listen((uv_stream_t *)&watch->server, 64, on_connection))
		return true;
	return r2_error_set(err, R2_FAILED, "cannot be spoken to");
}
