/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The XML of a VM: a strict subset of libvirt's. A table says which elements
 * and attributes exist where; everything else is an error, and all errors of a
 * file are reported in one run.
 */
#include "hypctl.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#define MAX_SIZE (1u << 20)
#define MAX_TAG 16384u
#define MIN_MEMORY (1ull << 20)
#define MAX_MEMORY (1ull << 38)
#define MAX_CMDLINE 2048u
#define MAX_ATTRS 5u
#define MAX_RNG_PERIOD 86400000u /* ms: a day */

/* The same devices, as libvirt describes them twice. */
enum console_name { CONSOLE, SERIAL };

struct parse {
	struct hypctl_config *c;
	hypctl_message_fn fn;
	void *arg;
	unsigned int errors;
	unsigned int unsupported;
	bool have_name, have_uuid, have_memory, have_vcpu;
	uint64_t current_memory;
	int current_memory_line;
	uint64_t all_cpus; /* <vcpu cpuset> */
	int pin_line[HYPCTL_MAX_VCPUS];
	unsigned int nr_consoles[2]; /* elements, by enum console_name */
	int console_lines[2][HYPCTL_MAX_CONSOLES];
	int rng_line; /* of <rng> */
	bool have_backend;
	unsigned int port; /* of the console that the walk is in; too large: of none */
};

static void say(struct parse *p, enum hypctl_severity severity, int line, int column,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void say(struct parse *p, enum hypctl_severity severity, int line, int column,
		const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->errors += severity == HYPCTL_MSG_ERROR ? 1u : 0u;
	p->fn(p->arg, severity, line, column, text);
}

#define error_at(p, node, ...) say(p, HYPCTL_MSG_ERROR, (int)xmlGetLineNo(node), 0, __VA_ARGS__)

typedef void (*element_fn)(struct parse *p, xmlNode *node, const char *text);

struct element {
	const char *name;
	element_fn fn;
	const struct element *children; /* NULL: text only */
	const char *attrs[MAX_ATTRS];
	bool any;  /* contents are the user's own */
	bool many; /* may stand more than once */
};

/* ---- values ---- */

static char *attr(xmlNode *node, const char *name)
{
	return (char *)xmlGetNoNsProp(node, (const xmlChar *)name);
}

static bool attr_is_one_of(struct parse *p, xmlNode *node, const char *name,
			   const char *const *known)
{
	char *v = attr(node, name);
	char list[200] = "";
	bool ok = v == NULL;
	size_t i;

	for (i = 0; known[i] != NULL; i++) {
		ok = ok || strcmp(v, known[i]) == 0;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			 i == 0 ? "" : ", ", known[i]);
	}
	if (!ok) {
		error_at(p, node, "<%s %s='%.40s'>: unknown %s; known: %s", node->name, name, v,
			 name, list);
	}
	xmlFree(v);
	return ok;
}

static bool whole_number(struct parse *p, xmlNode *node, const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0') {
		error_at(p, node, "<%s>: \"%.40s\" is not a whole number", node->name, text);
		return false;
	}
	if (errno == ERANGE) {
		error_at(p, node, "<%s>: %.40s is too large", node->name, text);
		return false;
	}
	return true;
}

static void set_string(struct parse *p, char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
	if (*to == NULL) {
		p->unsupported = 0;
		p->errors++;
	}
}

/* ---- elements ---- */

static void on_name(struct parse *p, xmlNode *node, const char *text)
{
	size_t n = strlen(text);
	size_t i;

	p->have_name = true;
	if (n == 0 || n >= HYPCTL_NAME_SIZE || !isalnum((unsigned char)text[0])) {
		error_at(p, node,
			 "<name>: \"%.70s\": 1 to 63 characters, beginning with a letter or digit",
			 text);
		return;
	}
	for (i = 0; i < n; i++) {
		if (!isalnum((unsigned char)text[i]) && strchr("._-", text[i]) == NULL) {
			error_at(p, node, "<name>: \"%.70s\": only letters, digits, '.', '_', '-'",
				 text);
			return;
		}
	}
	memcpy(p->c->name, text, n + 1u);
}

static void on_uuid(struct parse *p, xmlNode *node, const char *text)
{
	const char *s = text;
	unsigned int i;

	for (i = 0; i < 16u; i++) {
		unsigned int byte;

		while (*s == '-') {
			s++;
		}
		if (!isxdigit((unsigned char)s[0]) || !isxdigit((unsigned char)s[1]) ||
		    sscanf(s, "%2x", &byte) != 1) {
			break;
		}
		p->c->uuid[i] = (uint8_t)byte;
		s += 2;
	}
	if (i < 16u || *s != '\0') {
		error_at(p, node, "<uuid>: \"%.50s\" is not a UUID (32 hex digits)", text);
	}
	p->have_uuid = true;
}

