// SPDX-License-Identifier: BSD-2-Clause
/* What the flow table tells of a conversation: scripts and transcripts, see talk.h. */
#include "talk.h"

#define HELLO                                                                                      \
	"0 C S 0 0\n"                                                                              \
	"1 S SA 0 1\n"                                                                             \
	"2 C A 1 1\n"                                                                              \
	"3 S PA 1 1 \"220 mx ready\\r\\n\"\n" /* 14 */

#define TOLD                                                                                       \
	"open 4000>25\n"                                                                           \
	"S 220 mx ready\\r\\n\n"

#define GOODBYE                                                                                    \
	"900 C FA 1 15\n"                                                                          \
	"901 S FA 15 2\n"                                                                          \
	"902 C A 2 16\n"

struct row {
	const char *name;
	const char *script;
	const char *want;
};

static const struct row handshake_rows[] = {
	{ "a whole connection",
		HELLO "10 C PA 1 15 \"EHLO a\\r\\n\"\n"
		      "11 S PA 15 9 \"250 mx\\r\\n\"\n"
		      "12 C FA 9 23\n"
		      "13 S FA 23 10\n"
		      "14 C A 10 24\n",
		TOLD "C EHLO a\\r\\n\nS 250 mx\\r\\n\nC fin\nS fin\nclose fin\n" },
	{ "a SYN that nobody answers is no connection", "0 C S 0 0\n1000 C S 0 0\n", "" },
	{ "a SYN that is refused is none either", "0 C S 0 0\n1 S RA 0 1\n", "" },
	{ "a forged refusal does not stop it", "0 C S 0 0\n1 S RA 7 99999\n2 S SA 0 1\n",
		"open 4000>25\nclose end-of-capture\n" },
	{ "SYN-ACK alone", "0 S SA 0 1\n1 S SA 0 1\n", "" },
	{ "SYN lost: the SYN-ACK names the sides", "0 S SA 0 1\n1 C A 1 1\n3 S PA 1 1 \"220 \"\n",
		"open 4000>25\nS 220 \nclose end-of-capture\n" },
	{ "SYN and SYN-ACK swapped", "0 S SA 0 1\n1 C S 0 0\n3 S PA 1 1 \"220 \"\n",
		"open 4000>25\nS 220 \nclose end-of-capture\n" },
	{ "retransmitted SYN and SYN-ACK",
		"0 C S 0 0\n1 C S 0 0\n2 S SA 0 1\n3 S SA 0 1\n4 C A 1 1\n5 S PA 1 1 \"220 \"\n"
		"6 C S 0 0\n7 S SA 0 1\n",
		"open 4000>25\nS 220 \nclose end-of-capture\n" },
	{ "SYN after the first bytes",
		"0 C PA 1 1 \"EHLO\"\n1 S PA 1 5 \"250 \"\n2 C S 0 0\n3 S SA 0 1\n4 C PA 5 5 "
		"\"QUIT\"\n",
		"open 4000>25 midstream\nC EHLO\nS 250 \nC QUIT\nclose end-of-capture\n" },
	{ "a forged SYN-ACK with another ACK",
		"0 C S 0 0\n1 S SA 77777 3333333\n2 S SA 0 1\n3 C A 1 1\n4 S PA 1 1 \"220 \"\n",
		"open 4000>25\nS 220 \nclose end-of-capture\n" },
	{ "a forged SYN-ACK with the right ACK",
		"0 C S 0 0\n1 S SA 777777777 1\n2 S SA 0 1\n3 C A 1 1\n4 S PA 1 1 \"220 \"\n",
		"open 4000>25\nS 220 \nclose end-of-capture\n" },
	{ "a forged SYN before the real one",
		"0 C S 99999999 0\n1 C S 0 0\n2 S SA 0 1\n3 C A 1 1\n4 S PA 1 1 \"220 \"\n",
		"open 4000>25\nS 220 \nclose end-of-capture\n" },
	{ "simultaneous open", "0 C S 0 0\n1 S S 0 0\n2 C SA 0 1\n3 S PA 1 1 \"220 \"\n",
		"open 4000>25\nS 220 \nclose end-of-capture\n" },
	{ "SYN data that is taken", "0 C S 0 0 \"EHLO\"\n1 S SA 0 5\n2 C PA 5 1 \" a\"\n",
		"open 4000>25\nC EHLO\nC  a\nclose end-of-capture\n" },
	{ "SYN data that is not taken, and then sent otherwise",
		"0 C S 0 0 \"XXXX\"\n1 S SA 0 1\n2 C PA 1 1 \"EHLO\"\n",
		"open 4000>25\nC EHLO\nclose end-of-capture\n" },
	{ "SYN data, one side only: its sender goes on behind it",
		"0 C S 0 0 \"EHLO\"\n2 C PA 5 1 \" a\"\n",
		"open 4000>25\nC EHLO\nC  a\nclose end-of-capture one-sided\n" },
	{ "SYN data that nobody answers", "0 C S 0 0 \"EHLO\"\n", "" },
	{ "lone RST, FIN, ACK and keep-alives begin nothing",
		"0 C R 1 0\n1 C FA 5 5\n2 S A 9 9\n3 C A 4 9 \"x\"\n4 S A 9 5\n", "" },
	{ "nor does the end of one, sent again long after",
		HELLO GOODBYE "9000 C FPA 1 15 \"QUIT\"\n", TOLD "C fin\nS fin\nclose fin\n" },
	{ "midstream: by port", "0 S PA 100 50 \"250 ok\"\n1 C PA 50 106 \"DATA\"\n",
		"open 4000>25 midstream\nS 250 ok\nC DATA\nclose end-of-capture\n" },
	{ "midstream: what was acknowledged before is no hole",
		"0 C PA 50 100 \"DATA\"\n1 S PA 100 54 \"354 \"\n",
		"open 4000>25 midstream\nC DATA\nS 354 \nclose end-of-capture\n" },
	{ "midstream: the other side's first bytes come late",
		"0 C PA 50 104 \"DATA\"\n1 S PA 100 50 \"250 \"\n2 S PA 104 54 \"354 \"\n",
		"open 4000>25 midstream\nC DATA\nS 250 \nS 354 \nclose end-of-capture\n" },
	{ "one side only",
		"0 C S 0 0\n1 C A 1 1\n2 C PA 1 15 \"EHLO\"\n3 C PA 5 60 \"QUIT\"\n4 C FA 9 70\n"
		"T 3000\n",
		"open 4000>25\nC EHLO\nC QUIT\nC fin\nclose fin one-sided\n" },
	{ "the server's side only", "0 S SA 0 1\n1 S PA 1 1 \"220 \"\n2 S PA 5 7 \"250 \"\n",
		"open 4000>25\nS 220 \nS 250 \nclose end-of-capture one-sided\n" },
	{ "a side that shows late begins with a gap",
		"0 C S 0 0\n1 C A 1 1\n2 C PA 1 15 \"EHLO\"\n3 S PA 15 5 \"250 \"\n",
		"open 4000>25\nC EHLO\nS -- 14 gap\nS 250 \nclose end-of-capture\n" },
};

