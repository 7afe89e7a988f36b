/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose wording a reply has (C22 of the threat list): a box that answers in a server's stead seldom
 * speaks like it. Only wordings that one product alone uses are in the table; everything else is
 * FAMILY_UNKNOWN and says nothing.
 */
#ifndef DIALOGUE_FAMILY_H
#define DIALOGUE_FAMILY_H

#include "dialogue/smtp.h"

/* @text: the first line of the greeting without code and separator. */
enum smtp_family family_of_greeting(struct bytes text);

/* @text: the first line of another reply with this code, without code and separator. */
enum smtp_family family_of_reply(unsigned int code, struct bytes text);

#endif
