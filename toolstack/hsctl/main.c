/* SPDX-License-Identifier: BSD-2-Clause */
#include "hsctl.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct command commands[] = {
	{ "attest", cmd_attest, 1, 1, "VM", "",
	  "Not supported yet: have a VM's measurement signed for others", "hsctl attest web1" },
	{ "autostart", cmd_autostart, 1, 1, "VM", "disable",
	  "Let a defined VM start with dom0", "hsctl autostart web1" },
	{ "console", cmd_console, 1, 1, "VM", "port force read-only escape",
	  "Attach to the console of a VM", "hsctl console web1" },
	{ "create", cmd_create, 1, 1, "FILE", "console paused wait dry-run dtb allow-dma",
	  "Create a VM from XML and start it", "hsctl create web1.xml --console" },
	{ "define", cmd_define, 1, 1, "FILE", "",
	  "Keep the XML of a VM, to start it by its name", "hsctl define web1.xml" },
	{ "destroy", cmd_kill, 1, 1, "VM", "",
	  "The same as kill", "hsctl destroy web1" },
	{ "dmesg", cmd_dmesg, 0, 0, "", "follow",
	  "Show the hypervisor's log", "hsctl dmesg" },
	{ "dump-core", cmd_dump_core, 2, 2, "VM OUT", "",
	  "Write memory and registers of an ordinary VM into an ELF core", "hsctl dump-core web1 web1.core" },
	{ "events", cmd_events, 0, 1, "[VM]", "console count timeout output",
	  "Tell what becomes of VMs as it happens", "hsctl events --output json" },
	{ "forget", cmd_forget, 0, 1, "[VM]", "",
	  "Forget an ended VM, or all of them", "hsctl forget web1" },
	{ "help", cmd_help, 0, 1, "[COMMAND]", "",
	  "Show the commands, or how to use one", "hsctl help create" },
	{ "info", cmd_info, 0, 1, "[VM]", "output",
	  "Show what is known of a VM, or of the host", "hsctl info web1 --output json" },
	{ "kill", cmd_kill, 1, 1, "VM", "",
	  "End a VM at once, as if its power was cut", "hsctl kill web1" },
	{ "list", cmd_list, 0, 0, "", "all defined columns output",
	  "List the VMs", "hsctl list --all" },
	{ "logs", cmd_logs, 1, 1, "VM", "port follow",
	  "Show what a VM's console has shown", "hsctl logs web1 --follow" },
	{ "measure", cmd_measure, 1, 1, "FILE", "raw",
	  "Compute the measurement that a VM will have", "hsctl measure web1.xml" },
	{ "mem", cmd_mem, 0, 1, "[VM]", "columns output",
	  "Show whose the memory is", "hsctl mem" },
	{ "pause", cmd_pause, 1, 1, "VM", "",
	  "Stop the vCPUs of a VM", "hsctl pause web1" },
	{ "reboot", cmd_reboot, 1, 1, "VM", "timeout sysrq",
	  "Press the power key of a VM and start it again when it is off", "hsctl reboot web1" },
	{ "reset", cmd_reset, 1, 1, "VM", "",
	  "Start a VM anew at once, as if its power was cut", "hsctl reset web1" },
	{ "resume", cmd_resume, 1, 1, "VM", "",
	  "Let a paused VM go on", "hsctl resume web1" },
	{ "show", cmd_show, 1, 1, "VM", "",
	  "Show the XML of a VM as it runs", "hsctl show web1 > copy.xml" },
	{ "shutdown", cmd_shutdown, 0, 1, "[VM]", "all timeout sysrq",
	  "Press the power key of a VM and wait until it is off", "hsctl shutdown web1 --timeout 30" },
	{ "sign", cmd_sign, 1, 1, "FILE", "key out",
	  "Sign the measurement of a VM with the owner's key", "hsctl sign web1.xml --key owner.pem --out web1.sig" },
	{ "start", cmd_start, 0, 1, "[VM]", "console paused wait allow-dma autostart",
	  "Start a defined VM, or all that start with dom0", "hsctl start web1 --console" },
	{ "stats", cmd_stats, 0, 1, "[VM]", "output",
	  "Show counters of VMs, also for Prometheus", "hsctl stats --output prom" },
	{ "top", cmd_top, 0, 1, "[VM]", "interval count",
	  "Show what the VMs do just now, again and again", "hsctl top --interval 5" },
	{ "trigger", cmd_trigger, 2, 2, "VM EVENT", "",
	  "Press a VM's power key, or a key of SysRq (sysrq:K)", "hsctl trigger web1 sysrq:w" },
	{ "undefine", cmd_undefine, 1, 1, "VM", "",
	  "Forget the XML of a defined VM; if it runs, it goes on", "hsctl undefine web1" },
	{ "validate", cmd_validate, 1, 1, "FILE", "",
	  "Check the XML of a VM", "hsctl validate web1.xml" },
	{ "vcpu-list", cmd_vcpu_list, 0, 1, "[VM]", "columns output",
	  "List vCPUs, where they run and for how long they have", "hsctl vcpu-list web1" },
	{ "vcpu-pin", cmd_vcpu_pin, 3, 3, "VM VCPU CPUS", "",
	  "Say on which CPUs a vCPU may run", "hsctl vcpu-pin web1 0 1-3" },
	{ "version", cmd_version, 0, 0, "", "output",
	  "Show the versions of hsctl and the hypervisor", "hsctl version" },
	{ "wait", cmd_wait, 1, 1, "VM", "for console-regex port timeout",
	  "Wait for a state or for text on the console", "hsctl wait web1 --console-regex 'login:'" },
	{ "why", cmd_why, 1, 1, "VM", "output",
	  "Show how a VM came to be as it is: its last exits and lines", "hsctl why web1" },
	{ .name = NULL },
};