static const struct row stream_rows[] = {
	{ "retransmission, whole", HELLO "10 C PA 1 15 \"EHLO\"\n300 C PA 1 15 \"EHLO\"\n",
		TOLD "C EHLO\nclose end-of-capture\n" },
	{ "retransmission with more",
		HELLO "10 C PA 1 15 \"EHLO\"\n300 C PA 1 15 \"EHLO a\\r\\n\"\n",
		TOLD "C EHLO\nC  a\\r\\n\nclose end-of-capture\n" },
	{ "swapped", HELLO "10 C PA 5 15 \" a\\r\\n\"\n11 C PA 1 15 \"EHLO\"\n",
		TOLD "C EHLO\nC  a\\r\\n\nclose end-of-capture\n" },
	{ "retransmission cut in other pieces",
		HELLO "10 C PA 4 15 \"O a\"\n11 C PA 1 15 \"EH\"\n12 C PA 2 15 \"HLO\"\n",
		TOLD "C EH\nC L\nC O a\nclose end-of-capture\n" },
	{ "a segment around one that waits", HELLO "10 C PA 3 15 \"LO\"\n11 C PA 1 15 \"EHLO a\"\n",
		TOLD "C EH\nC LO\nC  a\nclose end-of-capture\n" },
	{ "different bytes, told before",
		HELLO "10 C PA 1 15 ttl=60 \"STARTTLS\"\n11 C PA 1 15 ttl=50 \"XXXXXXXX\"\n",
		TOLD "C STARTTLS\nC conflict @0 STARTTLS (60) not XXXXXXXX (50)\n"
		     "close end-of-capture\n" },
	{ "different bytes, over two earlier segments, with more",
		HELLO "10 C PA 1 15 \"EHLO\"\n11 C PA 5 15 \" abc\"\n12 C PA 3 15 \"LO aXcd\"\n",
		TOLD "C EHLO\nC  abc\nC conflict @6  abc (64) not  aXc (64)\nC d\n"
		     "close end-of-capture\n" },
	{ "different bytes, still waiting: the first counts",
		HELLO "10 C PA 3 15 \"LO\"\n11 C PA 2 15 ttl=9 \"HXX\"\n12 C PA 1 15 \"E\"\n",
		TOLD "C conflict @2 LO (64) not XX (9)\nC E\nC H\nC LO\nclose end-of-capture\n" },
	{ "different bytes, but some that the capture altered",
		HELLO "10 C PA 1 15 \"STARTTLS\"\n11 C PA 1 15 altered \"STARxxxx\"\n",
		TOLD "C STARTTLS\nclose end-of-capture\n" },
	{ "... and came first",
		HELLO "10 C PA 1 15 altered \"STARxxxx\"\n11 C PA 1 15 \"STARTTLS\"\n",
		TOLD "C STARxxxx\nclose end-of-capture\n" },
	{ "... and wait",
		HELLO "10 C PA 3 15 altered \"xO\"\n11 C PA 2 15 \"HLO\"\n12 C PA 1 15 \"E\"\n",
		TOLD "C E\nC H\nC xO\nclose end-of-capture\n" },
	{ "a conflict shows the bytes around it",
		HELLO "10 C PA 1 15 fill=300\n"
		      "11 C PA 101 15 \"wxyzabcdefghijklmnopqrstuvwxyzabcdefghijXlm\"\n",
		TOLD "C abcdefghijklmnopqrstuvwxyzabcdefghijklmn...\n"
		     "C conflict @140 efghijklmnopqrstuvwxyzabcdefghijklm (64)"
		     " not efghijklmnopqrstuvwxyzabcdefghijXlm (64)\nclose end-of-capture\n" },
	{ "keep-alives, with and without a byte",
		HELLO
		"10 C PA 1 15 \"EHLO\"\n11 C A 4 15\n12 S A 15 5\n13 C A 4 15 \"?\"\n14 S A 15 5\n",
		TOLD "C EHLO\nclose end-of-capture\n" },
	{ "window probes are data",
		HELLO "10 C PA 1 15 \"EH\"\n11 S A 15 3\n12 C A 3 15 \"L\"\n13 C A 3 15 \"L\"\n"
		      "14 S A 15 4\n15 C PA 4 15 \"O\"\n",
		TOLD "C EH\nC L\nC O\nclose end-of-capture\n" },
	{ "segments of other numbers altogether",
		HELLO
		"10 C PA 2000000000 15 \"x\"\n11 C PA 3000000000 15 \"y\"\n12 C PA 1 15 \"EHLO\"\n",
		TOLD "C EHLO\nclose end-of-capture\n" },
	{ "a side that acknowledges sends nothing without ACK",
		HELLO "10 C P 1 0 \"XXXX\"\n11 C PA 1 15 \"EHLO\"\n",
		TOLD "C EHLO\nclose end-of-capture\n" },
	{ "bad checksum where good ones were seen",
		"0 C S 0 0\n1 S SA 0 1 good\n3 S PA 1 1 bad \"221 \"\n4 S PA 1 1 good \"220 \"\n"
		"5 S R 5 0 bad\n",
		"open 4000>25\nS 220 \nclose end-of-capture\n" },
	{ "bad checksum, and acknowledged: an edited capture",
		"0 C S 0 0\n1 S SA 0 1 good\n3 S PA 1 1 bad \"220 \"\n4 C PA 1 5 \"EHLO\"\n"
		"5 S PA 5 5 bad \"250 \"\n6 S PA 9 5 good \"!\"\n7 C PA 5 5 \"late\"\n",
		"open 4000>25\nS 220 \nC EHLO\nC late\nS 250 \nS !\nclose end-of-capture\n" },
	{ "bad checksum of an answer, before the question comes",
		HELLO "10 S PA 15 1 good \"!\"\n11 S PA 16 5 bad \"250 \"\n"
		      "12 C PA 1 16 \"EHLO\"\n13 C PA 5 20 \"QUIT\"\n",
		TOLD "S !\nC EHLO\nS 250 \nC QUIT\nclose end-of-capture\n" },
	{ "bad checksum, waiting, and a better copy",
		"0 C S 0 0\n1 S SA 0 1 good\n3 S PA 5 1 bad \"XX\"\n4 S PA 5 1 good \"mx\"\n"
		"5 S PA 1 1 \"220 \"\n",
		"open 4000>25\nS 220 \nS mx\nclose end-of-capture\n" },
	{ "bad checksums only: off-loaded", "0 C S 0 0\n1 S SA 0 1 bad\n3 S PA 1 1 bad \"221 \"\n",
		"open 4000>25\nS 221 \nclose end-of-capture\n" },
	{ "cut by the snap length", HELLO "10 C PA 1 15 cut=3 \"EHLO a\"\n11 C PA 7 15 \"bc\"\n",
		TOLD "C EHL\nC -- 3 snaplen\nC bc\nclose end-of-capture\n" },
	{ "cut while waiting, and filled by another copy",
		HELLO "10 C PA 3 15 cut=2 \"LO a\"\n11 C PA 3 15 \"LO ab\"\n12 C PA 1 15 \"EH\"\n",
		TOLD "C EH\nC LO\nC  ab\nclose end-of-capture\n" },
	{ "cut while waiting, and filled in part",
		HELLO "10 C PA 3 15 cut=4 \"LO abc\"\n11 C PA 7 15 \"b\"\n12 C PA 1 15 \"EH\"\n",
		TOLD "C EH\nC LO\nC -- 2 snaplen\nC b\nclose end-of-capture\n" },
	{ "cut to nothing", HELLO "10 C PA 1 15 cut=4 \"EHLO\"\n11 C PA 5 15 \" a\"\n",
		TOLD "C -- 4 snaplen\nC  a\nclose end-of-capture\n" },
};

