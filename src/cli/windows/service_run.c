/* SPDX-License-Identifier: MIT */
/*
 * The service itself: the service control manager's calls come on threads of its own; they are
 * answered at once and handed on to the watch.
 */
#include "cli/service.h"

#include "cli/console.h"
#include "cli/watch.h"
#include "os/private.h"
#include "os/windows/windows.h"

#include <aclapi.h>

#define BEGIN_MS 30000
#define END_MS   60000 /* a question under way, a walk of apply */

static struct r2_cli *cli_of_service;
static SERVICE_STATUS_HANDLE manager;
static SRWLOCK lock = SRWLOCK_INIT;
static SERVICE_STATUS now = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS};

static void tell(DWORD state, DWORD wait_ms)
{
	AcquireSRWLockExclusive(&lock);
	now.dwCurrentState = state;
	now.dwWaitHint = wait_ms;
	now.dwCheckPoint = wait_ms ? now.dwCheckPoint + 1 : 0;
	now.dwControlsAccepted =
		state == SERVICE_RUNNING
			? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE
			: 0;
	SetServiceStatus(manager, &now);
	ReleaseSRWLockExclusive(&lock);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *ctx)
{
	(void)type;
	(void)data;
	(void)ctx;
	switch (control) {
	case SERVICE_CONTROL_STOP:
	case SERVICE_CONTROL_SHUTDOWN:
		tell(SERVICE_STOP_PENDING, END_MS);
		r2_watch_call(R2_WATCH_STOP);
		return NO_ERROR;
	case SERVICE_CONTROL_PARAMCHANGE:
		r2_watch_call(R2_WATCH_RELOAD);
		return NO_ERROR;
	case SERVICE_CONTROL_INTERROGATE:
		return NO_ERROR;
	default:
		return ERROR_CALL_NOT_IMPLEMENTED;
	}
}

static void begun(void *unused)
{
	(void)unused;
	tell(SERVICE_RUNNING, 0);
}

/* What it says is done by the system's own account: so it must be an administrator's. */
static bool is_trusted(const char *file, struct r2_error *err)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	WCHAR wide[MAX_PATH * 3 + 32];
	PSID owner = NULL;
	bool ok = false;

	if (!r2_private_exists(file))
		return true;
	if (MultiByteToWideChar(CP_UTF8, 0, file, -1, wide, sizeof(wide) / sizeof(*wide)) &&
	    !GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL,
				   NULL, NULL, &descriptor) &&
	    owner) {
		ok = IsWellKnownSid(owner, WinBuiltinAdministratorsSid) ||
		     IsWellKnownSid(owner, WinLocalSystemSid) || r2_win_is_own_user(owner);
		LocalFree(descriptor);
	}
	if (ok)
		return true;
	r2_error_set(err, R2_NOT_PERMITTED, "%s does not belong to the administrators", file);
	return r2_error_hint(err, "look at what it says, and: takeown /a /f \"%s\"", file);
}

static void WINAPI service_main(DWORD argc, LPWSTR *argv)
{
	struct r2_watch_options options = {.begun = begun, .log = r2_service_log};
	char text[R2_ERROR_TEXT];
	struct r2_error err;
	bool ok;

	(void)argc;
	(void)argv;
	manager = RegisterServiceCtrlHandlerExW(R2_SERVICE_NAME, on_control, NULL);
	if (!manager)
		return;
	tell(SERVICE_START_PENDING, BEGIN_MS);
	r2_service_log_open();
	ok = is_trusted(r2_console_file(), &err) &&
	     r2_watch_as(cli_of_service, NULL, &options, &err);
	if (!ok)
		r2_service_log(NULL, R2_LOG_ERROR, r2_error_format(&err, text, sizeof(text)));
	r2_service_log_close();
	now.dwWin32ExitCode = ok ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
	now.dwServiceSpecificExitCode = ok ? 0 : (DWORD)err.kind;
	tell(SERVICE_STOPPED, 0);
}

int r2_service_run(struct r2_cli *cli)
{
	WCHAR name[] = R2_SERVICE_NAME;
	const SERVICE_TABLE_ENTRYW table[] = {{name, service_main}, {NULL, NULL}};
	struct r2_error err;

	cli_of_service = cli;
	if (StartServiceCtrlDispatcherW(table))
		return R2_OK;
	if (GetLastError() == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		r2_error_set(&err, R2_USAGE,
			     "`service run` is for the service control manager to start");
		r2_error_hint(&err, "in the foreground: route2 watch");
	} else {
		r2_error_set(&err, R2_FAILED, "cannot become a service (error %lu)",
			     GetLastError());
	}
	return r2_say_error(&err);
}