static void on_title(struct parse *p, xmlNode *node, const char *text)
{
	(void)node;
	set_string(p, &p->c->title, text);
}

static void on_description(struct parse *p, xmlNode *node, const char *text)
{
	(void)node;
	set_string(p, &p->c->description, text);
}

static void on_metadata(struct parse *p, xmlNode *node, const char *text)
{
	xmlNode *copy = xmlDocCopyNode(node, node->doc, 1); /* with the namespaces it needs */
	xmlBuffer *b = xmlBufferCreate();

	(void)text;
	if (copy == NULL || b == NULL || xmlNodeDump(b, node->doc, copy, 0, 0) < 0) {
		p->errors++;
	} else {
		set_string(p, &p->c->metadata, (const char *)xmlBufferContent(b));
	}
	xmlBufferFree(b);
	xmlFreeNode(copy);
}

static bool memory_value(struct parse *p, xmlNode *node, const char *text, uint64_t *bytes)
{
	static const struct {
		const char *unit;
		uint64_t factor;
	} units[] = {
		{ "b", 1 },
		{ "bytes", 1 },
		{ "KB", 1000 },
		{ "k", 1024 },
		{ "KiB", 1024 },
		{ "MB", 1000000 },
		{ "M", 1u << 20 },
		{ "MiB", 1u << 20 },
		{ "GB", 1000000000 },
		{ "G", 1u << 30 },
		{ "GiB", 1u << 30 },
		{ "T", 1ull << 40 },
		{ "TiB", 1ull << 40 },
	};
	char *unit = attr(node, "unit");
	uint64_t factor = unit == NULL ? 1024u : 0u;
	uint64_t n;
	size_t i;
	bool ok;

	for (i = 0; unit != NULL && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].unit) == 0) {
			factor = units[i].factor;
		}
	}
	ok = whole_number(p, node, text, &n);
	if (factor == 0) {
		error_at(p, node, "<%s unit='%.20s'>: unknown unit; use KiB, MiB or GiB",
			 node->name, unit);
		ok = false;
	} else if (ok && n > UINT64_MAX / factor) {
		error_at(p, node, "<%s>: %s is too large", node->name, text);
		ok = false;
	}
	xmlFree(unit);
	*bytes = ok ? n * factor : 0;
	return ok;
}

static void on_memory(struct parse *p, xmlNode *node, const char *text)
{
	uint64_t bytes;

	p->have_memory = true;
	if (!memory_value(p, node, text, &bytes)) {
		return;
	}
	if (bytes % 4096u != 0) {
		error_at(p, node, "<memory>: not a multiple of 4 KiB");
	} else if (bytes < MIN_MEMORY) {
		error_at(p, node, "<memory>: %" PRIu64 " KiB is too little; at least 1 MiB",
			 bytes / 1024u);
	} else if (bytes > MAX_MEMORY) {
		error_at(p, node, "<memory>: more than the 256 GiB that a VM can have");
	}
	p->c->memory = bytes;
}

static void on_current_memory(struct parse *p, xmlNode *node, const char *text)
{
	p->current_memory_line = (int)xmlGetLineNo(node);
	(void)memory_value(p, node, text, &p->current_memory);
}

/* An attribute with a set of CPUs; 0: it is not there, or wrong. */
static uint64_t cpuset(struct parse *p, xmlNode *node)
{
	char *v = attr(node, "cpuset");
	uint64_t cpus = 0;
	int r = v != NULL ? hypctl_cpuset_parse(v, &cpus) : 0;

	if (r == -ERANGE) {
		error_at(p, node, "<%s cpuset='%.40s'>: CPUs are 0 to %u", node->name, v,
			 HYPCTL_MAX_CPUS - 1u);
	} else if (r != 0) {
		error_at(p, node, "<%s cpuset='%.40s'>: not a list of CPUs, as 0-3,^2", node->name,
			 v);
	}
	xmlFree(v);
	return cpus;
}

