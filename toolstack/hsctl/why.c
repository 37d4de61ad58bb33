/* SPDX-License-Identifier: BSD-2-Clause */
/* why: how a VM came to be as it is. */
#include "hsctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "console_ring.h"

#define LAST_LINES 10u
#define PANIC_LINES 30u

/* ESR_EL1.EC (Arm ARM, "ESR_EL1, Exception Syndrome Register"). */
static const struct {
	unsigned int ec;
	const char *name;
} classes[] = {
	{ 0x00, "undefined instruction" },
	{ 0x07, "SIMD or floating point is off" },
	{ 0x0d, "branch target" },
	{ 0x0e, "illegal execution state" },
	{ 0x11, "system call from AArch32" },
	{ 0x15, "system call" },
	{ 0x18, "trapped system instruction" },
	{ 0x19, "SVE is off" },
	{ 0x1c, "pointer authentication failed" },
	{ 0x20, "instruction abort from EL0" },
	{ 0x21, "instruction abort in EL1" },
	{ 0x22, "misaligned PC" },
	{ 0x24, "data abort from EL0" },
	{ 0x25, "data abort in EL1" },
	{ 0x26, "misaligned SP" },
	{ 0x2c, "floating-point exception" },
	{ 0x2f, "SError" },
	{ 0x30, "breakpoint from EL0" },
	{ 0x31, "breakpoint in EL1" },
	{ 0x32, "single step from EL0" },
	{ 0x33, "single step in EL1" },
	{ 0x34, "watchpoint from EL0" },
	{ 0x35, "watchpoint in EL1" },
	{ 0x3c, "BRK instruction" },
};

/* The fault status of an abort, ESR_EL1.ISS[5:0]. */
static void fault_status(unsigned int status, char *out, size_t size)
{
	static const char *const kinds[] = { "address size fault", "translation fault",
					     "access flag fault", "permission fault" };

	if (status < 0x10u) {
		snprintf(out, size, "%s at level %u", kinds[status >> 2], status & 3u);
	} else if (status == 0x10u) {
		snprintf(out, size, "external abort");
	} else if (status >= 0x14u && status <= 0x17u) {
		snprintf(out, size, "external abort on a table walk at level %u", status & 3u);
	} else if (status == 0x21u) {
		snprintf(out, size, "alignment fault");
	} else {
		snprintf(out, size, "status 0x%x", status);
	}
}

static void decode(uint64_t esr, uint64_t far, char *out, size_t size)
{
	unsigned int ec = (unsigned int)(esr >> 26) & 0x3fu;
	char fault[64];
	size_t n;
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]) && classes[i].ec != ec; i++) {
	}
	if (i == sizeof(classes) / sizeof(classes[0])) {
		snprintf(out, size, "class 0x%x", ec);
		return;
	}
	snprintf(out, size, "%s", classes[i].name);
	n = strlen(out);
	if (ec == 0x20u || ec == 0x21u || ec == 0x24u || ec == 0x25u) {
		fault_status((unsigned int)esr & 0x3fu, fault, sizeof(fault));
		snprintf(out + n, size - n, " (%s%s) at 0x%" PRIx64,
			 ec < 0x24u	      ? ""
			 : (esr & 0x40u) != 0 ? "write, "
					      : "read, ",
			 fault, far);
	} else if (ec == 0x15u || ec == 0x3cu) {
		snprintf(out + n, size - n, " #%u", (unsigned int)esr & 0xffffu);
	}
}

static const char *device(uint64_t address)
{
	static const struct {
		uint64_t base;
		const char *name;
	} devices[] = { { HYPCTL_UART_BASE_OF(0u), ", the console" },
			{ HYPCTL_UART_BASE_OF(1u), ", the console of port 1" },
			{ HYPCTL_UART_BASE_OF(2u), ", the console of port 2" },
			{ HYPCTL_UART_BASE_OF(3u), ", the console of port 3" },
			{ HYPCTL_RTC_BASE, ", the clock" },
			{ HYPCTL_GPIO_BASE, ", the power key" },
			{ HYPCTL_RNG_BASE, ", the source of random numbers" } };
	size_t i;

	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (address - devices[i].base < HYPCTL_DEVICE_SIZE) {
			return devices[i].name;
		}
	}
	return ", where nothing is";
}

