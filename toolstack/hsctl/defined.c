/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * define, undefine, start, autostart: VMs that there are also when they do not
 * run. /etc/hs/vms/NAME.xml is the VM's XML; a link to it of the same name in
 * /etc/hs/autostart/ says that it starts with dom0.
 */
#include "hsctl.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *etc(void)
{
	const char *dir = getenv("HS_ETC");

	return dir != NULL && dir[0] != '\0' ? dir : "/etc/hs";
}

static void path_of(char path[PATH_MAX], const char *dir, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s/%s.xml", etc(), dir, name);
}

/* What may stand in a path: as homestead-xml(5) has it. */
static bool is_name(const char *name)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n < HYPCTL_NAME_SIZE && name[n] == '\0' && isalnum((unsigned char)name[0]);
}

bool is_defined(const char *name)
{
	char path[PATH_MAX];

	path_of(path, "vms", name);
	return is_name(name) && access(path, F_OK) == 0;
}

bool is_autostarted(const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	path_of(path, "autostart", name);
	return is_name(name) && lstat(path, &st) == 0;
}

/* HSX_OK, or says that there is none. */
static int find_defined(const char *name)
{
	return is_defined(name)
		       ? HSX_OK
		       : fail(HSX_NO_VM,
			      "no VM %s is defined; hsctl list --defined shows which are", name);
}

static int cannot(const char *path)
{
	return fail(errno == EACCES || errno == EPERM || errno == EROFS ? HSX_PERMISSION
									: HSX_FAILED,
		    "%s: %s", path, strerror(errno));
}

/* The directory DIR of etc(), made with all above it if it is not there. */
static int make_dir(const char *dir)
{
	char path[PATH_MAX];
	char *p;

	snprintf(path, sizeof(path), "%s/%s", etc(), dir);
	for (p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST) {
			return cannot(path);
		}
		*p = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST ? HSX_OK : cannot(path);
}

/* The whole file, on the disk, or none of it. */
static int write_whole(const char *path, const char *text)
{
	char new[PATH_MAX + 4];
	size_t n = strlen(text);
	int fd;
	int code = HSX_OK;

	snprintf(new, sizeof(new), "%s.new", path);
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		return cannot(new);
	}
	if (write(fd, text, n) != (ssize_t)n || fsync(fd) != 0 || rename(new, path) != 0) {
		code = cannot(path);
		(void)unlink(new);
	}
	close(fd);
	return code;
}

/* A definition that is replaced keeps its UUID, and must not get another VM's. */
static int settle_uuid(struct hypctl_config *c, const char *path)
{
	struct hypctl_config *old;
	char *text;
	size_t size;
	int code = HSX_OK;

	if (access(path, F_OK) != 0) {
		return HSX_OK;
	}
	old = config_read(path, "", &text, &size, &code);
	if (old == NULL) {
		return code;
	}
	if (!c->has_uuid) {
		memcpy(c->uuid, old->uuid, sizeof(c->uuid));
	} else if (memcmp(c->uuid, old->uuid, sizeof(c->uuid)) != 0) {
		code = fail(HSX_STATE,
			    "VM %s is defined with another UUID; hsctl undefine %s first", c->name,
			    c->name);
	}
	hypctl_config_free(old);
	free(text);
	return code;
}

int cmd_define(const struct options *o, int argc, char **argv)
{
	struct hypctl_config *c;
	char path[PATH_MAX];
	char *canonical = NULL;
	char *text;
	size_t size;
	int code = HSX_OK;

	(void)o, (void)argc;
	c = config_read(argv[0], ", VM not defined", &text, &size, &code);
	if (c == NULL) {
		return code;
	}
	path_of(path, "vms", c->name);
	code = settle_uuid(c, path);
	if (code == HSX_OK && hypctl_config_write(c, &canonical) != 0) {
		code = fail(HSX_RESOURCES, "out of memory");
	}
	if (code == HSX_OK) {
		code = make_dir("vms");
	}
	if (code == HSX_OK) {
		code = write_whole(path, canonical);
	}
	if (code == HSX_OK) {
		report("VM %s defined", c->name);
	}
	free(canonical);
	free(text);
	hypctl_config_free(c);
	return code;
}

int cmd_undefine(const struct options *o, int argc, char **argv)
{
	char path[PATH_MAX];
	int code = find_defined(argv[0]);

	(void)o, (void)argc;
	if (code != HSX_OK) {
		return code;
	}
	path_of(path, "autostart", argv[0]);
	if (unlink(path) != 0 && errno != ENOENT) {
		return cannot(path);
	}
	path_of(path, "vms", argv[0]);
	return unlink(path) == 0 ? HSX_OK : cannot(path);
}

