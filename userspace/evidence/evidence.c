// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/evidence.h"

#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "evidence/history.h"

const char *mx_source_name(enum mx_source source)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		MX_SOURCE_LIST(X)
#undef X
	};

	return names[source];
}

const char *policy_type_name(enum policy_type type)
{
	static const char *const names[] = { "sts", "tlsa", "list" };

	return names[type];
}

const char *policy_mode_name(enum policy_mode mode)
{
	static const char *const names[] = { "none", "testing", "enforce" };

	return names[mode];
}
