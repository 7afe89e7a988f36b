// SPDX-License-Identifier: BSD-2-Clause
/*
 * What local processes were shown: which of it becomes the chain of which session, and when rather
 * none does. A script of additions, then one session that takes; the chain is told by its names.
 */
#include "forge_world.h"

#include "base/mem.h"
#include "session/conclude.h"

#define SECOND INT64_C(1000000000)
#define T0     (NOW * SECOND)

/* Two ends, and a third. */
static const struct endpoint mta = { { { 192, 0, 2, 10 }, 4 }, 49152 };
static const struct endpoint mx = { { { 198, 51, 100, 25 }, 4 }, 25 };
static const struct endpoint other = { { { 198, 51, 100, 26 }, 4 }, 25 };

static struct forged *cast_of(struct world *world, char letter)
{
	switch (letter) {
	case 'L':
		return &world->leaf;
	case 'I':
		return &world->intermediate;
	case 'R':
		return &world->root;
	default:
		return &world->stranger;
	}
}

/*
 * One letter a call: L leaf, I intermediate, R root, S stranger, shown in a row; '-' one that is lost;
 * '>' too long a one; '|' begins anew; 'a' what follows is shown alone; 'v' a good verdict, 'V' a bad
 * one. Each call is a millisecond after the one before.
 */
static void play(struct process_certs *certs, struct world *world, const struct endpoint *local,
	const struct endpoint *remote, int64_t time, const char *script)
{
	struct process_cert cert = { .time = time,
		.local = *local,
		.remote = *remote,
		.pid = 123,
		.name = "smtp" };

	for (; *script; script++, cert.time += SECOND / 1000) {
		if (*script == '|' || *script == 'a') {
			cert.alone = *script == 'a';
			cert.index = 0;
			continue;
		}
		if (*script == '-') {
			cert.index++;
			continue;
		}
		cert.verdict = *script == 'v' || *script == 'V';
		cert.result = *script == 'V' ? 20 : 0;
		cert.der = (struct bytes){ 0 };
		if (!cert.verdict && *script != '>')
			cert.der = cast_of(world, *script)->der;
		process_certs_add(certs, &cert);
		cert.index += !cert.verdict;
	}
}

/* "LI": the certificates of @chain. */
static void spell(struct world *world, const struct cert_chain *chain, char out[CERT_CHAIN_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; chain && i < chain->count; i++)
		for (const char *c = "LIRS"; *c; c++)
			if (bytes_equal(cert_chain_der(chain, i), cast_of(world, *c)->der))
				out[n++] = *c;
	out[n] = '\0';
}