enum { OPT_ALL = 1, OPT_ALLOW_DMA, OPT_AUTOSTART, OPT_COLUMNS, OPT_CONSOLE, OPT_REGEX, OPT_COUNT, OPT_DEFINED, OPT_DISABLE, OPT_DRY_RUN, OPT_DTB, OPT_ESCAPE, OPT_FOLLOW, OPT_FOR,
       OPT_FORCE, OPT_HELP, OPT_INTERVAL, OPT_KEY, OPT_OUT, OPT_OUTPUT, OPT_PAUSED, OPT_PORT, OPT_RAW, OPT_READ_ONLY, OPT_SYSRQ, OPT_TIMEOUT,
       OPT_WAIT, OPT_QUIET = 'q', OPT_VERBOSE = 'v' };

static const struct option long_options[] = {
	{ "all", no_argument, NULL, OPT_ALL },
	{ "allow-dma", no_argument, NULL, OPT_ALLOW_DMA },
	{ "autostart", no_argument, NULL, OPT_AUTOSTART },
	{ "columns", required_argument, NULL, OPT_COLUMNS },
	{ "console", no_argument, NULL, OPT_CONSOLE },
	{ "console-regex", required_argument, NULL, OPT_REGEX },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "defined", no_argument, NULL, OPT_DEFINED },
	{ "disable", no_argument, NULL, OPT_DISABLE },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "dtb", required_argument, NULL, OPT_DTB },
	{ "escape", required_argument, NULL, OPT_ESCAPE },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "for", required_argument, NULL, OPT_FOR },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "key", required_argument, NULL, OPT_KEY },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "paused", no_argument, NULL, OPT_PAUSED },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "raw", no_argument, NULL, OPT_RAW },
	{ "read-only", no_argument, NULL, OPT_READ_ONLY },
	{ "sysrq", no_argument, NULL, OPT_SYSRQ },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "wait", no_argument, NULL, OPT_WAIT },
	{ NULL, 0, NULL, 0 },
};
/* clang-format on */

