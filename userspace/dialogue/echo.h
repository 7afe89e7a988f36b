/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that says which command it did not understand quotes what arrived. Where that is another
 * command than the client sent, somebody between them rewrote it (C5b of the threat list).
 */
#ifndef DIALOGUE_ECHO_H
#define DIALOGUE_ECHO_H

#include "dialogue/command.h"

/*
 * True if the reply (code and text of a line) quotes another command than @sent. False in doubt:
 * for other codes, other wordings, cut or re-cased quotes, and where @sent is VERB_UNKNOWN.
 */
bool echo_differs(unsigned int code, struct bytes text, enum command_verb sent);

#endif
