/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMTP dialogues and what they come to: test_smtp.c tells them in every split, test_smtp_holes.c
 * with bytes missing.
 */
#ifndef TESTS_SMTP_ROWS_H
#define TESTS_SMTP_ROWS_H

struct smtp_row {
	const char *name, *dialogue, *want;
};

/* The beginning that most rows share, and its facts. */
#define GREETED    "S: 220 mx.example.com ESMTP Postfix\n"
#define HELLO      GREETED "C: EHLO out.example.net\n"
#define OFFER                                                                              \
	"S: 250-mx.example.com\nS: 250-PIPELINING\nS: 250-SIZE 10240000\nS: 250-VRFY\n"    \
	"S: 250-ETRN\nS: 250-STARTTLS\nS: 250-ENHANCEDSTATUSCODES\nS: 250-8BITMIME\n"      \
	"S: 250-DSN\nS: 250-SMTPUTF8\nS: 250 CHUNKING\n"
#define NO_OFFER   "S: 250-mx.example.com\nS: 250-PIPELINING\nS: 250 8BITMIME\n"
#define OFFERED    HELLO OFFER
#define ABSENT     HELLO NO_OFFER
#define SAID       " 220:mx.example.com EHLO=out.example.net"
#define MAIL       "C: MAIL FROM:<a@example.net>\nS: 250 2.1.0 Ok\n"
#define RCPT       "C: RCPT TO:<b@example.com>\nS: 250 2.1.5 Ok\n"
#define DATA       "C: DATA\nS: 354 End data with <CR><LF>.<CR><LF>\n"
#define BODY       "C: Subject: x\nC:\nC: secret\nC: .\nS: 250 2.0.0 Ok: queued as 1\n"
#define QUIT       "C: QUIT\nS: 221 2.0.0 Bye\n"
#define SENT       " mails=1 from=example.net to=example.com clear bytes=25"
#define CLIENT_TLS_BYTES "C> \\x16\\x03\\x01\\x02\\x00\\x01\n"
#define SERVER_TLS_BYTES "S> \\x16\\x03\\x03\\x00\\x7a\\x02\n"

