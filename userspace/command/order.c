// SPDX-License-Identifier: BSD-2-Clause
#include "command/order.h"

#include <stdlib.h>

#include "base/mem.h"

struct order *order_new(enum order_kind kind)
{
	struct order *order = mem_alloc(sizeof(*order));

	order->kind = kind;
	return order;
}

void order_free(struct order *order)
{
	if (!order)
		return;
	if (order->kind == ORDER_ANSWER)
		lookup_answer_fini(&order->answer);
	rules_free(order->rules);
	evidence_files_free(order->files);
	free(order);
}

bool order_send_take(struct queue *queue, struct order *order)
{
	if (queue_put(queue, order))
		return true;
	order_free(order);
	return false;
}
