/* SPDX-License-Identifier: MIT */
/* The verb service: what an administrator does to it. */
#include "cli/service.h"

#include <stdio.h>
#include <string.h>

#include "os/private.h"
#include "os/windows/api.h"

#define WAIT_MS 90000

struct service {
	struct r2_cli *cli;
	SC_HANDLE manager, service;
	struct r2_error *err;
};

static bool fail(struct service *on, DWORD code, const char *call, const char *what)
{
	r2_win_fail(on->err, code, call, "cannot %s the service", what);
	if (code == ERROR_SERVICE_MARKED_FOR_DELETE)
		r2_error_hint(on->err, "close the Services window, or wait until it is gone");
	return false;
}

static bool open_manager(struct service *on, DWORD access, const char *what)
{
	on->manager = OpenSCManagerW(NULL, NULL, access);
	return on->manager || fail(on, GetLastError(), "OpenSCManager", what);
}

static bool open_service(struct service *on, DWORD access, const char *what)
{
	DWORD code;

	if (!open_manager(on, SC_MANAGER_CONNECT, what))
		return false;
	on->service = OpenServiceW(on->manager, R2_SERVICE_NAME, access);
	if (on->service)
		return true;
	code = GetLastError();
	if (code != ERROR_SERVICE_DOES_NOT_EXIST)
		return fail(on, code, "OpenService", what);
	r2_error_set(on->err, R2_FAILED, "the service is not installed");
	return r2_error_hint(on->err, "install it: route2 service install");
}

static bool query(struct service *on, SERVICE_STATUS_PROCESS *ret)
{
	DWORD unused;

	return QueryServiceStatusEx(on->service, SC_STATUS_PROCESS_INFO, (BYTE *)ret, sizeof(*ret),
				    &unused) ||
	       fail(on, GetLastError(), "QueryServiceStatusEx", "ask");
}

/* Until it is in @state, or stopped. */
static bool wait_for(struct service *on, DWORD state, SERVICE_STATUS_PROCESS *ret)
{
	ULONGLONG end = GetTickCount64() + WAIT_MS;

	while (query(on, ret)) {
		if (ret->dwCurrentState == state || ret->dwCurrentState == SERVICE_STOPPED)
			return true;
		if (GetTickCount64() >= end)
			return r2_error_set(on->err, R2_FAILED,
					    "the service has not changed its state in %u s",
					    WAIT_MS / 1000);
		Sleep(50);
	}
	return false;
}

static void say(const struct service *on, const char *text)
{
	if (!on->cli->options.quiet)
		puts(text);
}

/* ---- install ---- */

/* Quoted, for the name of a folder may have a blank in it, and C:\Program.exe would be run. */
static bool own_command(WCHAR buf[MAX_PATH + 32], struct service *on)
{
	WCHAR exe[MAX_PATH];
	DWORD n = GetModuleFileNameW(NULL, exe, MAX_PATH);

	if (!n || n >= MAX_PATH)
		return r2_error_set(on->err, R2_FAILED, "the path of route2.exe is too long");
	_snwprintf(buf, MAX_PATH + 32, L"\"%ls\" service run", exe);
	return true;
}

/* A watch that crashes, or cannot begin, is started again; a day without makes it forget. */
static bool configure(struct service *on)
{
	WCHAR text[] = L"Keeps the source addresses of destinations true: follows gateways, fails "
		       L"over to backups, puts back what others change.";
	SERVICE_DESCRIPTIONW description = {text};
	static SC_ACTION again[] = {
		{SC_ACTION_RESTART, 1000}, {SC_ACTION_RESTART, 5000}, {SC_ACTION_RESTART, 60000}};
	SERVICE_FAILURE_ACTIONSW actions = {
		.dwResetPeriod = 24 * 3600, .cActions = 3, .lpsaActions = again};
	SERVICE_FAILURE_ACTIONS_FLAG also = {.fFailureActionsOnNonCrashFailures = TRUE};

	if (!ChangeServiceConfig2W(on->service, SERVICE_CONFIG_DESCRIPTION, &description) ||
	    !ChangeServiceConfig2W(on->service, SERVICE_CONFIG_FAILURE_ACTIONS, &actions))
		return fail(on, GetLastError(), "ChangeServiceConfig2", "set up");
	/* Refined only: Wine lacks it. */
	(void)ChangeServiceConfig2W(on->service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also);
	return true;
}

static bool create(struct service *on, const WCHAR *command)
{
	DWORD code;

	on->service =
		CreateServiceW(on->manager, R2_SERVICE_NAME, R2_SERVICE_NAME,
			       SERVICE_CHANGE_CONFIG | SERVICE_START | DELETE,
			       SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
			       command, NULL, NULL, L"Tcpip\0", NULL, NULL);
	if (on->service)
		return true;
	code = GetLastError();
	if (code != ERROR_SERVICE_EXISTS)
		return fail(on, code, "CreateService", "install");
	r2_error_set(on->err, R2_FAILED, "the service is installed already");
	return r2_error_hint(on->err, "start it: route2 service start; to install another "
				      "route2.exe, remove it first: route2 service remove");
}

static bool install(struct service *on)
{
	char path[R2_PRIVATE_PATH];
	WCHAR command[MAX_PATH + 32];
	unsigned long code;

	if (!own_command(command, on) ||
	    !open_manager(on, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE, "install"))
		return false;
	/* The folder too is made now, by an administrator, before anybody else makes it. */
	if (!r2_private_path("watch", path)) {
		r2_error_set(on->err, R2_NOT_PERMITTED,
			     "cannot have the folder ProgramData\\route2");
		return r2_error_hint(on->err, "run it elevated; if the folder is there, see who "
					      "made it, and remove it");
	}
	if (!create(on, command))
		return false;
	code = r2_service_source(true);
	if (configure(on) && !code) {
		say(on, "installed: it starts with Windows, and now by: route2 service start");
		return true;
	}
	DeleteService(on->service);
	r2_service_source(false);
	return code ? r2_win_fail(on->err, code, "RegSetValueEx",
				  "cannot register with the event log")
		    : false;
}

