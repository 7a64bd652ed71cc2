/* SPDX-License-Identifier: MIT */
#include "core/intake.h"

#include <stdlib.h>

#define FIRST_ROOM 4096

char *r2_intake_room(struct r2_intake *intake, size_t *ret_room)
{
	if (intake->room - intake->n < 2) {
		size_t wanted = intake->room ? intake->room * 2 : FIRST_ROOM;
		char *grown = NULL;

		if (wanted > intake->room && wanted <= intake->most)
			grown = realloc(intake->at, wanted);
		if (!grown)
			return NULL;
		intake->at = grown;
		intake->room = wanted;
	}
	*ret_room = intake->room - intake->n - 1;
	return intake->at + intake->n;
}

char *r2_intake_take(struct r2_intake *intake)
{
	char *text = intake->at;

	if (text)
		text[intake->n] = '\0';
	*intake = (struct r2_intake){.most = intake->most};
	return text;
}

void r2_intake_drop(struct r2_intake *intake)
{
	free(intake->at);
	*intake = (struct r2_intake){.most = intake->most};
}
