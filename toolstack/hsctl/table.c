/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hsctl.h"

/* no-color.org: any value but the empty one. */
static bool colours(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) == 1 && (no == NULL || no[0] == '\0');
}

const char *colour_of_state(const char *state)
{
	if (!colours()) {
		return "";
	}
	return strcmp(state, "running") == 0				       ? "\033[32m"
	       : strcmp(state, "crashed") == 0 || strcmp(state, "killed") == 0 ? "\033[31m"
	       : strcmp(state, "paused") == 0 || strcmp(state, "off") == 0     ? "\033[33m"
									       : "\033[0m";
}

const char *colour_end(void)
{
	return colours() ? "\033[0m" : "";
}

static const struct column *find(const struct column *c, const char *name, size_t len)
{
	for (; c->name != NULL; c++) {
		if (strncmp(c->name, name, len) == 0 && c->name[len] == '\0') {
			return c;
		}
	}
	return NULL;
}

/* All names that there are, for who has asked for another. */
static int no_such(const struct column *columns, const char *name, size_t len)
{
	char known[400] = "";
	const struct column *c;

	for (c = columns; c->name != NULL; c++) {
		size_t n = strlen(known);

		snprintf(known + n, sizeof(known) - n, "%s%s", n > 0 ? "," : "", c->name);
	}
	return fail(HSX_USAGE, "--columns: no column '%.*s'; there are %s", (int)len, name, known);
}

bool table_choose(const struct column *columns, const char *list, bool plain,
		  const struct column *chosen[TABLE_COLUMNS], unsigned int *count)
{
	const struct column *c;

	*count = 0;
	for (c = columns; list == NULL && c->name != NULL; c++) {
		if (plain ? (c->flags & TABLE_PLAIN) != 0 : (c->flags & TABLE_MORE) == 0) {
			chosen[(*count)++] = c;
		}
	}
	while (list != NULL) {
		size_t len = strcspn(list, ",");

		c = find(columns, list, len);
		if (c == NULL) {
			(void)no_such(columns, list, len);
			return false;
		}
		if (*count == TABLE_COLUMNS) {
			(void)fail(HSX_USAGE, "--columns: more than %u", TABLE_COLUMNS);
			return false;
		}
		chosen[(*count)++] = c;
		list = list[len] == ',' ? list + len + 1 : NULL;
	}
	return true;
}

static void print_cell(const struct column *c, const char *text, int width, bool last)
{
	bool state = (c->flags & TABLE_STATE) != 0;

	if (state) {
		fputs(colour_of_state(text), stdout);
	}
	if (last && (c->flags & TABLE_RIGHT) == 0) {
		fputs(text, stdout); /* no blanks at the end of a line */
	} else {
		printf((c->flags & TABLE_RIGHT) != 0 ? "%*s" : "%-*s", width, text);
	}
	if (state) {
		fputs(colour_end(), stdout);
	}
}

int table_print(const struct column *const *chosen, unsigned int count, const void *rows,
		size_t nr_rows, size_t row_size, bool plain)
{
	char(*cells)[TABLE_CELL] = calloc(nr_rows * count + 1u, TABLE_CELL);
	int width[TABLE_COLUMNS];
	unsigned int k;
	size_t r;

	if (cells == NULL) {
		return -ENOMEM;
	}
	for (k = 0; k < count; k++) {
		width[k] = (int)strlen(chosen[k]->title);
		for (r = 0; r < nr_rows; r++) {
			char *text = cells[r * count + k];
			int n;

			chosen[k]->cell((const char *)rows + r * row_size, text);
			n = (int)strlen(text);
			width[k] = n > width[k] ? n : width[k];
		}
	}
	for (k = 0; k < count && !plain && !quiet; k++) {
		print_cell(&(struct column){ .flags = chosen[k]->flags & TABLE_RIGHT },
			   chosen[k]->title, width[k], k + 1u == count);
		fputs(k + 1u < count ? "  " : "\n", stdout);
	}
	for (r = 0; r < nr_rows; r++) {
		unsigned int last = count; /* no blanks at the end of a line */

		while (!plain && last > 1u && cells[r * count + last - 1u][0] == '\0') {
			last--;
		}
		for (k = 0; k < last; k++) {
			const char *text = cells[r * count + k];

			if (plain) {
				fputs(text, stdout);
				fputs(k + 1u < count ? "\t" : "\n", stdout);
			} else {
				print_cell(chosen[k], text, width[k], k + 1u == last);
				fputs(k + 1u < last ? "  " : "\n", stdout);
			}
		}
	}
	free(cells);
	return 0;
}

int table_show(const struct column *columns, const struct options *o, const void *rows,
	       size_t nr_rows, size_t row_size)
{
	const struct column *chosen[TABLE_COLUMNS];
	bool plain = o->output == OUT_PLAIN;
	unsigned int count;

	if (!table_choose(columns, o->columns, plain, chosen, &count)) {
		return HSX_USAGE;
	}
	return table_print(chosen, count, rows, nr_rows, row_size, plain) == 0
		       ? HSX_OK
		       : fail(HSX_RESOURCES, "out of memory");
}
