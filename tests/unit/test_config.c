/* SPDX-License-Identifier: BSD-2-Clause */
/* XML, images and the guest's device tree. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libfdt.h>

#include "hypctl.h"

static char messages[4096];
static const char *example;

static void collect(void *arg, enum hypctl_severity severity, int line, int column,
		    const char *text)
{
	size_t n = strlen(messages);

	(void)arg;
	snprintf(messages + n, sizeof(messages) - n, "%d:%d:%d:%s\n", (int)severity, line, column,
		 text);
}

static int parse(const char *text, struct hypctl_config **c)
{
	messages[0] = '\0';
	return hypctl_config_parse(text, strlen(text), collect, NULL, c);
}

/* A valid file with something put in before </domain>. */
static int parse_with(const char *extra, struct hypctl_config **c)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "<domain type='hs'>\n<name>a</name>\n<memory>65536</memory>\n"
		 "<os><kernel>/k</kernel></os>\n%s</domain>\n",
		 extra);
	return parse(text, c);
}

static void wrong(const char *extra, int err, const char *message)
{
	struct hypctl_config *c;

	assert_int_equal(parse_with(extra, &c), -err);
	assert_null(c);
	if (strstr(messages, message) == NULL) {
		fail_msg("no '%s' in '%s'", message, messages);
	}
}

#define DIGITS "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdeF"

static void good(void **state)
{
	struct hypctl_config *c;

	(void)state;
	assert_int_equal(parse_with("", &c), 0);
	assert_string_equal(c->name, "a");
	assert_int_equal(c->memory, 64u << 20);
	assert_int_equal(c->vcpus, 1);
	assert_int_equal(c->on_poweroff, HYPCTL_DESTROY);
	assert_int_equal(c->on_reboot, HYPCTL_RESTART);
	assert_int_equal(c->uuid[6] & 0xf0, 0x40);
	hypctl_config_free(c);
	assert_int_equal(
		parse_with("<vcpu placement='static'> 4 </vcpu><on_crash>preserve</on_crash>"
			   "<currentMemory unit='MiB'>64</currentMemory>"
			   "<metadata><x:y xmlns:x='urn:x'/></metadata>"
			   "<devices><serial type='pty'><target port='0'><model name='pl011'/>"
			   "</target><log file='/l' append='on'/></serial></devices>",
			   &c),
		0);
	assert_int_equal(c->vcpus, 4);
	assert_int_equal(c->on_crash, HYPCTL_PRESERVE);
	assert_string_equal(c->console[0].log_file, "/l");
	assert_true(c->console[0].log_append);
	assert_false(c->is_protected || c->measured || c->has_measurement);
	hypctl_config_free(c);
	assert_int_equal(parse_with("<launchSecurity type='hs-protected'><measurement>" DIGITS
				    "</measurement><signature file='/s'/></launchSecurity>",
				    &c),
			 0);
	assert_true(c->is_protected && c->measured && c->has_measurement);
	assert_int_equal(c->measurement[0], 0x01);
	assert_int_equal(c->measurement[31], 0xeF);
	assert_string_equal(c->signature, "/s");
	hypctl_config_free(c);
}

/* Elements of one port are one console; without a port, they are counted by name. */
static void consoles(void **state)
{
	struct hypctl_config *c;

	(void)state;
	assert_int_equal(parse_with("", &c), 0);
	assert_int_equal(c->consoles, 1);
	hypctl_config_free(c);
	assert_int_equal(parse_with("<devices><serial><log file='/a'/></serial><console/>"
				    "<serial/><serial><log file='/c' append='on'/></serial>"
				    "<console><target port='2'/></console></devices>",
				    &c),
			 0);
	assert_int_equal(c->consoles, 3);
	assert_string_equal(c->console[0].log_file, "/a");
	assert_null(c->console[1].log_file);
	assert_string_equal(c->console[2].log_file, "/c");
	assert_true(c->console[2].log_append && !c->console[0].log_append);
	hypctl_config_free(c);
	assert_int_equal(parse_with("<devices><serial><target port='2'/></serial></devices>", &c),
			 -EINVAL);
	assert_non_null(strstr(messages, "a console of port 2, and none of port 1"));
	assert_int_equal(parse_with("<devices><serial><target port='1'/></serial><serial/>"
				    "<serial/></devices>",
				    &c),
			 -EINVAL);
	assert_non_null(strstr(messages, "a second <serial> of port 1"));
	assert_int_equal(parse_with("<devices><serial/><serial/><serial/><serial/>"
				    "<serial><log file='/a'/></serial></devices>",
				    &c),
			 -EINVAL);
	assert_non_null(strstr(messages, "at most 4 consoles, ports 0 to 3"));
	assert_int_equal(parse_with("<devices><serial><log file='/a'/></serial>"
				    "<serial><log file='/a'/></serial></devices>",
				    &c),
			 -EINVAL);
	assert_non_null(strstr(messages, "ports 0 and 1 have the same log file"));
}

