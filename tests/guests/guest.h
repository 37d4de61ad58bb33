/* SPDX-License-Identifier: BSD-2-Clause */
/* What the bare-metal guests share. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define SYSREG_NAME(r) #r
#define rd(r)                                                                                      \
	({                                                                                         \
		u64 v_;                                                                            \
		__asm__ volatile("mrs %0, " SYSREG_NAME(r) : "=r"(v_));                            \
		v_;                                                                                \
	})
#define wr(r, v) __asm__ volatile("msr " SYSREG_NAME(r) ", %x0" : : "rZ"((u64)(v)) : "memory")
#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb() __asm__ volatile("dsb sy" : : : "memory")

#define UART ((volatile u32 *)0x09000000ul)
#define GICD 0x08000000ul
#define GICR 0x080a0000ul
#define ICC_SRE S3_0_C12_C12_5
#define ICC_PMR S3_0_C4_C6_0
#define ICC_IGRPEN1 S3_0_C12_C12_7
#define ICC_IAR1 S3_0_C12_C12_0
#define ICC_EOIR1 S3_0_C12_C12_1
#define ICC_SGI1R S3_0_C12_C11_5

static inline u32 mmio_read(u64 a)
{
	return *(volatile u32 *)a;
}

static inline void mmio_write(u64 a, u32 v)
{
	*(volatile u32 *)a = v;
}

static inline u64 hvc(u64 fn, u64 a1, u64 a2, u64 a3)
{
	register u64 x0 __asm__("x0") = fn;
	register u64 x1 __asm__("x1") = a1;
	register u64 x2 __asm__("x2") = a2;
	register u64 x3 __asm__("x3") = a3;

	__asm__ volatile("mov x4, xzr; mov x5, xzr; mov x6, xzr; mov x7, xzr; mov x8, xzr\n"
			 "mov x9, xzr; hvc #0" /* unused arguments of our calls are zero */
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "memory");
	return x0;
}

static inline u64 ticks(void)
{
	isb();
	return rd(cntvct_el0);
}

void put(char c);
void puts_(const char *s);
void putn(u64 v); /* decimal */
void putx(u64 v);
/* Redistributor and CPU interface of this CPU; all private interrupts on. */
void gic_init(u32 cpu);
void secondary_main(void);
void on_sync(u64 *regs);
int main(u64 dtb);

#endif
