// SPDX-License-Identifier: BSD-2-Clause
/*
 * What our own look-ups are worth: who a server is, what they prove, and what they don't.
 */
#include "forge_world.h"

#include "base/mem.h"
#include "evidence/evidence.h"
#include "evidence/lookup.h"
#include "judge/finding.h"

#define NS       INT64_C(1000000000)
#define GOOD     "198.51.100.25"
#define STRANGER "198.51.100.66"

struct house {
	struct world *world;
	struct evidence_store *store;
	struct evidence evidence;
	struct cert_chain *chain; /* of world->leaf: mx.example.com */
	struct text wanted;
	uint64_t numbers;
};

static uint64_t want(void *context, enum wanted kind, const char *name)
{
	struct house *house = context;

	text_printf(&house->wanted, "%s%s %s", house->wanted.n ? ", " : "",
		kind == WANTED_DOMAIN ? "domain" : "host", name);
	return ++house->numbers;
}

static int set_up(void **state)
{
	struct house *house = mem_alloc(sizeof(*house));
	const struct evidence_params params = {
		.db = ":memory:", .want = want, .want_context = house
	};
	void *world;

	world_make(&world);
	house->world = world;
	house->store = evidence_open(&params);
	assert_non_null(house->store);
	house->chain = CHAIN(house->world->cache, &house->world->leaf, &house->world->intermediate);
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	struct house *house = *state;
	void *world = house->world;

	evidence_close(house->store);
	cert_chain_release(house->chain);
	text_free(&house->wanted);
	world_free(&world);
	free(house);
	return 0;
}

static struct addr address(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(bytes_str(text), &addr));
	return addr;
}

/*
 * "MX example.com mx.example.com": what a look-up was told at @time (s); hosts, addresses, or
 * usage, selector, matching and the data of a TLSA record. TTL: an hour.
 */
static void answer(struct house *house, int64_t time, enum dns_status status, bool believed,
	const char *type, const char *name, const char *record)
{
	struct dns_record list[1] = { { 0 } };
	struct lookup_answer told = {
		.status = status,
		.believed = believed,
		.time = time,
		.answer = { .ttl = 3600, .records = list, .count = record != NULL },
	};
	struct bytes data = { 0 };

	snprintf(told.name, sizeof(told.name), "%s", name);
	snprintf(told.answer.name, sizeof(told.answer.name), "%s", name);
	if (strcmp(type, "MX") == 0) {
		told.answer.type = DNS_MX;
		list[0].mx.host = record;
	} else if (strcmp(type, "TLSA") == 0) {
		told.answer.type = DNS_TLSA;
		data = unhex(record ? record : "");
		list[0].tlsa = (struct dns_tlsa){ 3, 1, 1, data };
	} else {
		told.answer.type = strcmp(type, "A") == 0 ? DNS_A : DNS_AAAA;
		if (record)
			list[0].addr = address(record);
	}
	list[0].type = told.answer.type;
	evidence_note_answer(house->store, &told, time * NS);
	free((void *)(uintptr_t)data.p);
}

/* mx.example.com at GOOD takes mail for example.com. */
static void example(struct house *house, int64_t time)
{
	answer(house, time, DNS_OK, true, "MX", "example.com", "mx.example.com");
	answer(house, time, DNS_OK, true, "A", "mx.example.com", GOOD);
	answer(house, time, DNS_NO_DATA, true, "AAAA", "mx.example.com", NULL);
}

/* The SHA-256 of another key, and of the leaf's. */
#define OTHER_KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void leaf_key(const struct house *house, struct text *out)
{
	text_reset(out);
	text_hex(out, bytes_of(house->chain->certs[0]->spki_sha256, 32), false);
}

static struct record session(const char *server, const char *recipient)
{
	struct record record = {
		.flow = { .endpoint = { { address("192.0.2.10"), 49152 }, { address(server), 25 } },
			.first = NOW * NS },
		.smtp = { .offer = OFFER_ABSENT, .cleartext_mail = recipient != NULL },
	};

