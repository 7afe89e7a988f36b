// SPDX-License-Identifier: BSD-2-Clause
#include "sink/outlet.h"

void outlet_init(
	struct outlet *outlet, const struct outlet_class *class, const struct outlet_params *params)
{
	outlet->class = class;
	outlet->datasets = params->datasets ? params->datasets : DATASETS_ALL;
	outlet->min_severity = params->min_severity;
}

static bool takes(const struct outlet *outlet, const struct document *document)
{
	if (!(outlet->datasets & 1u << document->dataset))
		return false;
	return document->dataset != DATASET_ALERT || document->severity >= outlet->min_severity;
}

void outlet_deliver(struct outlet *outlet, const struct document *document)
{
	if (!takes(outlet, document))
		return;
	if (outlet->class->deliver(outlet, document))
		outlet->delivered++;
	else
		outlet->failed++;
}

void outlet_reopen(struct outlet *outlet)
{
	if (outlet->class->reopen)
		outlet->class->reopen(outlet);
}

void outlet_flush(struct outlet *outlet)
{
	if (outlet->class->flush)
		outlet->class->flush(outlet);
}

void outlet_free(struct outlet *outlet)
{
	if (outlet)
		outlet->class->free(outlet);
}
