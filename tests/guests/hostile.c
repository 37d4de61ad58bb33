/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that tries what it should not: the rows G of the catalogue, one line
 * of JSON each. It needs 64 MiB; instructions run in the middle of them, with
 * empty pages (UNDEFINED words) around.
 */
#include "guest.h"

struct trial {
	u64 x[31], sp;
	u64 left[4];
	u64 esr, elr;
	u64 saved[14];
	u64 pc, pstate;
	u64 intid, far;
	u64 vbar;
};

extern struct trial trial;
void try(struct trial *t);

#define RAM 0x40000000ul
#define CODE (RAM + (34ul << 20))
#define DATA (RAM + (36ul << 20)) /* what registers point to */
#define EL1 0x345u		  /* EL1h; interrupts may come */
#define EL0 0x340u
#define USER32 0x1d0u
#define BRK 0xd4200000u
#define UDF32 0xe7f000f0u /* the same for A32, which has no BRK: UNDEFINED for ever */
#define EC(esr) ((u32)((esr) >> 26))
#define EC_BRK 0x3cu
#define EC_UNDEF 0u
#define EC_SYS 0x18u
#define EC_ILLEGAL 0x0eu

static u64 state = 88172645463325252ul;
static u64 stuck, ecs[64];

static u64 random_(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

#define INTERRUPTED 64u
#define SHORT 200000u /* ticks of the timer */

/* A word, and what ends it behind it. */
static void plant(u64 at, u32 word, u32 pstate)
{
	volatile u32 *code = (u32 *)at;

	code[0] = word;
	code[1] = pstate == (USER32 & ~0x80u) ? UDF32 : BRK;
	__asm__ volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb"
			 :
			 : "r"(code)
			 : "memory");
}

/* All registers hold v, for so many ticks at most; returns the class of the exception that ended
 * it. */
static u32 run_once(u64 at, u32 pstate, u64 v, u64 limit)
{
	u32 i;

	for (i = 0; i < 31; i++) {
		trial.x[i] = v;
	}
	trial.sp = DATA;
	trial.pc = at;
	trial.pstate = pstate;
	/* Nothing may hang here. What the last word has left of its time is used up to a half. */
	if (rd(cntv_ctl_el0) != 1u || rd(cntv_tval_el0) - limit / 2 > limit / 2) {
		wr(cntv_tval_el0, limit);
		wr(cntv_ctl_el0, 1);
		isb();
	}
	try(&trial);
	if (trial.intid != 0) {
		return INTERRUPTED;
	}
	ecs[EC(trial.esr)]++;
	return EC(trial.esr);
}

/* The same; the machine may be busy with others: in QEMU 3 ms, then 26, then 200. */
static u32 run_at(u64 at, u32 pstate, u64 v)
{
	u32 ec = INTERRUPTED;
	u64 limit;

	for (limit = SHORT; ec == INTERRUPTED && limit <= SHORT * 64u; limit *= 8u) {
		ec = run_once(at, pstate, v, limit);
	}
	stuck += ec == INTERRUPTED;
	return ec;
}

static u32 run_word(u32 word, u32 pstate, u64 v)
{
	plant(CODE, word, pstate);
	return run_at(CODE, pstate, v);
}

/* What nobody expects is said. */
static u64 odd_word(const char *row, u32 word, u64 v, u32 ec)
{
	puts_("hostile: ");
	puts_(row);
	put(' ');
	putx(word);
	put(' ');
	putx(v);
	puts_(" class ");
	putx(ec);
	put('\n');
	return 1;
}

static int first;

static void begin(const char *row)
{
	puts_("\nJSON {\"row\":\"");
	puts_(row);
	puts_("\"");
	first = 0;
}

static void number(const char *name, u64 v)
{
	puts_(",\"");
	puts_(name);
	puts_("\":");
	putn(v);
}

static void end(int pass)
{
	puts_(pass ? ",\"pass\":true}\n" : ",\"pass\":false}\n");
}

/* A kernel's pointer: dom0's registers hold some, this guest's none. */
static int is_foreign(u64 v)
{
	return v >> 40 == 0xffffff && v != ~0ul && v >> 12 != 0xffffffffffffful;
}