static void on_vcpupin(struct parse *p, xmlNode *node, const char *text)
{
	char *v = attr(node, "vcpu");
	uint64_t cpus = cpuset(p, node);
	char *end;
	unsigned long n = v != NULL ? strtoul(v, &end, 10) : 0;

	(void)text;
	if (v == NULL || !isdigit((unsigned char)v[0]) || *end != '\0' || n >= HYPCTL_MAX_VCPUS) {
		error_at(p, node, "<vcpupin>: needs vcpu='0' to '%u'", HYPCTL_MAX_VCPUS - 1u);
	} else if (p->pin_line[n] != 0) {
		error_at(p, node, "<vcpupin vcpu='%lu'>: a second one; the first is in line %d", n,
			 p->pin_line[n]);
	} else {
		p->pin_line[n] = (int)xmlGetLineNo(node);
		p->c->cpus[n] = cpus;
		if (!xmlHasProp(node, (const xmlChar *)"cpuset")) {
			error_at(p, node, "<vcpupin>: needs cpuset='...'");
		}
	}
	xmlFree(v);
}

static void on_vcpu(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const placement[] = { "static", NULL };
	uint64_t n;

	p->have_vcpu = true;
	(void)attr_is_one_of(p, node, "placement", placement);
	p->all_cpus = cpuset(p, node);
	if (!whole_number(p, node, text, &n)) {
		return;
	}
	if (n < 1u || n > HYPCTL_MAX_VCPUS) {
		error_at(p, node, "<vcpu>: %" PRIu64 ": a VM has 1 to %u", n, HYPCTL_MAX_VCPUS);
		return;
	}
	p->c->vcpus = (unsigned int)n;
}

static void on_os_type(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const arch[] = { "aarch64", NULL };
	static const char *const machine[] = { "virt", NULL };

	(void)attr_is_one_of(p, node, "arch", arch);
	(void)attr_is_one_of(p, node, "machine", machine);
	if (strcmp(text, "hvm") != 0) {
		error_at(p, node, "<type>: \"%.40s\": only hvm", text);
	}
}

static bool absolute(struct parse *p, xmlNode *node, const char *text)
{
	if (text[0] != '/' || strlen(text) >= PATH_MAX) {
		error_at(p, node, "<%s>: \"%.60s\" is not an absolute path", node->name, text);
		return false;
	}
	return true;
}

static void on_kernel(struct parse *p, xmlNode *node, const char *text)
{
	if (absolute(p, node, text)) {
		set_string(p, &p->c->kernel, text);
	}
}

static void on_initrd(struct parse *p, xmlNode *node, const char *text)
{
	if (absolute(p, node, text)) {
		set_string(p, &p->c->initrd, text);
	}
}

static void on_cmdline(struct parse *p, xmlNode *node, const char *text)
{
	if (strlen(text) >= MAX_CMDLINE) {
		error_at(p, node, "<cmdline>: longer than %u characters", MAX_CMDLINE - 1u);
	}
	set_string(p, &p->c->cmdline, text);
}

static void on_gic(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const version[] = { "3", NULL };

	(void)text;
	(void)attr_is_one_of(p, node, "version", version);
}

static enum hypctl_action action(struct parse *p, xmlNode *node, const char *text)
{
	if (strcmp(text, "destroy") == 0) {
		return HYPCTL_DESTROY;
	}
	if (strcmp(text, "restart") == 0) {
		return HYPCTL_RESTART;
	}
	if (strcmp(text, "preserve") != 0) {
		error_at(p, node, "<%s>: \"%.40s\": destroy, restart or preserve", node->name,
			 text);
	}
	return HYPCTL_PRESERVE;
}

static void on_on_poweroff(struct parse *p, xmlNode *node, const char *text)
{
	p->c->on_poweroff = action(p, node, text);
}

static void on_on_reboot(struct parse *p, xmlNode *node, const char *text)
{
	p->c->on_reboot = action(p, node, text);
}

static void on_on_crash(struct parse *p, xmlNode *node, const char *text)
{
	p->c->on_crash = action(p, node, text);
}

/* What its <target> says, or which of its name it is. */
static unsigned int port_of(xmlNode *node, unsigned int ordinal)
{
	xmlNode *target = node->children;
	char *port = NULL;

	while (target != NULL && !xmlStrEqual(target->name, (const xmlChar *)"target")) {
		target = target->next;
	}
	port = target != NULL ? attr(target, "port") : NULL;
	if (port != NULL && isdigit((unsigned char)port[0]) && port[1] == '\0') {
		ordinal = (unsigned int)(port[0] - '0');
	}
	xmlFree(port);
	return ordinal;
}

