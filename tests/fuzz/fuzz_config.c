// SPDX-License-Identifier: BSD-2-Clause
/* Any text is a configuration within its bounds or told mistakes, never both. */
#include <stdlib.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct config *config)
{
	if (config->capture.interface_count > LIVE_INTERFACES_MAX ||
		config->capture.port_count > LIVE_PORTS_MAX || config->capture.port_count == 0 ||
		config->capture.library_count > LIVE_LIBRARIES_MAX ||
		config->scope.ours.n > CONFIG_NETWORKS_MAX ||
		config->scope.exclude.n > CONFIG_NETWORKS_MAX ||
		config->evidence.list_count > EVIDENCE_LISTS_MAX ||
		config->rule_count > CONFIG_RULES_MAX || config->output_count > CONFIG_OUTPUTS_MAX)
		abort();
	for (size_t i = 0; i < config->output_count; i++)
		if ((config->outputs[i].where == NULL) !=
			(config->outputs[i].kind == OUTPUT_STDOUT))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text errors = { 0 };
	struct config *config = config_parse(bytes_of(data, size), "fuzz", &errors);

	if ((config != NULL) == (errors.n != 0))
		abort();
	if (config)
		check(config);
	config_free(config);
	text_free(&errors);
	return 0;
}
