/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration as XML again: what hsctl show prints. */
#include "hypctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

/* Nodes that could not be made are noticed by the one that has them all. */
struct out {
	bool failed;
};

static xmlNode *put(struct out *o, xmlNode *parent, const char *name, const char *text)
{
	xmlNode *n = xmlNewTextChild(parent, NULL, (const xmlChar *)name, (const xmlChar *)text);

	o->failed = o->failed || n == NULL;
	return n;
}

static void put_attr(struct out *o, xmlNode *node, const char *name, const char *value)
{
	if (node == NULL ||
	    xmlNewProp(node, (const xmlChar *)name, (const xmlChar *)value) == NULL) {
		o->failed = true;
	}
}

static void put_if(struct out *o, xmlNode *parent, const char *name, const char *text)
{
	if (text != NULL) {
		(void)put(o, parent, name, text);
	}
}

static const char *action_name(enum hypctl_action a)
{
	return a == HYPCTL_RESTART ? "restart" : a == HYPCTL_PRESERVE ? "preserve" : "destroy";
}

const char *hypctl_uuid_format(const uint8_t u[16], char text[HYPCTL_UUID_SIZE])
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < 16u; i++) {
		n += (size_t)snprintf(text + n, HYPCTL_UUID_SIZE - n, "%s%02x",
				      i == 4u || i == 6u || i == 8u || i == 10u ? "-" : "", u[i]);
	}
	return text;
}

static void put_metadata(struct out *o, xmlNode *domain, const char *metadata)
{
	xmlDoc *doc = metadata != NULL ? xmlReadMemory(metadata, (int)strlen(metadata), NULL, NULL,
						       XML_PARSE_NONET)
				       : NULL;
	xmlNode *copy =
		doc != NULL ? xmlDocCopyNode(xmlDocGetRootElement(doc), domain->doc, 1) : NULL;

	if (metadata != NULL && (copy == NULL || xmlAddChild(domain, copy) == NULL)) {
		o->failed = true;
	}
	xmlFreeDoc(doc);
}

/* One set for all, or one for each that has one. */
static void put_vcpus(struct out *o, xmlNode *domain, const struct hypctl_config *c)
{
	char text[HYPCTL_CPUSET_SIZE];
	xmlNode *vcpu, *tune = NULL, *pin;
	bool same = true;
	unsigned int i;

	for (i = 1; i < c->vcpus; i++) {
		same = same && c->cpus[i] == c->cpus[0];
	}
	snprintf(text, sizeof(text), "%u", c->vcpus);
	vcpu = put(o, domain, "vcpu", text);
	put_attr(o, vcpu, "placement", "static");
	if (same && c->cpus[0] != 0) {
		put_attr(o, vcpu, "cpuset", hypctl_cpuset_format(c->cpus[0], text));
	}
	for (i = 0; i < c->vcpus && !same; i++) {
		if (c->cpus[i] != 0) {
			tune = tune != NULL ? tune : put(o, domain, "cputune", NULL);
			pin = put(o, tune, "vcpupin", NULL);
			snprintf(text, sizeof(text), "%u", i);
			put_attr(o, pin, "vcpu", text);
			put_attr(o, pin, "cpuset", hypctl_cpuset_format(c->cpus[i], text));
		}
	}
}

static void put_security(struct out *o, xmlNode *domain, const struct hypctl_config *c)
{
	char hex[2u * HYPCTL_MEASUREMENT_SIZE + 1u];
	xmlNode *security;
	unsigned int i;

	if (!c->is_protected && !c->measured) {
		return;
	}
	security = put(o, domain, "launchSecurity", NULL);
	put_attr(o, security, "type", c->is_protected ? "hs-protected" : "hs-measured");
	if (c->has_measurement) {
		for (i = 0; i < HYPCTL_MEASUREMENT_SIZE; i++) {
			snprintf(hex + 2u * i, 3, "%02x", c->measurement[i]);
		}
		put_attr(o, put(o, security, "measurement", hex), "algorithm", "sha256");
	}
	if (c->signature != NULL) {
		put_attr(o, put(o, security, "signature", NULL), "file", c->signature);
	}
}