/* <console> and <serial> of one port are the same vPL011. */
static void on_console(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const types[] = { "pty", NULL };
	enum console_name name =
		xmlStrEqual(node->name, (const xmlChar *)"serial") ? SERIAL : CONSOLE;
	int *line;

	(void)text;
	(void)attr_is_one_of(p, node, "type", types);
	p->port = port_of(node, p->nr_consoles[name]++);
	if (p->port >= HYPCTL_MAX_CONSOLES) {
		error_at(p, node, "<%s>: a VM has at most %u consoles, ports 0 to %u", node->name,
			 HYPCTL_MAX_CONSOLES, HYPCTL_MAX_CONSOLES - 1u);
		return;
	}
	line = &p->console_lines[name][p->port];
	if (*line != 0) {
		error_at(p, node, "a second <%s> of port %u; the first is in line %d", node->name,
			 p->port, *line);
		p->port = HYPCTL_MAX_CONSOLES;
		return;
	}
	*line = (int)xmlGetLineNo(node);
	if (p->port >= p->c->consoles) {
		p->c->consoles = p->port + 1u;
	}
}

static void on_log(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const on_off[] = { "on", "off", NULL };
	char *file = attr(node, "file");
	char *append = attr(node, "append");
	struct hypctl_console none = { .log_file = NULL }; /* of a port that is wrong */
	struct hypctl_console *c = p->port < HYPCTL_MAX_CONSOLES ? &p->c->console[p->port] : &none;

	(void)text;
	if (file == NULL) {
		error_at(p, node, "<log>: needs file='...'");
	} else if (file[0] != '/') {
		error_at(p, node, "<log file='%.60s'>: not an absolute path", file);
	} else if (c->log_file != NULL && strcmp(c->log_file, file) != 0) {
		error_at(p, node, "<log>: the console has one log file already");
	} else {
		set_string(p, &c->log_file, file);
	}
	if (attr_is_one_of(p, node, "append", on_off)) {
		c->log_append = append != NULL && strcmp(append, "on") == 0;
	}
	free(none.log_file);
	xmlFree(file);
	xmlFree(append);
}

static void on_target(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const types[] = { "serial", "system-serial", NULL };
	static const char *const ports[] = { "0", "1", "2", "3", NULL };

	_Static_assert(HYPCTL_MAX_CONSOLES == 4, "ports");

	(void)text;
	(void)attr_is_one_of(p, node, "type", types);
	(void)attr_is_one_of(p, node, "port", ports);
}

static void on_model(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const names[] = { "pl011", NULL };

	(void)text;
	(void)attr_is_one_of(p, node, "name", names);
}

static void on_rng(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const models[] = { "virtio", NULL };

	(void)text;
	p->rng_line = (int)xmlGetLineNo(node);
	p->c->has_rng = true;
	if (!xmlHasProp(node, (const xmlChar *)"model")) {
		error_at(p, node, "<rng>: needs model='virtio'");
	}
	(void)attr_is_one_of(p, node, "model", models);
}

/* A number that an attribute must be, from 1; fallback (0: none) if it is not there. */
static uint32_t count_attr(struct parse *p, xmlNode *node, const char *name, uint32_t max,
			   uint32_t fallback)
{
	char *v = attr(node, name);
	char *end;
	unsigned long long n = fallback;

	if (v != NULL) {
		errno = 0;
		n = strtoull(v, &end, 10);
		if (!isdigit((unsigned char)v[0]) || *end != '\0' || errno != 0 || n > max) {
			n = 0;
		}
	}
	if (n == 0) {
		error_at(p, node, "<%s>: needs %s='1' to '%u'", node->name, name, max);
	}
	xmlFree(v);
	return (uint32_t)n;
}

static void on_rate(struct parse *p, xmlNode *node, const char *text)
{
	(void)text;
	p->c->rng_bytes = count_attr(p, node, "bytes", UINT32_MAX, 0);
	p->c->rng_period = count_attr(p, node, "period", MAX_RNG_PERIOD, 1000);
}

/* All of them are dom0's kernel, by getrandom(2). */
static void on_backend(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const models[] = { "random", "builtin", NULL };
	char *model = attr(node, "model");

	p->have_backend = true;
	if (model == NULL) {
		error_at(p, node, "<backend>: needs model='random' or 'builtin'");
	} else if (attr_is_one_of(p, node, "model", models) && text[0] != '\0' &&
		   (strcmp(model, "builtin") == 0 ||
		    (strcmp(text, "/dev/urandom") != 0 && strcmp(text, "/dev/random") != 0))) {
		error_at(p, node,
			 "<backend model='%s'>: \"%.60s\": only /dev/urandom and /dev/random, "
			 "of model 'random'",
			 model, text);
	}
	xmlFree(model);
}