static void chains(void **state)
{
	static const struct {
		const char *name, *script, *want;
		bool alone;
		char verdict; /* 0: none */
	} rows[] = {
		{ "nothing", "", "", false, 0 },
		{ "a leaf", "L", "L", false, 0 },
		{ "a chain", "LIR", "LIR", false, 0 },
		{ "a chain and a verdict", "LIV", "LI", false, 'V' },
		{ "the last verdict", "LIVv", "LI", false, 'v' },
		{ "a verdict only: resumed", "v", "", false, 'v' },
		{ "GnuTLS, TLS 1.2: the leaf again", "aLIL", "LI", false, 0 },
		{ "GnuTLS, TLS 1.3: the leaf only", "aL", "L", true, 0 },
		{ "and with those that it verifies", "aL|LIv", "LI", false, 'v' },
		{ "and once more alone", "aL|LIaL", "LI", false, 0 },
		{ "alone, another", "|LIaS", "S", true, 0 },
		{ "before it one of a TLSA record", "I|LI", "LI", false, 0 },
		{ "the leaf was lost", "-I", "", false, 0 },
		{ "the intermediate was lost", "L-R", "", false, 0 },
		{ "the leaf is too long", ">I", "", false, 0 },
		{ "another is too long", "L>R", "", false, 0 },
		{ "whole the second time", "L-R|LIR", "LIR", false, 0 },
		{ "not whole the second time", "LIR|-I", "", false, 0 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct process_certs *certs = process_certs_new();
		char got[CERT_CHAIN_MAX + 1];
		struct process_facts facts;
		struct cert_chain *chain;

		play(certs, world, &mta, &mx, T0, rows[i].script);
		chain = process_certs_take(certs, &mta, &mx, T0, T0 + SECOND, world->cache, &facts);
		spell(world, chain, got);
		assert_row_string(rows[i].name, got, rows[i].want);
		assert_row_int(rows[i].name, facts.chain, *rows[i].want != '\0');
		assert_row_int(rows[i].name, facts.alone, rows[i].alone);
		assert_row_int(rows[i].name, facts.verdict, rows[i].verdict != 0);
		assert_row_int(rows[i].name, facts.result, rows[i].verdict == 'V' ? 20 : 0);
		assert_row_int(rows[i].name, facts.pid, *rows[i].script ? 123 : 0);
		assert_row_string(rows[i].name, facts.name, *rows[i].script ? "smtp" : "");
		cert_chain_release(chain);
		/* It was taken. */
		chain = process_certs_take(certs, &mta, &mx, T0, T0 + SECOND, world->cache, &facts);
		assert_row(rows[i].name, chain == NULL && facts.pid == 0 && !facts.verdict);
		process_certs_free(certs);
	}
}

/* Addresses and ports are used again: what one connection was shown is not the next one's. */
static void times(void **state)
{
	static const struct {
		const char *name;
		int64_t shown, first, last; /* ms behind T0 */
		const char *want, *later;   /* later: what a session of the next minute finds */
	} rows[] = {
		{ "within", 500, 0, 1000, "L", "" },
		{ "at its first moment", 0, 0, 1000, "L", "" },
		{ "before it", 0, 1, 1000, "", "" },
		{ "long before it", -60000, 0, 1000, "", "" },
		{ "a little after its last packet", 1900, 0, 1000, "L", "" },
		{ "of the next connection", 30000, 0, 1000, "", "L" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct process_certs *certs = process_certs_new();
		char got[CERT_CHAIN_MAX + 1];
		struct process_facts facts;
		struct cert_chain *chain;
		int64_t ms = SECOND / 1000;

		play(certs, world, &mta, &mx, T0 + rows[i].shown * ms, "L");
		chain = process_certs_take(certs, &mta, &mx, T0 + rows[i].first * ms,
			T0 + rows[i].last * ms, world->cache, &facts);
		spell(world, chain, got);
		assert_row_string(rows[i].name, got, rows[i].want);
		assert_row_int(rows[i].name, facts.pid, *rows[i].want ? 123 : 0);
		cert_chain_release(chain);
		chain = process_certs_take(certs, &mta, &mx, T0 + 20 * SECOND, T0 + 80 * SECOND,
			world->cache, &facts);
		spell(world, chain, got);
		assert_row_string(rows[i].name, got, rows[i].later);
		cert_chain_release(chain);
		process_certs_free(certs);
	}
}

/* An old verdict beside a new chain, and the other way round. */
static void mixed_times(void **state)
{
	struct world *world = *state;
	struct process_certs *certs = process_certs_new();
	struct process_facts facts;
	struct cert_chain *chain;

	play(certs, world, &mta, &mx, T0, "LIV");
	play(certs, world, &mta, &mx, T0 + 10 * SECOND, "|S");
	chain = process_certs_take(
		certs, &mta, &mx, T0 + 10 * SECOND, T0 + 11 * SECOND, world->cache, &facts);
	assert_int_equal(chain->count, 1);
	assert_false(facts.verdict);
	cert_chain_release(chain);

	play(certs, world, &mta, &mx, T0, "LI");
	play(certs, world, &mta, &mx, T0 + 10 * SECOND, "V");
	chain = process_certs_take(
		certs, &mta, &mx, T0 + 10 * SECOND, T0 + 11 * SECOND, world->cache, &facts);
	assert_null(chain);
	assert_true(facts.verdict);
	assert_false(facts.chain);
	process_certs_free(certs);
}

/* What a server was shown is a client's certificate. */
static void sides(void **state)
{
	struct world *world = *state;
	struct process_certs *certs = process_certs_new();
	char got[CERT_CHAIN_MAX + 1];
	struct process_facts facts;
	struct cert_chain *chain;

	play(certs, world, &mx, &mta, T0, "Sv");
	assert_null(process_certs_take(certs, &mta, &mx, T0, T0, world->cache, &facts));
	assert_int_equal(facts.pid, 0);
	assert_false(facts.verdict);

	/* Both ends are here. */
	play(certs, world, &mx, &mta, T0, "S");
	play(certs, world, &mta, &mx, T0, "LI");
	play(certs, world, &mta, &other, T0, "R");
	chain = process_certs_take(certs, &mta, &mx, T0, T0, world->cache, &facts);
	spell(world, chain, got);
	assert_string_equal(got, "LI");
	cert_chain_release(chain);
	/* The server's share is gone too. */
	assert_null(process_certs_take(certs, &mx, &mta, T0, T0, world->cache, &facts));
	chain = process_certs_take(certs, &mta, &other, T0, T0, world->cache, &facts);
	spell(world, chain, got);
	assert_string_equal(got, "R");
	cert_chain_release(chain);
	process_certs_free(certs);
}

static void hostile_names(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{ NULL, "" },
		{ "", "" },
		{ "tlsproxy", "tlsproxy" },
		{ "\x1b[31m\n\"\\", "\\x1b[31m\\n\"\\x5c" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
			"\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff" },
		{ "longer than the kernel would tell", "longer than the" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct process_certs *certs = process_certs_new();
		struct process_cert cert = { .time = T0,
			.local = mta,
			.remote = mx,
			.pid = 1,
			.name = rows[i].name,
			.verdict = true };
		struct process_facts facts;

		process_certs_add(certs, &cert);
		process_certs_take(certs, &mta, &mx, T0, T0, world->cache, &facts);
		assert_row_string(rows[i].want, facts.name, rows[i].want);
		process_certs_free(certs);
	}
}

/* Of junk, certificate @n of connection @connection; what it is does not matter here. */
static void add_junk(struct process_certs *certs, unsigned int connection, unsigned int n, size_t size)
{
	uint8_t *der = mem_alloc(size);
	struct process_cert cert = { .time = T0,
		.local = mta,
		.remote = mx,
		.pid = connection + 1,
		.name = "junk",
		.index = n,
		.der = bytes_of(der, size) };

	cert.local.addr.ip[1] = (uint8_t)(connection >> 8);
	cert.local.addr.ip[2] = (uint8_t)connection;
	memcpy(der, &connection, sizeof(connection));
	memcpy(der + sizeof(connection), &n, sizeof(n));
	process_certs_add(certs, &cert);
	free(der);
}

/* How many certificates are left of connection @connection; -1: it is not known. */
static int left(struct process_certs *certs, struct world *world, unsigned int connection)
{
	struct endpoint local = mta;
	struct process_facts facts;
	struct cert_chain *chain;
	int n;

	local.addr.ip[1] = (uint8_t)(connection >> 8);
	local.addr.ip[2] = (uint8_t)connection;
	chain = process_certs_take(certs, &local, &mx, T0, T0, world->cache, &facts);
	n = chain ? (int)chain->count : facts.pid ? 0 : -1;
	assert_true(!chain || facts.pid == connection + 1);
	cert_chain_release(chain);
	return n;
}

static void bounded(void **state)
{
	struct world *world = *state;
	struct process_certs *certs = process_certs_new();

	/* In certificates of one connection: it is known to be cut then. */
	for (unsigned int n = 0; n < 100; n++)
		add_junk(certs, 0, n, 20);
	assert_int_equal(left(certs, world, 0), CERT_CHAIN_MAX);
	/* In one certificate. */
	add_junk(certs, 1, 0, 16384);
	add_junk(certs, 2, 0, 16385);
	assert_int_equal(left(certs, world, 1), 1);
	assert_int_equal(left(certs, world, 2), 0);
	/* In connections: what is oldest goes. */
	for (unsigned int connection = 0; connection < 4097; connection++)
		add_junk(certs, connection, 0, 20);
	assert_int_equal(left(certs, world, 0), -1);
	for (unsigned int connection = 1; connection < 4097; connection++)
		assert_int_equal(left(certs, world, connection), 1);
	/* In bytes: 8 MiB are 512 of the largest. */
	for (unsigned int connection = 0; connection < 600; connection++)
		add_junk(certs, connection, 0, 16384);
	for (unsigned int connection = 0; connection < 600; connection++)
		assert_int_equal(left(certs, world, connection), connection < 88 ? -1 : 1);
	/* All that was counted was given back: the same fits again. */
	for (unsigned int connection = 0; connection < 512; connection++)
		add_junk(certs, connection, 0, 16384);
	for (unsigned int connection = 0; connection < 512; connection++)
		assert_int_equal(left(certs, world, connection), 1);
	process_certs_free(certs);
}

/* A session of TLS 1.3: its record, and what became of it with @shown. */
static void join(struct process_certs *shown, struct world *world, int64_t hello,
	struct record *record)
{
	const struct session_marks marks = { .hello_time = hello };

	record->flow.endpoint[CLIENT] = mta;
	record->flow.endpoint[SERVER] = mx;
	record->flow.first = T0;
	record->flow.last = T0 + 5 * SECOND;
	record->tls.unseen = UNSEEN_TLS13;
	session_add_process(record, &marks, shown, world->cache);
}

static void joined(void **state)
{
	struct world *world = *state;
	struct process_certs *shown = process_certs_new();
	struct record record = { 0 };

	play(shown, world, &mta, &mx, T0 + SECOND, "LIv");
	join(shown, world, T0 + SECOND / 2, &record);
	assert_non_null(record.tls.chain);
	assert_int_equal(record.tls.unseen, UNSEEN_NOT);
	assert_true(record.process.chain && record.process.verdict);
	assert_string_equal(record_leaf(&record)->subject_common_name, "mx.example.com");
	cert_chain_release(record.tls.chain);

	/* A certificate that was parsed before the client spoke TLS is not the server's. */
	record = (struct record){ 0 };
	play(shown, world, &mta, &mx, T0 + SECOND, "I");
	join(shown, world, T0 + 2 * SECOND, &record);
	assert_null(record.tls.chain);
	assert_int_equal(record.tls.unseen, UNSEEN_TLS13);
	assert_int_equal(record.process.pid, 0);

	/* What passed in clear stays; who received it is still worth knowing. */
	record = (struct record){ .tls = { .chain = CHAIN(world->cache, &world->stranger) } };
	play(shown, world, &mta, &mx, T0 + SECOND, "aLV");
	join(shown, world, T0 + SECOND / 2, &record);
	assert_string_equal(record_leaf(&record)->subject_common_name, "Stranger");
	assert_false(record.process.chain);
	assert_false(record.process.alone);
	assert_true(record.process.verdict);
	assert_int_equal(record.process.result, 20);
	assert_int_equal(record.process.pid, 123);
	cert_chain_release(record.tls.chain);
	process_certs_free(shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains),
		cmocka_unit_test(times),
		cmocka_unit_test(mixed_times),
		cmocka_unit_test(sides),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(bounded),
		cmocka_unit_test(joined),
	};

	return cmocka_run_group_tests_name("process_certs", tests, world_make, world_free);
}