static void exit_text(const struct hypctl_vcpu_last *v, char *out, size_t size)
{
	static const char *const plain[] = {
		[HYPCTL_LAST_NONE] = "it has not run yet",
		[HYPCTL_LAST_IRQ] = "an interrupt of the machine came",
		[HYPCTL_LAST_WFI] = "it waited for an interrupt (WFI)",
		[HYPCTL_LAST_OFF] = "it powered the VM off (PSCI SYSTEM_OFF)",
		[HYPCTL_LAST_KICK] = "dom0 called it",
		[HYPCTL_LAST_VCPU_OFF] = "it switched itself off (PSCI CPU_OFF), or is not yet on",
	};

	switch (v->exit) {
	case HYPCTL_LAST_READ:
		snprintf(out, size, "it read %" PRIu64 " bytes at 0x%" PRIx64 "%s", v->arg[1],
			 v->arg[0], device(v->arg[0]));
		break;
	case HYPCTL_LAST_WRITE:
		snprintf(out, size, "it wrote 0x%" PRIx64 " (%" PRIu64 " bytes) at 0x%" PRIx64 "%s",
			 v->arg[2], v->arg[1], v->arg[0], device(v->arg[0]));
		break;
	case HYPCTL_LAST_RAM:
		snprintf(out, size, "it touched RAM at 0x%" PRIx64 " for the first time",
			 v->arg[0] << 12);
		break;
	case HYPCTL_LAST_RESET:
		snprintf(out, size, "it reset the VM (PSCI SYSTEM_RESET%s)",
			 v->arg[0] != 0 ? "2" : "");
		break;
	case HYPCTL_LAST_VCPU_ON:
		snprintf(out, size, "it switched vCPU %" PRIu64 " on (PSCI CPU_ON)", v->arg[0]);
		break;
	case HYPCTL_LAST_SHARE:
		snprintf(out, size, "it shared %" PRIu64 " pages from 0x%" PRIx64 " with dom0",
			 v->arg[1], v->arg[0] << 12);
		break;
	default:
		snprintf(out, size, "%s", plain[v->exit]);
	}
}

static const char *line_start(const char *text, const char *p)
{
	while (p > text && p[-1] != '\n') {
		p--;
	}
	return p;
}

/* Where the last lines begin, or what a kernel that panicked said then. */
static const char *last_lines(const char *text, size_t size)
{
	const char *panic = NULL;
	const char *p;
	unsigned int lines;

	for (p = text; (p = strstr(p, PANIC_TEXT)) != NULL; p++) {
		panic = p;
	}
	if (panic != NULL) {
		return line_start(text, panic);
	}
	for (p = text + size; p > text && (p[-1] == '\n' || p[-1] == '\r'); p--) {
	}
	for (p = line_start(text, p), lines = 1; p > text && lines < LAST_LINES; lines++) {
		p = line_start(text, p - 1);
	}
	return p;
}

static void vcpu_json(const struct hypctl_vcpu_last *v, unsigned int id)
{
	char text[200];

	exit_text(v, text, sizeof(text));
	printf("%s{\"vcpu\":%u,\"exits\":%" PRIu64 ",\"last_exit\":", id > 0 ? "," : "", id,
	       v->exits);
	json_string(stdout, text);
	if (v->has_registers) {
		decode(v->esr_el1, v->far_el1, text, sizeof(text));
		printf(",\"pc\":\"0x%" PRIx64 "\",\"pstate\":\"0x%" PRIx64
		       "\",\"elr_el1\":\"0x%" PRIx64 "\",\"esr_el1\":\"0x%" PRIx64
		       "\",\"far_el1\":\"0x%" PRIx64 "\",\"exception\":",
		       v->pc, v->pstate, v->elr_el1, v->esr_el1, v->far_el1);
		json_string(stdout, text);
	}
	printf("}");
}