static void on_launch_security(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const types[] = { "hs-protected", "hs-measured", NULL };
	char *type = attr(node, "type");

	(void)text;
	if (type == NULL) {
		error_at(p, node, "<launchSecurity>: needs type='hs-protected' or 'hs-measured'");
	} else if (attr_is_one_of(p, node, "type", types)) {
		p->c->is_protected = strcmp(type, "hs-protected") == 0;
		p->c->measured = true;
	}
	xmlFree(type);
}

static void on_measurement(struct parse *p, xmlNode *node, const char *text)
{
	static const char *const algorithms[] = { "sha256", NULL };
	unsigned int i;

	(void)attr_is_one_of(p, node, "algorithm", algorithms);
	for (i = 0; i < 2u * HYPCTL_MEASUREMENT_SIZE; i++) {
		unsigned int digit;

		if (!isxdigit((unsigned char)text[i])) {
			break;
		}
		digit = isdigit((unsigned char)text[i]) ? (unsigned int)(text[i] - '0')
							: (text[i] | 32u) - 'a' + 10u;
		p->c->measurement[i / 2u] = (uint8_t)(p->c->measurement[i / 2u] << 4 | digit);
	}
	if (i < 2u * HYPCTL_MEASUREMENT_SIZE || text[i] != '\0') {
		error_at(p, node, "<measurement>: 64 hex digits, as hsctl measure prints them");
	}
	p->c->has_measurement = true;
}

static void on_signature(struct parse *p, xmlNode *node, const char *text)
{
	char *file = attr(node, "file");

	(void)text;
	if (file == NULL) {
		error_at(p, node, "<signature>: needs file='...'");
	} else if (file[0] != '/') {
		error_at(p, node, "<signature file='%.60s'>: not an absolute path", file);
	} else {
		set_string(p, &p->c->signature, file);
	}
	xmlFree(file);
}

/* ---- the grammar ---- */

/* clang-format off */
static const struct element target_children[] = {
	{ .name = "model", .fn = on_model, .attrs = { "name" } },
	{ .name = NULL },
};
static const struct element console_children[] = {
	{ .name = "log", .fn = on_log, .attrs = { "file", "append" } },
	{ .name = "target", .fn = on_target, .children = target_children, .attrs = { "type", "port" } },
	{ .name = NULL },
};
static const struct element rng_children[] = {
	{ .name = "rate", .fn = on_rate, .attrs = { "bytes", "period" } },
	{ .name = "backend", .fn = on_backend, .attrs = { "model" } },
	{ .name = NULL },
};
static const struct element devices_children[] = {
	{ .name = "console", .fn = on_console, .children = console_children, .attrs = { "type" },
	  .many = true },
	{ .name = "serial", .fn = on_console, .children = console_children, .attrs = { "type" },
	  .many = true },
	{ .name = "rng", .fn = on_rng, .children = rng_children, .attrs = { "model" } },
	{ .name = NULL },
};
static const struct element security_children[] = {
	{ .name = "measurement", .fn = on_measurement, .attrs = { "algorithm" } },
	{ .name = "signature", .fn = on_signature, .attrs = { "file" } },
	{ .name = NULL },
};
static const struct element os_children[] = {
	{ .name = "type", .fn = on_os_type, .attrs = { "arch", "machine" } },
	{ .name = "kernel", .fn = on_kernel },
	{ .name = "initrd", .fn = on_initrd },
	{ .name = "cmdline", .fn = on_cmdline },
	{ .name = NULL },
};
static const struct element cputune_children[] = {
	{ .name = "vcpupin", .fn = on_vcpupin, .attrs = { "vcpu", "cpuset" }, .many = true },
	{ .name = NULL },
};
static const struct element features_children[] = {
	{ .name = "gic", .fn = on_gic, .attrs = { "version" } },
	{ .name = NULL },
};
static const struct element domain_children[] = {
	{ .name = "name", .fn = on_name },
	{ .name = "uuid", .fn = on_uuid },
	{ .name = "title", .fn = on_title },
	{ .name = "description", .fn = on_description },
	{ .name = "metadata", .fn = on_metadata, .any = true },
	{ .name = "memory", .fn = on_memory, .attrs = { "unit" } },
	{ .name = "currentMemory", .fn = on_current_memory, .attrs = { "unit" } },
	{ .name = "vcpu", .fn = on_vcpu, .attrs = { "placement", "cpuset" } },
	{ .name = "cputune", .children = cputune_children },
	{ .name = "os", .children = os_children },
	{ .name = "features", .children = features_children },
	{ .name = "on_poweroff", .fn = on_on_poweroff },
	{ .name = "on_reboot", .fn = on_on_reboot },
	{ .name = "on_crash", .fn = on_on_crash },
	{ .name = "launchSecurity", .fn = on_launch_security, .children = security_children,
	  .attrs = { "type" } },
	{ .name = "devices", .children = devices_children },
	{ .name = NULL },
};