int cmd_autostart(const struct options *o, int argc, char **argv)
{
	char target[PATH_MAX];
	char path[PATH_MAX];
	int code = find_defined(argv[0]);

	(void)argc;
	if (code != HSX_OK) {
		return code;
	}
	path_of(path, "autostart", argv[0]);
	if (o->disable) {
		return unlink(path) == 0 || errno == ENOENT ? HSX_OK : cannot(path);
	}
	code = make_dir("autostart");
	snprintf(target, sizeof(target), "../vms/%s.xml", argv[0]);
	if (code == HSX_OK && symlink(target, path) != 0 && errno != EEXIST) {
		code = cannot(path);
	}
	return code;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **defined_names(bool autostart, size_t *count)
{
	char path[PATH_MAX];
	char **names = calloc(1, sizeof(*names));
	struct dirent *e;
	DIR *d;

	*count = 0;
	snprintf(path, sizeof(path), "%s/%s", etc(), autostart ? "autostart" : "vms");
	d = opendir(path);
	while (names != NULL && d != NULL && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);
		char **more;

		if (n < 5u || strcmp(e->d_name + n - 4u, ".xml") != 0) {
			continue;
		}
		e->d_name[n - 4u] = '\0';
		more = is_defined(e->d_name) ? realloc(names, (*count + 1u) * sizeof(*names))
					     : NULL;
		if (more != NULL) {
			names = more;
			names[*count] = strdup(e->d_name);
			*count += names[*count] != NULL;
		}
	}
	if (d != NULL) {
		(void)closedir(d);
	}
	if (names != NULL) {
		qsort(names, *count, sizeof(*names), compare);
	}
	return names;
}

void free_names(char **names, size_t count)
{
	size_t i;

	for (i = 0; names != NULL && i < count; i++) {
		free(names[i]);
	}
	free(names);
}

static void keep_quiet(void *arg, enum hypctl_severity severity, int line, int column,
		       const char *text)
{
	(void)arg, (void)severity, (void)line, (void)column, (void)text;
}

void defined_info(const char *name, struct hypctl_vm_info *vm)
{
	struct hypctl_config *c = NULL;
	char path[PATH_MAX];
	char *text;
	size_t size;
	int code = HSX_OK;

	*vm = (struct hypctl_vm_info){ .id = 0 };
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	path_of(path, "vms", name);
	text = read_text(path, &size, &code);
	if (text == NULL || hypctl_config_parse(text, size, keep_quiet, NULL, &c) != 0) {
		snprintf(vm->reason, sizeof(vm->reason), "its XML is not valid: hsctl validate");
	} else {
		memcpy(vm->uuid, c->uuid, sizeof(vm->uuid));
		vm->memory = c->memory;
		vm->vcpus = c->vcpus;
		vm->is_protected = c->is_protected;
		hypctl_config_free(c);
	}
	free(text);
}

int defined_show(const char *name)
{
	char path[PATH_MAX];

	path_of(path, "vms", name);
	return print_file(path);
}

static int start(const struct options *o, char *name)
{
	char path[PATH_MAX];
	char *file = path;
	int code = find_defined(name);

	path_of(path, "vms", name);
	return code == HSX_OK ? cmd_create(o, 1, &file) : code;
}

/* All that start with dom0; the code of the first that could not. */
static int start_all(const struct options *o)
{
	struct hypctl_vm_info vm;
	char **names;
	size_t count, i;
	int code = HSX_OK;
	struct hypctl *h = host_open(&code);

	if (h == NULL) {
		return code;
	}
	names = defined_names(true, &count);
	for (i = 0; i < count; i++) {
		int one = HSX_OK;

		if (vm_lives(h, names[i], &vm)) {
			report("VM %s runs already", names[i]);
		} else {
			one = start(o, names[i]);
		}
		code = code == HSX_OK ? one : code;
	}
	free_names(names, count);
	hypctl_close(h);
	return code;
}

int cmd_start(const struct options *o, int argc, char **argv)
{
	if (!o->autostart) {
		return argc == 1 ? start(o, argv[0])
				 : fail(HSX_USAGE, "start needs a VM, or --autostart");
	}
	if (argc != 0 || o->console || o->wait || o->paused) {
		return fail(HSX_USAGE,
			    "--autostart goes without a VM, --console, --paused and --wait");
	}
	return start_all(o);
}