static const struct smtp_row ordinary[] = {
	{ "offered and used",
		OFFERED "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n" CLIENT_TLS_BYTES
			SERVER_TLS_BYTES,
		"offered" SAID " requested reply=220 accepted C-tls S-tls" },
	{ "offered, not used", OFFERED MAIL RCPT DATA BODY QUIT, "offered" SAID SENT " quit" },
	{ "never had it", ABSENT MAIL RCPT DATA BODY QUIT, "absent" SAID SENT " quit" },
	{ "left after EHLO", OFFERED QUIT, "offered" SAID " quit" },
	{ "greeting only", GREETED, "unknown 220:mx.example.com" },
	{ "nothing", "", "unknown unrecognised" },
	{ "QUIT only", "C: QUIT\n", "unknown quit" },
	{ "HELO only",
		GREETED "C: HELO out.example.net\nS: 250 mx.example.com\n" MAIL RCPT DATA BODY,
		"no-ehlo 220:mx.example.com HELO=out.example.net" SENT },
	{ "HELO not answered", GREETED "C: HELO out.example.net\n",
		"unknown 220:mx.example.com HELO=out.example.net" },
	{ "no HELO at all", GREETED MAIL, "no-ehlo 220:mx.example.com mails=1 from=example.net" },
	{ "MAIL behind EHLO, unanswered", HELLO "C: MAIL FROM:<a@example.net>\n",
		"unknown" SAID " mail-tried from=example.net" },
	{ "several greeting lines",
		"S: 220-mx.example.com ESMTP\nS: 220-No UCE\nS: 220 STARTTLS ready\n"
		"C: EHLO c\nS: 250-mx\nS: 250 8BITMIME\n",
		"absent 220:mx.example.com EHLO=c" },
	{ "refused by the greeting", "S: 554 mx.example.com no service\nC: QUIT\nS: 221 bye\n",
		"unknown 554:mx.example.com quit" },
	{ "521 greeting", "S: 521 mx.example.com\n", "unknown 521:mx.example.com" },
	{ "421 greeting, teaser before it", "S: 220-mx.example.com ESMTP\nS: 421 4.3.2 busy\n",
		"unknown 220:mx.example.com" },
	{ "no greeting, bare 250, odd case and pipelining",
		"C: EHLO\nS: 250\nC: rset\nC: staRttLs\nS: 250\nS: 220\n",
		"absent EHLO requested reply=220 accepted" },
	{ "lower case, no argument", GREETED "C: ehlo\nS: 250-mx\nS: 250-starttls\nS: 250 help\n",
		"offered 220:mx.example.com EHLO" },
	{ "one line reply", HELLO "S: 250 OK\n", "absent" SAID },
	{ "STARTTLS on the last line", HELLO "S: 250-mx\nS: 250 STARTTLS\n", "offered" SAID },
	{ "STARTTLS on the first line is the name", HELLO "S: 250-STARTTLS\nS: 250 DSN\n",
		"absent" SAID },
	{ "STARTTLS in the greeting line", HELLO "S: 250-mx STARTTLS\nS: 250 DSN\n", "absent" SAID },
	{ "STARTTLS as a parameter", HELLO "S: 250-mx\nS: 250-X STARTTLS\nS: 250 STARTTLSX\n",
		"absent" SAID },
	{ "another 2xx", HELLO "S: 251-mx\nS: 251 STARTTLS\n", "offered" SAID },
	{ "EHLO again: the last counts", OFFERED "C: EHLO two\n" NO_OFFER,
		"absent 220:mx.example.com EHLO=two" },
	{ "EHLO after EHLO: offered now", ABSENT "C: EHLO two\n" OFFER,
		"offered 220:mx.example.com EHLO=two" },
	{ "EHLO before the greeting, RFC 2920 or not",
		"C: EHLO out.example.net\n" GREETED OFFER, "offered" SAID },
	{ "refused after the greeting came late",
		"C: EHLO out.example.net\nS: 554 mx.example.com no\n",
		"unknown 554:mx.example.com EHLO=out.example.net" },
	{ "LMTP",
		"S: 220 mx LMTP\nC: LHLO c\nS: 250-mx\nS: 250 PIPELINING\n"
		"C: MAIL FROM:<>\nC: RCPT TO:<a@a.example>\nC: RCPT TO:<b@b.example>\n"
		"C: RCPT TO:<c@c.example>\nC: DATA\n"
		"S: 250 ok\nS: 250 ok\nS: 550 no\nS: 250 ok\nS: 354 go\nC: x\nC: .\n"
		"S: 250 a\nS: 450 c\nC: QUIT\nS: 221 bye\n",
		"absent 220:mx LHLO=c mails=1 to=a.example,c.example clear bytes=6 quit" },
	{ "XCLIENT returns to the greeting",
		OFFERED "C: XCLIENT NAME=x ADDR=1.2.3.4\nS: 220 mx.example.com ESMTP Postfix\n"
			"C: EHLO x\n" NO_OFFER,
		"absent 220:mx.example.com EHLO=x" },
	{ "TURN turns the roles", ABSENT "C: TURN\nS: 250 ok\nC: 220 c\nS: EHLO s\n",
		"absent" SAID },
	{ "ETRN is nothing", ABSENT "C: ETRN example.com\nS: 250 ok\n" QUIT, "absent" SAID " quit" },
	{ "long argument of EHLO",
		GREETED "C: EHLO aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb"
			"aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb"
			"aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb"
			"aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb"
			"aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb\n",
		"unknown 220:mx.example.com "
		"EHLO=aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb" },
};

