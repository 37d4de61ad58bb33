/* SPDX-License-Identifier: BSD-2-Clause */
/* pause, resume, trigger, shutdown, reboot, reset, kill, wait, forget */
#include "hsctl.h"

#include <errno.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHUTDOWN_TIMEOUT 60.0
#define MAX_MATCH (1u << 16) /* console text that a regex looks at */

/* One command for a living VM's hsvm. */
static int tell(const char *what, const char *command)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;

	return vm_lookup(what, false, &vm, &code) ? vm_control(vm.name, command) : code;
}

int cmd_pause(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;

	(void)o, (void)argc;
	if (!vm_lookup(argv[0], false, &vm, &code)) {
		return code;
	}
	if (vm.state == HYPCTL_VM_PAUSED) {
		return fail(HSX_STATE, "VM %s is paused already", vm.name);
	}
	return vm_control(vm.name, "pause");
}

int cmd_resume(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;

	(void)o, (void)argc;
	if (!vm_lookup(argv[0], false, &vm, &code)) {
		return code;
	}
	if (vm.state != HYPCTL_VM_PAUSED) {
		return fail(HSX_STATE, "VM %s is not paused, but %s", vm.name,
			    hypctl_vm_state_name(vm.state));
	}
	return vm_control(vm.name, "resume");
}

int cmd_kill(const struct options *o, int argc, char **argv)
{
	(void)o, (void)argc;
	return tell(argv[0], "kill");
}

/* A moment later, how the VM is then. */
static int look_again(struct hypctl *h, struct hypctl_vm_info *vm)
{
	sleep_a_little();
	return vm_refresh(h, vm->id, vm)
		       ? HSX_OK
		       : fail(HSX_FAILED, "VM %s cannot be seen any more", vm->name);
}

static bool is_over(const struct hypctl_vm_info *vm)
{
	return vm->ended != 0 || vm->state == HYPCTL_VM_OFF || vm->state == HYPCTL_VM_CRASHED;
}

/* Asks the guest to end: by its power key, or by SysRq's keys. */
static int ask_to_end(const struct hypctl_vm_info *vm, bool sysrq, char last)
{
	char command[16];
	const char *key;
	int code = HSX_OK;

	if (!sysrq) {
		return vm_control(vm->name, "power-key");
	}
	for (key = (char[]){ 's', 'u', last, '\0' }; *key != '\0' && code == HSX_OK; key++) {
		snprintf(command, sizeof(command), "sysrq %c", *key);
		code = vm_control(vm->name, command);
		sleep_a_little();
	}
	return code;
}

static bool has_crashed(const struct hypctl_vm_info *vm)
{
	return vm->state == HYPCTL_VM_CRASHED || vm->state == HYPCTL_VM_KILLED;
}

/* HSX_OK, or says that the VM could not hear. */
static int check_awake(const struct hypctl_vm_info *vm)
{
	return vm->state != HYPCTL_VM_PAUSED
		       ? HSX_OK
		       : fail(HSX_STATE, "VM %s is paused; hsctl resume %s first", vm->name,
			      vm->name);
}

/* A living VM that is not paused, which could not hear. */
static struct hypctl *find_awake(const char *what, struct hypctl_vm_info *vm, int *code)
{
	struct hypctl *h = host_open(code);

	if (h != NULL && vm_find(h, what, false, vm, code)) {
		*code = check_awake(vm);
	}
	if (*code != HSX_OK) {
		hypctl_close(h);
		return NULL;
	}
	return h;
}

/* Until a VM that was asked to is off, or the time is over. */
static int await_end(const struct options *o, struct hypctl *h, struct hypctl_vm_info *vm,
		     double start)
{
	double timeout = o->timeout >= 0 ? o->timeout : SHUTDOWN_TIMEOUT;
	int code = HSX_OK;

	while (code == HSX_OK && !is_over(vm)) {
		if (now() - start > timeout) {
			return fail(HSX_TIMEOUT,
				    "VM %s has not powered off within %.0f s; try hsctl shutdown "
				    "--sysrq %s, or hsctl kill %s",
				    vm->name, timeout, vm->name, vm->name);
		}
		show_wait(vm->name, "power off", start, timeout);
		code = look_again(h, vm);
	}
	if (code == HSX_OK && has_crashed(vm)) {
		code = fail(HSX_CRASHED, "VM %s did not power off: %s", vm->name, vm->reason);
	}
	return code;
}

