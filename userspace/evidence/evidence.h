/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rest of the world says should have happened: which MX this server is, which domains'
 * policies bind it, what it and its clients did before. evidence_ask() asks all stores for one record
 * and answers once, or says what it could not learn.
 */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include "session/record.h"

#define MX_SOURCE_LIST(X)                                                              \
	X(MX_UNKNOWN, "", "")                                                          \
	X(MX_GREETING, "greeting", "the server's own words: a hint only")              \
	X(MX_CONFIGURED, "configured", "--mx-map")                                     \
	X(MX_DNS_RESOLVED, "dns-resolved", "our own look-up")                          \
	X(MX_DNS_SEEN, "dns-seen", "answers seen on the wire")                         \
	X(MX_SNI, "sni", "the name the client asked for")

/* From weakest to strongest. */
enum mx_source {
#define X(name, text, comment) name,
	MX_SOURCE_LIST(X)
#undef X
};

const char *mx_source_name(enum mx_source source);

enum policy_type { POLICY_STS, POLICY_TLSA, POLICY_LIST };
enum policy_mode { POLICY_NONE, POLICY_TESTING, POLICY_ENFORCE };

const char *policy_type_name(enum policy_type type);
const char *policy_mode_name(enum policy_mode mode);

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

/* What happened to a policy that an attacker with the DNS would like to happen. */
#define POLICY_CHANGE_LIST(X)                                                               \
	X(POLICY_UNCHANGED, "", "")                                                         \
	X(POLICY_WEAKENED, "weakened", "enforce became testing or none, before its max_age")\
	X(POLICY_MX_REPLACED, "mx-replaced", "none of the old mx patterns is left")         \
	X(POLICY_RECORD_GONE, "record-gone", "no TXT record while the policy is in force")  \
	X(POLICY_HIDDEN, "hidden", "look-ups or fetches fail while it is in force")

enum policy_change {
#define X(name, text, comment) name,
	POLICY_CHANGE_LIST(X)
#undef X
};

const char *policy_change_name(enum policy_change change);

/* A policy that binds the session. Strings are borrowed from the stores until the next ask. */
struct bound_policy {
	const char *domain;        /* POLICY_TLSA: the MX host */
	enum policy_type type;
	enum policy_mode mode;     /* at the session's time: POLICY_NONE for one that had expired */
	enum policy_mode stated;   /* as it stands in the policy */
	const char *source;        /* "example.com.txt", "fetch", … */
	const char *id;            /* of the record; NULL: not known */
	int64_t since;             /* when this version was first met, s since 1970; 0: not known */
	int64_t fetched;           /* last, or confirmed; the same */
	int64_t expires;           /* the same; 0: not known, or never */
	bool expired;              /* before the session: it annotates and demands nothing */
	enum answer mx_matches;    /* the MX name against the policy's patterns */
	enum answer certificate_matches; /* the leaf's names against the MX name, RFC 8461 4.2; DANE */
	char *const *patterns;     /* its mx patterns; POLICY_TLSA: its records */
	size_t pattern_count;
	bool recipient_seen;       /* mail for this domain went over this session in clear */
	/* What befell it in the cache, POLICY_UNCHANGED where nothing of note did. */
	enum policy_change change;
	enum policy_mode before;   /* POLICY_WEAKENED: the mode before it */
	int64_t before_expires;    /* until when that which was weakened would have held, seconds */
	unsigned int failures;     /* tries in a row that failed to renew it */
	const char *error;         /* of the last try; NULL: it went well */
};

#define BOUND_POLICIES_MAX 32

/* What is remembered of earlier sessions; times in ns since 1970, 0: never. */
struct history_facts {
	int64_t offered_last;       /* this server (address, and greeting name if it still gives one) */
	uint32_t offered_count;     /* times it offered STARTTLS or spoke TLS */
	uint32_t missed_count;      /* consecutive sessions since, without the offer */
	bool offered_mixed;         /* it offered again after misses: a pool of uneven hosts, perhaps */
	bool offered_to_client;     /* this very client saw the offer */
	int64_t client_tls_last;    /* this client (address or HELO name) used TLS with this server */
	int64_t failure_last;       /* this client's failed STARTTLS or handshake with it */
	char failure_session[17];   /* its session id */
	bool failure_tampered;      /* and traces of a third party in it */
	int64_t leaf_last;          /* when another leaf was shown */
	int64_t leaf_not_after;     /* that leaf's, seconds */
	char leaf_issuer[128];      /* that leaf's */
	bool leaf_changed;          /* other key and other issuer than the last one shown */
	uint32_t key_names;         /* distinct unrelated MX names that showed this leaf's key */
	char key_example[128];      /* some of them, for messages */
	int64_t server_first;       /* this server was first met */
	uint32_t server_sessions;   /* sessions that told something of it */
	uint16_t tls_min, tls_max;  /* TLS versions that it has chosen; 0: none was seen */
	uint8_t server_ttl;         /* of its packets, usually; 0: not known */
	uint8_t server_family;      /* enum smtp_family of its greeting */
};

