/* SPDX-License-Identifier: BSD-2-Clause */
/* hsctl: one table of commands drives dispatch, help and option parsing. */
#ifndef HSCTL_H
#define HSCTL_H

#include <hypctl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exit_codes.h"

enum output { OUT_TABLE, OUT_JSON, OUT_PLAIN };

struct options {
	enum output output;
	bool console, paused, dry_run, all, force, follow, read_only, sysrq, allow_dma, raw, prom,
		wait, autostart, defined, disable;
	double timeout; /* seconds; below 0: not given */
	const char *wait_for;
	const char *regex;
	const char *escape;
	const char *key, *out, *dtb;
	const char *columns;
	double interval;      /* seconds */
	unsigned long rounds; /* 0: until the user leaves */
	unsigned int port;    /* of the console */
};

struct command {
	const char *name;
	int (*run)(const struct options *o, int argc, char **argv);
	int min_args, max_args;
	const char *args;    /* as in the usage line */
	const char *options; /* long names that it takes, separated by blanks */
	const char *summary;
	const char *example;
};

/* NULL-terminated by name. */
extern const struct command commands[];

/* The commands; each returns an exit code. */
int cmd_attest(const struct options *o, int argc, char **argv);
int cmd_autostart(const struct options *o, int argc, char **argv);
int cmd_console(const struct options *o, int argc, char **argv);
int cmd_create(const struct options *o, int argc, char **argv);
int cmd_define(const struct options *o, int argc, char **argv);
int cmd_dmesg(const struct options *o, int argc, char **argv);
int cmd_dump_core(const struct options *o, int argc, char **argv);
int cmd_events(const struct options *o, int argc, char **argv);
int cmd_forget(const struct options *o, int argc, char **argv);
int cmd_help(const struct options *o, int argc, char **argv);
int cmd_info(const struct options *o, int argc, char **argv);
int cmd_kill(const struct options *o, int argc, char **argv);
int cmd_list(const struct options *o, int argc, char **argv);
int cmd_logs(const struct options *o, int argc, char **argv);
int cmd_measure(const struct options *o, int argc, char **argv);
int cmd_mem(const struct options *o, int argc, char **argv);
int cmd_pause(const struct options *o, int argc, char **argv);
int cmd_reboot(const struct options *o, int argc, char **argv);
int cmd_reset(const struct options *o, int argc, char **argv);
int cmd_resume(const struct options *o, int argc, char **argv);
int cmd_show(const struct options *o, int argc, char **argv);
int cmd_shutdown(const struct options *o, int argc, char **argv);
int cmd_sign(const struct options *o, int argc, char **argv);
int cmd_start(const struct options *o, int argc, char **argv);
int cmd_stats(const struct options *o, int argc, char **argv);
int cmd_top(const struct options *o, int argc, char **argv);
int cmd_trigger(const struct options *o, int argc, char **argv);
int cmd_undefine(const struct options *o, int argc, char **argv);
int cmd_validate(const struct options *o, int argc, char **argv);
int cmd_vcpu_list(const struct options *o, int argc, char **argv);
int cmd_vcpu_pin(const struct options *o, int argc, char **argv);
int cmd_version(const struct options *o, int argc, char **argv);
int cmd_wait(const struct options *o, int argc, char **argv);
int cmd_why(const struct options *o, int argc, char **argv);

/* main.c */
bool option_has_value(const char *name);

/* util.c */

/* "hsctl: TEXT" (or JSON) on stderr; returns code. */
int fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Opens the host, or prints why not; *code is the exit code then. */
struct hypctl *host_open(int *code);
/* Says why libhypctl has failed; err is what it returned. */
int host_failed(struct hypctl *h, int err);
/* The living VM (or, with ended, also an ended one) that name, id or UUID names. */
bool vm_find(struct hypctl *h, const char *what, bool ended, struct hypctl_vm_info *info,
	     int *code);
