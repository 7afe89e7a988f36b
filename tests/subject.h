/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session to judge, made by hand: STARTTLS and TLS 1.2 with a certificate that was seen, a policy,
 * two findings. Tests change what they are about. Everything in it is static or in the struct.
 */
#ifndef TESTS_SUBJECT_H
#define TESTS_SUBJECT_H

#include "judge/field.h"

struct fixture {
	struct record record;
	struct evidence evidence;
	struct findings findings;
	struct subject subject;
	struct cert leaf, root;
	struct cert *certs[2];
	struct cert_chain chain;
};

#define FIXTURE_STRINGS(literal, count)                                                            \
	(struct smtp_strings){ .block = (literal), .bytes = sizeof(literal), .n = (count) }

static inline void fixture_certificate(struct fixture *f)
{
	static char *dns[] = { "mx.example.com", "mail.example.com" };
	static char *ip[] = { "192.0.2.25" };

	f->leaf = (struct cert){
		.subject = "CN=mx.example.com",
		.issuer = "CN=Example CA,O=Example",
		.subject_common_name = "mx.example.com",
		.issuer_common_name = "Example CA",
		.issuer_organization = "Example",
		.dns_names = dns,
		.dns_count = 2,
		.ip_names = ip,
		.ip_count = 1,
		.serial = "0A1B",
		.key_algorithm = "RSA",
		.signature_algorithm = "SHA256-RSA",
		.key_bits = 2048,
		.not_before = 1790000000,
		.not_after = 1800000000,
		.sha256 = { 0xab, 0xcd },
		.spki_sha256 = { 0x12, 0x34 },
		.parsed = true,
	};
	f->root = (struct cert){ .sha256 = { 0xef } };
	f->certs[0] = &f->leaf;
	f->certs[1] = &f->root;
	f->chain = (struct cert_chain){ .certs = f->certs, .count = 2, .number = 1 };
}

static inline void fixture_tls(struct tls_facts *tls, struct cert_chain *chain)
{
	*tls = (struct tls_facts){
		.chain = chain,
		.server_name = "mx.example.com",
		.next_protocol = "smtp",
		.ja3 = { 0x01 },
		.ja3s = { 0xfe },
		.alerts = { { SERVER, 2, 40 }, { CLIENT, 1, 0 }, { CLIENT, 7, 0 } },
		.alert_count = 3,
		.version = 0x0303,
		.cipher = 0xc02f,
		.client_hello = true,
		.server_hello = true,
		.established = true,
	};
}

static inline void fixture_flow(struct flow_facts *flow)
{
	*flow = (struct flow_facts){
		.endpoint = { { { { 198, 51, 100, 10 }, 4 }, 49152 },
			{ { { 192, 0, 2, 25 }, 4 }, 25 } },
		.side = { { .packets = 10, .payload_bytes = 1000, .ttl_first = 64, .seen = true },
			{ .packets = 12, .payload_bytes = 4000, .ttl_first = 57, .seen = true } },
		.first = 1795500000123456789,
		.last = 1795500002123456789,
		.vlan = 7,
		.source = "file:trace.pcap",
		.interface = "eth0",
	};
}

static inline void fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	fixture_certificate(f);
	fixture_flow(&f->record.flow);
	fixture_tls(&f->record.tls, &f->chain);
	f->record.smtp = (struct smtp_facts){
		.greeting_host = "mx.example.com",
		.helo_name = "out.example.net",
		.extensions = FIXTURE_STRINGS("PIPELINING\0SIZE 1000\0STARTTLS", 3),
		.greeting_code = 220,
		.starttls_reply_code = 220,
		.helo_verb = HELO_EHLO,
		.offer = OFFER_OFFERED,
		.starttls_requested = true,
		.is_smtp = true,
	};
	f->record.tls_tried = true;
	f->record.complete = true;
	f->record.action = ACTION_TLS_ESTABLISHED;
	f->record.outcome = OUTCOME_SUCCESS;
	memcpy(f->record.id, "0123456789abcdef", 17);
	memcpy(f->record.community_id, "1:Wk/sPcjAuZUXItloI+b0fKOT/H4=", COMMUNITY_ID_TEXT);
	memcpy(f->evidence.mx, "mx.example.com", 15);
	f->evidence.mx_source = MX_SNI;
	f->evidence.host_matches = ANSWER_YES;
	f->evidence.policies[0] = (struct bound_policy){ .domain = "example.com",
		.type = POLICY_STS,
		.mode = POLICY_ENFORCE,
		.source = "file:example.com.txt",
		.id = "20261101",
		.fetched = 1795400000,
		.expires = 1796000000,
		.mx_matches = ANSWER_YES,
		.certificate_matches = ANSWER_NO };
	f->evidence.policies[1] = (struct bound_policy){ .domain = "example.org",
		.type = POLICY_LIST,
		.mode = POLICY_TESTING,
		.source = "file:list",
		.mx_matches = ANSWER_NO };
	f->evidence.policy_count = 2;
	f->findings.list[0] = (struct finding){ .id = FINDING_TLS_VERSION_OLD,
		.severity = SEVERITY_LOW,
		.evidence = { "TLS 1.0" },
		.evidence_count = 1 };
	f->findings.list[1] = (struct finding){ .id = FINDING_STARTTLS_REFUSED,
		.severity = SEVERITY_MEDIUM,
		.evidence = { "454 4.7.0 not now", "STARTTLS" },
		.evidence_count = 2,
		.policy_domain = "example.com" };
	f->findings.n = 2;
	f->subject = (struct subject){ &f->record, &f->evidence, &f->findings, "sensor1", "gate",
		NULL };
}

/* The same server seen in clear: STARTTLS neither offered nor asked for, and mail went. */
static inline void fixture_clear(struct fixture *f)
{
	fixture_init(f);
	memset(&f->record.tls, 0, sizeof(f->record.tls));
	f->record.tls_tried = false;
	f->record.smtp.extensions = FIXTURE_STRINGS("PIPELINING\0SIZE 1000", 2);
	f->record.smtp.sender_domains = FIXTURE_STRINGS("example.net", 1);
	f->record.smtp.recipient_domains = FIXTURE_STRINGS("example.com\0example.org", 2);
	f->record.smtp.starttls_requested = false;
	f->record.smtp.starttls_reply_code = 0;
	f->record.smtp.offer = OFFER_ABSENT;
	f->record.smtp.cleartext_mail = true;
	f->record.smtp.transactions = 1;
	f->record.smtp.bytes_in_clear = 512;
	f->record.action = ACTION_STARTTLS_ABSENT;
	f->record.outcome = OUTCOME_FAILURE;
	f->evidence.host_matches = ANSWER_UNKNOWN;
	f->findings.list[0].id = FINDING_STARTTLS_ABSENT;
	f->findings.list[0].severity = SEVERITY_INFO;
	f->findings.n = 1;
}

#endif