/* G1: every system register's number, read and written, at both levels. */
static void system_registers(void)
{
	u64 read[2] = { 0, 0 }, undef[2] = { 0, 0 }, wrote[2] = { 0, 0 }, odd = 0, foreign = 0;
	u32 n, el;

	for (el = 0; el < 2; el++) {
		for (n = 0; n < 1u << 15; n++) {
			u32 ec = run_word(0xd5300000u | n << 5, el != 0 ? EL1 : EL0, 0x5ca1ab1e);
			u64 v = 0;

			if (ec == EC_BRK) {
				read[el]++;
				v = trial.left[0];
				foreign += is_foreign(v);
			} else if (ec == EC_UNDEF || ec == EC_SYS) {
				undef[el]++;
			} else {
				odd += odd_word("G1", n, 0, ec);
			}
			/* VBAR, SCTLR and the tables get their own values again. */
			ec = run_word(0xd5100000u | n << 5, el != 0 ? EL1 : EL0, v);
			wrote[el] += ec == EC_BRK;
			if (ec != EC_BRK && ec != EC_UNDEF && ec != EC_SYS) {
				odd += odd_word("G1", n, v, ec);
			}
		}
	}
	gic_init(0);
	begin("G1");
	number("encodings", 1u << 15);
	number("read_el1", read[1]);
	number("undef_el1", undef[1]);
	number("written_el1", wrote[1]);
	number("read_el0", read[0]);
	number("undef_el0", undef[0]);
	number("written_el0", wrote[0]);
	number("odd", odd);
	number("foreign", foreign);
	end(odd == 0 && foreign == 0 && read[1] > 100);
}

static int is_answer(u64 x0)
{
	s64 v = (s64)(int)(u32)x0;

	return v <= 0 && v >= -13;
}

/* G2: HVC and SMC with every number, and calls with random arguments. */
static void calls(void)
{
	u64 n, hvcs = 0, smcs = 0, odd = 0;

	for (n = 0; n < 1u << 16; n++) {
		u32 ec = run_word(0xd4000002u | (u32)n << 5, EL1, 0x8600ffff);

		hvcs += ec == EC_BRK;
		odd += ec != EC_BRK && ec != EC_UNDEF;
		ec = run_word(0xd4000003u | (u32)n << 5, EL1, 0x8600ffff);
		smcs += ec == EC_BRK;
		odd += ec != EC_BRK && ec != EC_UNDEF;
		/* Neither exists at EL0. */
		odd += n % 64 == 0 && run_word(0xd4000002u | (u32)n << 5, EL0, 0) != EC_UNDEF;
	}
	for (n = 0; n < 40000; n++) {
		static const u32 base[] = { 0x84000000u, 0xc4000000u, 0x80000000u,
					    0xc6000000u, 0x86000000u, 0xbf00ff00u };
		u32 fn = base[random_() % 6u] + (u32)(random_() % (n % 2u ? 32u : 256u));
		u32 low = fn & ~0x40000000u;
		u64 got;

		if (low == 0x84000001u || low == 0x84000002u || low == 0x84000008u ||
		    low == 0x84000009u || low == 0x84000012u || low == 0x8400000eu ||
		    (fn >= 0xc6000040u && fn <= 0xc6000042u)) {
			continue; /* ends or stops the VM by right; G9 */
		}
		got = hvc(fn, random_() % 4u == 0 ? random_() : random_() & 7u, random_(),
			  random_());
		if (!is_answer(got) && low != 0x84000000u && low != 0x84000006u &&
		    fn != 0x80000000u) {
			odd++;
		}
	}
	begin("G2");
	number("hvc", hvcs);
	number("smc", smcs);
	number("calls", n);
	number("odd", odd);
	end(odd == 0);
}

/* G3: every kind of access to and around every device. */
static void devices(void)
{
	static const u32 op[] = {
		0x39400000, 0x79400000, 0xb9400000, 0xf9400000, /* LDR B H W X [x0] */
		0x39800000, 0xb9800000,				/* LDRSB, LDRSW */
		0x39000000, 0x79000000, 0xb9000000, 0xf9000000, /* STR */
		0xa9400400, 0x29400400, 0xa9000400, 0x69400400, /* LDP, STP, LDPSW */
		0xa8c10420, 0xf8408420, 0xb8004420, 0x38401c20, /* writeback */
		0x3dc00000, 0xbd400000, 0x3d800000, 0xad400400, /* SIMD */
		0x4c407000, 0x4c007000,				/* LD1, ST1 */
		0x885f7c00, 0xc85f7c00, 0x88027c00, 0x88dffc00, /* exclusives, acquire */
		0x889ffc00, 0xf8200000, 0xb8208000, 0x88a07c00, /* release, LDADD, SWP, CAS */
		0xd50b7420, 0xd50b7a20, 0xd50b7e20, 0xd50b7520, /* DC ZVA, CVAC, CIVAC; IC IVAU */
		0xd5087620, 0xd5087820, 0xf9800000, 0xd61f0000, /* DC IVAC, AT, PRFM, BR */
	};
	static const u32 place[] = { 0x08000000, 0x0800fff0, 0x08010000, 0x08080000, 0x080a0000,
				     0x080affff, 0x080b0000, 0x080bfffc, 0x080c0000, 0x09000000,
				     0x09000ff8, 0x09001000, 0x09010000, 0x09020000, 0x09030000,
				     0x0a000000, 0x0a003e00, 0x3eff0000, 0x3ffffff8, 0x00000000 };
	u64 n = 0, odd = 0, answered = 0;
	u32 p, i, k, ec;

	for (p = 0; p < sizeof(place) / sizeof(place[0]); p++) {
		for (i = 0; i < sizeof(op) / sizeof(op[0]); i++) {
			for (k = 0; k < 8; k++) {
				u64 a = place[p] + (k < 2 ? k * 4u : random_() % 0x1000u);

				if (a - 0x09000000u < 4u) {
					a += 0x18; /* the console stays clean */
				}
				ec = run_word(op[i], EL1, a);
				n++;
				answered += ec == EC_BRK;
				/* UNDEF, aborts, alignment of PC; nothing else. */
				odd += ec != EC_BRK && ec != EC_UNDEF && ec != 0x25u &&
				       ec != 0x21u && ec != 0x22u;
			}
		}
	}
	begin("G3");
	number("accesses", n);
	number("answered", answered);
	number("odd", odd);
	end(odd == 0 && answered > 100);
}