/* All that run, at once; the code of the first that did not go. */
static int shutdown_all(const struct options *o)
{
	struct hypctl_vm_info *list;
	double start = now();
	size_t count, i;
	int code = HSX_OK;
	struct hypctl *h = living(0, NULL, &list, &count, NULL, &code);

	if (h == NULL) {
		return code;
	}
	for (i = 0; i < count; i++) {
		int one = is_over(&list[i]) ? HSX_OK : check_awake(&list[i]);

		if (one == HSX_OK && !is_over(&list[i])) {
			one = ask_to_end(&list[i], o->sysrq, 'o');
		}
		if (one != HSX_OK) {
			code = code == HSX_OK ? one : code;
			list[i].ended = -1; /* not waited for */
		}
	}
	for (i = 0; i < count; i++) {
		int one = list[i].ended != 0 ? HSX_OK : await_end(o, h, &list[i], start);

		code = code == HSX_OK ? one : code;
	}
	free(list);
	hypctl_close(h);
	return code;
}

int cmd_shutdown(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	double start = now();
	int code = HSX_OK;
	struct hypctl *h;

	if (o->all ? argc != 0 : argc != 1) {
		return fail(HSX_USAGE, "shutdown needs a VM, or --all");
	}
	if (o->all) {
		return shutdown_all(o);
	}
	h = find_awake(argv[0], &vm, &code);
	if (h == NULL) {
		return code;
	}
	code = ask_to_end(&vm, o->sysrq, 'o');
	code = code == HSX_OK ? await_end(o, h, &vm, start) : code;
	hypctl_close(h);
	return code;
}

/* How often hsvm has started the VM again. */
static int restarts(const struct hypctl_vm_info *vm, unsigned int *n)
{
	char answer[100];
	int code = vm_ask(vm->name, "status", answer, sizeof(answer), NULL);

	if (code == HSX_OK && sscanf(answer, "consoles %*u boots %u", n) != 1) {
		code = fail(HSX_FAILED, "VM %s: its hsvm is of another version", vm->name);
	}
	return code;
}

int cmd_reboot(const struct options *o, int argc, char **argv)
{
	double timeout = o->timeout >= 0 ? o->timeout : SHUTDOWN_TIMEOUT;
	struct hypctl_vm_info vm;
	unsigned int before = 0, after;
	char command[32];
	double start = now();
	int code = HSX_OK;
	struct hypctl *h = find_awake(argv[0], &vm, &code);

	(void)argc;
	if (h == NULL) {
		return code;
	}
	code = restarts(&vm, &before);
	after = before;
	/* A second more: hsvm shall not end the VM while we still wait. */
	snprintf(command, sizeof(command), "reboot %.0f", timeout + 1);
	if (code == HSX_OK) {
		code = vm_control(vm.name, command);
	}
	if (code == HSX_OK) {
		code = ask_to_end(&vm, o->sysrq, 'b');
	}
	while (code == HSX_OK && after == before) {
		if (now() - start > timeout) {
			(void)vm_control(vm.name, "reboot 0");
			code = fail(HSX_TIMEOUT,
				    "VM %s has not gone down within %.0f s; try hsctl reboot "
				    "--sysrq %s, or hsctl reset %s",
				    vm.name, timeout, vm.name, vm.name);
			break;
		}
		show_wait(vm.name, "start again", start, timeout);
		code = look_again(h, &vm);
		if (code == HSX_OK && is_over(&vm)) {
			code = fail(HSX_CRASHED, "VM %s did not start again: %s", vm.name,
				    vm.reason);
		} else if (code == HSX_OK) {
			code = restarts(&vm, &after);
		}
	}
	hypctl_close(h);
	return code;
}