static void rng(void **state)
{
	struct hypctl_config *c;

	(void)state;
	assert_int_equal(parse_with("", &c), 0);
	assert_false(c->has_rng);
	hypctl_config_free(c);
	assert_int_equal(parse_with("<devices><rng model='virtio'><backend model='random'/>"
				    "</rng></devices>",
				    &c),
			 0);
	assert_true(c->has_rng);
	assert_int_equal(c->rng_bytes, 0);
	hypctl_config_free(c);
	assert_int_equal(parse_with("<devices><rng model='virtio'><rate bytes='5'/>"
				    "<backend model='builtin'/></rng></devices>",
				    &c),
			 0);
	assert_int_equal(c->rng_bytes, 5);
	assert_int_equal(c->rng_period, 1000);
	hypctl_config_free(c);
	wrong("<devices><rng model='virtio'/></devices>", EINVAL, "<rng>: needs a <backend>");
	wrong("<devices><rng><backend model='random'/></rng></devices>", EINVAL,
	      "<rng>: needs model='virtio'");
	wrong("<devices><rng model='virtio'><backend model='egd'/></rng></devices>", EINVAL,
	      "unknown model; known: random, builtin");
	wrong("<devices><rng model='virtio'><backend model='random'>/dev/hwrng</backend></rng>"
	      "</devices>",
	      EINVAL, "\"/dev/hwrng\": only /dev/urandom and /dev/random");
	wrong("<devices><rng model='virtio'><rate bytes='4294967296'/><backend model='random'/>"
	      "</rng></devices>",
	      EINVAL, "<rate>: needs bytes='1' to '4294967295'");
	wrong("<devices><rng model='virtio'><rate bytes='1' period='0'/><backend model='random'/>"
	      "</rng></devices>",
	      EINVAL, "<rate>: needs period='1' to '86400000'");
	wrong("<devices><rng model='virtio'><backend model='random'/></rng></devices>"
	      "<launchSecurity type='hs-protected'/>",
	      EOPNOTSUPP, "<rng> is not supported yet for protected VMs");
}