static const struct smtp_row starttls[] = {
	{ "refused for now, goes on in clear",
		OFFERED "C: STARTTLS\nS: 454 TLS not available due to temporary reason\n" MAIL RCPT DATA
			BODY,
		"offered" SAID " requested reply=454" SENT
		" [STARTTLS_REFUSED 454 TLS not available due to temporary reason]" },
	{ "refused for good", OFFERED "C: STARTTLS\nS: 501 Syntax error\n" QUIT,
		"offered" SAID " requested reply=501 quit [STARTTLS_REFUSED 501 Syntax error]" },
	{ "answered with an impossible code", OFFERED "C: STARTTLS\nS: 200 STRIPTLS\n" QUIT,
		"offered" SAID " requested reply=200 quit [STARTTLS_REFUSED 200 STRIPTLS]" },
	{ "never answered", OFFERED "C: STARTTLS\n", "offered" SAID " requested" },
	{ "not offered, asked all the same", ABSENT "C: STARTTLS\nS: 220 go\n" CLIENT_TLS_BYTES,
		"absent" SAID " requested reply=220 accepted C-tls" },
	{ "odd spelling", OFFERED "C>  \\tsTaRtTlS  foo \\r\\r\\n\nS: 501 no\n",
		"offered" SAID " requested reply=501 [STARTTLS_REFUSED 501 no]" },
	{ "bare LFs", "S> 220 mx\\n\nC> ehlo c\\n\nS> 250-mx\\n250 StartTLS\\n\nC> starttls\\n\n"
		      "S> 220 go\\n\n" CLIENT_TLS_BYTES SERVER_TLS_BYTES,
		"offered 220:mx EHLO=c requested reply=220 accepted C-tls S-tls" },
	{ "several lines", OFFERED "C: STARTTLS\nS: 220-one\nS: 220 two\n" CLIENT_TLS_BYTES,
		"offered" SAID " requested reply=220 accepted C-tls" },
	{ "X-ANONYMOUSTLS", OFFERED "C: X-ANONYMOUSTLS\nS: 220 2.0.0 SMTP server ready\n"
				    CLIENT_TLS_BYTES SERVER_TLS_BYTES,
		"offered" SAID " requested reply=220 accepted C-tls S-tls" },
	{ "SSLv2 hello", OFFERED "C: STARTTLS\nS: 220 go\nC> \\x80\\x2e\\x01\\x03\\x01\n",
		"offered" SAID " requested reply=220 accepted C-tls" },
	{ "the client's hello does not wait", OFFERED "C: STARTTLS\n" CLIENT_TLS_BYTES
						      "S: 220 go\n" SERVER_TLS_BYTES,
		"offered" SAID " requested reply=220 accepted C-tls S-tls" },
	{ "injection: commands behind STARTTLS",
		OFFERED "C: STARTTLS\nC: RSET\nC: MAIL FROM:<evil@example.org>\n"
			"S: 220 2.0.0 Ready to start TLS\n" CLIENT_TLS_BYTES SERVER_TLS_BYTES,
		"offered" SAID " requested reply=220 accepted mail-tried from=example.org C-tls S-tls"
		" [PLAINTEXT_AFTER_STARTTLS STARTTLS, then RSET]" },
	{ "behind STARTTLS, then refused: commands count",
		OFFERED "C: STARTTLS\nC: NOOP\nS: 502 no\nS: 250 ok\n" QUIT,
		"offered" SAID " requested reply=502 quit"
		" [PLAINTEXT_AFTER_STARTTLS STARTTLS, then NOOP] [STARTTLS_REFUSED 502 no]" },
	{ "an empty line behind STARTTLS is nothing",
		OFFERED "C: STARTTLS\nC:\nS: 220 go\nC:\n" CLIENT_TLS_BYTES,
		"offered" SAID " requested reply=220 accepted C-tls" },
	{ "injection: replies behind 220",
		OFFERED "C: STARTTLS\nS: 220 go\nS: 250-mx\nS: 250 AUTH PLAIN\n" CLIENT_TLS_BYTES
			SERVER_TLS_BYTES,
		"offered" SAID " requested reply=220 accepted C-tls S-tls"
		" [RESPONSE_AFTER_220 250-mx]" },
	{ "clear after 220",
		OFFERED "C: STARTTLS\nS: 220 go\nC: EHLO two\n" NO_OFFER MAIL RCPT DATA BODY,
		"absent 220:mx.example.com EHLO=two requested reply=220 accepted" SENT
		" [NO_TLS_AFTER_220 after 220: EHLO two]" },
	{ "text for a ServerHello",
		OFFERED "C: STARTTLS\nS: 220 go\n" CLIENT_TLS_BYTES "S: 454 TLS not available\n",
		"offered" SAID " requested reply=220 accepted C-tls"
		" [TLS_REPLACED_BY_TEXT 454 TLS not available]" },
	{ "back in clear",
		OFFERED "C: STARTTLS\nS: 220 go\n" CLIENT_TLS_BYTES
			"S: 454 no\nC+\nC: EHLO two\n" NO_OFFER MAIL RCPT DATA BODY,
		"absent 220:mx.example.com EHLO=two requested reply=220 accepted" SENT
		" [TLS_REPLACED_BY_TEXT 454 no]" },
	{ "text inside TLS, told by resume",
		OFFERED "C: STARTTLS\nS: 220 go\n" CLIENT_TLS_BYTES SERVER_TLS_BYTES
			"S+\nS: 454 no\nC+\nC: QUIT\nS: 221 bye\n",
		"offered" SAID " requested reply=220 accepted quit" },
	{ "asked twice", OFFERED "C: STARTTLS\nS: 454 no\nC: STARTTLS\nS: 220 go\n" CLIENT_TLS_BYTES,
		"offered" SAID " requested reply=220 accepted C-tls [STARTTLS_REFUSED 454 no]" },
};

