/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the VMs and how their vCPUs run: cc list-vms.c $(pkg-config --cflags --libs hypctl) */
#include <hypctl.h>
#include <stdio.h>
#include <stdlib.h>

static void print_vm(const struct hypctl_vm_info *vm)
{
	struct hypctl_vcpu_info vcpus[HYPCTL_MAX_VCPUS];
	unsigned int n = 0;
	unsigned int i;

	printf("%s is %s, with %llu MiB%s\n", vm->name, hypctl_vm_state_name(vm->state),
	       (unsigned long long)(vm->memory >> 20), vm->is_protected ? ", protected" : "");
	if (hypctl_vm_vcpus(vm, vcpus, &n) != 0) {
		return; /* it has ended, or is off */
	}
	for (i = 0; i < n; i++) {
		printf("  vCPU %u on CPU %u: %.2f s\n", i, vcpus[i].cpu,
		       (double)vcpus[i].cpu_time / 1e9);
	}
}

int main(void)
{
	struct hypctl_vm_info *list;
	struct hypctl *h;
	size_t count;
	size_t i;

	if (hypctl_open(&h) != 0) {
		fprintf(stderr, "%s\n", hypctl_error(NULL));
		return 1;
	}
	if (hypctl_vm_list(h, &list, &count) != 0) {
		fprintf(stderr, "%s\n", hypctl_error(h));
		hypctl_close(h);
		return 1;
	}
	for (i = 0; i < count; i++) {
		print_vm(&list[i]);
	}
	free(list);
	hypctl_close(h);
	return 0;
}