static void vcpu_table(const struct hypctl_vcpu_last *v, unsigned int id)
{
	char text[200];

	exit_text(v, text, sizeof(text));
	printf("vCPU %u: %" PRIu64 " exits; at the last %s\n", id, v->exits, text);
	if (v->has_registers) {
		decode(v->esr_el1, v->far_el1, text, sizeof(text));
		printf("        PC 0x%" PRIx64 " at EL%u; its last exception: ", v->pc,
		       (unsigned int)(v->pstate >> 2) & 3u);
		if (v->esr_el1 == 0 && v->elr_el1 == 0) {
			printf("none\n");
		} else {
			printf("%s, from 0x%" PRIx64 " (ESR_EL1 0x%" PRIx64 ")\n", text, v->elr_el1,
			       v->esr_el1);
		}
	}
}

static void why_table(const struct hypctl_vm_info *vm, const struct hypctl_vcpu_last *last,
		      unsigned int n, const char *console, size_t size)
{
	unsigned int i;

	printf("VM %s (%u) %s %s%s%s\n", vm->name, vm->id, vm->ended != 0 ? "has ended:" : "is",
	       hypctl_vm_state_name(vm->state), vm->reason[0] != '\0' ? ": " : "", vm->reason);
	for (i = 0; i < n; i++) {
		vcpu_table(&last[i], i);
	}
	if (vm->is_protected) {
		printf("It is protected: dom0 does not see its registers.\n");
	}
	if (console == NULL || size == 0) {
		printf("Its console shows nothing.\n");
		return;
	}
	printf("Its console showed last:\n");
	for (console = last_lines(console, size), i = 0; *console != '\0' && i < PANIC_LINES; i++) {
		size_t line = strcspn(console, "\r\n");

		printf("  ");
		print_safely(console, line);
		printf("\n");
		console += line + strspn(console + line, "\r\n");
	}
}

static void why_json(const struct hypctl_vm_info *vm, const struct hypctl_vcpu_last *last,
		     unsigned int n, const char *console, size_t size)
{
	unsigned int i;

	printf("{\"name\":");
	json_string(stdout, vm->name);
	printf(",\"id\":%u,\"state\":\"%s\",\"reason\":", vm->id, hypctl_vm_state_name(vm->state));
	json_string(stdout, vm->reason);
	printf(",\"protected\":%s,\"vcpus\":[", vm->is_protected ? "true" : "false");
	for (i = 0; i < n; i++) {
		vcpu_json(&last[i], i);
	}
	printf("],\"console\":");
	json_string(stdout, console != NULL ? last_lines(console, size) : "");
	printf("}\n");
}

int cmd_why(const struct options *o, int argc, char **argv)
{
	struct hypctl_vcpu_last last[HYPCTL_MAX_VCPUS];
	struct hypctl_vm_info vm;
	char *console = NULL;
	unsigned int n = 0;
	size_t size = 0;
	int code = HSX_OK;
	struct hypctl *h = host_open(&code);

	(void)argc;
	if (h == NULL) {
		return code;
	}
	if (vm_find(h, argv[0], true, &vm, &code)) {
		int err = hypctl_vm_last(h, vm.id, last, &n);

		code = err == 0 ? HSX_OK : host_failed(h, err);
	}
	if (code == HSX_OK) {
		console = console_text(&vm, 0, &size, &code);
	}
	if (code == HSX_OK) {
		(o->output == OUT_JSON ? why_json : why_table)(&vm, last, n, console, size);
	}
	free(console);
	hypctl_close(h);
	return code;
}