static const struct row order_rows[] = {
	{ "an answer waits for its question",
		HELLO "10 S PA 15 5 \"250 \"\n11 C PA 1 15 \"EHLO\"\n",
		TOLD "C EHLO\nS 250 \nclose end-of-capture\n" },
	{ "lost, and acknowledged: a gap after a second",
		HELLO "10 C PA 5 15 \" a\"\n11 S A 15 7\n900 C A 7 15\n1012 C A 7 15\n",
		TOLD "C -- 4 gap\nC  a\nclose end-of-capture\n" },
	{ "lost, not acknowledged: it will come again",
		HELLO "10 C PA 5 15 \" a\"\n11 S A 15 1\n3000 S A 15 1\n3001 C PA 1 15 \"EHLO\"\n",
		TOLD "C EHLO\nC  a\nclose end-of-capture\n" },
	{ "acknowledged in part",
		HELLO "10 C PA 5 15 \" a\"\n11 S A 15 3\n1500 S A 15 3\n1600 C PA 3 15 \"LO\"\n",
		TOLD "C -- 2 gap\nC LO\nC  a\nclose end-of-capture\n" },
	{ "time that others' packets tell counts too",
		HELLO "10 C PA 5 15 \" a\"\n11 S A 15 7\nT 1200\n1300 C PA 1 15 \"EHLO\"\n",
		TOLD "C -- 4 gap\nC  a\nclose end-of-capture\n" },
	{ "never acknowledged: a gap at the end", HELLO "10 C PA 5 15 \" a\"\n",
		TOLD "C -- 4 gap\nC  a\nclose end-of-capture\n" },
	{ "a question is lost: its answer waits a second for it",
		HELLO "10 S PA 15 5 \"250 \"\n500 C A 5 19\n1011 C A 5 19\n",
		TOLD "C -- 4 gap\nS 250 \nclose end-of-capture\n" },
	{ "one side ceases to be captured: after two waits nobody waits for it",
		HELLO "10 C PA 1 15 \"a\"\n20 C PA 2 19 \"b\"\n500 C PA 3 19 \"c\"\n"
		      "1030 C PA 4 25 \"d\"\n2040 C PA 5 30 \"e\"\n2050 C PA 6 35 \"f\"\n"
		      "2060 S PA 35 7 \"250 \"\n2070 C PA 8 39 \"h\"\n2080 C PA 7 35 \"g\"\n"
		      "2090 C PA 9 43 \"i\"\n2100 S PA 39 8 \"354 \"\n",
		TOLD
		"C a\nS -- 4 gap\nC b\nC c\nS -- 6 gap\nC d\nS -- 5 gap\nC e\nS -- 5 gap\nC f\n"
		"S 250 \nC g\nC h\nS 354 \nC i\nclose end-of-capture\n" },
	{ "an ACK of bytes that were never sent skips none",
		HELLO "10 C PA 1 999 \"XXXX\"\n11 S A 15 1\n1500 C PA 1 15 \"EHLO\"\n"
		      "1501 S PA 15 5 \"250 \"\n",
		TOLD
		"C conflict @0 EHLO (64) not XXXX (64)\nC EHLO\nS 250 \nclose end-of-capture\n" },
	{ "... and counts at last if nothing else comes",
		HELLO
		"10 C PA 1 999 \"EHLO\"\n11 S A 15 1\n1500 S A 15 1\n1501 S PA 15 5 \"250 \"\n",
		TOLD "C EHLO\nS 250 \nclose end-of-capture\n" },
	{ "... and gives way to a segment that fits",
		HELLO
		"10 C PA 1 999 ttl=9 \"XXXX\"\n20 C PA 1 15 \"EHLO\"\n30 S PA 15 5 \"250 \"\n",
		TOLD
		"C conflict @0 EHLO (64) not XXXX (9)\nC EHLO\nS 250 \nclose end-of-capture\n" },
	{ "two answers that wait for each other: the later is a repetition",
		HELLO "10 S PA 15 5 \"250 \"\n20 C PA 1 19 \"EHLO\"\n",
		TOLD "C EHLO\nS 250 \nclose end-of-capture\n" },
	{ "a single number missing at the end is rather a FIN",
		HELLO "10 C PA 1 16 \"QUIT\"\n1100 C FA 5 16\n",
		TOLD "C QUIT\nC fin\nclose end-of-capture\n" },
	{ "... and a byte if its side goes on",
		HELLO "10 C PA 1 16 \"QUIT\"\n1100 C A 5 16\n1101 S PA 16 5 \"221 \"\n",
		TOLD "C QUIT\nS -- 1 gap\nS 221 \nclose end-of-capture\n" },
	{ "a FIN waits as data do", HELLO "10 C FA 5 15\n11 C PA 1 15 \"EHLO\"\n",
		TOLD "C EHLO\nC fin\nclose end-of-capture\n" },
	{ "a FIN far ahead that nobody acknowledged proves no gap", HELLO "10 C FA 5000 15\n",
		TOLD "close end-of-capture\n" },
};