/* All that can be said, written and read again. */
static void written(void **state)
{
	static const char all[] =
		"<uuid>00112233-4455-6677-8899-aabbccddeeff</uuid><title>T &amp; t</title>"
		"<description>two\nlines &lt;of&gt; text</description>"
		"<metadata><x:a xmlns:x='urn:x' b='1'>c<x:d/></x:a></metadata><vcpu>3</vcpu>"
		"<cputune><vcpupin vcpu='2' cpuset='1-3,^2'/><vcpupin vcpu='0' "
		"cpuset='63'/></cputune>"
		"<on_poweroff>preserve</on_poweroff><on_reboot>destroy</on_reboot>"
		"<on_crash>restart</on_crash>"
		"<devices><console type='pty'><log file='/l\"&#10;' "
		"append='on'/></console><console/><rng model='virtio'><rate bytes='7' "
		"period='9'/><backend model='random'>/dev/random</backend></rng></devices>"
		"<launchSecurity type='hs-measured'><measurement>" DIGITS
		"</measurement><signature file='/s'/></launchSecurity>";
	struct hypctl_config *c, *again;
	char *text, *same;

	(void)state;
	assert_int_equal(parse_with(all, &c), 0);
	assert_int_equal(hypctl_config_write(c, &text), 0);
	assert_int_equal(parse(text, &again), 0);
	assert_string_equal(messages, "");
	assert_string_equal(again->name, "a");
	assert_memory_equal(again->uuid, c->uuid, 16);
	assert_string_equal(again->title, "T & t");
	assert_string_equal(again->description, "two\nlines <of> text");
	assert_non_null(strstr(again->metadata, "<x:a xmlns:x=\"urn:x\" b=\"1\">c<x:d/></x:a>"));
	assert_int_equal(again->memory, c->memory);
	assert_int_equal(again->vcpus, 3);
	assert_true(again->cpus[0] == 1ull << 63 && again->cpus[1] == 0 && again->cpus[2] == 0xau);
	assert_string_equal(again->kernel, "/k");
	assert_int_equal(again->on_poweroff, HYPCTL_PRESERVE);
	assert_int_equal(again->on_reboot, HYPCTL_DESTROY);
	assert_int_equal(again->on_crash, HYPCTL_RESTART);
	assert_int_equal(again->consoles, 2);
	assert_string_equal(again->console[0].log_file, "/l\"\n");
	assert_true(again->console[0].log_append && again->measured && !again->is_protected);
	assert_true(again->has_rng && again->rng_bytes == 7 && again->rng_period == 9);
	assert_memory_equal(again->measurement, c->measurement, HYPCTL_MEASUREMENT_SIZE);
	assert_string_equal(again->signature, "/s");
	assert_int_equal(hypctl_config_write(again, &same), 0);
	assert_string_equal(text, same);
	free(text);
	free(same);
	hypctl_config_free(c);
	hypctl_config_free(again);
}

static void sets_of_cpus(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t cpus;
		const char *again;
	} t[] = {
		{ "0", 0, 1, "0" },
		{ "0-3,^2,6", 0, 0x4b, "0-1,3,6" },
		{ "0-63", 0, ~0ull, "0-63" },
		{ "5,5,4", 0, 0x30, "4-5" },
		{ "", -EINVAL, 0, NULL },
		{ "0,", -EINVAL, 0, NULL },
		{ "0,^0", -EINVAL, 0, NULL },
		{ "3-1", -EINVAL, 0, NULL },
		{ "0-", -EINVAL, 0, NULL },
		{ "-1", -EINVAL, 0, NULL },
		{ "0 1", -EINVAL, 0, NULL },
		{ "64", -ERANGE, 0, NULL },
		{ "0-99999999999999999999", -ERANGE, 0, NULL },
	};
	char text[HYPCTL_CPUSET_SIZE];
	uint64_t cpus = 0, odd;
	struct hypctl_config *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		cpus = 0;
		assert_int_equal(hypctl_cpuset_parse(t[i].text, &cpus), t[i].r);
		assert_true(cpus == t[i].cpus);
		if (t[i].r == 0) {
			assert_string_equal(hypctl_cpuset_format(cpus, text), t[i].again);
		}
	}
	/* The longest text there is. */
	odd = 0x5555555555555555ull;
	assert_int_equal(hypctl_cpuset_parse(hypctl_cpuset_format(odd, text), &cpus), 0);
	assert_true(cpus == odd);
	assert_int_equal(
		parse_with("<vcpu cpuset='1'>2</vcpu><cputune><vcpupin vcpu='1' cpuset='0'/>"
			   "</cputune>",
			   &c),
		0);
	assert_true(c->cpus[0] == 2 && c->cpus[1] == 1);
	hypctl_config_free(c);
	wrong("<vcpu cpuset='a'>1</vcpu>", EINVAL, "0:5:0:<vcpu cpuset='a'>: not a list of CPUs");
	wrong("<vcpu cpuset='64'>1</vcpu>", EINVAL, "CPUs are 0 to 63");
	wrong("<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>", EINVAL,
	      "<vcpupin vcpu='1'>: the VM's vCPUs are 0 to 0");
	wrong("<cputune><vcpupin vcpu='8' cpuset='0'/></cputune>", EINVAL, "needs vcpu='0' to '7'");
	wrong("<cputune><vcpupin vcpu='0'/></cputune>", EINVAL, "needs cpuset=");
	wrong("<cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='0' cpuset='1'/></cputune>",
	      EINVAL, "<vcpupin vcpu='0'>: a second one; the first is in line 5");
}

