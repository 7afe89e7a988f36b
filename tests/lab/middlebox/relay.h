/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection whose two ends the middlebox holds: bytes of each go to the other. As long as the
 * dialogue is in clear it is cut into commands and replies, which a technique may take out or write
 * anew; from the first MAIL on, or once TLS is agreed on, bytes pass as they come.
 */
#ifndef MIDDLEBOX_RELAY_H
#define MIDDLEBOX_RELAY_H

#include "base/side.h"
#include "base/text.h"
#include "lab/middlebox/technique.h"

enum relay_phase {
	RELAY_DIALOGUE,
	RELAY_EHLO,  /* the next reply is the EHLO reply */
	RELAY_ASKED, /* the next reply is that to STARTTLS */
	RELAY_MAIL,  /* no TLS can follow any more */
	RELAY_TLS,
};

struct relay {
	const struct settings *settings;
	const struct rewrite *rewrite;
	enum relay_phase phase;
	int fd[2];            /* by enum side; owned by the caller */
	bool ended[2];        /* that side sends no more */
	struct text got[2];   /* of that side, not yet a whole line or reply */
	struct text out[2];   /* to that side, not yet sent */
	bool greeted;         /* a client may speak before (Exim's PIPECONNECT) */
	bool over;            /* close both ends */
	unsigned int records; /* of the client's application data */
	bool acted;           /* the technique has done its work */
};

/*
 * What a technique does. Each is asked with what has come, and returns true if it has dealt with it
 * (said what is to be said to either side, or nothing); NULL and false let it pass.
 */
struct rewrite {
	bool (*greeting)(struct relay *relay, struct bytes reply);
	bool (*offer)(struct relay *relay, struct bytes reply);  /* the whole EHLO reply, if 250 */
	bool (*command)(struct relay *relay, struct bytes line); /* with its CR LF */
	bool (*answer)(struct relay *relay, struct bytes reply); /* to STARTTLS */
	bool (*tls)(struct relay *relay, enum side from, struct bytes bytes);
};

/* Relay between two connected sockets until both are done, or a minute has passed in silence. */
void relay_run(struct relay *relay);

/* To be sent to @to. */
void relay_say(struct relay *relay, enum side to, struct bytes bytes);

/* Send what was said. False: that side is gone, and relay->over is set. */
bool relay_flush(struct relay *relay);

#endif