struct evidence {
	char mx[256];               /* host name, lower-case A-labels; "" if not known */
	enum mx_source mx_source;
	bool mx_in_map;             /* the server's address stands in the map */
	bool mx_ambiguous;          /* one of several names of the address, or its name of much later */
	size_t policy_count;
	/* A recipient's domain whose MXs are known, none of which has this address. */
	char redirected_domain[256]; /* "" if none */
	enum mx_source redirected_source; /* how they are known */
	/* A recipient's domain whose policy can't be read, and why; NULL: none. Borrowed, as above. */
	const char *invalid_domain, *invalid_why;
	char dane_why[160];         /* what came of the certificate and TLSA records, in words */
	struct history_facts history;
	unsigned int cert_problems; /* enum cert_problem, at the session's time */
	enum answer host_matches;   /* leaf against mx; UNKNOWN where either is not known */
	struct bound_policy policies[BOUND_POLICIES_MAX]; /* last, and cleared up to policy_count */
};

#define EVIDENCE_LISTS_MAX 8

/* What is to be looked up of a name that a session shows: see evidence/lookup.h. */
enum wanted { WANTED_DOMAIN, WANTED_HOST };

/* Where to ask. What is NULL is not asked. */
struct evidence_params {
	const char *policies;   /* directory of DOMAIN.txt, RFC 8461 policies */
	const char *mx_map;     /* YAML: address → MX host → domains */
	const char *tlsa;       /* YAML: MX host → TLSA records */
	const char *db;         /* database: cached policies, history; NULL: history as long as we live */
	const char *lists[EVIDENCE_LISTS_MAX]; /* of the EFF's kind, and pins */
	size_t list_count;
	int64_t half_life;      /* of history, s; 0: the default */
	/*
	 * Asks the network about @name, or has somebody ask: see evidence_want(). Returns the number
	 * of that look-up, growing from 1; 0: there is nothing to wait for. NULL: nobody asks.
	 */
	uint64_t (*want)(void *context, enum wanted kind, const char *name);
	void *want_context;
};

struct evidence_store;
struct evidence_files;
struct lookup_answer;
struct policy_cache;

/*
 * NULL on a fault in the files: logged with file, line and column. A policy that can't be read is
 * warned about and left out.
 */
struct evidence_store *evidence_open(const struct evidence_params *params);
void evidence_close(struct evidence_store *store);

/*
 * The files among @params, read anew: for a store that is in use, which goes on with the old ones
 * until evidence_take_files(). NULL: logged, as above.
 */
struct evidence_files *evidence_files_open(const struct evidence_params *params);
void evidence_files_free(struct evidence_files *files);

/* From now on @files are those of @store, and its own; the old ones are freed. */
void evidence_take_files(struct evidence_store *store, struct evidence_files *files);

/*
 * A DNS answer that was seen on its way to @asker at @time (ns): MX sets and their addresses are
 * remembered, as long as their TTLs say. Anything else is let be.
 */
void evidence_note_dns(struct evidence_store *store, struct bytes message, const struct addr *asker,
	int64_t time);

/*
 * What one of our own look-ups was answered; @now in ns. It counts for sessions before it, too, and
 * proves nothing bad of those that are much older.
 */
void evidence_note_answer(struct evidence_store *store, const struct lookup_answer *answer,
	int64_t now);

/*
 * Have the names looked up that @record shows: the recipients' domains, or else those that DNS
 * answers on the wire tell; the MX host, where SNI or such answers name it. Returns the number of the
 * last look-up that is worth waiting for; 0: none.
 */
uint64_t evidence_want(struct evidence_store *store, const struct record *record);

/*
 * Take over what others wrote to the database, and write what was learnt: each minute or so, and
 * before a session is judged that has waited for somebody else's look-up. False: logged.
 */
bool evidence_sync(struct evidence_store *store);

/* The cached policies, for who fetches them on this thread; NULL without a database. */
struct policy_cache *evidence_policy_cache(struct evidence_store *store);

/* All that is known about @record. */
void evidence_ask(struct evidence_store *store, const struct record *record,
	struct evidence *evidence);

/* Remember @record for later sessions; after it was judged. Only what was seen whole teaches. */
void evidence_learn(struct evidence_store *store, const struct record *record,
	const struct evidence *evidence);

/*
 * An attempt at TLS has failed and its session is not over yet. Only flow, id, smtp.helo_name and
 * failure_time of @record are looked at.
 */
void evidence_note_failure(struct evidence_store *store, const struct record *record);

#endif