/* G5: an access in every 2 MiB below 4 GiB, and in every GiB there is. */
static void holes(void)
{
	u64 a, n = 0, odd = 0;

	for (a = 0; a < 1ul << 32; a += 2ul << 20) {
		if (a >= RAM && a < RAM + (64ul << 20)) {
			continue;
		}
		odd += run_word(0xf9400000, EL1, a + 0x40000) != 0x25u && a >> 24 != 8u &&
		       a >> 24 != 9u;
		n++;
	}
	for (a = 4; a < 1u << 10; a++) { /* beyond 39 bits, too */
		if (run_word(0xf9000000, EL1, a << 30) != 0x25u ||
		    run_word(0xd61f0000, EL1, a << 30) != 0x21u) {
			odd += odd_word("G5", 0, a << 30, EC(trial.esr));
		}
		n += 2;
	}
	begin("G5");
	number("holes", n);
	number("odd", odd);
	end(odd == 0);
}

/* G6: all of TLBI, DC, IC and AT, and what else op0 = 1 and 0 have. */
static void maintenance(void)
{
	u64 n, done = 0, odd = 0;

	for (n = 0; n < 1u << 14; n++) {
		u32 ec = run_word(0xd5080000u | (u32)n << 5, EL1, DATA);

		done += ec == EC_BRK;
		if (ec != EC_BRK && ec != EC_UNDEF && ec != 0x25u) {
			odd += odd_word("G6", (u32)n, 1, ec);
		}
		ec = run_word(0xd5080000u | (u32)n << 5, EL0, DATA);
		if (ec != EC_BRK && ec != EC_UNDEF && ec != 0x24u && ec != EC_SYS) {
			odd += odd_word("G6", (u32)n, 0, ec);
		}
	}
	begin("G6");
	number("words", 2u * n);
	number("done_el1", done);
	number("odd", odd);
	end(odd == 0 && done > 20);
}

/* B and BL to this program's own text, where they would do what it does. */
static int leads_home(u64 at, u32 word)
{
	u64 offset = (u64)(word & 0x3ffffffu) << 2;
	u64 target;

	if ((word & 0x7c000000u) != 0x14000000u) {
		return 0;
	}
	target = at + (offset ^ 1ul << 27) - (1ul << 27);
	return target >= RAM && target < RAM + (16ul << 20);
}

/* Any word, but of the system group, which G1, G2 and G6 have. */
static u32 random_word(u64 at)
{
	u32 word;

	do {
		word = (u32)random_();
	} while (word >> 24 == 0xd5u || word >> 24 == 0xd4u || leads_home(at, word));
	return word;
}

/* G7: many words are planted at once, since code that changes is what costs here. */
#define BATCH 8192u

static void words(u64 count)
{
	u64 n, done = 0, kinds = 0;
	u32 i;

	for (i = 0; i < 64; i++) {
		ecs[i] = 0;
	}
	stuck = 0;
	for (n = 0; n < count;) {
		for (i = 0; i < BATCH; i++) {
			plant(CODE + 8u * i, random_word(CODE + 8u * i), EL1);
		}
		for (i = 0; i < BATCH && n < count; i++, n++) {
			done += run_at(CODE + 8u * i, n % 2u != 0 ? EL1 : EL0, DATA) == EC_BRK;
		}
	}
	for (i = 0; i < 64; i++) {
		kinds += ecs[i] != 0;
	}
	begin("G7");
	number("words", n);
	number("done", done);
	number("stuck", stuck);
	number("classes", kinds);
	end(done > n / 8u);
}

