/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of the field table, in the order of the document, and the getters' prototypes that
 * follow from them. Private to judge/field*.c. A new field is a row here and a function
 * field_get_GETTER() in one of field_flow.c (packets), field_mail.c (the dialogue), field_tls.c (TLS
 * and certificates) and field_judged.c (policies and findings).
 */
#ifndef JUDGE_FIELD_LIST_H
#define JUDGE_FIELD_LIST_H

#include "judge/field.h"

/*
 * F(getter, name, type, words, comment)  a plain field
 * R(getter, name, item, words, comment)  a member of an array of objects
 * N(getter, name, comment)               the same, itself an array of strings
 */
#define FIELD_LIST(F, R, N)                                                                        \
	F(start, "@timestamp", STRING, any, "when the first packet came")                          \
	F(ecs_version, "ecs.version", STRING, any, "the schema of this document")                  \
	F(id, "event.id", STRING, any, "the same for the same packets")                            \
	F(kind, "event.kind", STRING, any, "\"event\"")                                            \
	F(category, "event.category", STRINGS, any, "\"network\", \"email\"")                      \
	F(type, "event.type", STRINGS, any, "\"connection\", \"end\"")                             \
	F(module, "event.module", STRING, any, "\"stripwatch\"")                                   \
	F(dataset, "event.dataset", STRING, any, "\"stripwatch.session\"")                         \
	F(action, "event.action", STRING, actions, "how the session came out")                     \
	F(outcome, "event.outcome", STRING, outcomes, "success: TLS; unknown: it can't be told")   \
	F(start, "event.start", STRING, any, "when the first packet came")                         \
	F(end, "event.end", STRING, any, "when the last packet came")                              \
	F(duration, "event.duration", INTEGER, any, "from first to last packet, ns")               \
	F(source_ip, "source.ip", STRING, any, "the client's address")                             \
	F(source_port, "source.port", INTEGER, any, "the client's port")                           \
	F(source_packets, "source.packets", INTEGER, any, "the client's packets")                  \
	F(source_bytes, "source.bytes", INTEGER, any, "the client's payload bytes")                \
	F(destination_ip, "destination.ip", STRING, any, "the server's address")                   \
	F(destination_port, "destination.port", INTEGER, any, "the server's port")                 \
	F(destination_packets, "destination.packets", INTEGER, any, "the server's packets")        \
	F(destination_bytes, "destination.bytes", INTEGER, any, "the server's payload bytes")      \
	F(destination_domain, "destination.domain", STRING, any, "the server's MX host name")      \
	F(network_type, "network.type", STRING, network_types, "IPv4 or IPv6")                     \
	F(transport, "network.transport", STRING, any, "\"tcp\"")                                  \
	F(protocol, "network.protocol", STRING, protocols, "smtps: TLS from the first byte")       \
	F(direction, "network.direction", STRING, directions, "seen from our networks")            \
	F(community_id, "network.community_id", STRING, any, "Community ID 1, seed 0")             \
	F(vlan, "network.vlan.id", STRING, any, "the outermost VLAN")                              \
	F(product, "observer.product", STRING, any, "\"stripwatch\"")                              \
	F(observer_type, "observer.type", STRING, any, "\"sensor\"")                               \
	F(version, "observer.version", STRING, any, "this program's version")                      \
	F(hostname, "observer.hostname", STRING, any, "the machine it runs on")                    \
	F(observer_name, "observer.name", STRING, any, "the name its operator gave it")            \
	F(interface, "observer.ingress.interface.name", STRING, any, "where packets came in")      \
	F(process_name, "process.name", STRING, any, "the local program that spoke to the server") \
	F(process_pid, "process.pid", INTEGER, any, "the same")                                    \
	F(greeting_code, "smtp.greeting.code", INTEGER, any, "of the server's first reply")        \
	F(greeting_host, "smtp.greeting.host", STRING, any, "what the server calls itself")        \
	F(helo_verb, "smtp.helo.verb", STRING, helo_verbs, "how the client last said hello")       \
	F(helo_name, "smtp.helo.name", STRING, any, "what the client calls itself")                \
	F(extensions, "smtp.extensions", STRINGS, any, "lines of the last clear EHLO reply")       \
	F(offer, "smtp.starttls.offer", STRING, offers, "what the EHLO reply says of STARTTLS")    \
	F(requested, "smtp.starttls.requested", BOOLEAN, any, "the client asked for TLS")          \
	F(reply_code, "smtp.starttls.reply_code", INTEGER, any, "the server's answer to STARTTLS") \
	F(transactions, "smtp.transactions", INTEGER, any, "mails begun in clear and accepted")    \
	F(cleartext_mail, "smtp.cleartext_mail", BOOLEAN, any, "mail content went in clear")       \
	F(sender_domains, "smtp.sender_domains", STRINGS, any, "senders' domains, in clear")       \
	F(recipient_domains, "smtp.recipient_domains", STRINGS, any, "recipients' domains")        \
	F(bytes_in_clear, "smtp.bytes_in_clear", INTEGER, any, "of mail that went in clear")       \
	F(established, "tls.established", BOOLEAN, any, "both sides finished the handshake")       \
	F(tls_version, "tls.version", STRING, tls_versions, "that the server chose")               \
	F(version_protocol, "tls.version_protocol", STRING, tls_protocols, "TLS, or the old SSL")  \
	F(cipher, "tls.cipher", STRING, any, "the cipher suite's IANA name")                       \
	F(resumed, "tls.resumed", BOOLEAN, any, "an earlier TLS session went on")                  \
	F(next_protocol, "tls.next_protocol", STRING, any, "ALPN")                                 \
	F(server_name, "tls.client.server_name", STRING, any, "the name the client asked for")     \
	F(ja3, "tls.client.ja3", STRING, any, "JA3 of the ClientHello")                            \
	F(ja3s, "tls.server.ja3s", STRING, any, "JA3S of the ServerHello")                         \
	F(leaf_subject, "tls.server.subject", STRING, any, "whom the certificate names")           \
	F(leaf_issuer, "tls.server.issuer", STRING, any, "who issued the certificate")             \
	F(leaf_not_before, "tls.server.not_before", STRING, any, "it is valid from")               \
	F(leaf_not_after, "tls.server.not_after", STRING, any, "it is valid until")                \
	F(leaf_sha256, "tls.server.hash.sha256", STRING, any, "of the certificate")                \
	F(alternative_names, "tls.server.x509.alternative_names", STRINGS, any,                    \
		"host names and addresses it is for")                                              \
	F(issuer_common_name, "tls.server.x509.issuer.common_name", STRING, any, "its issuer's")   \
	F(leaf_issuer, "tls.server.x509.issuer.distinguished_name", STRING, any, "its issuer's")   \
	F(issuer_organization, "tls.server.x509.issuer.organization", STRING, any, "its issuer's") \
	F(leaf_not_after, "tls.server.x509.not_after", STRING, any, "it is valid until")           \
	F(leaf_not_before, "tls.server.x509.not_before", STRING, any, "it is valid from")          \
	F(key_algorithm, "tls.server.x509.public_key_algorithm", STRING, any, "RSA, EC and so on") \
	F(key_bits, "tls.server.x509.public_key_size", INTEGER, any, "its key's bits")             \
	F(serial, "tls.server.x509.serial_number", STRING, any, "its serial number, hexadecimal")  \
	F(signature_algorithm, "tls.server.x509.signature_algorithm", STRING, any,                 \
		"how its issuer signed it")                                                        \
	F(subject_common_name, "tls.server.x509.subject.common_name", STRING, any, "its own")      \
	F(leaf_subject, "tls.server.x509.subject.distinguished_name", STRING, any, "its own")      \
	F(id, "stripwatch.session_id", STRING, any, "the same for the same packets")               \
	F(capture_source, "stripwatch.capture.source", STRING, any, "where the packets are from")  \
	F(complete, "stripwatch.capture.complete", BOOLEAN, any, "seen from SYN to end, no hole")  \
	F(missing_bytes, "stripwatch.capture.missing_bytes", INTEGER, any, "bytes not captured")   \
	F(midstream, "stripwatch.capture.midstream", BOOLEAN, any, "its beginning was not seen")   \
	F(one_sided, "stripwatch.capture.one_sided", BOOLEAN, any, "one direction only was seen")  \
	F(unknown_offer, "stripwatch.unknown.offer", STRING, reasons,                              \
		"why it can't be told what was offered")                                           \
	F(unknown_request, "stripwatch.unknown.request", STRING, reasons,                          \
		"why it can't be told whether TLS was asked for")                                  \
	F(unknown_reply, "stripwatch.unknown.reply", STRING, reasons,                              \
		"why the answer to STARTTLS can't be told")                                        \
	F(unknown_tls, "stripwatch.unknown.tls", STRING, reasons,                                  \
		"why it can't be told whether TLS came up")                                        \
	F(unknown_mail, "stripwatch.unknown.mail", STRING, reasons,                                \
		"why it can't be told whether mail went in clear")                                 \
	F(client_ttl, "stripwatch.path.client_ttl", INTEGER, any, "TTL of its first packet")       \
	F(server_ttl, "stripwatch.path.server_ttl", INTEGER, any, "TTL of its first packet")       \
	F(ttl_changes, "stripwatch.path.ttl_changes", INTEGER, any, "packets with another TTL")    \
	F(conflicts, "stripwatch.path.conflicting_segments", INTEGER, any,                         \
		"ranges that came twice with different bytes")                                     \
	F(resets, "stripwatch.path.resets", INTEGER, any, "RSTs")                                  \
	R(alert_from, "stripwatch.tls.alerts[].from", STRING, sides, "who sent the TLS alert")     \
	R(alert_level, "stripwatch.tls.alerts[].level", STRING, alert_levels, "of a TLS alert")    \
	R(alert_description, "stripwatch.tls.alerts[].description", STRING, any, "of a TLS alert") \
	F(certificate_source, "stripwatch.certificate.source", STRING, certificate_sources,        \
		"how the certificate was seen")                                                    \
	F(certificate_unseen, "stripwatch.certificate.unseen", STRING, certificate_unseen,         \
		"why no certificate was seen")                                                     \
	F(certificate_verdict, "stripwatch.certificate.verdict", STRING, any,                      \
		"what the local program's TLS library says of it: good, or why not")               \
	R(chain_subject, "stripwatch.certificate.chain[].subject", STRING, any,                    \
		"whom a certificate of the chain names")                                           \
	R(chain_issuer, "stripwatch.certificate.chain[].issuer", STRING, any,                      \
		"who issued a certificate of the chain")                                           \
	R(chain_not_after, "stripwatch.certificate.chain[].not_after", STRING, any,                \
		"until when a certificate of the chain is valid")                                  \
	R(chain_sha256, "stripwatch.certificate.chain[].sha256", STRING, any,                      \
		"of a certificate of the chain")                                                   \
	R(chain_spki, "stripwatch.certificate.chain[].spki_sha256", STRING, any,                   \
		"of a public key of the chain")                                                    \
	F(certificate_errors, "stripwatch.certificate.errors", STRINGS, certificate_errors,        \
		"what is wrong with the certificate")                                              \
	F(mx_source, "stripwatch.mx.source", STRING, mx_sources, "how the MX host name is known")  \
	R(policy_domain, "stripwatch.policies[].domain", STRING, any, "whose policy binds")        \
	R(policy_type, "stripwatch.policies[].type", STRING, policy_types, "of that policy")          \
	R(policy_mode, "stripwatch.policies[].mode", STRING, policy_modes, "of that policy")          \
	R(policy_source, "stripwatch.policies[].source", STRING, any, "where the policy is from")  \
	R(policy_id, "stripwatch.policies[].id", STRING, any, "the policy's, from its record")     \
	R(policy_fetched, "stripwatch.policies[].fetched", STRING, any,                            \
		"when it was last fetched or confirmed")                                           \
	R(policy_expires, "stripwatch.policies[].expires", STRING, any, "until when it holds")     \
	R(policy_expired, "stripwatch.policies[].expired", BOOLEAN, any,                           \
		"it had expired before the session: its mode is none then")                        \
	R(policy_mx_matches, "stripwatch.policies[].mx_matches", BOOLEAN, any,                     \
		"the policy names this server")                                                    \
	R(policy_certificate_matches, "stripwatch.policies[].certificate_matches", BOOLEAN, any,   \
		"the certificate is one for this server")                                          \
	R(policy_recipient_seen, "stripwatch.policies[].recipient_seen", BOOLEAN, any,             \
		"mail for the policy's domain went over this session in clear")                    \
	R(finding_id, "stripwatch.findings[].id", STRING, findings, "a fact about the session")    \
	R(finding_severity, "stripwatch.findings[].severity", STRING, severities,                  \
		"a fact's own weight")                                                             \
	N(finding_evidence, "stripwatch.findings[].evidence", "what proves a fact")                \
	F(tls_report_mail, "stripwatch.tls_report_mail", BOOLEAN, any,                             \
		"the mail is a TLS report or says TLS-Required: No, and needs no TLS")

/* Their prototypes. A getter may stand in several rows. */
typedef bool field_getter(const struct subject *subject, size_t i, struct value *value);
typedef bool field_inner_getter(
	const struct subject *subject, size_t i, size_t j, struct value *value);

#define X_PLAIN(getter, name, type, words, comment) field_getter field_get_##getter;
#define X_NESTED(getter, name, comment)                                                            \
	field_getter field_get_##getter;                                                           \
	field_inner_getter field_get_inner_##getter;
FIELD_LIST(X_PLAIN, X_PLAIN, X_NESTED)
#undef X_PLAIN
#undef X_NESTED

#endif