static const struct row end_rows[] = {
	{ "late packets of an ended connection are no new one",
		HELLO GOODBYE
		"910 S FA 15 2\n920 C A 2 16\n930 S PA 1 1 \"220 mx ready\\r\\n\"\n940 C R 2 0\n",
		TOLD "C fin\nS fin\nclose fin\n" },
	{ "FIN both ways, the last ACK lost",
		HELLO "900 C FA 1 15\n901 S FA 15 2\nT 1500\nT 3000\n",
		TOLD "C fin\nS fin\nclose fin\n" },
	{ "FINs cross", HELLO "900 C FA 1 15\n901 S FA 15 1\n902 C A 2 16\n903 S A 16 2\n",
		TOLD "C fin\nS fin\nclose fin\n" },
	{ "FIN with data, and again",
		HELLO "10 C FPA 1 15 \"QUIT\"\n11 C FPA 1 15 \"QUIT\"\n12 S FPA 15 6 \"221 \"\n13 "
		      "C A 6 20\n",
		TOLD "C QUIT\nC fin\nS 221 \nS fin\nclose fin\n" },
	{ "half closed: the other side goes on",
		HELLO
		"10 C FA 1 15\n11 S A 15 2\n12 S PA 15 2 \"221 \"\n13 S FA 19 2\n14 C A 2 20\n",
		TOLD "C fin\nS 221 \nS fin\nclose fin\n" },
	{ "data behind a FIN that nobody takes are none",
		HELLO "10 C FA 1 15\n11 C PA 1 15 \"EHLO\"\n12 S FA 15 2\n13 C A 2 16\n",
		TOLD "C fin\nS fin\nclose fin\n" },
	{ "a forged FIN: its side goes on, and the other takes it",
		HELLO
		"10 C FA 1 15 ttl=9\n11 C PA 1 15 \"EHLO\"\n12 S A 15 5\n13 S PA 15 5 \"250 \"\n",
		TOLD "C fin\nC alive\nC EHLO\nS 250 \nclose end-of-capture\n" },
	{ "keep-alives behind a FIN",
		HELLO "10 C FA 1 15\n11 S A 15 2\n12 C A 1 15 \"?\"\n13 S A 15 2\n14 S FA 15 2\n15 "
		      "C A 2 16\n",
		TOLD "C fin\nS fin\nclose fin\n" },
	{ "RST, exact", HELLO "10 S RA 15 1 ttl=61 id=7\nT 2000\n",
		TOLD "S reset +0 ttl 61 id 7\nclose reset\n" },
	{ "RST is the last packet", HELLO "10 S R 15 0\n",
		TOLD "S reset +0 ttl 64 id 0\nclose reset\n" },
	{ "RST with an ACK of what was never sent", HELLO "10 S RA 15 500\n",
		TOLD "S reset +0 ttl 64 id 0 bad ack\nclose reset\n" },
	{ "RST, forged: data follow",
		HELLO "10 S R 15 0 ttl=9\n12 C PA 1 15 \"EHLO\"\n13 S PA 15 5 \"250 \"\n",
		TOLD "S reset +0 ttl 9 id 0\nC EHLO\nS alive\nS 250 \nclose end-of-capture\n" },
	{ "RST, forged: an ACK of new data follows",
		HELLO "10 S R 15 0 ttl=9\n12 C PA 1 15 \"EHLO\"\n50 S A 15 5\n",
		TOLD "S reset +0 ttl 9 id 0\nC EHLO\nS alive\nclose end-of-capture\n" },
	{ "RST, and before it what the capture shows behind it",
		HELLO "10 C PA 1 15 \"EHLO\"\n20 S RA 19 5\n21 S PA 15 5 \"421 \"\nT 2000\n",
		TOLD "C EHLO\nS reset +4 ttl 64 id 0\nS 421 \nclose reset\n" },
	{ "RST somewhere in the window: not the end for a careful receiver",
		HELLO "10 S R 5000 0 ttl=9\n5000 C PA 1 15 \"EHLO\"\n6000 S PA 15 5 \"250 \"\n",
		TOLD "S reset +4985 ttl 9 id 0\nC EHLO\nS alive\nS 250 \nclose end-of-capture\n" },
	{ "RST in the window, and silence", HELLO "10 S R 19 0\nT 100000\n",
		TOLD "S reset +4 ttl 64 id 0\nclose reset\n" },
	{ "RST out of the window ends nothing",
		HELLO "10 S R 4000000000 0\nT 200000\n200001 C PA 1 15 \"EHLO\"\n",
		TOLD "S reset -294967311 ttl 64 id 0\nC EHLO\nclose end-of-capture\n" },
	{ "RST after both FINs is nothing special", HELLO GOODBYE "903 C R 2 0\n",
		TOLD "C fin\nS fin\nclose fin\n" },
	{ "RST after one FIN", HELLO "10 C FA 1 15\n11 S R 15 0\n",
		TOLD "C fin\nS reset +0 ttl 64 id 0\nclose reset\n" },
	{ "RST of a side that is not captured holds the other back for nothing",
		"0 C S 0 0\n1 C A 1 1\n2 C PA 1 15 \"EHLO\"\n3 S R 15 0 ttl=9\n4 C PA 5 40 "
		"\"QUIT\"\n",
		"open 4000>25\nC EHLO\nS reset +0 ttl 9 id 0\nC QUIT\nclose reset\n" },
	{ "idle", HELLO "T 900000\nT 910000\n1820000 C PA 1 15 \"EHLO\"\n",
		TOLD "close idle\n2 open 4000>25 midstream\n2 C EHLO\n2 close end-of-capture "
		     "one-sided\n" },
	{ "a clock that is wrong once ends nothing",
		HELLO
		"99999999999 S A 15 1 port=4001\n10 C PA 1 15 \"EHLO\"\n11 S PA 15 5 \"250 \"\n",
		TOLD "C EHLO\nS 250 \nclose end-of-capture\n" },
	{ "a quiet night is no wrong clock",
		HELLO "30000000 C S 0 0 port=4001\n30000001 S SA 0 1 port=4001\n",
		TOLD "close idle\n2 open 4001>25\n2 close end-of-capture\n" },
	{ "time goes back", HELLO "-5000 C PA 1 15 \"EHLO\"\n-4000 S PA 15 5 \"250 \"\n",
		TOLD "C EHLO\nS 250 \nclose end-of-capture\n" },
	{ "same addresses after the end",
		HELLO GOODBYE
		"910 C S 0 0 isn=77000\n911 S SA 0 1 isn=88000\n912 C PA 1 1 \"EHLO\"\n",
		TOLD
		"C fin\nS fin\nclose fin\n2 open 4000>25\n2 C EHLO\n2 close end-of-capture\n" },
	{ "same addresses after an RST",
		HELLO "10 C R 1 0\n11 C S 0 0 isn=77000\n12 S SA 0 1 isn=88000\n",
		TOLD
		"C reset +0 ttl 64 id 0\nclose reset\n2 open 4000>25\n2 close end-of-capture\n" },
	{ "same addresses after one FIN",
		HELLO "10 C FA 1 15\n11 C S 0 0 isn=77000\n12 S SA 0 1 isn=88000\n",
		TOLD "C fin\nclose reused\n2 open 4000>25\n2 close end-of-capture\n" },
	{ "same addresses, the old end not seen: the answer proves it",
		HELLO "20 C S 0 0 isn=77000\n21 S SA 0 1 isn=88000\n22 C PA 1 1 \"EHLO\"\n",
		TOLD "close reused\n2 open 4000>25\n2 C EHLO\n2 close end-of-capture\n" },
	{ "same addresses, one side only",
		"0 C S 0 0\n1 C PA 1 1 \"EHLO\"\n10 C S 0 0 isn=77000\n11 C A 1 1\n12 C PA 1 1 "
		"\"HELO\"\n",
		"open 4000>25\nC EHLO\nclose reused one-sided\n"
		"2 open 4000>25\n2 C HELO\n2 close end-of-capture one-sided\n" },
	{ "a forged SYN in the middle",
		HELLO "20 C S 77000 0\n21 C PA 1 15 \"EHLO\"\n22 S PA 15 5 \"250 \"\n",
		TOLD "C EHLO\nS 250 \nclose end-of-capture\n" },
	{ "two connections, ended in the order of their opening",
		"0 C S 0 0 port=4001\n1 C S 0 0 port=4002\n2 S SA 0 1 port=4002\n3 S SA 0 1 "
		"port=4001\n",
		"open 4002>25\n2 open 4001>25\nclose end-of-capture\n2 close end-of-capture\n" },
};