bool option_has_value(const char *name)
{
	unsigned int i;

	for (i = 0; long_options[i].name != NULL; i++) {
		if (strcmp(long_options[i].name, name) == 0) {
			return long_options[i].has_arg == required_argument;
		}
	}
	return false;
}

/* Whether the command takes this option: nothing is accepted and ignored. */
static bool takes(const struct command *c, const char *option)
{
	size_t n = strlen(option);
	const char *p = c->options;

	while ((p = strstr(p, option)) != NULL) {
		if ((p == c->options || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0')) {
			return true;
		}
		p += n;
	}
	return false;
}

static bool set_output(const struct command *c, struct options *o, const char *v)
{
	o->prom = c->run == cmd_stats && strcmp(v, "prom") == 0;
	if (o->prom) {
		return true;
	}
	if (strcmp(v, "table") == 0) {
		o->output = OUT_TABLE;
	} else if (strcmp(v, "json") == 0) {
		o->output = OUT_JSON;
	} else if (strcmp(v, "plain") == 0) {
		o->output = OUT_PLAIN;
	} else {
		return false;
	}
	error_output = o->output;
	return true;
}

static int set_option(const struct command *c, struct options *o, int id, int index)
{
	char *end;

	if (id != OPT_HELP && !takes(c, long_options[index].name)) {
		return fail(HSX_USAGE, "%s does not take --%s; see hsctl help %s", c->name,
			    long_options[index].name, c->name);
	}
	switch (id) {
	case OPT_ALL:
		o->all = true;
		break;
	case OPT_ALLOW_DMA:
		o->allow_dma = true;
		break;
	case OPT_AUTOSTART:
		o->autostart = true;
		break;
	case OPT_DEFINED:
		o->defined = true;
		break;
	case OPT_DISABLE:
		o->disable = true;
		break;
	case OPT_COLUMNS:
		o->columns = optarg;
		break;
	case OPT_CONSOLE:
		o->console = true;
		break;
	case OPT_REGEX:
		o->regex = optarg;
		break;
	case OPT_COUNT:
		o->rounds = strtoul(optarg, &end, 10);
		if (optarg[0] < '0' || optarg[0] > '9' || *end != '\0' || o->rounds == 0) {
			return fail(HSX_USAGE, "--count %s: not a number above 0", optarg);
		}
		break;
	case OPT_INTERVAL:
		o->interval = strtod(optarg, &end);
		if (end == optarg || *end != '\0' || !(o->interval >= 0.1) || o->interval > 86400) {
			return fail(HSX_USAGE, "--interval %s: seconds, at least 0.1", optarg);
		}
		break;
	case OPT_DRY_RUN:
		o->dry_run = true;
		break;
	case OPT_DTB:
		o->dtb = optarg;
		break;
	case OPT_ESCAPE:
		o->escape = optarg;
		break;
	case OPT_FOLLOW:
		o->follow = true;
		break;
	case OPT_FOR:
		o->wait_for = optarg;
		break;
	case OPT_FORCE:
		o->force = true;
		break;
	case OPT_OUTPUT:
		if (!set_output(c, o, optarg)) {
			return fail(HSX_USAGE, "--output %s: table, json or plain%s", optarg,
				    c->run == cmd_stats ? ", or prom" : "");
		}
		break;
	case OPT_KEY:
		o->key = optarg;
		break;
	case OPT_OUT:
		o->out = optarg;
		break;
	case OPT_RAW:
		o->raw = true;
		break;
	case OPT_PAUSED:
		o->paused = true;
		break;
	case OPT_PORT:
		if (optarg[0] < '0' || optarg[0] - '0' >= (int)HYPCTL_MAX_CONSOLES ||
		    optarg[1] != '\0') {
			return fail(HSX_USAGE, "--port %s: consoles have ports 0 to %u", optarg,
				    HYPCTL_MAX_CONSOLES - 1u);
		}
		o->port = (unsigned int)(optarg[0] - '0');
		break;
	case OPT_READ_ONLY:
		o->read_only = true;
		break;
	case OPT_SYSRQ:
		o->sysrq = true;
		break;
	case OPT_WAIT:
		o->wait = true;
		break;
	case OPT_TIMEOUT:
		o->timeout = strtod(optarg, &end);
		if (end == optarg || *end != '\0' || !(o->timeout >= 0)) {
			return fail(HSX_USAGE, "--timeout %s: not a number of seconds", optarg);
		}
		break;
	default:
		break;
	}
	return HSX_OK;
}

/* What each command takes, and what may stand before it. */
static bool set_common(int id)
{
	quiet = quiet || id == OPT_QUIET;
	verbose = verbose || id == OPT_VERBOSE;
	if (verbose) {
		hypctl_trace(print_trace, NULL);
	}
	return id == OPT_QUIET || id == OPT_VERBOSE;
}

/* How many arguments those before the command are. */
static int common_options(int argc, char **argv)
{
	int n = 0;

	while (n + 1 < argc) {
		const char *a = argv[n + 1];

		if (!set_common(strcmp(a, "--quiet") == 0		      ? OPT_QUIET
				: strcmp(a, "--verbose") == 0		      ? OPT_VERBOSE
				: a[0] == '-' && a[1] != '\0' && a[2] == '\0' ? a[1]
									      : 0)) {
			break;
		}
		n++;
	}
	return n;
}

/* Also an error that comes before the option is JSON. */
static void look_for_json(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		bool next = i + 1 < argc && strcmp(argv[i + 1], "json") == 0;

		if (strcmp(argv[i], "--output=json") == 0 || strcmp(argv[i], "-ojson") == 0 ||
		    (next && (strcmp(argv[i], "--output") == 0 || strcmp(argv[i], "-o") == 0))) {
			error_output = OUT_JSON;
		}
	}
}