	if (recipient)
		record.smtp.recipient_domains =
			(struct smtp_strings){ .block = (char *)(uintptr_t)recipient,
				.bytes = (uint16_t)(strlen(recipient) + 1),
				.n = 1 };
	return record;
}

static struct record tls_session(const struct house *house, const char *greeting)
{
	struct record record = session(GOOD, NULL);

	record.tls.chain = house->chain;
	record.tls.established = true;
	record.smtp.greeting_host = (char *)(uintptr_t)greeting;
	return record;
}

static const struct evidence *ask(struct house *house, const struct record *record)
{
	evidence_ask(house->store, record, &house->evidence);
	return &house->evidence;
}

/* "id severity confidence type" of a finding, "" if there is none. */
static void check_finding(
	struct house *house, const struct record *record, enum finding_id id, const char *want_text)
{
	const struct evidence *evidence = ask(house, record);
	const struct finding *finding;
	struct findings findings;
	char text[128] = "";

	findings_gather(record, evidence, &findings);
	finding = findings_find(&findings, id);
	if (finding)
		snprintf(text, sizeof(text), "%s %s %s", severity_name(finding->severity),
			confidence_name(finding->confidence),
			finding->result_type ? finding->result_type : "-");
	assert_row_string(finding_name(id), text, want_text);
	findings_free(&findings);
}

/* The answer comes after the session that asked for it, and counts for it. */
static void names_the_server(void **state)
{
	struct house *house = *state;
	struct record record = session(GOOD, NULL);

	assert_int_equal(ask(house, &record)->mx_source, MX_UNKNOWN);
	example(house, NOW + 5);
	assert_int_equal(ask(house, &record)->mx_source, MX_DNS_RESOLVED);
	assert_string_equal(house->evidence.mx, "mx.example.com");
	assert_false(house->evidence.mx_ambiguous);
	/* SNI says which host the client meant. */
	record.tls.server_name = (char *)(uintptr_t) "mx2.example.com";
	assert_int_equal(ask(house, &record)->mx_source, MX_SNI);
	record.tls.server_name = NULL;
	/* An hour, and three quarters for those who looked it up before. */
	record.flow.first = (NOW + 5 + 3600 + 2700) * NS;
	assert_int_equal(ask(house, &record)->mx_source, MX_DNS_RESOLVED);
	record.flow.first += NS;
	assert_int_equal(ask(house, &record)->mx_source, MX_UNKNOWN);
}

static void certificates(void **state)
{
	struct house *house = *state;
	struct record record = tls_session(house, "mx.example.com");

	answer(house, NOW, DNS_OK, true, "MX", "example.org", "mx.example.org");
	answer(house, NOW, DNS_OK, true, "A", "mx.example.org", GOOD);
	/* A hoster's server, which greets as what its trusted certificate says. */
	assert_int_equal(ask(house, &record)->host_matches, ANSWER_UNKNOWN);
	/* One that is for neither name. */
	record = tls_session(house, "mx.example.org");
	check_finding(house, &record, FINDING_CERTIFICATE_HOST_MISMATCH,
		"low likely certificate-host-mismatch");
	/* Of the hoster's two names, the one that the certificate is for. */
	example(house, NOW);
	record = tls_session(house, "mx.example.com");
	assert_int_equal(ask(house, &record)->host_matches, ANSWER_YES);
}