/* What the live capture left out is told at once. */
static const struct row skip_rows[] = {
	{ "left out before a segment", HELLO "10 C PA 1001 15 skipped=1000 \".\"\n",
		TOLD "C -- 1000 skipped\nC .\nclose end-of-capture\n" },
	{ "left out before an answer",
		HELLO "10 S PA 15 1001 back=1000 \"421 \"\n11 S FA 19 1001\n",
		TOLD "C -- 1000 skipped\nS 421 \nS fin\nclose end-of-capture\n" },
	{ "of both sides", HELLO "10 C PA 1001 515 skipped=1000 back=500 \".\"\n",
		TOLD "S -- 500 skipped\nC -- 1000 skipped\nC .\nclose end-of-capture\n" },
	{ "nothing is left out of what was told", HELLO "10 C PA 1 15 skipped=1000 \"EHLO\"\n",
		TOLD "C EHLO\nclose end-of-capture\n" },
	{ "a part of it was handed up",
		HELLO "10 C PA 1 15 \"EHLO\"\n11 C PA 1001 15 skipped=1000 \".\"\n",
		TOLD "C EHLO\nC -- 996 skipped\nC .\nclose end-of-capture\n" },
	{ "some was lost before what was left out",
		HELLO "10 C PA 1001 15 skipped=900 \".\"\n11 S A 15 1002\n1500 S A 15 1002\n",
		TOLD "C -- 1000 gap\nC .\nclose end-of-capture\n" },
	{ "something of it waited",
		HELLO "10 C PA 501 15 \"x\"\n11 C PA 1001 15 skipped=1000 \".\"\n",
		TOLD "C -- 500 skipped\nC x\nC -- 499 skipped\nC .\nclose end-of-capture\n" },
	{ "left out before a FIN", HELLO "10 C FA 1001 15 skipped=1000\n",
		TOLD "C -- 1000 skipped\nC fin\nclose end-of-capture\n" },
	{ "left out before an RST", HELLO "10 C R 1001 0 skipped=1000\n",
		TOLD "C -- 1000 skipped\nC reset +0 ttl 64 id 0\nclose reset\n" },
	{ "without ACK nothing is known of the other side",
		HELLO "10 C P 1 1001 back=1000 \"EHLO\"\n", TOLD "close end-of-capture\n" },
};

