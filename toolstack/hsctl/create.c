/* SPDX-License-Identifier: BSD-2-Clause */
/* create and validate */
#include "hsctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define XML_FD 3
#define STATUS_FD 4
#define MAX_FILE (1u << 20)
#define MAX_SHOWN 100u /* errors, of a file that is no XML of ours at all */
#ifndef HSVM_PATH
#error "HSVM_PATH is not set"
#endif

struct source {
	const char *path;
	unsigned int errors, messages;
};

static void print_message(void *arg, enum hypctl_severity severity, int line, int column,
			  const char *text)
{
	static const char *const names[] = { "error", "warning", "note" };
	struct source *source = arg;
	const char *path = source->path;

	source->errors += severity == HYPCTL_MSG_ERROR ? 1u : 0u;
	if (++source->messages > MAX_SHOWN) {
		return;
	}
	if (line > 0 && column > 0) {
		fprintf(stderr, "%s:%d:%d: %s: %s\n", path, line, column, names[severity], text);
	} else if (line > 0) {
		fprintf(stderr, "%s:%d: %s: %s\n", path, line, names[severity], text);
	} else {
		fprintf(stderr, "%s: %s: %s\n", path, names[severity], text);
	}
}

/* A whole file, or NULL with a message. One byte more than allowed is enough. */
char *read_text(const char *path, size_t *size, int *code)
{
	struct stat st;
	char *text;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		*code = fail(errno == EACCES ? HSX_PERMISSION : HSX_CONFIG, "%s: %s", path,
			     strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		*code = fail(HSX_CONFIG, "%s: a directory, not an XML file", path);
		close(fd);
		return NULL;
	}
	text = malloc(MAX_FILE + 2u);
	*size = 0;
	n = text != NULL ? 1 : -1;
	while (n > 0 && *size <= MAX_FILE) {
		n = read(fd, text + *size, MAX_FILE + 1u - *size);
		*size += n > 0 ? (size_t)n : 0u;
	}
	if (n < 0) {
		*code = fail(HSX_FAILED, "%s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	}
	close(fd);
	return text;
}

struct hypctl_config *config_read(const char *path, const char *consequence, char **text,
				  size_t *size, int *code)
{
	struct source source = { .path = path };
	struct hypctl_config *c = NULL;
	int r;

	*text = read_text(path, size, code);
	if (*text == NULL) {
		return NULL;
	}
	r = hypctl_config_parse(*text, *size, print_message, &source, &c);
	if (r != 0) {
		*code = r == -ENOMEM
				? fail(HSX_RESOURCES, "out of memory")
				: fail(HSX_CONFIG, "%s: %u error%s%s%s", path, source.errors,
				       source.errors == 1u ? "" : "s",
				       source.messages > MAX_SHOWN ? ", the first 100 shown" : "",
				       consequence);
		free(*text);
		*text = NULL;
	}
	return c;
}

int cmd_validate(const struct options *o, int argc, char **argv)
{
	struct hypctl_config *c;
	size_t size;
	char *text;
	int code = HSX_OK;

	(void)o, (void)argc;
	c = config_read(argv[0], "", &text, &size, &code);
	if (c != NULL) {
		report("%s: valid", argv[0]);
		hypctl_config_free(c);
		free(text);
	}
	return code;
}

static int image_code(int r)
{
	return r == -EACCES		     ? HSX_PERMISSION
	       : r == -E2BIG || r == -ENOMEM ? HSX_RESOURCES
					     : HSX_CONFIG;
}

static void print_image(const char *what, const struct hypctl_image *i)
{
	if (i->size != 0) {
		printf("  %-12s 0x%09llx  %zu bytes\n", what, (unsigned long long)i->gpa, i->size);
	}
}

static void print_device(const char *what, uint64_t gpa, unsigned int intid)
{
	printf("  %-12s 0x%09llx  SPI %u\n", what, (unsigned long long)gpa, HYPCTL_SPI_OF(intid));
}

static void print_devices(const struct hypctl_config *c)
{
	unsigned int port;
	char name[24];

	for (port = 0; port < c->consoles; port++) {
		snprintf(name, sizeof(name), "console %u", port);
		print_device(name, HYPCTL_UART_BASE_OF(port), HYPCTL_UART_INTID_OF(port));
	}
	print_device("clock", HYPCTL_RTC_BASE, HYPCTL_RTC_INTID);
	print_device("power key", HYPCTL_GPIO_BASE, HYPCTL_GPIO_INTID);
	if (c->has_rng) {
		print_device("rng", HYPCTL_RNG_BASE, HYPCTL_RNG_INTID);
	}
}

/* Everything that create does before it asks the hypervisor. */
static int dry_run(const char *path, const struct hypctl_config *c, const char *dtb)
{
	FILE *f;

	struct hypctl_images im;
	char error[400];
	int r = hypctl_images_load(c, &im, error, sizeof(error));

	if (r != 0) {
		return fail(image_code(r), "%s: %s", path, error);
	}
	if (im.note[0] != '\0') {
		note(im.note);
	}
	if (dtb != NULL) {
		f = fopen(dtb, "we");
		if (f == NULL || fwrite(im.dtb.data, 1, im.dtb.size, f) != im.dtb.size ||
		    fclose(f) != 0) {
			hypctl_images_free(&im);
			return fail(HSX_FAILED, "%s: %s", dtb, strerror(errno));
		}
	}
	printf("VM %s: %u vCPU%s, %llu MiB\n", c->name, c->vcpus, c->vcpus == 1 ? "" : "s",
	       (unsigned long long)(c->memory >> 20));
	print_image("device tree", &im.dtb_copy);
	print_image("kernel", &im.kernel);
	print_image("initrd", &im.initrd);
	print_image("device tree", &im.dtb);
	printf("  entry        0x%09llx\n", (unsigned long long)im.entry);
	print_devices(c);
	hypctl_images_free(&im);
	return HSX_OK;
}

/* In the child: descriptors 3 and 4, a session of its own, and hsvm. */
static void start_hsvm(int xml_fd, int status_fd, const struct options *o)
{
	const char *path = getenv("HSVM");
	const char *args[5] = { "hsvm" };
	unsigned int n = 1;
	int null = open("/dev/null", O_RDWR);
	int a = fcntl(xml_fd, F_DUPFD, 10);
	int b = fcntl(status_fd, F_DUPFD, 10);

	(void)setsid();
	(void)!chdir("/");
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	dup2(a, XML_FD);
	dup2(b, STATUS_FD);
	closefrom(5);
	path = path != NULL ? path : HSVM_PATH;
	if (o->paused) {
		args[n++] = "--paused";
	}
	if (o->allow_dma) {
		args[n++] = "--allow-dma";
	}
	if (verbose) {
		args[n++] = "--verbose";
	}
	execv(path, (char *const *)args);
	dprintf(STATUS_FD, "%d cannot start %s: %s\n", HSX_FAILED, path, strerror(errno));
	_exit(HSX_FAILED);
}

/* hsvm's answer: "note TEXT" and "trace TEXT" lines, then "ok NAME" or "CODE TEXT". */
static int read_status(FILE *f, const char *path)
{
	char line[700];

	while (fgets(line, sizeof(line), f) != NULL) {
		char *text;
		long code;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "note ", 5) == 0) {
			note(line + 5);
			continue;
		}
		if (strncmp(line, "trace ", 6) == 0) {
			print_trace(NULL, line + 6);
			continue;
		}
		if (strncmp(line, "ok ", 3) == 0) {
			return HSX_OK;
		}
		code = strtol(line, &text, 10);
		if (code > 0 && *text == ' ') {
			return fail((int)code, "%s: %s", path, text + 1);
		}
	}
	return fail(HSX_FAILED, "%s: hsvm died before the VM ran (hsctl dmesg may say why)", path);
}

