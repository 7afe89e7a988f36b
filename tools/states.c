// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prints the state machines of the SMTP dialogue as a graph for dot(1), from the table that the
 * parser asserts against: states | dot -Tsvg >states.svg
 */
#include <stdio.h>

#include "dialogue/smtp_state.h"

static void print_machine(enum side side)
{
	printf("subgraph cluster_%s {\n\tlabel=\"%s\";\n", side_name(side), side_name(side));
	for (unsigned int from = 0; smtp_state_name(side, from); from++) {
		printf("\t%s_%s [label=\"%s\", tooltip=\"%s\"];\n", side_name(side),
			smtp_state_name(side, from), smtp_state_name(side, from),
			smtp_state_comment(side, from));
		for (unsigned int to = 0; smtp_state_name(side, to); to++)
			if (from != to && smtp_state_may(side, from, to))
				printf("\t%s_%s -> %s_%s;\n", side_name(side),
					smtp_state_name(side, from), side_name(side),
					smtp_state_name(side, to));
	}
	printf("}\n");
}

int main(void)
{
	printf("digraph smtp {\nnode [shape=box, fontname=monospace];\n");
	print_machine(CLIENT);
	print_machine(SERVER);
	printf("}\n");
	return 0;
}
