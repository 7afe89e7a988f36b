/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A survey's rows: what was looked up of a domain, with what we knew of it before; and what there
 * is to say of it, in words, for the text and the page alike. Times are seconds since 1970.
 */
#ifndef SINK_SURVEY_ROW_H
#define SINK_SURVEY_ROW_H

#include "base/text.h"
#include "evidence/policy_cache.h"
#include "evidence/policy_list.h"
#include "evidence/survey.h"

/* What the sensor itself saw: of a server under its MX name, or of mail for a domain. */
struct survey_seen {
	uint32_t sessions; /* 0: nothing is remembered */
	uint32_t tls;      /* of a server: that offered it; of a domain: with mail under TLS */
	uint32_t clear; /* of a server: in a row since, without the offer; of a domain: with mail in
			   clear */
	int64_t last;
};

struct survey_row {
	const struct survey_domain *domain;
	const struct cached_policy *cached; /* NULL: none */
	const struct list_entry *listed;    /* NULL: not in a list */
	bool list_current;                  /* the list's time is not over */
	struct survey_seen seen, seen_mx[SURVEY_MX_MAX];
};

struct survey_table {
	const struct survey_row *rows;
	size_t n;
	size_t asked;      /* more than n: it was interrupted */
	bool with_list;    /* a list was there to look into */
	bool with_history; /* a database was */
	bool believes_ad;  /* the DNS server's word on DNSSEC counted */
	int64_t now;
};

/* How a cell reads: for colours, never the only bearer of a meaning. */
enum survey_mark { SURVEY_PLAIN, SURVEY_GOOD, SURVEY_FAIR, SURVEY_BAD };

/* The words of one cell, appended; ASCII. */
enum survey_mark survey_say_sts(struct text *out, const struct survey_row *row);
enum survey_mark survey_say_rpt(struct text *out, const struct survey_row *row);
enum survey_mark survey_say_list(struct text *out, const struct survey_row *row);
enum survey_mark survey_say_seen(struct text *out, const struct survey_row *row, int64_t now);
/* Instead of the hosts, where there is none: "does not exist"; nothing where there are some. */
enum survey_mark survey_say_no_mx(struct text *out, const struct survey_row *row);
enum survey_mark survey_say_dane(struct text *out, const struct survey_row *row, size_t mx);
enum survey_mark survey_say_mx_seen(
	struct text *out, const struct survey_row *row, size_t mx, int64_t now);

/* What somebody ought to look at: a sentence each, in a text that is reset before. */
void survey_notes(const struct survey_row *row, int64_t now,
	void (*told)(void *context, const char *note), void *context);

/* Something could not be found out: not "there is none", but "not known". */
bool survey_row_incomplete(const struct survey_row *row);

struct survey_summary {
	size_t enforce, testing, none; /* policies by mode */
	size_t no_policy;              /* a record, and no policy to be had */
	size_t rpt, dane, dane_bogus;  /* domains: dane: with a host that it protects */
	size_t incomplete;
};

void survey_sum_up(const struct survey_table *table, struct survey_summary *summary);

/* The counts as sentences, for the end of a table. */
void survey_say_summary(struct text *out, const struct survey_table *table);

#endif