/* The same, for who needs the host for nothing else. */
bool vm_lookup(const char *what, bool ended, struct hypctl_vm_info *info, int *code);
/* The living one of this name in a list of VMs, or NULL. */
const struct hypctl_vm_info *find_living(const struct hypctl_vm_info *list, size_t count,
					 const char *name);
/* The living VM of this name. */
bool vm_lives(struct hypctl *h, const char *name, struct hypctl_vm_info *vm);
/* The VM with this number as it is now; false: not even among the ended ones. */
bool vm_refresh(struct hypctl *h, unsigned int id, struct hypctl_vm_info *vm);
/* 20 ms: between two looks at a VM that is waited for. */
void sleep_a_little(void);
/* control.c: until the VM has ended, or is off and kept; an exit code that says how. */
int wait_until_over(const char *name);
/* Sends a command line to hsvm and waits for its answer. */
int vm_control(const char *name, const char *command);
/* The same; answer (size bytes) is what it says, stream (or NULL) as of hypctl_vm_command(). */
int vm_ask(const char *name, const char *command, char *answer, size_t size, int *stream);
void json_string(FILE *f, const char *s);
/* n bytes of a guest's; what is not UTF-8 is U+FFFD. */
void json_text(FILE *f, const char *s, size_t n);
/* n bytes of a guest's for a terminal, whose control characters are not for it. */
void print_safely(const char *s, size_t n);
double now(void);
/* A file to stdout; an exit code. */
int print_file(const char *path);
/* stats.c: the living VMs, or the one that is named; free(*list). host may be NULL. NULL: *code. */
struct hypctl *living(int argc, char **argv, struct hypctl_vm_info **list, size_t *count,
		      struct hypctl_host *host, int *code);
extern enum output error_output;
extern bool quiet;   /* -q: only what was asked for, and errors */
extern bool verbose; /* -v */
/* What was done, and how far it is: a line to stdout, unless quiet. */
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * How long a VM has been waited for to do something, since start (now()) and at most
 * timeout seconds (below 0: for ever): once a second on a terminal, unless quiet.
 */
void show_wait(const char *vm, const char *what, double start, double timeout);
/* That line goes. */
void clear_wait(void);
/* A request, with -v: for hypctl_trace(). */
void print_trace(void *arg, const char *text);
/* What the user did not ask for but should know: "note: TEXT" on stderr, unless quiet. */
void note(const char *text);

/*
 * create.c: reads and checks a file. Errors are printed, and then how many and
 * their consequence. NULL: *code.
 */
char *read_text(const char *path, size_t *size, int *code);
struct hypctl_config *config_read(const char *path, const char *consequence, char **text,
				  size_t *size, int *code);

/* defined.c */
bool is_defined(const char *name);
bool is_autostarted(const char *name);
/* Names in the order of the alphabet (those that start with dom0); free_names(). NULL: no memory.
 */
char **defined_names(bool autostart, size_t *count);
void free_names(char **names, size_t count);
/* What its XML says of it, if it is valid. */
void defined_info(const char *name, struct hypctl_vm_info *vm);
/* The definition to stdout; an exit code. */
int defined_show(const char *name);

/* console.c: an exit code. */
int console_open(const struct hypctl_vm_info *vm, unsigned int port, enum hypctl_console_mode mode,
		 int *fd);
/* Until the user leaves or the VM ends. */
int console_attach(const struct hypctl_vm_info *vm, unsigned int port,
		   enum hypctl_console_mode mode, int escape);
/*
 * What a console of a living or ended VM has shown, NUL-terminated; free() it.
 * NULL: *code says why; HSX_OK: there is nothing left of it.
 */
char *console_text(const struct hypctl_vm_info *vm, unsigned int port, size_t *size, int *code);
/* Says how the VM, whose console has closed, has ended; an exit code. */
int console_ended(unsigned int id, unsigned int port);

#endif