static int create(const char *path, const struct hypctl_config *c, const char *text, size_t size,
		  const struct options *o)
{
	int status[2];
	int xml = memfd_create("domain.xml", MFD_CLOEXEC);
	pid_t child;
	FILE *answer;
	int code;

	if (xml < 0 || write(xml, text, size) != (ssize_t)size || lseek(xml, 0, SEEK_SET) != 0 ||
	    pipe2(status, O_CLOEXEC) != 0 || (answer = fdopen(status[0], "r")) == NULL) {
		return fail(HSX_FAILED, "cannot prepare hsvm: %s", strerror(errno));
	}
	child = fork();
	if (child == 0) {
		/* hsvm belongs to init, not to us: another fork. */
		if (fork() == 0) {
			start_hsvm(xml, status[1], o);
		}
		_exit(0);
	}
	close(xml);
	close(status[1]);
	if (child < 0) {
		fclose(answer);
		return fail(HSX_RESOURCES, "cannot start hsvm: %s", strerror(errno));
	}
	(void)waitpid(child, NULL, 0);
	code = read_status(answer, path);
	fclose(answer);
	if (code == HSX_OK && !o->console) {
		report("VM %s created%s", c->name, o->paused ? ", paused" : "");
	}
	return code;
}

/* The console of the VM that was just made, even if it has ended already. */
static int attach_new(const char *name)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;

	return vm_lookup(name, true, &vm, &code) ? console_attach(&vm, 0, HYPCTL_CONSOLE_TYPE, 0x1d)
						 : code;
}