static const struct smtp_row tampering[] = {
	{ "Cisco mask where Postfix has STARTTLS",
		"S: 220 ***************\nC: EHLO c\nS: 250-mx\nS: 250-PIPELINING\nS: 250-SIZE 1\n"
		"S: 250-ETRN\nS: 250-XXXXXXXA\nS: 250-AUTH PLAIN\nS: 250-ENHANCEDSTATUSCODES\n"
		"S: 250-8BITMIME\nS: 250 DSN\n",
		"mangled 220:*************** EHLO=c [BANNER_MASKED 220 ***************]"
		" [KEYWORD_MASKED 250-XXXXXXXA]" },
	{ "all X, on the last line", HELLO "S: 250-mx\nS: 250-SIZE 1\nS: 250 XXXXXXXX\n",
		"mangled" SAID " [KEYWORD_MASKED 250 XXXXXXXX]" },
	{ "a mask beside an offer",
		HELLO "S: 250-mx\nS: 250-STARTTLS\nS: 250 XXXXXXXA\n",
		"offered" SAID " [KEYWORD_MASKED_OTHER 250 XXXXXXXA]" },
	{ "masks of other lengths", HELLO "S: 250-mx\nS: 250-XXXXXXXXA\nS: 250 XXXB\n",
		"absent" SAID " [KEYWORD_MASKED_OTHER 250-XXXXXXXXA]" },
	{ "behind Postfix's DSN only newer keywords stand",
		HELLO "S: 250-mx\nS: 250-PIPELINING\nS: 250-ENHANCEDSTATUSCODES\nS: 250-8BITMIME\n"
		      "S: 250-DSN\nS: 250 XXXXXXXA\n",
		"absent" SAID " [KEYWORD_MASKED_OTHER 250 XXXXXXXA]" },
	{ "banner alone", "S: 220 ****0******20**\nC: EHLO c\n" OFFER,
		"offered 220:****0******20** EHLO=c [BANNER_MASKED 220 ****0******20**]" },
	{ "the client's STARTTLS arrives as X",
		OFFERED "C: XXXXXXXX\nS: 500 5.5.1 Command unrecognized: \"XXXXXXXX\"\n" QUIT,
		"offered" SAID " quit [COMMAND_MASKED XXXXXXXX]" },
	{ "the server echoes X for STARTTLS",
		OFFERED "C: STARTTLS\nS: 500 5.5.1 Command unrecognized: \"XXXXXXXX\"\n" QUIT,
		"offered" SAID " requested reply=500 quit [COMMAND_ECHO the client sent STARTTLS, the"
		" server answers 500 5.5.1 Command unrecognized: \"XXXXXXXX\"]"
		" [STARTTLS_REFUSED 500 5.5.1 Command unrecognized: \"XXXXXXXX\"]" },
	{ "an honest echo", OFFERED "C: STARTTLS\nS: 500 unrecognized command \"starttls\"\n",
		"offered" SAID " requested reply=500"
		" [STARTTLS_REFUSED 500 unrecognized command \"starttls\"]" },
	{ "EHLO refused, then HELO",
		HELLO "S: 502 Error: command \"EHLO\" not implemented\nC: HELO out.example.net\n"
		      "S: 250 mx.example.com\n" MAIL,
		"no-ehlo 220:mx.example.com HELO=out.example.net ehlo-refused mails=1 from=example.net"
		" [EHLO_REJECTED 502 Error: command \"EHLO\" not implemented]" },
	{ "EHLO refused, then MAIL", HELLO "S: 500 no\n" MAIL,
		"no-ehlo" SAID " ehlo-refused mails=1 from=example.net [EHLO_REJECTED 500 no]" },
	{ "EHLO refused, then gone", HELLO "S: 550 5.7.1 blocked\n" QUIT,
		"unknown" SAID " ehlo-refused quit" },
	{ "EHLO refused once", HELLO "S: 501 bad name\nC: EHLO two\n" OFFER,
		"offered 220:mx.example.com EHLO=two ehlo-refused" },
	{ "EHLO arrives as X",
		GREETED "C: XXXX out.example.net\nS: 500 5.5.1 Command unrecognized\n"
			"C: HELO out.example.net\nS: 250 mx\n",
		"no-ehlo 220:mx.example.com HELO=out.example.net"
		" [EHLO_MASKED first command XXXX, answered 500]" },
	{ "the last line went missing", HELLO "S: 250-mx\nS: 250-PIPELINING\nS.\n",
		"unknown" SAID " [LAST_LINE_MISSING EHLO reply ends after 2 continuation lines]" },
	{ "another's wording refuses STARTTLS",
		OFFERED "C: NOOP\nS: 250 2.0.0 Ok\nC: STARTTLS\n"
			"S: 500 #5.5.1 command not recognized\n",
		"offered" SAID " requested reply=500"
		" [FAMILY_MISMATCH greeting and replies of Postfix, but of Cisco ASA:"
		" 500 #5.5.1 command not recognized]"
		" [STARTTLS_REFUSED 500 #5.5.1 command not recognized]" },
	{ "Postfix's own refusal",
		OFFERED "C: NOOP\nS: 250 2.0.0 Ok\nC: STARTTLS\n"
			"S: 454 4.7.0 TLS not available due to local problem\n",
		"offered" SAID " requested reply=454"
		" [STARTTLS_REFUSED 454 4.7.0 TLS not available due to local problem]" },
	{ "a reply to nothing", OFFERED "S: 250 what\nS: 421 bye\n",
		"offered" SAID " [REPLY_UNEXPECTED 250 what]" },
	{ "NULs and long lines change nothing",
		GREETED "C> EHLO c\\x00\\r\\n\nS: 250-mx\nS> 250-\\x00\\r\\n250-STARTTLS\\r\\n250 A\\r\\n\n",
		"offered 220:mx.example.com EHLO=c\\x00" },
};

