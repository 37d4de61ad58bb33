/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/layout.h"

OUTPUT_ARCH(aarch64)
ENTRY(_start)

SECTIONS
{
	. = VA_IMAGE;
	.text : {
		KEEP(*(.head.text))
		. = ALIGN(256);
		*(.idmap.text)
		*(.text .text.*)
		. = ALIGN(4096);
	}
	__text_end = .;
	.rodata : {
		*(.rodata .rodata.*)
		. = ALIGN(4096);
	}
	__rodata_end = .;
	.data : {
		*(.data .data.*)
		*(.got .got.plt)
		. = ALIGN(4096);
	}
	__bss_start = .;
	.bss (NOLOAD) : {
		*(.bss.tables)
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
	}
	__image_end = .;
	_image_size = __image_end - VA_IMAGE;
	ASSERT(_image_size <= IMAGE_MAX, "the image does not fit one level 3 table")

	page = VA_PAGE_ARRAY;
	frame = VA_FRAMES;
	vcpu_frame = VA_FRAMES;
	vm_data_frame = VA_FRAMES;

	.got.stray : { *(.rela*) *(.igot*) *(.iplt) }
	ASSERT(SIZEOF(.got.stray) == 0, "relocations at run time")

	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) *(.dynamic) *(.interp) }
}
