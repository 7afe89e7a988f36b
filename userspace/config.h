/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration of `stripwatch watch`: a YAML file becomes one immutable struct. Every key has a
 * default and stands, explained, in the sample file that is installed; an unknown key, a value that
 * can't be, and a key given twice are errors with line and column.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "capture/live.h"
#include "dialogue/cert.h"
#include "evidence/evidence.h"
#include "sink/outlet.h"

#define CONFIG_OUTPUTS_MAX  16
#define CONFIG_NETWORKS_MAX 256
#define CONFIG_RULES_MAX    16

enum output_kind { OUTPUT_FILE, OUTPUT_STDOUT, OUTPUT_SYSLOG };

struct config_output {
	enum output_kind kind;
	const char *where;      /* path, or "local", "udp:HOST:PORT"; NULL: OUTPUT_STDOUT */
	unsigned int facility;  /* syslog, this and those below: see struct outlet_syslog_params */
	size_t max_message;
	bool no_bom, legacy;
	struct outlet_params params;
};

struct config_networks {
	struct network list[CONFIG_NETWORKS_MAX];
	size_t n;
};

/* See judge/scope.h. */
struct config_scope {
	struct config_networks ours;    /* for network.direction */
	struct config_networks exclude; /* sessions with a side in one raise no alerts */
	bool loopback;                  /* judge loopback too */
};

/*
 * Members without a value are NULL or 0 and mean the default. Strings live as long as the struct; a
 * member may be pointed elsewhere, for config_free() knows what is the struct's.
 */
struct config {
	struct {
		const char *name;   /* of this sensor; NULL: none */
		const char *user;   /* to become after attaching; "": stay */
		const char *socket; /* of `status` */
	} sensor;
	struct live_params capture;
	struct config_scope scope;
	struct evidence_params evidence; /* policies, lists, map, tlsa, db */
	struct {
		bool online;        /* look policies, MX hosts and TLSA records up */
		const char *servers; /* of DNS: "192.0.2.1,[2001:db8::1]:53"; NULL: the system's */
		const char *ca, *proxy;
		uint16_t port;      /* of policy hosts, for laboratories; 0: 443 */
		bool trust_ad;
		int64_t half_life;  /* of history, s; 0: the default */
	} policies;
	struct cert_params cert;
	const char *rules[CONFIG_RULES_MAX]; /* none: those that were installed */
	size_t rule_count;
	struct {
		const char *dir;        /* NULL: no evidence files */
		uint64_t max_bytes;     /* of all of them */
	} proof;
	struct config_output outputs[CONFIG_OUTPUTS_MAX];
	size_t output_count;
	struct {
		size_t flows;       /* 0: the flow table's default */
		int64_t idle;       /* ns; 0: the same */
		size_t queue;       /* documents that wait for the service thread; 0: 65536 */
	} limits;
};

/* The defaults, as an empty file gives them. Never NULL. */
struct config *config_default(void);

/*
 * The file @path, or a text that is called @name in errors. NULL: "FILE:LINE:COLUMN: what" lines, one
 * for each mistake in it, are appended to @errors.
 */
struct config *config_load(const char *path, struct text *errors);
struct config *config_parse(struct bytes yaml, const char *name, struct text *errors);
void config_free(struct config *config);

#endif
