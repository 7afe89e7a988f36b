// SPDX-License-Identifier: BSD-2-Clause
#include "judge/finding_comment.h"

static const char *const comments[FINDINGS] = {
	[FINDING_STARTTLS_ABSENT] = "the whole EHLO reply was seen, without STARTTLS",
	[FINDING_STARTTLS_LOST] = "STARTTLS is gone, though this server offered it before",
	[FINDING_STARTTLS_MANGLED] = "the STARTTLS line of the EHLO reply was overwritten in place",
	[FINDING_STARTTLS_COMMAND_MANGLED] =
		"the client's STARTTLS command arrives overwritten at the server",
	[FINDING_STARTTLS_REFUSED] = "the client asked for TLS and was refused",
	[FINDING_STARTTLS_SWALLOWED] =
		"the client asked for TLS and was never answered, though the connection lived on",
	[FINDING_STARTTLS_NOT_REQUESTED] = "TLS was offered, yet mail went in clear",
	[FINDING_TLS_NO_LONGER_REQUESTED] =
		"TLS was offered and not asked for, though this client used it here before",
	[FINDING_EHLO_REJECTED] = "EHLO was refused, and the client went on with HELO",
	[FINDING_EHLO_MANGLED] = "the client's EHLO arrives overwritten at the server",
	[FINDING_RESET_AT_STARTTLS] =
		"the connection was reset between STARTTLS and the end of the handshake",
	[FINDING_RESET_INJECTED] = "a reset does not fit its supposed sender",
	[FINDING_SEGMENT_CONFLICT] = "the same bytes of the connection came twice and differ",
	[FINDING_TTL_SHIFT] =
		"the decisive reply came from another distance than its sender's other packets",
	[FINDING_PLAINTEXT_AFTER_STARTTLS] =
		"the client's direction carries clear bytes right behind STARTTLS",
	[FINDING_RESPONSE_AFTER_220] =
		"the server's direction carries clear bytes behind its go-ahead for TLS",
	[FINDING_TLS_REPLACED_BY_TEXT] = "SMTP text came where the server's TLS was due",
	[FINDING_TEXT_INSIDE_TLS] = "SMTP text came in the middle of established TLS",
	[FINDING_NO_TLS_AFTER_220] =
		"the server gave the go-ahead for TLS, and the client went on in clear",
	[FINDING_TLS_HANDSHAKE_STALLED] =
		"the start of TLS was never answered, though the connection lived on",
	[FINDING_DOWNGRADE_SENTINEL] =
		"the server marks that TLS was negotiated down (RFC 8446 4.1.3)",
	[FINDING_COMMAND_ECHO_MANGLED] =
		"the server quotes back another command than the client sent",
	[FINDING_REPLY_FAMILY_MISMATCH] =
		"the decisive reply is worded as another mail server than the rest",
	[FINDING_TLS_HANDSHAKE_FAILED] = "the TLS handshake failed",
	[FINDING_TLS_VERSION_OLD] = "TLS below 1.2",
	[FINDING_CLEARTEXT_RETRY] =
		"the client came back in clear shortly after TLS had failed with this server",
	[FINDING_CLEARTEXT_UNDER_POLICY] =
		"mail went in clear for a domain whose policy, DANE or list entry wants TLS",
	[FINDING_MX_NOT_IN_POLICY] = "the policy does not name this server",
	[FINDING_CERTIFICATE_HOST_MISMATCH] = "the certificate is not one for this host name",
	[FINDING_CERTIFICATE_EXPIRED] = "the certificate is out of date, or not yet valid",
	[FINDING_CERTIFICATE_NOT_TRUSTED] = "no trusted authority vouches for the certificate",
	[FINDING_CERTIFICATE_CHANGED] =
		"other key and issuer than this server had shown, long before expiry",
	[FINDING_CERTIFICATE_SHARED] = "one key is shown by unrelated servers",
	[FINDING_MX_REDIRECTED] =
		"mail for a domain goes to an address that is none of its mail servers'",
	[FINDING_POLICY_HIDDEN] = "policy or TLSA records vanish though they were known to exist",
	[FINDING_TLSA_MISMATCH] = "the certificate matches none of the domain's TLSA records",
	[FINDING_POLICY_DOWNGRADED] = "a policy was weakened before its time",
	[FINDING_POLICY_FETCH_ERROR] = "the domain's policy could not be fetched",
	[FINDING_POLICY_INVALID] = "the domain's policy can't be read",
	[FINDING_POLICY_WEBPKI_INVALID] = "the policy's web server has a bad certificate",
};

const char *finding_comment(enum finding_id id)
{
	return comments[id] ? comments[id] : "";
}
