/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bound on a folder of evidence: where its captures together are too large, the oldest go.
 */
#ifndef SINK_EVIDENCE_FOLDER_H
#define SINK_EVIDENCE_FOLDER_H

#include <stdint.h>

/*
 * Remove the oldest captures (*.pcap) of the open directory @folder until what is left is a tenth
 * below @max bytes, if they have more. Returns how many bytes are left. What can't be removed counts
 * as if it were not there: the next call tries again.
 */
uint64_t evidence_folder_prune(int folder, uint64_t max);

#endif