/* G8: AArch32, and PSTATEs that there are not. */
static void other_states(void)
{
	u64 n, illegal = 0, user = 0, odd = 0;
	u32 m, ec;

	for (m = 0; m < 32; m++) { /* M[4:0] */
		if (m == 0 || m == 4 || m == 5 || m == 16) {
			continue;
		}
		ec = run_word(BRK, 0x1c0u | m, DATA);
		illegal += ec == EC_ILLEGAL;
		odd += ec != EC_ILLEGAL;
	}
	for (n = 0; n < 20000; n++) { /* A32: coprocessors, and anything */
		u32 word = (u32)random_();

		plant(CODE, n % 2u != 0 ? 0xee000010u | (word & 0x00ffffefu) : word,
		      USER32 & ~0x80u);
		ec = run_once(CODE, USER32 & ~0x80u, DATA, SHORT); /* some loop for ever */
		user += ec != EC_ILLEGAL;
	}
	begin("G8");
	number("illegal", illegal);
	number("words_a32", n);
	number("ran_as_a32", user);
	number("odd", odd);
	end(odd == 0);
}

#define SHARE 0xc6000041u
#define UNSHARE 0xc6000042u
#define GFN(a) ((a) >> 12)

static u64 odd_answers;

static void expect(u64 fn, u64 gfn, u64 n, u64 more, s64 want)
{
	s64 got = (s64)hvc(fn, gfn, n, more);

	if (got != want && odd_answers++ < 10u) {
		puts_("hostile: ");
		putx(fn);
		put(' ');
		putx(gfn);
		put(' ');
		putx(n);
		put(' ');
		putx((u64)got);
		put('\n');
	}
}

/* G9: sharing, with every kind of wrong argument. */
static void sharing(void)
{
	u64 p = GFN(RAM + (48ul << 20));
	u64 is_protected, i;
	is_protected = hvc(UNSHARE, p, 1, 0) != 0; /* an ordinary VM has nothing to do */
	for (i = 0; i < 200; i++) {		   /* never RAM */
		static const u64 bad[] = { 0,	      0x9000,	 0x3ffff, 0x44000, 1ul << 27,
					   1ul << 36, 1ul << 52, ~0ul,	  0x43fff };
		u64 gfn = bad[i % 9u];

		expect(SHARE, gfn, i % 9u == 8 ? 2 : 1, 0, -2);
		expect(UNSHARE, gfn, i % 9u == 8 ? 2 : 1, 0, -2);
	}
	expect(SHARE, p, 0, 0, -2);
	expect(SHARE, p, 65, 0, -2);
	expect(SHARE, p, ~0ul, 0, -2);
	expect(SHARE, p, 1ul << 32 | 1u, 0, -2);
	expect(SHARE, p, 1, 1, -2); /* an argument too many */
	expect(0xc6000020u, 1, p, 0, -1);
	if (is_protected) {
		expect(UNSHARE, p, 1, 0, -3); /* never touched, never shared */
		for (i = 0; i < 101; i++) {
			expect(SHARE, p + i, 1, 0, 0);
			expect(SHARE, p + i, 1, 0, -7);
		}
		expect(SHARE, p + 90, 20, 0, -7);   /* some are shared already */
		expect(UNSHARE, p + 90, 20, 0, -3); /* some are not */
		expect(UNSHARE, p, 64, 0, 0);
		expect(UNSHARE, p, 1, 0, -3);
		expect(UNSHARE, p + 64, 37, 0, 0);
		expect(SHARE, p, 64, 0, 0);
		expect(UNSHARE, p, 64, 0, 0);
	}
	begin("G9");
	number("protected", is_protected);
	number("odd", odd_answers);
	end(odd_answers == 0);
}

/* The number behind "key" in the device tree's bootargs, or 0. */
static u64 option(u64 dtb, const char *key)
{
	const unsigned char *at = (const unsigned char *)dtb;
	u32 size = (u32)at[4] << 24 | (u32)at[5] << 16 | (u32)at[6] << 8 | at[7];
	u32 i, k;
	u64 n = 0;

	for (i = 0; i < size; i++) {
		for (k = 0; key[k] != '\0' && i + k < size && at[i + k] == (unsigned char)key[k];
		     k++) {
		}
		if (key[k] == '\0') {
			for (; i + k < size && at[i + k] >= '0' && at[i + k] <= '9'; k++) {
				n = n * 10u + (at[i + k] - '0');
			}
			return n;
		}
	}
	return 0;
}

int main(u64 dtb)
{
	puts_("hostile: begins\n");
	gic_init(0);
	state += option(dtb, "seed=") * 0x9e3779b97f4a7c15ul;
	sharing();
	system_registers();
	calls();
	holes();
	maintenance();
	words(option(dtb, "words="));
	other_states();
	devices();
	puts_("hostile: done\n");
	return 0;
}