/* Sequence numbers that wrap early, late, on either side; and plain ones. */
static const uint32_t isns[][2] = {
	{ 1000, 5000 },
	{ 0xfffffffd, 0xfffffff8 },
	{ 0x7ffffffe, 0xffffffff },
	{ 0, 0x80000000 },
};

static void run_rows(const struct row *rows, size_t n)
{
	struct ports ports = { 0 };
	const struct flow_params params = { .server_ports = &ports };

	ports_add(&ports, 25);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sizeof(isns) / sizeof(*isns); k++) {
			struct talk talk = { .isn = { isns[k][0], isns[k][1] } };
			struct flow_stats stats;
			char *got;

			talk_begin(&talk, &params);
			talk_feed(&talk, rows[i].script);
			flow_get_stats(talk.table, &stats);
			got = talk_end(&talk);
			assert_row_string(rows[i].name, got, rows[i].want);
			free(got);
		}
	}
}

#define RUN(rows) run_rows(rows, sizeof(rows) / sizeof(*(rows)))

static void handshakes(void **state)
{
	(void)state;
	RUN(handshake_rows);
}

static void streams(void **state)
{
	(void)state;
	RUN(stream_rows);
}

static void orders(void **state)
{
	(void)state;
	RUN(order_rows);
}

static void ends(void **state)
{
	(void)state;
	RUN(end_rows);
}

static void skips(void **state)
{
	(void)state;
	RUN(skip_rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshakes),
		cmocka_unit_test(streams),
		cmocka_unit_test(orders),
		cmocka_unit_test(ends),
		cmocka_unit_test(skips),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