/* What libvirt has and this version does not: said as such. */
static const char *const not_yet[] = {
	"cpu", "clock", "disk", "interface", "vsock", "filesystem", "hostdev",
	"tpm", "watchdog", "memballoon", "shmem", "iommu", "channel", "controller", "emulator",
	"graphics", "video", "input", "sound", "memoryBacking", "numatune", "iothreads", "loader",
	"nvram", "boot", "dtb", "acpi", "apic", "pae", "panic", "resource", "blkiotune",
	"memtune", "sharedMemory", "seclabel", "sysinfo", "idmap", "pm", "perf", "genid", NULL
};
/* clang-format on */

/* ---- the walk ---- */

/* Edit distance, for "did you mean": short words only. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[32];
	size_t n = strlen(b);
	size_t i, j;

	if (n >= 31u || strlen(a) >= 31u) {
		return 99;
	}
	for (j = 0; j <= n; j++) {
		row[j] = (unsigned int)j;
	}
	for (i = 1; a[i - 1u] != '\0'; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (j = 1; j <= n; j++) {
			unsigned int change = diagonal + (a[i - 1u] == b[j - 1u] ? 0u : 1u);
			unsigned int best = row[j] + 1u;

			diagonal = row[j];
			best = row[j - 1u] + 1u < best ? row[j - 1u] + 1u : best;
			row[j] = change < best ? change : best;
		}
	}
	return row[n];
}

static void unknown_element(struct parse *p, xmlNode *node, const struct element *known)
{
	const char *name = (const char *)node->name;
	const char *best = NULL;
	unsigned int best_distance = 3;
	size_t i;

	for (i = 0; not_yet[i] != NULL; i++) {
		if (strcmp(name, not_yet[i]) == 0) {
			error_at(p, node, "<%s> is not supported yet", name);
			p->unsupported++;
			return;
		}
	}
	for (; known->name != NULL; known++) {
		unsigned int d = distance(name, known->name);

		if (d < best_distance) {
			best_distance = d;
			best = known->name;
		}
	}
	if (best != NULL) {
		error_at(p, node, "unknown element <%.40s> in <%s> (did you mean <%s>?)", name,
			 node->parent->name, best);
	} else {
		error_at(p, node, "unknown element <%.40s> in <%s>", name, node->parent->name);
	}
}

static void check_attrs(struct parse *p, xmlNode *node, const struct element *e)
{
	const xmlAttr *a;
	size_t i;

	for (a = node->properties; a != NULL; a = a->next) {
		bool found = false;

		for (i = 0; i < MAX_ATTRS && e->attrs[i] != NULL; i++) {
			found = found || strcmp((const char *)a->name, e->attrs[i]) == 0;
		}
		if (!found) {
			error_at(p, node, "unknown attribute '%.40s' of <%s>", a->name, node->name);
		}
	}
}

static void strip(char *s)
{
	size_t n = strlen(s);
	size_t start = strspn(s, " \t\r\n");

	while (n > start && strchr(" \t\r\n", s[n - 1u]) != NULL) {
		n--;
	}
	memmove(s, s + start, n - start);
	s[n - start] = '\0';
}

static void walk(struct parse *p, xmlNode *parent, const struct element *known);

static void element(struct parse *p, xmlNode *node, const struct element *e)
{
	char *text;

	check_attrs(p, node, e);
	if (e->children != NULL || e->any) {
		if (e->fn != NULL) {
			e->fn(p, node, "");
		}
		if (e->children != NULL) {
			walk(p, node, e->children);
		}
		return;
	}
	if (xmlChildElementCount(node) != 0) {
		error_at(p, node, "<%s> has no elements in it", node->name);
		return;
	}
	text = (char *)xmlNodeGetContent(node);
	if (text != NULL) {
		strip(text);
		e->fn(p, node, text);
	}
	xmlFree(text);
}

static void walk(struct parse *p, xmlNode *parent, const struct element *known)
{
	xmlNode *node;

	for (node = parent->children; node != NULL; node = node->next) {
		const struct element *e = known;
		xmlNode *before;

		if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
			if (!xmlIsBlankNode(node)) {
				error_at(p, node, "text in <%s>, which has only elements",
					 parent->name);
			}
			continue;
		}
		if (node->type != XML_ELEMENT_NODE) {
			continue;
		}
		while (e->name != NULL && strcmp((const char *)node->name, e->name) != 0) {
			e++;
		}
		if (e->name == NULL) {
			unknown_element(p, node, known);
			continue;
		}
		for (before = e->many ? NULL : node->prev; before != NULL; before = before->prev) {
			if (before->type == XML_ELEMENT_NODE &&
			    xmlStrEqual(before->name, node->name)) {
				error_at(p, node, "a second <%s>; the first is in line %ld",
					 node->name, xmlGetLineNo(before));
				break;
			}
		}
		element(p, node, e);
	}
}

static int console_line(const struct parse *p, unsigned int port)
{
	return p->console_lines[CONSOLE][port] != 0 ? p->console_lines[CONSOLE][port]
						    : p->console_lines[SERIAL][port];
}

/* Ports begin with 0 and have no gaps; a log belongs to one console. */
static void check_consoles(struct parse *p)
{
	struct hypctl_config *c = p->c;
	unsigned int port, other;

	for (port = 0; port < c->consoles; port++) {
		if (console_line(p, port) == 0) {
			say(p, HYPCTL_MSG_ERROR, console_line(p, c->consoles - 1u), 0,
			    "a console of port %u, and none of port %u", c->consoles - 1u, port);
		}
		for (other = 0; other < port; other++) {
			if (c->console[port].log_file != NULL &&
			    c->console[other].log_file != NULL &&
			    strcmp(c->console[port].log_file, c->console[other].log_file) == 0) {
				say(p, HYPCTL_MSG_ERROR, console_line(p, port), 0,
				    "the consoles of ports %u and %u have the same log file", other,
				    port);
			}
		}
	}
	c->consoles = c->consoles != 0 ? c->consoles : 1u;
}