static void refused(void **state)
{
	(void)state;
	wrong("<vcpuu>2</vcpuu>", EINVAL,
	      "0:5:0:unknown element <vcpuu> in <domain> (did you mean <vcpu>?)");
	wrong("<vcpu>0</vcpu>", EINVAL, "a VM has 1 to 8");
	wrong("<vcpu>9</vcpu>", EINVAL, "a VM has 1 to 8");
	wrong("<vcpu>-1</vcpu>", EINVAL, "\"-1\" is not a whole number");
	wrong("<vcpu>1e9</vcpu>", EINVAL, "is not a whole number");
	wrong("<vcpu>99999999999999999999</vcpu>", EINVAL, "is too large");
	wrong("<vcpu/>", EINVAL, "\"\" is not a whole number");
	wrong("<vcpu cpus='1'>1</vcpu>", EINVAL, "unknown attribute 'cpus' of <vcpu>");
	wrong("<vcpu><a/></vcpu>", EINVAL, "<vcpu> has no elements in it");
	wrong("<name>b</name>", EINVAL, "a second <name>; the first is in line 2");
	wrong("text", EINVAL, "text in <domain>");
	wrong("<currentMemory>1</currentMemory>", EINVAL, "must equal <memory>");
	wrong("<launchSecurity/>", EINVAL, "needs type='hs-protected'");
	wrong("<launchSecurity type='hs-protected'><measurement>12</measurement></launchSecurity>",
	      EINVAL, "64 hex digits");
	wrong("<launchSecurity type='hs-protected'><measurement algorithm='md5'/></launchSecurity>",
	      EINVAL, "unknown algorithm; known: sha256");
	wrong("<launchSecurity type='hs-protected'><signature file='s'/></launchSecurity>", EINVAL,
	      "not an absolute path");
	wrong("<launchSecurity type='hs-protected'><sharedMemory>1</sharedMemory></launchSecurity>",
	      EOPNOTSUPP, "<sharedMemory> is not supported yet");
	wrong("<launchSecurity type='hs-proteced'/>", EINVAL, "unknown type; known: hs-protected");
	wrong("<devices><disk type='file'/></devices>", EOPNOTSUPP, "<disk> is not supported yet");
	wrong("<features><gic version='2'/></features>", EINVAL, "unknown version; known: 3");
	wrong("<on_crash>explode</on_crash>", EINVAL, "destroy, restart or preserve");
	wrong("<devices><console type='tcp'/></devices>", EINVAL, "known: pty");
	wrong("<devices><console type='pty'><log/></console></devices>", EINVAL, "needs file=");
	wrong("<uuid>12</uuid>", EINVAL, "is not a UUID");
}

static void all_errors_in_one_run(void **state)
{
	struct hypctl_config *c;
	const char *line;
	int n = 0;

	(void)state;
	assert_int_equal(parse("<domain>\n<nam>x</nam>\n<memory unit='x'>lots</memory>\n"
			       "<os><kernel>k</kernel></os>\n</domain>",
			       &c),
			 -EINVAL);
	for (line = messages; (line = strchr(line, '\n')) != NULL; line++) {
		n++;
	}
	assert_int_equal(n, 6); /* type, nam, lots, unit, relative path, no name */
}

static void not_xml(void **state)
{
	struct hypctl_config *c;
	char *deep = malloc(200000);
	int i;

	(void)state;
	assert_int_equal(parse("", &c), -EINVAL);
	assert_int_equal(parse("\177ELF", &c), -EINVAL);
	assert_int_equal(parse("<domain type='hs'><name>a</domain>", &c), -EINVAL);
	assert_non_null(strstr(messages, "mismatch"));
	assert_int_equal(parse("<!DOCTYPE d [<!ENTITY a 'b'>]><domain type='hs'/>", &c), -EINVAL);
	assert_non_null(strstr(messages, "DOCTYPE"));
	assert_int_equal(parse("<html/>", &c), -EINVAL);
	assert_non_null(strstr(messages, "must be one <domain"));
	for (i = 0; i < 30000; i++) {
		memcpy(deep + 3 * i, "<a>", 3);
	}
	deep[3 * i] = '\0';
	assert_int_equal(parse(deep, &c), -EINVAL);
	free(deep);
}