static int run(const struct command *c, int argc, char **argv)
{
	struct options o = { .timeout = -1, .interval = 2 };
	int index = 0;
	int code;
	int id;

	opterr = 0;
	look_for_json(argc, argv);
	while ((id = getopt_long(argc, argv, "ho:qv", long_options, &index)) != -1) {
		if (id == 'h' || id == OPT_HELP) {
			char *name = argv[0];

			return cmd_help(&o, 1, &name);
		}
		if (id == 'o') {
			for (index = 0; long_options[index].val != OPT_OUTPUT; index++) {
			}
			id = OPT_OUTPUT;
		}
		if (id == '?') {
			return fail(HSX_USAGE,
				    "%s: unknown option or missing value at '%s'; see "
				    "hsctl help %s",
				    c->name, argv[optind - 1], c->name);
		}
		if (set_common(id)) {
			continue;
		}
		code = set_option(c, &o, id, index);
		if (code != HSX_OK) {
			return code;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < c->min_args || argc > c->max_args) {
		return fail(HSX_USAGE, "usage: hsctl %s%s%s; see hsctl help %s", c->name,
			    c->args[0] != '\0' ? " " : "", c->args, c->name);
	}
	code = c->run(&o, argc, argv);
	clear_wait();
	if (fflush(stdout) != 0 && code == HSX_OK) {
		code = HSX_FAILED;
	}
	return code;
}

int main(int argc, char **argv)
{
	static char version[] = "version";
	const struct command *c;
	int common = common_options(argc, argv);

	argc -= common;
	argv += common;
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		struct options o = { .timeout = -1 };

		(void)cmd_help(&o, 0, NULL);
		return argc < 2 ? HSX_USAGE : HSX_OK;
	}
	(void)signal(SIGPIPE, SIG_IGN); /* a console that is gone is seen at its reading end */
	if (strcmp(argv[1], "--version") == 0) {
		argv[1] = version;
	}
	for (c = commands; c->name != NULL; c++) {
		if (strcmp(c->name, argv[1]) == 0) {
			return run(c, argc - 1, argv + 1);
		}
	}
	return fail(HSX_USAGE, "no command %s; hsctl help lists them", argv[1]);
}