/* It writes to the guest's memory, where a protected VM lets nobody in. */
static void check_rng(struct parse *p)
{
	if (p->rng_line != 0 && !p->have_backend) {
		say(p, HYPCTL_MSG_ERROR, p->rng_line, 0, "<rng>: needs a <backend>");
	}
	if (p->rng_line != 0 && p->c->is_protected) {
		say(p, HYPCTL_MSG_ERROR, p->rng_line, 0,
		    "<rng> is not supported yet for protected VMs");
		p->unsupported++;
	}
}

static void check_domain(struct parse *p, xmlNode *root)
{
	static const char *const types[] = { "hs", "kvm", NULL };
	static const struct element domain = { .name = "domain", .attrs = { "type" } };
	char *type = attr(root, "type");
	unsigned int i;

	if (!xmlStrEqual(root->name, (const xmlChar *)"domain")) {
		error_at(p, root, "<%s>: the file must be one <domain type='hs'>", root->name);
		xmlFree(type);
		return;
	}
	check_attrs(p, root, &domain);
	if (type == NULL) {
		error_at(p, root, "<domain>: needs type='hs'");
	} else if (attr_is_one_of(p, root, "type", types) && strcmp(type, "kvm") == 0) {
		say(p, HYPCTL_MSG_WARNING, (int)xmlGetLineNo(root), 0,
		    "<domain type='kvm'>: taken as type='hs'");
	}
	xmlFree(type);
	walk(p, root, domain_children);
	if (!p->have_name) {
		error_at(p, root, "<domain>: needs a <name>");
	}
	if (!p->have_memory) {
		error_at(p, root, "<domain>: needs <memory>");
	}
	if (p->c->kernel == NULL && p->errors == 0) {
		error_at(p, root, "<domain>: needs <os><kernel>");
	}
	p->c->vcpus = p->have_vcpu ? p->c->vcpus : 1u;
	for (i = p->c->vcpus; p->errors == 0 && i < HYPCTL_MAX_VCPUS; i++) {
		if (p->pin_line[i] != 0) {
			say(p, HYPCTL_MSG_ERROR, p->pin_line[i], 0,
			    "<vcpupin vcpu='%u'>: the VM's vCPUs are 0 to %u", i, p->c->vcpus - 1u);
		}
	}
	if (p->current_memory_line != 0 && p->current_memory != p->c->memory) {
		say(p, HYPCTL_MSG_ERROR, p->current_memory_line, 0,
		    "<currentMemory>: must equal <memory>: there is no balloon yet");
	}
	check_consoles(p);
	check_rng(p);
}

static void on_xml_error(void *arg, xmlErrorPtr e)
{
	struct parse *p = arg;
	char text[256];

	snprintf(text, sizeof(text), "%s", e->message != NULL ? e->message : "not XML");
	strip(text);
	say(p, HYPCTL_MSG_ERROR, e->line, e->int2, "%s", text);
}