static void put_consoles(struct out *o, xmlNode *devices, const struct hypctl_config *c)
{
	xmlNode *console, *node;
	char number[12];
	unsigned int port;

	for (port = 0; port < c->consoles; port++) {
		console = put(o, devices, "console", NULL);
		put_attr(o, console, "type", "pty");
		if (c->console[port].log_file != NULL) {
			node = put(o, console, "log", NULL);
			put_attr(o, node, "file", c->console[port].log_file);
			put_attr(o, node, "append", c->console[port].log_append ? "on" : "off");
		}
		if (port != 0) {
			node = put(o, console, "target", NULL);
			put_attr(o, node, "type", "serial");
			snprintf(number, sizeof(number), "%u", port);
			put_attr(o, node, "port", number);
		}
	}
}

static void put_rng(struct out *o, xmlNode *devices, const struct hypctl_config *c)
{
	char number[12];
	xmlNode *rng, *rate;

	if (!c->has_rng) {
		return;
	}
	rng = put(o, devices, "rng", NULL);
	put_attr(o, rng, "model", "virtio");
	if (c->rng_bytes != 0) {
		rate = put(o, rng, "rate", NULL);
		snprintf(number, sizeof(number), "%" PRIu32, c->rng_bytes);
		put_attr(o, rate, "bytes", number);
		snprintf(number, sizeof(number), "%" PRIu32, c->rng_period);
		put_attr(o, rate, "period", number);
	}
	put_attr(o, put(o, rng, "backend", "/dev/urandom"), "model", "random");
}

static void put_domain(struct out *o, xmlNode *domain, const struct hypctl_config *c)
{
	char number[24], uuid[HYPCTL_UUID_SIZE];
	xmlNode *node, *type, *devices;

	put_attr(o, domain, "type", "hs");
	(void)put(o, domain, "name", c->name);
	(void)put(o, domain, "uuid", hypctl_uuid_format(c->uuid, uuid));
	put_if(o, domain, "title", c->title);
	put_if(o, domain, "description", c->description);
	put_metadata(o, domain, c->metadata);
	snprintf(number, sizeof(number), "%" PRIu64, c->memory / 1024u);
	put_attr(o, put(o, domain, "memory", number), "unit", "KiB");
	put_vcpus(o, domain, c);
	node = put(o, domain, "os", NULL);
	type = put(o, node, "type", "hvm"); /* libvirt's schema wants it */
	put_attr(o, type, "arch", "aarch64");
	put_attr(o, type, "machine", "virt");
	put_if(o, node, "kernel", c->kernel);
	put_if(o, node, "initrd", c->initrd);
	put_if(o, node, "cmdline", c->cmdline);
	(void)put(o, domain, "on_poweroff", action_name(c->on_poweroff));
	(void)put(o, domain, "on_reboot", action_name(c->on_reboot));
	(void)put(o, domain, "on_crash", action_name(c->on_crash));
	put_security(o, domain, c);
	devices = put(o, domain, "devices", NULL);
	put_consoles(o, devices, c);
	put_rng(o, devices, c);
}

int hypctl_config_write(const struct hypctl_config *config, char **text)
{
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *domain =
		doc != NULL ? xmlNewDocNode(doc, NULL, (const xmlChar *)"domain", NULL) : NULL;
	struct out o = { .failed = domain == NULL };
	xmlChar *made = NULL;
	int size;

	*text = NULL;
	if (domain != NULL) {
		(void)xmlDocSetRootElement(doc, domain);
		put_domain(&o, domain, config);
		xmlDocDumpFormatMemoryEnc(doc, &made, &size, "UTF-8", 1);
	}
	if (!o.failed && made != NULL) {
		*text = strdup((const char *)made);
	}
	xmlFree(made);
	xmlFreeDoc(doc);
	return *text != NULL ? 0 : -ENOMEM;
}