static const struct smtp_row mail[] = {
	{ "pipelined",
		OFFERED "C: MAIL FROM:<a@example.net>\nC: RCPT TO:<b@example.com>\nC: DATA\n"
			"S: 250 2.1.0 Ok\nS: 250 2.1.5 Ok\nS: 354 go\n" BODY,
		"offered" SAID SENT },
	{ "refused recipients are not named",
		ABSENT MAIL "C: RCPT TO:<b@one.example>\nC: RCPT TO:<c@two.example>\n"
			    "C: RCPT TO:<d@three.example>\nS: 550 no\nS: 250 ok\n",
		"absent" SAID " mails=1 from=example.net to=two.example,three.example" },
	{ "domains once, in order, lower case",
		ABSENT MAIL "C: RCPT TO:<b@B.Example>\nS: 250 ok\nC: RCPT TO:<b@a.example>\nS: 250 ok\n"
			    "C: RCPT TO:<x@b.EXAMPLE.>\nS: 250 ok\n",
		"absent" SAID " mails=1 from=example.net to=b.example,a.example" },
	{ "paths without a domain",
		ABSENT "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<Postmaster>\nS: 250 ok\n"
		       "C: RCPT TO:<x@[192.0.2.1]>\nS: 250 ok\n",
		"absent" SAID " mails=1" },
	{ "MAIL refused", ABSENT "C: MAIL FROM:<a@example.net>\nS: 550 no\n",
		"absent" SAID " mail-tried from=example.net" },
	{ "DATA refused", ABSENT MAIL RCPT "C: DATA\nS: 554 no\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com quit" },
	{ "DATA refused, RSET behind it", ABSENT MAIL "C: DATA\nC: RSET\nS: 503 no\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net quit" },
	{ "commands behind the dot",
		ABSENT MAIL RCPT DATA "C: x\nC: .\nC: MAIL FROM:<b@example.org>\nS: 250 ok\n"
				      "S: 250 2.1.0 Ok\n",
		"absent" SAID " mails=2 from=example.net,example.org to=example.com clear bytes=6" },
	{ "bare LFs throughout",
		"S> 220 mx\\n\nC> EHLO c\\n\nS> 250 mx\\n\nC> MAIL FROM:<a@b.c>\\n\nS> 250 ok\\n\n"
		"C> DATA\\n\nS> 354 go\\n\nC> x: y\\n\\nz\\n.\\nQUIT\\n\n",
		"absent 220:mx EHLO=c mails=1 from=b.c clear bytes=10 quit" },
	{ "a smuggled end is none",
		ABSENT MAIL RCPT DATA
		"C> x: y\\r\\n\\r\\nz\\n.\\nMAIL FROM:<x@y.z>\\r\\n.\\r\\nQUIT\\r\\n\n",
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=34 quit" },
	{ "what the server takes for the end is the end",
		ABSENT MAIL RCPT DATA "C> x: y\\r\\n\\r\\nz\\r\\n.\\r\\r\\n\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=15 quit" },
	{ "BDAT", ABSENT MAIL RCPT "C: BDAT 11 LAST\nC> a\\r\\nSTARTTLS\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=11 quit" },
	{ "BDAT pipelined, next mail behind it",
		ABSENT MAIL RCPT "C> BDAT 3\\r\\nabcBDAT 2 last\\r\\n\\r\\nMAIL FROM:<>\\r\\n\n"
				 "S: 250 ok\nS: 250 ok\nS: 250 ok\n",
		"absent" SAID " mails=2 from=example.net to=example.com clear bytes=5" },
	{ "content, most of it left out",
		ABSENT MAIL RCPT DATA "C- 1000\nC> xxx\\r\\n.\\r\\nQUIT\\r\\n\nS: 250 ok\nS: 221 bye\n",
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=1008 quit" },
	{ "BDAT, most of it left out",
		ABSENT MAIL RCPT "C: BDAT 1011 LAST\nC- 1000\nC> xxxxxxxxxxxQUIT\\r\\n\n"
				 "S: 250 ok\nS: 221 bye\n",
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=1011 quit" },
	{ "BDAT, all of it left out", ABSENT MAIL RCPT "C: BDAT 1000 LAST\nC- 1000\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=1000 quit" },
	{ "BDAT without a number: no octets", ABSENT MAIL "C: BDAT\nS: 521 no\n" QUIT,
		"absent" SAID " mails=1 from=example.net quit" },
	{ "BDAT answered before its octets",
		ABSENT MAIL RCPT "C: BDAT 4\nS: 250 ok\nC> QUIT\nC: RSET\nS: 250 ok\n",
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=4" },
	{ "BDAT announced only", ABSENT MAIL RCPT "C: BDAT 4 LAST\n",
		"absent" SAID " mails=1 from=example.net to=example.com" },
	{ "AUTH with initial response", OFFERED "C: AUTH PLAIN AHgAeQ==\nS: 235 ok\n" MAIL,
		"offered" SAID " mails=1 from=example.net auth"
		" [AUTH_IN_CLEAR AUTH, with initial response]" },
	{ "AUTH refused at once", OFFERED "C: AUTH PLAIN\nS: 530 Must issue STARTTLS first\n" QUIT,
		"offered" SAID " quit" },
	{ "AUTH given up", OFFERED "C: AUTH PLAIN\nS: 334\nC: *\nS: 501 ok\n" QUIT,
		"offered" SAID " quit" },
	{ "TLS-RPT report",
		ABSENT MAIL RCPT DATA
		"C: TLS-Report-Domain: example.com\nC: Content-Type: multipart/report;\n"
		"C: \treport-type=\"tlsrpt\"; boundary=x\nC:\nC: y\nC: .\nS: 250 ok\n",
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=108 tls-report" },
	{ "TLS-Required: No, in a chunk",
		ABSENT MAIL RCPT "C: BDAT 20 LAST\nC> TLS-Required: No\\r\\n\\r\\n\nS: 250 ok\n",
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=20 tls-report" },
	{ "TLS-Required in the body is nothing",
		ABSENT MAIL RCPT DATA "C: x: y\nC:\nC: TLS-Required: No\nC: .\nS: 250 ok\n",
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=29" },
	{ "PROXY v1", "C: PROXY TCP4 192.0.2.1 192.0.2.2 1 25\n" GREETED "C: EHLO c\n" OFFER,
		"offered 220:mx.example.com EHLO=c"
		" [PROXY_HEADER PROXY TCP4 192.0.2.1 192.0.2.2 1 25]" },
	{ "PROXY v2",
		"C> \\r\\n\\r\\n\\x00\\r\\nQUIT\\n\\x21\\x11\\x00\\x0c"
		"\\xc0\\x00\\x02\\x01\\xc0\\x00\\x02\\x02\\x00\\x01\\x00\\x19\n"
		GREETED "C: EHLO c\n" OFFER,
		"offered 220:mx.example.com EHLO=c [PROXY_HEADER PROXY v2]" },
	{ "empty lines in front are no PROXY header", "C> \\r\\n\\r\\n\n" GREETED "C: EHLO c\n" OFFER,
		"offered 220:mx.example.com EHLO=c" },
};

static const struct smtp_row partial[] = {
	{ "client only, mail",
		"C: EHLO c\nC: MAIL FROM:<a@example.net>\nC: RCPT TO:<b@example.com>\nC: DATA\n"
		"C: Subject: x\nC:\nC: secret\nC: .\nC: QUIT\n",
		"unknown EHLO=c mail-tried from=example.net to=example.com clear bytes=25 quit" },
	{ "client only, HELO",
		"C: HELO c\nC: MAIL FROM:<a@example.net>\nC: DATA\nC: QUIT\n",
		"no-ehlo HELO=c mail-tried from=example.net quit" },
	{ "client only, STARTTLS refused perhaps",
		"C: EHLO c\nC: STARTTLS\nC: MAIL FROM:<a@example.net>\n",
		"unknown EHLO=c requested mail-tried from=example.net" },
	{ "client only, TLS", "C: EHLO c\nC: STARTTLS\n" CLIENT_TLS_BYTES,
		"unknown EHLO=c requested C-tls" },
	{ "client only, AUTH", "C: EHLO c\nC: AUTH LOGIN\nC: eA==\nC: eQ==\nC: MAIL FROM:<>\n",
		"unknown EHLO=c mail-tried auth [AUTH_IN_CLEAR AUTH, answer to a challenge]" },
	{ "client only, BDAT",
		"C: EHLO c\nC: MAIL FROM:<>\nC: BDAT 3 LAST\nC> abc\nC: QUIT\n",
		"unknown EHLO=c mail-tried clear bytes=3 quit" },
	{ "server only, offered and used",
		GREETED OFFER "S: 220 2.0.0 Ready to start TLS\n" SERVER_TLS_BYTES,
		"offered 220:mx.example.com reply=220 accepted S-tls" },
	{ "server only, absent",
		GREETED NO_OFFER "S: 250 2.1.0 Ok\nS: 250 2.1.5 Ok\nS: 354 go\nS: 250 ok\nS: 221 bye\n",
		"absent 220:mx.example.com clear" },
	{ "server only, one line says nothing", GREETED "S: 250 mx\nS: 250 ok\n",
		"unknown 220:mx.example.com" },
	{ "server only, masked", GREETED "S: 250-mx\nS: 250-SIZE 1\nS: 250 XXXXXXXA\n",
		"mangled 220:mx.example.com [KEYWORD_MASKED 250 XXXXXXXA]" },
	{ "server only, refusals of nobody knows what", GREETED "S: 502 no\nS: 250 mx\nS: 454 no\n",
		"unknown 220:mx.example.com" },
	{ "gap hides the end of the list", HELLO "S: 250-mx\nS: 250-SIZE 1\nS? 10\nS: 250 DSN\n" MAIL,
		"unknown" SAID " mails=1 from=example.net" },
	{ "gap hides the front of the list", HELLO "S? 20\nS: 250-SIZE 1\nS: 250 DSN\n" MAIL,
		"unknown" SAID " mails=1 from=example.net" },
	{ "gap, but the offer was seen", HELLO "S? 20\nS: 250-STARTTLS\nS: 250 DSN\n" QUIT,
		"offered" SAID " quit" },
	{ "offer seen, then a gap", HELLO "S: 250-mx\nS: 250-STARTTLS\nS? 10\nS: 250 DSN\n" QUIT,
		"offered" SAID " quit" },
	{ "mask seen, then a gap", HELLO "S: 250-mx\nS: 250-XXXXXXXA\nS? 9\nS: 250 DSN\n" QUIT,
		"unknown" SAID " quit [KEYWORD_MASKED 250-XXXXXXXA]" },
	{ "capture ends in the list", HELLO "S: 250-mx\nS: 250-SIZE 1\nS> 250-8BIT\n",
		"unknown" SAID },
	{ "gap hides STARTTLS's refusal",
		OFFERED "C: STARTTLS\nS? 20\nC: MAIL FROM:<a@example.net>\nS: 250 2.1.0 Ok\n",
		"offered" SAID " requested mails=1 from=example.net" },
	{ "gap hides the 220",
		OFFERED "C: STARTTLS\nS? 20\n" CLIENT_TLS_BYTES SERVER_TLS_BYTES,
		"offered" SAID " requested C-tls S-tls" },
	{ "gap hides STARTTLS", OFFERED "C? 10\nS: 220 go ahead\n" CLIENT_TLS_BYTES SERVER_TLS_BYTES,
		"offered" SAID " reply=220 accepted C-tls S-tls" },
	{ "gap hides STARTTLS and its refusal",
		OFFERED "C? 10\nS: 454 no\nC: MAIL FROM:<a@example.net>\nS: 250 2.1.0 Ok\n",
		"offered" SAID " mails=1 from=example.net" },
	{ "gap hides EHLO", GREETED "C? 10\n" NO_OFFER MAIL,
		"absent 220:mx.example.com mails=1 from=example.net" },
	{ "gap hides the refusal of EHLO", HELLO "S? 10\nC: HELO c\nS: 250 mx\n" MAIL,
		"unknown 220:mx.example.com HELO=c mails=1 from=example.net" },
	{ "gap in a chunk", ABSENT MAIL RCPT "C: BDAT 9 LAST\nC> abc\nC? 6\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=9 quit" },
	{ "gap beyond a chunk", ABSENT MAIL RCPT "C: BDAT 9\nC> abc\nC? 9\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=9 quit" },
	{ "gap in content", ABSENT MAIL RCPT DATA "C: x\nC? 9\nC: y\nC: .\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=9 quit" },
	{ "gap hides the dot", ABSENT MAIL RCPT DATA "C: x\nC? 9\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=3 quit" },
	{ "gap hides 354", ABSENT MAIL RCPT "C: DATA\nS? 9\nC: x: y\nC: .\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=9 quit" },
	{ "gap hides who was refused",
		ABSENT MAIL "C: RCPT TO:<b@one.example>\nC: RCPT TO:<b@two.example>\nS? 8\nS: 550 no\n",
		"absent" SAID " mails=1 from=example.net to=one.example,two.example" },
};

/* Content and credentials that look like commands, and clients that do not wait. */
static const struct smtp_row odd[] = {
	{ "content that does not wait",
		ABSENT MAIL RCPT "C: DATA\nC: x: y\nC:\nC: STARTTLS\nC: .\nS: 354 go\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=21 quit" },
	{ "content that does not wait, DATA refused",
		ABSENT MAIL "C: DATA\nC: x: y\nC:\nS: 503 no\n" QUIT,
		"absent" SAID " mails=1 from=example.net bytes=8 quit" },
	{ "content without a transaction",
		ABSENT "C: RSET\nC: DATA\nC: .\nS: 250 reset\nS: 354 go\nS: 250 queued\n",
		"absent" SAID },
	{ "BDAT refused: the octets come all the same",
		ABSENT MAIL "C> BDAT 6\\r\\nQUIT\\r\\n\nS: 503 no\n" QUIT,
		"absent" SAID " mails=1 from=example.net bytes=6 quit" },
	{ "XEXCH50",
		ABSENT "C: XEXCH50 6 2\nS: 354 send\nC> QUIT\\r\\n\nS: 250 ok\n" MAIL,
		"absent" SAID " mails=1 from=example.net" },
	{ "AUTH dialogue",
		OFFERED "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: STARTTLS\nS: 334 UGFzc3dvcmQ6\nC: QUIT\n"
			"S: 535 no\n" QUIT,
		"offered" SAID " auth quit [AUTH_IN_CLEAR AUTH, answer to a challenge]" },
	{ "gap hides DATA", ABSENT MAIL RCPT "C? 6\nS: 354 go\nC: STARTTLS\nC: .\nS: 250 ok\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=13 quit" },
	{ "content is not parsed",
		ABSENT MAIL RCPT DATA "C: STARTTLS\nC: ..\nC: .x\nC: QUIT.\nC:  .\nC: RCPT TO:<x@y.z>\n"
				      "C: .\nS: 250 ok\n",
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=49" },
	{ "refused in the middle of content",
		ABSENT MAIL RCPT DATA "C: x\nS: 552 too much\nC: STARTTLS\nC: .\n" QUIT,
		"absent" SAID " mails=1 from=example.net to=example.com clear bytes=16 quit" },
};

static const struct smtp_row late[] = {
	{ "from the greeting on, no handshake",
		"C: HELO c\nC: MAIL FROM: <a@example.net>\nC: RCPT TO: <b@example.com>\n"
		"S: 220 mx ESMTP Sendmail\nS: 250 mx\nS: 250 ok\nS: 250 ok\n" DATA BODY,
		"no-ehlo 220:mx HELO=c" SENT },
	{ "from EHLO on", "C: EHLO c\n" OFFER QUIT, "offered EHLO=c quit" },
	{ "from the reply on", OFFER "C: STARTTLS\nS: 454 no\n",
		"offered requested reply=454 [STARTTLS_REFUSED 454 no]" },
	{ "from the middle of the reply on", "S> IZE 1\\r\\n250-8BITMIME\\r\\n250 DSN\\r\\n\n" MAIL,
		"unknown mails=1 from=example.net" },
	{ "from MAIL on", MAIL RCPT DATA BODY,
		"unknown mail-tried from=example.net to=example.com clear bytes=25" },
	{ "from the content on", "C: body\nC: MAIL FROM me\nC: .\nS: 250 ok\n" QUIT,
		"unknown quit" },
	{ "from the 220 to STARTTLS on",
		"S: 220 2.0.0 Ready to start TLS\n" CLIENT_TLS_BYTES SERVER_TLS_BYTES,
		"unknown reply=220 accepted C-tls S-tls" },
	{ "from TLS on", "C> \\x17\\x03\\x03\nS> \\x17\\x03\\x03\n",
		"unknown C-tls S-tls unrecognised" },
};

static const struct smtp_row foreign[] = {
	{ "HTTP", "C: GET / HTTP/1.1\nS: HTTP/1.1 200 OK\n", "unknown unrecognised not-smtp" },
	{ "HTTP to an SMTP server", GREETED "C: GET / HTTP/1.1\nS: 502 5.5.2 Error: no\n",
		"unknown 220:mx.example.com" },
	{ "FTP", "S: 220 ready\nC: USER x\nS: 331 password\n", "unknown 220:ready unrecognised not-smtp" },
	{ "POP3", "S: +OK ready\n", "unknown unrecognised not-smtp" },
	{ "IMAP", "S: * OK ready\n", "unknown unrecognised not-smtp" },
	{ "SSH", "S: SSH-2.0-x\nC: SSH-2.0-y\n", "unknown unrecognised not-smtp" },
	{ "TLS from the first byte", CLIENT_TLS_BYTES SERVER_TLS_BYTES,
		"unknown unrecognised not-smtp" },
	{ "binary server", "S> \\x00\\x01\\x02\\n\n", "unknown unrecognised not-smtp" },
};

#endif