static void finish(struct hypctl_config *c, const struct parse *p)
{
	unsigned int i;

	for (i = 0; i < c->vcpus; i++) {
		c->cpus[i] = c->cpus[i] != 0 ? c->cpus[i] : p->all_cpus;
	}
	c->has_uuid = p->have_uuid;
	if (!p->have_uuid && getrandom(c->uuid, sizeof(c->uuid), 0) == (ssize_t)sizeof(c->uuid)) {
		c->uuid[6] = (uint8_t)((c->uuid[6] & 0x0fu) | 0x40u); /* RFC 4122, version 4 */
		c->uuid[8] = (uint8_t)((c->uuid[8] & 0x3fu) | 0x80u);
	}
}

static bool starts(const char *p, const char *limit, const char *word)
{
	return (size_t)(limit - p) >= strlen(word) && memcmp(p, word, strlen(word)) == 0;
}

/* Behind the next end, or the end of the text. */
static const char *skip(const char *p, const char *limit, const char *end)
{
	while (p < limit && !starts(p, limit, end)) {
		p++;
	}
	return p < limit ? p + strlen(end) : limit;
}

/* Behind the tag at p, whose attributes may have a > in them. */
static const char *tag_end(const char *p, const char *limit)
{
	char quote = '\0';

	for (; p < limit && (quote != '\0' || *p != '>'); p++) {
		if (quote != '\0') {
			quote = *p == quote ? '\0' : quote;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		}
	}
	return p;
}

/*
 * libxml2 compares each attribute of a tag with all others: 60,000 of them take
 * it a minute. Nothing that is meant has a tag so long.
 */
static bool tags_are_short(struct parse *p, const char *text, size_t size)
{
	const char *limit = text + size;
	const char *at = text;
	int line = 1;

	while (at < limit) {
		const char *next = starts(at, limit, "<!--")	    ? skip(at, limit, "-->")
				   : starts(at, limit, "<![CDATA[") ? skip(at, limit, "]]>")
				   : starts(at, limit, "<?")	    ? skip(at, limit, "?>")
				   : *at == '<'			    ? tag_end(at, limit)
								    : at + 1;

		if (*at == '<' && at + 1 < limit && at[1] != '!' && at[1] != '?' &&
		    next - at > (ptrdiff_t)MAX_TAG) {
			say(p, HYPCTL_MSG_ERROR, line, 0, "a tag of more than %u bytes", MAX_TAG);
			return false;
		}
		for (; at < next; at++) {
			line += *at == '\n';
		}
	}
	return true;
}

int hypctl_config_parse(const char *text, size_t size, hypctl_message_fn fn, void *arg,
			struct hypctl_config **config)
{
	struct parse p = { .fn = fn, .arg = arg };
	xmlDoc *doc = NULL;

	*config = NULL;
	if (size == 0 || size > MAX_SIZE) {
		say(&p, HYPCTL_MSG_ERROR, 0, 0,
		    size == 0 ? "the file is empty" : "the file is larger than 1 MiB");
		return -EINVAL;
	}
	if (!tags_are_short(&p, text, size)) {
		return -EINVAL;
	}
	p.c = calloc(1, sizeof(*p.c));
	if (p.c == NULL) {
		return -ENOMEM;
	}
	p.c->on_reboot = HYPCTL_RESTART;
	xmlSetStructuredErrorFunc(&p, on_xml_error);
	doc = xmlReadMemory(text, (int)size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_BIG_LINES);
	xmlSetStructuredErrorFunc(NULL, NULL);
	if (doc != NULL && doc->intSubset != NULL) {
		say(&p, HYPCTL_MSG_ERROR, 0, 0, "a DOCTYPE is not allowed");
	} else if (doc != NULL && xmlDocGetRootElement(doc) != NULL) {
		check_domain(&p, xmlDocGetRootElement(doc));
	} else if (p.errors == 0) {
		say(&p, HYPCTL_MSG_ERROR, 0, 0, "not an XML file");
	}
	xmlFreeDoc(doc);
	if (p.errors != 0) {
		hypctl_config_free(p.c);
		return p.errors == p.unsupported ? -EOPNOTSUPP : -EINVAL;
	}
	finish(p.c, &p);
	*config = p.c;
	return 0;
}

void hypctl_config_free(struct hypctl_config *c)
{
	unsigned int port;

	if (c != NULL) {
		for (port = 0; port < HYPCTL_MAX_CONSOLES; port++) {
			free(c->console[port].log_file);
		}
		free(c->title);
		free(c->description);
		free(c->metadata);
		free(c->kernel);
		free(c->initrd);
		free(c->cmdline);
		free(c->signature);
		free(c);
	}
}