static void later_than_the_session(void **state)
{
	struct house *house = *state;
	struct record record = tls_session(house, "mx.example.org");
	struct text key = { 0 };

	answer(house, NOW + 90 * DAY, DNS_OK, true, "MX", "example.org", "mx.example.org");
	answer(house, NOW + 90 * DAY, DNS_OK, true, "A", "mx.example.org", GOOD);
	answer(house, NOW + 90 * DAY, DNS_OK, true, "TLSA", "mx.example.org", OTHER_KEY);
	/* Names and keys change: nothing is held against it, ... */
	check_finding(house, &record, FINDING_CERTIFICATE_HOST_MISMATCH, "");
	check_finding(house, &record, FINDING_TLSA_MISMATCH, "");
	assert_int_equal(house->evidence.policy_count, 1);
	assert_int_equal(house->evidence.policies[0].certificate_matches, ANSWER_UNKNOWN);
	/* ... but what matches, matches. */
	leaf_key(house, &key);
	answer(house, NOW + 90 * DAY, DNS_OK, true, "TLSA", "mx.example.org", key.s);
	ask(house, &record);
	assert_int_equal(house->evidence.policies[0].certificate_matches, ANSWER_YES);
	text_free(&key);
}

static void redirected(void **state)
{
	struct house *house = *state;
	struct record record = session(STRANGER, "example.com");

	answer(house, NOW, DNS_OK, true, "MX", "example.com", "mx.example.com");
	/* Not all addresses are known. */
	check_finding(house, &record, FINDING_MX_REDIRECTED, "");
	example(house, NOW);
	check_finding(house, &record, FINDING_MX_REDIRECTED, "low hint validation-failure");
	/* Not even a policy makes more of it: the relay of the sender's own network. */
	record.smtp.auth_in_clear = true;
	check_finding(house, &record, FINDING_MX_REDIRECTED, "");
	record = session(STRANGER, "example.com");
	record.flow.endpoint[SERVER].port = 587;
	check_finding(house, &record, FINDING_MX_REDIRECTED, "");
	/* Long ago they were perhaps others. */
	record = session(STRANGER, "example.com");
	record.flow.first = (NOW - DAY) * NS;
	check_finding(house, &record, FINDING_MX_REDIRECTED, "");
	/* A server that takes others' mail. */
	record = session(STRANGER, "example.com");
	answer(house, NOW, DNS_OK, true, "MX", "relay.example", "mx.relay.example");
	answer(house, NOW, DNS_OK, true, "A", "mx.relay.example", STRANGER);
	check_finding(house, &record, FINDING_MX_REDIRECTED, "");
	/* The right one. */
	record = session(GOOD, "example.com");
	check_finding(house, &record, FINDING_MX_REDIRECTED, "");
}

static void dane(void **state)
{
	struct house *house = *state;
	struct record record = tls_session(house, "mx.example.com");
	struct text key = { 0 };

	example(house, NOW);
	leaf_key(house, &key);
	/* What DNSSEC does not vouch for binds nobody. */
	answer(house, NOW, DNS_OK, false, "TLSA", "mx.example.com", key.s);
	assert_int_equal(ask(house, &record)->policy_count, 0);
	answer(house, NOW, DNS_OK, true, "TLSA", "mx.example.com", key.s);
	assert_int_equal(ask(house, &record)->policy_count, 1);
	assert_int_equal(house->evidence.policies[0].type, POLICY_TLSA);
	assert_string_equal(house->evidence.policies[0].source, "dns");
	assert_int_equal(house->evidence.policies[0].fetched, NOW);
	assert_int_equal(house->evidence.policies[0].certificate_matches, ANSWER_YES);
	/* Asked again, they are the ones that were known. */
	answer(house, NOW + 60, DNS_OK, true, "TLSA", "mx.example.com", key.s);
	assert_int_equal(ask(house, &record)->policies[0].since, NOW);
	assert_int_equal(house->evidence.policies[0].fetched, NOW + 60);
	answer(house, NOW, DNS_OK, true, "TLSA", "mx.example.com", OTHER_KEY);
	check_finding(house, &record, FINDING_TLSA_MISMATCH, "medium likely validation-failure");
	/* Mail in clear, for a domain of that host. */
	record = session(GOOD, "example.com");
	check_finding(house, &record, FINDING_CLEARTEXT_UNDER_POLICY,
		"critical certain starttls-not-supported");
	/* For another domain: the host may have been meant by another name. */
	record = session(GOOD, "example.net");
	check_finding(house, &record, FINDING_CLEARTEXT_UNDER_POLICY,
		"critical hint starttls-not-supported");
	text_free(&key);
}