static void names(void **state)
{
	static const char *const bad[] = { "", "-a", "a b", "a/b", "../x", "a\xc3\xa4" };
	char text[300];
	struct hypctl_config *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			 "<domain type='hs'><name>%s</name><memory>4096</memory>"
			 "<os><kernel>/k</kernel></os></domain>",
			 bad[i]);
		assert_int_equal(parse(text, &c), -EINVAL);
	}
}

static void the_example(void **state)
{
	char text[8192] = "";
	FILE *f = fopen(example, "r");
	struct hypctl_config *c;

	(void)state;
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_int_equal(parse(text, &c), 0);
	assert_string_equal(messages, "");
	hypctl_config_free(c);
}

static char path[] = "/tmp/hs-test-XXXXXX";

static void write_file(const void *data, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

static int load(const void *data, size_t n, uint64_t memory, struct hypctl_images *im, char *error)
{
	struct hypctl_config c = { .name = "x", .memory = memory, .vcpus = 2, .kernel = path };

	write_file(data, n);
	return hypctl_images_load(&c, im, error, 400);
}

static void images(void **state)
{
	struct hypctl_images im;
	char error[400];
	uint8_t k[4096] = { 0 };

	(void)state;
	assert_int_equal(load("\177ELFxxxx", 8, 64 << 20, &im, error), -ENOEXEC);
	assert_int_equal(load("\x1f\x8bxxxx", 6, 64 << 20, &im, error), -ENOEXEC);
	assert_non_null(strstr(error, "gunzip"));
	assert_int_equal(load(k, 0, 64 << 20, &im, error), -ENOEXEC);
	assert_int_equal(load(k, 4096, 64 << 20, &im, error), 0);
	assert_int_equal(im.kernel.gpa, 0x40080000);
	assert_int_equal(im.entry, 0x40080000);
	assert_non_null(strstr(im.note, "loaded raw"));
	assert_int_equal(im.dtb_copy.gpa, 0x40000000);
	hypctl_images_free(&im);
	memcpy(k + 56, "ARM\x64", 4);
	k[18] = 0x40; /* image_size 4 MiB: its BSS counts */
	assert_int_equal(load(k, 4096, 64 << 20, &im, error), 0);
	assert_int_equal(im.kernel.gpa, 0x40200000);
	assert_true(im.dtb.gpa >= 0x40600000);
	hypctl_images_free(&im);
	assert_int_equal(load(k, 4096, 5 << 20, &im, error), -E2BIG);
	assert_non_null(strstr(error, "the VM has 5 MiB"));
	unlink(path);
}

static void the_tree_is_always_the_same(void **state)
{
	struct hypctl_images a, b;
	char error[400];
	uint8_t k[64] = { 0 };
	const char *p;
	int node;

	(void)state;
	assert_int_equal(load(k, 64, 64 << 20, &a, error), 0);
	assert_int_equal(load(k, 64, 64 << 20, &b, error), 0);
	assert_int_equal(a.dtb.size, b.dtb.size);
	assert_memory_equal(a.dtb.data, b.dtb.data, a.dtb.size);
	assert_memory_equal(a.dtb.data, a.dtb_copy.data, a.dtb.size);
	assert_int_equal(fdt_check_full(a.dtb.data, a.dtb.size), 0);
	node = fdt_path_offset(a.dtb.data, "/psci");
	p = fdt_getprop(a.dtb.data, node, "method", NULL);
	assert_string_equal(p, "hvc");
	assert_true(fdt_path_offset(a.dtb.data, "/cpus/cpu@1") > 0);
	assert_true(fdt_path_offset(a.dtb.data, "/cpus/cpu@2") < 0);
	hypctl_images_free(&a);
	hypctl_images_free(&b);
	unlink(path);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(consoles),
		cmocka_unit_test(rng),
		cmocka_unit_test(written),
		cmocka_unit_test(sets_of_cpus),
		cmocka_unit_test(refused),
		cmocka_unit_test(all_errors_in_one_run),
		cmocka_unit_test(not_xml),
		cmocka_unit_test(names),
		cmocka_unit_test(the_example),
		cmocka_unit_test(images),
		cmocka_unit_test(the_tree_is_always_the_same),
	};

	example = argc > 1 ? argv[1] : "examples/linux.xml";
	close(mkstemp(path));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