/* ---- the others ---- */

static bool stop_it(struct service *on, bool *ret_ran)
{
	SERVICE_STATUS_PROCESS status;
	SERVICE_STATUS unused;
	DWORD code;

	*ret_ran = false;
	if (!query(on, &status))
		return false;
	if (status.dwCurrentState == SERVICE_STOPPED)
		return true;
	/* One that is about to start takes no command. */
	if (status.dwCurrentState == SERVICE_START_PENDING &&
	    !wait_for(on, SERVICE_RUNNING, &status))
		return false;
	*ret_ran = true;
	if (!ControlService(on->service, SERVICE_CONTROL_STOP, &unused)) {
		code = GetLastError();
		if (code != ERROR_SERVICE_NOT_ACTIVE && code != ERROR_SERVICE_CANNOT_ACCEPT_CTRL)
			return fail(on, code, "ControlService", "stop");
	}
	return wait_for(on, SERVICE_STOPPED, &status);
}

static bool remove_it(struct service *on)
{
	bool ran;

	if (!open_service(on, SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE, "remove") ||
	    !stop_it(on, &ran))
		return false;
	if (!DeleteService(on->service))
		return fail(on, GetLastError(), "DeleteService", "remove");
	r2_service_source(false);
	say(on, "removed: routes, and ProgramData\\route2, stay as they are");
	return true;
}

static bool start(struct service *on)
{
	SERVICE_STATUS_PROCESS status;

	if (!open_service(on, SERVICE_START | SERVICE_QUERY_STATUS, "start"))
		return false;
	if (!StartServiceW(on->service, 0, NULL)) {
		DWORD code = GetLastError();

		if (code != ERROR_SERVICE_ALREADY_RUNNING)
			return fail(on, code, "StartService", "start");
		say(on, "it runs already");
		return true;
	}
	if (!wait_for(on, SERVICE_RUNNING, &status))
		return false;
	if (status.dwCurrentState == SERVICE_RUNNING) {
		say(on, "started");
		return true;
	}
	r2_error_set(on->err, R2_FAILED, "the service has ended again");
	return r2_error_hint(on->err, "see why: ProgramData\\route2\\route2.log");
}

static bool stop(struct service *on)
{
	bool ran;

	if (!open_service(on, SERVICE_STOP | SERVICE_QUERY_STATUS, "stop") || !stop_it(on, &ran))
		return false;
	say(on, ran ? "stopped: routes stay as they are" : "it does not run");
	return true;
}

static bool reload(struct service *on)
{
	SERVICE_STATUS unused;
	DWORD code;

	if (!open_service(on, SERVICE_PAUSE_CONTINUE | SERVICE_QUERY_STATUS, "reload"))
		return false;
	if (ControlService(on->service, SERVICE_CONTROL_PARAMCHANGE, &unused)) {
		say(on, "it reads its file again; what it finds is in its log");
		return true;
	}
	code = GetLastError();
	if (code != ERROR_SERVICE_NOT_ACTIVE)
		return fail(on, code, "ControlService", "reload");
	r2_error_set(on->err, R2_FAILED, "the service does not run");
	return r2_error_hint(on->err, "start it: route2 service start");
}

static const char *state_name(DWORD state)
{
	static const char *const names[] = {[SERVICE_STOPPED] = "stopped",
					    [SERVICE_START_PENDING] = "starting",
					    [SERVICE_STOP_PENDING] = "stopping",
					    [SERVICE_RUNNING] = "running"};

	return state <= SERVICE_RUNNING && names[state] ? names[state] : "paused";
}

static bool status(struct service *on)
{
	SERVICE_STATUS_PROCESS now;

	if (!open_service(on, SERVICE_QUERY_STATUS, "ask") || !query(on, &now))
		return false;
	if (on->cli->options.json)
		printf("{\"state\":\"%s\",\"pid\":%lu}\n", state_name(now.dwCurrentState),
		       now.dwProcessId);
	else if (now.dwCurrentState == SERVICE_RUNNING)
		printf("running, process %lu; what it knows: route2 status\n", now.dwProcessId);
	else
		puts(state_name(now.dwCurrentState));
	on->err->kind = R2_FAILED; /* the exit status of one that does not run */
	*on->err->what = '\0';
	return now.dwCurrentState == SERVICE_RUNNING;
}

int r2_verb_service(struct r2_cli *cli)
{
	static const struct {
		const char *name;
		bool (*run)(struct service *on);
	} verbs[] = {{"install", install}, {"remove", remove_it}, {"start", start},
		     {"stop", stop},       {"reload", reload},    {"status", status}};
	const char *what = cli->n == 1 ? cli->words[0] : "";
	struct r2_error err;
	struct service on = {.cli = cli, .err = &err};
	bool ok;

	if (strcmp(what, "run") == 0)
		return r2_service_run(cli);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(what, verbs[i].name) != 0)
			continue;
		ok = verbs[i].run(&on);
		if (on.service)
			CloseServiceHandle(on.service);
		if (on.manager)
			CloseServiceHandle(on.manager);
		if (ok)
			return R2_OK;
		return *err.what ? r2_say_error(&err) : (int)err.kind;
	}
	r2_error_set(&err, R2_USAGE,
		     "service takes one of install, remove, start, stop, reload, status%s%s",
		     cli->n ? ", not " : "", cli->n ? cli->words[cli->n - 1] : "");
	return r2_say_error(&err);
}