static void dane_hidden(void **state)
{
	static const struct {
		const char *name;
		enum dns_status status;
		bool believed;
		const char *record;
		unsigned int failures; /* 0: nothing is hidden */
		bool there;
	} rows[] = {
		{ "proven to be gone", DNS_NO_NAME, true, NULL, 0, false },
		{ "proven, no data", DNS_NO_DATA, true, NULL, 0, false },
		{ "gone, no proof", DNS_NO_NAME, false, NULL, 1, true },
		{ "there, but unsigned", DNS_OK, false, OTHER_KEY, 1, true },
		{ "SERVFAIL", DNS_FAILED, false, NULL, 1, true },
		{ "a time-out may be ours", DNS_TIMEOUT, false, NULL, 0, true },
	};
	struct house *house = *state;
	struct record record = session(GOOD, NULL);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct bound_policy *policy = &house->evidence.policies[0];

		record.flow.first = NOW * NS;
		example(house, NOW);
		answer(house, NOW, DNS_OK, true, "TLSA", "mx.example.com", OTHER_KEY);
		answer(house, NOW, rows[i].status, rows[i].believed, "TLSA", "mx.example.com",
			rows[i].record);
		assert_row_int(rows[i].name, ask(house, &record)->policy_count, rows[i].there);
		if (!rows[i].there)
			continue;
		/* It binds until its time is over. */
		assert_row_int(rows[i].name, policy->mode, POLICY_ENFORCE);
		assert_row_int(rows[i].name, policy->failures, rows[i].failures);
		assert_row_int(rows[i].name, policy->change,
			rows[i].failures ? POLICY_HIDDEN : POLICY_UNCHANGED);
		check_finding(house, &record, FINDING_POLICY_HIDDEN,
			rows[i].failures ? "medium hint dnssec-invalid" : "");
		/* After that it demands nothing, and what hides it is still of note. */
		record.flow.first = (NOW + 3600 + 600 + 1) * NS;
		assert_row_int(
			rows[i].name, ask(house, &record)->policy_count, rows[i].failures != 0);
		if (rows[i].failures)
			assert_row(rows[i].name, policy->expired && policy->mode == POLICY_NONE);
	}
}

static void what_is_wanted(void **state)
{
	static const struct {
		const char *name, *recipient, *sni;
		uint16_t port;
		bool auth;
		const char *want;
	} rows[] = {
		{ "nothing to ask for", NULL, NULL, 25, false, "" },
		{ "a recipient", "Example.COM", NULL, 25, false, "domain example.com" },
		{ "no name", "localhost", NULL, 25, false, "" },
		{ "a host by SNI", NULL, "MX.Example.com", 25, false, "host mx.example.com" },
		{ "both", "example.com", "mx.example.com", 25, false,
			"domain example.com, host mx.example.com" },
		{ "mail that a person hands in", "example.com", NULL, 587, false, "" },
		{ "the same, by another port", "example.com", NULL, 25, true, "" },
	};
	struct house *house = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record record = session(GOOD, rows[i].recipient);
		uint64_t before = house->numbers, number;

		record.tls.server_name = (char *)(uintptr_t)rows[i].sni;
		record.flow.endpoint[SERVER].port = rows[i].port;
		record.smtp.auth_in_clear = rows[i].auth;
		text_reset(&house->wanted);
		text_puts(&house->wanted, "");
		number = evidence_want(house->store, &record);
		assert_row_string(rows[i].name, house->wanted.s, rows[i].want);
		assert_row_int(rows[i].name, number, house->numbers > before ? house->numbers : 0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(names_the_server),
		TEST(certificates),
		TEST(later_than_the_session),
		TEST(redirected),
		TEST(dane),
		TEST(dane_hidden),
		TEST(what_is_wanted),
	};

	return cmocka_run_group_tests_name("evidence_resolved", tests, NULL, NULL);
}
