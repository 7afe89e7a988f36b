/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of a survey that is about a domain's MX hosts: their addresses and TLSA records (RFC
 * 7672 2). Between the files of the survey.
 */
#ifndef EVIDENCE_SURVEY_MX_H
#define EVIDENCE_SURVEY_MX_H

#include "evidence/survey.h"

struct survey_mx_params {
	struct resolver *resolver;
	bool believes_ad;
	/* Where what is found belongs; NULL: nobody wants it any more, and nothing more is asked.
	 */
	struct survey_domain *(*result)(void *context);
	/* Once, when nothing is left to do; never from inside survey_mx_start(). */
	void (*done)(void *context);
	void *context;
};

/* Look up the hosts of the domain of the result, which is there. @params is copied. */
void survey_mx_start(const struct survey_mx_params *params);

#endif