int cmd_create(const struct options *o, int argc, char **argv)
{
	struct hypctl_config *c;
	struct hypctl *h;
	size_t size;
	char *text;
	int code = HSX_OK;

	(void)argc;
	c = config_read(argv[0], ", VM not created", &text, &size, &code);
	if (c == NULL) {
		return code;
	}
	if (o->allow_dma && !c->is_protected) {
		code = fail(HSX_USAGE, "--allow-dma: %s is not a protected VM", c->name);
	} else if (o->dtb != NULL && !o->dry_run) {
		code = fail(HSX_USAGE, "--dtb writes the device tree of --dry-run");
	} else if (o->wait && (o->console || o->paused || o->dry_run)) {
		code = fail(HSX_USAGE, "--wait does not go with --console, --paused or --dry-run");
	} else if (o->dry_run) {
		code = dry_run(argv[0], c, o->dtb);
	} else {
		h = host_open(&code); /* the clearest message for where there is none */
		if (h != NULL) {
			hypctl_close(h);
			code = create(argv[0], c, text, size, o);
		}
		if (code == HSX_OK && o->console) {
			code = attach_new(c->name);
		} else if (code == HSX_OK && o->wait) {
			(void)fflush(stdout);
			code = wait_until_over(c->name);
		}
	}
	hypctl_config_free(c);
	free(text);
	return code;
}

/* What the hypervisor will measure; without one, anywhere. */
static int measure(const char *path, uint8_t digest[HYPCTL_MEASUREMENT_SIZE])
{
	struct hypctl_images im;
	struct hypctl_config *c;
	char error[400];
	int code = HSX_OK;
	size_t size;
	char *text;
	int r;

	c = config_read(path, "", &text, &size, &code);
	if (c == NULL) {
		return code;
	}
	if (!c->measured) {
		code = fail(HSX_CONFIG,
			    "%s: VM %s is not measured: it has no <launchSecurity "
			    "type='hs-protected'> or 'hs-measured'",
			    path, c->name);
	}
	if (code == HSX_OK) {
		free(c->signature); /* it may not exist yet */
		c->signature = NULL;
		r = hypctl_images_load(c, &im, error, sizeof(error));
		if (r != 0) {
			code = fail(image_code(r), "%s: %s", path, error);
		} else {
			hypctl_images_measure(c, &im, digest);
			hypctl_images_free(&im);
		}
	}
	hypctl_config_free(c);
	free(text);
	return code;
}

int cmd_measure(const struct options *o, int argc, char **argv)
{
	uint8_t digest[HYPCTL_MEASUREMENT_SIZE];
	int code = measure(argv[0], digest);
	size_t i;

	(void)argc;
	if (code != HSX_OK) {
		return code;
	}
	if (o->raw) {
		fwrite(digest, 1, sizeof(digest), stdout);
		return HSX_OK;
	}
	for (i = 0; i < sizeof(digest); i++) {
		printf("%02x", digest[i]);
	}
	printf("\n");
	return HSX_OK;
}

int cmd_sign(const struct options *o, int argc, char **argv)
{
	uint8_t digest[HYPCTL_MEASUREMENT_SIZE];
	uint8_t sig[80];
	size_t sig_size = sizeof(sig);
	int code = HSX_OK;
	size_t size;
	char *pem;
	FILE *f;

	(void)argc;
	if (o->key == NULL || o->out == NULL) {
		return fail(HSX_USAGE, "sign needs --key FILE and --out FILE");
	}
	pem = read_text(o->key, &size, &code);
	if (pem == NULL) {
		return code;
	}
	code = measure(argv[0], digest);
	if (code == HSX_OK && hypctl_sign(pem, size, digest, sig, &sig_size) != 0) {
		code = fail(HSX_CONFIG,
			    "%s: no P-256 private key in PEM form (openssl ecparam -name "
			    "prime256v1 -genkey)",
			    o->key);
	}
	free(pem);
	if (code != HSX_OK) {
		return code;
	}
	f = fopen(o->out, "we");
	if (f == NULL || fwrite(sig, 1, sig_size, f) != sig_size || fclose(f) != 0) {
		return fail(HSX_FAILED, "%s: %s", o->out, strerror(errno));
	}
	return HSX_OK;
}