int cmd_reset(const struct options *o, int argc, char **argv)
{
	(void)o, (void)argc;
	return tell(argv[0], "reset");
}

int cmd_trigger(const struct options *o, int argc, char **argv)
{
	const char *event = argv[1];
	char command[16];

	(void)o, (void)argc;
	if (strcmp(event, "power") == 0) {
		snprintf(command, sizeof(command), "power-key");
	} else if (strncmp(event, "sysrq:", 6) == 0 && event[6] > ' ' && event[6] < 0x7f &&
		   event[7] == '\0') {
		snprintf(command, sizeof(command), "sysrq %c", event[6]);
	} else if (strcmp(event, "nmi") == 0) {
		return fail(HSX_FAILED, "trigger nmi is not supported: GICv3 guests have no NMI; "
					"sysrq:l shows what a guest's CPUs do");
	} else {
		return fail(HSX_USAGE, "trigger %s: power, or sysrq:K with one key K", event);
	}
	return tell(argv[0], command);
}

int wait_until_over(const char *name)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;
	struct hypctl *h = host_open(&code);

	if (h == NULL || !vm_find(h, name, true, &vm, &code)) {
		hypctl_close(h);
		return code;
	}
	while (code == HSX_OK && !is_over(&vm)) {
		code = look_again(h, &vm);
	}
	if (code == HSX_OK && has_crashed(&vm)) {
		code = fail(HSX_CRASHED, "VM %s %s: %s (hsctl why %s)", name,
			    hypctl_vm_state_name(vm.state), vm.reason, name);
	}
	hypctl_close(h);
	return code;
}

static bool in_state(const struct hypctl_vm_info *vm, const char *state)
{
	if (strcmp(state, "stopped") == 0) {
		return is_over(vm);
	}
	if (strcmp(state, "crashed") == 0) {
		return has_crashed(vm);
	}
	return strcmp(state, hypctl_vm_state_name(vm->state)) == 0 && vm->ended == 0;
}

static int wait_state(const struct options *o, const char *what)
{
	static const char *const known[] = { "running", "paused", "stopped", "crashed", NULL };
	char what_for[24];
	struct hypctl_vm_info vm;
	double start = now();
	int code = HSX_OK;
	struct hypctl *h;
	unsigned int i = 0;

	while (known[i] != NULL && strcmp(known[i], o->wait_for) != 0) {
		i++;
	}
	if (known[i] == NULL) {
		return fail(HSX_USAGE, "--for %s: running, paused, stopped or crashed",
			    o->wait_for);
	}
	h = host_open(&code);
	if (h == NULL || !vm_find(h, what, true, &vm, &code)) {
		hypctl_close(h);
		return code;
	}
	while (code == HSX_OK && !in_state(&vm, o->wait_for)) {
		if (is_over(&vm) && strcmp(o->wait_for, "stopped") != 0) {
			code = fail(vm.state == HYPCTL_VM_CRASHED ? HSX_CRASHED : HSX_STATE,
				    "VM %s is %s: %s", vm.name, hypctl_vm_state_name(vm.state),
				    vm.reason);
		} else if (o->timeout >= 0 && now() - start > o->timeout) {
			code = fail(HSX_TIMEOUT, "VM %s is still %s after %.0f s", vm.name,
				    hypctl_vm_state_name(vm.state), o->timeout);
		} else {
			snprintf(what_for, sizeof(what_for), "be %.16s", o->wait_for);
			show_wait(vm.name, what_for, start, o->timeout);
			code = look_again(h, &vm);
		}
	}
	hypctl_close(h);
	return code;
}

/* Forgets whole lines that did not match, so that the buffer never fills. */
static void forget(char *text, size_t *len)
{
	char *nl = strrchr(text, '\n');

	if (nl != NULL) {
		*len -= (size_t)(nl + 1 - text);
		memmove(text, nl + 1, *len + 1u);
	} else if (*len > MAX_MATCH / 2u) {
		*len = 0;
		text[0] = '\0';
	}
}

