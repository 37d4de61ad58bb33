/* SPDX-License-Identifier: BSD-2-Clause */
/* One printer for all tables. */
#ifndef HSCTL_TABLE_H
#define HSCTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_CELL 128u
#define TABLE_COLUMNS 24u

enum table_flag {
	TABLE_RIGHT = 1, /* numbers */
	TABLE_MORE = 2,	 /* only if --columns names it */
	TABLE_STATE = 4, /* the state of a VM: in colour, on a terminal */
	TABLE_PLAIN = 8, /* what plain is without --columns */
};

struct column {
	const char *name;  /* as in --columns */
	const char *title; /* as in the first line */
	unsigned int flags;
	/* Writes the cell of a row, NUL-terminated, at most TABLE_CELL bytes. */
	void (*cell)(const void *row, char *text);
};

struct options;

/* Shows rows as o->output (table or plain) and o->columns say; an exit code. */
int table_show(const struct column *columns, const struct options *o, const void *rows,
	       size_t nr_rows, size_t row_size);
/*
 * Which of the columns (an array that ends with one without a name) are shown:
 * those that list names, separated by commas; without a list TABLE_PLAIN ones if
 * plain, else all that are not TABLE_MORE. False: it has said why not (exit code HSX_USAGE).
 */
bool table_choose(const struct column *columns, const char *list, bool plain,
		  const struct column *chosen[TABLE_COLUMNS], unsigned int *count);
/*
 * A title (unless quiet) and a line for each row, as wide as they need to be. plain:
 * cells with a tab between them and no title. 0, or -ENOMEM.
 */
int table_print(const struct column *const *chosen, unsigned int count, const void *rows,
		size_t nr_rows, size_t row_size, bool plain);
/* Before and after the name of a state of a VM, if stdout shows colours; else "". */
const char *colour_of_state(const char *state);
const char *colour_end(void);

#endif
