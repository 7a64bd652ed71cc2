/* SPDX-License-Identifier: MIT */
/* The control socket: a request, and the end of what is sent; the answer, and then it is closed. */
#include <stdlib.h>
#include <string.h>

#include "os/control.h"
#include "watch/state.h"

struct client {
	struct watch *watch;
	uv_pipe_t pipe;
	uv_write_t write;
	char request[CONTROL_REQUEST];
	size_t n;
	char *answer;
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

static void answer(struct client *client)
{
	uv_buf_t buf;

	client->request[client->n] = '\0';
	client->answer = control_answer(client->watch, client->request);
	if (!client->answer) {
		hang_up(client);
		return;
	}
	buf = uv_buf_init(client->answer, (unsigned)strlen(client->answer));
	client->write.data = client;
	if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &buf, 1, on_written))
		hang_up(client);
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
	struct client *client = handle->data;

	(void)size;
	*ret = uv_buf_init(client->request + client->n,
			   (unsigned)(CONTROL_REQUEST - 1 - client->n));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *client = stream->data;

	(void)buf;
	if (n > 0)
		client->n += (size_t)n;
	if (n >= 0 && client->n < CONTROL_REQUEST - 1)
		return;
	uv_read_stop(stream);
	if (n == UV_EOF)
		answer(client);
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
	return r2_error_set(err, R2_FAILED,
			    "the loop does not take the socket that the watch is spoken to by");
}

void control_close(struct watch *watch)
{
	(void)watch; /* as any handle of the loop */
}