/* Lines end with \r\n there; NUL bytes would hide what follows them. */
static size_t clean(char *text, size_t n)
{
	size_t i;
	size_t kept = 0;

	for (i = 0; i < n; i++) {
		if (text[i] != '\r') {
			text[kept++] = text[i] != '\0' ? text[i] : ' ';
		}
	}
	return kept;
}

static int read_until_match(int fd, regex_t *re, const struct options *o,
			    const struct hypctl_vm_info *vm)
{
	const char *name = vm->name;
	static char text[MAX_MATCH];
	double start = now();
	size_t len = 0;

	for (;;) {
		double left = o->timeout >= 0 ? o->timeout - (now() - start) : 3600;
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (left <= 0) {
			return fail(HSX_TIMEOUT,
				    "the console of VM %s did not show \"%s\" within %.0f s", name,
				    o->regex, o->timeout);
		}
		if (poll(&p, 1, (int)(left * 1000) + 1) <= 0) {
			continue;
		}
		n = read(fd, text + len, sizeof(text) - 1u - len);
		if (n <= 0) {
			int code = console_ended(vm->id, o->port);

			fprintf(stderr, "hsctl: its console did not show \"%s\"\n", o->regex);
			return code != HSX_OK ? code : HSX_FAILED;
		}
		n = (ssize_t)clean(text + len, (size_t)n);
		len += (size_t)n;
		text[len] = '\0';
		if (regexec(re, text, 0, NULL, 0) == 0) {
			return HSX_OK;
		}
		forget(text, &len);
	}
}

static int wait_console(const struct options *o, const char *what)
{
	struct hypctl_vm_info vm;
	char error[128];
	int code = HSX_OK;
	regex_t re;
	int fd;
	int r;

	r = regcomp(&re, o->regex, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (r != 0) {
		regerror(r, &re, error, sizeof(error));
		return fail(HSX_USAGE, "--console-regex: %s", error);
	}
	if (!vm_lookup(what, false, &vm, &code)) {
		regfree(&re);
		return code;
	}
	code = console_open(&vm, o->port, HYPCTL_CONSOLE_READ, &fd);
	if (code == HSX_OK) {
		code = read_until_match(fd, &re, o, &vm);
		close(fd);
	}
	regfree(&re);
	return code;
}

int cmd_wait(const struct options *o, int argc, char **argv)
{
	(void)argc;
	if ((o->wait_for != NULL) == (o->regex != NULL)) {
		return fail(HSX_USAGE, "wait: give --for STATE or --console-regex RE");
	}
	if (o->wait_for != NULL && o->port != 0) {
		return fail(HSX_USAGE, "wait: --port goes with --console-regex");
	}
	return o->regex != NULL ? wait_console(o, argv[0]) : wait_state(o, argv[0]);
}

/* What its console has left goes when the next VM is created. */
static int forget_vm(struct hypctl *h, const struct hypctl_vm_info *vm)
{
	int err = hypctl_vm_forget(h, vm->id);

	switch (err) {
	case 0:
	case -ENOENT: /* somebody was quicker */
		return HSX_OK;
	case -EBUSY:
		return fail(HSX_STATE, "VM %s is %s; hsctl kill %s first", vm->name,
			    hypctl_vm_state_name(vm->state), vm->name);
	default:
		return host_failed(h, err);
	}
}

int cmd_forget(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info *list = NULL;
	struct hypctl_vm_info vm;
	int code = HSX_OK;
	struct hypctl *h = host_open(&code);
	size_t count = 0;
	size_t i;

	(void)o;
	if (h == NULL) {
		return code;
	}
	if (argc > 0 && vm_find(h, argv[0], true, &vm, &code)) {
		code = forget_vm(h, &vm);
	} else if (argc == 0 && hypctl_vm_list(h, &list, &count) != 0) {
		code = fail(HSX_FAILED, "%s", hypctl_error(h));
	}
	for (i = 0; i < count && code == HSX_OK; i++) {
		code = list[i].ended != 0 ? forget_vm(h, &list[i]) : HSX_OK;
	}
	free(list);
	hypctl_close(h);
	return code;
}
