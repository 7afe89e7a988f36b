// SPDX-License-Identifier: BSD-2-Clause
/* Facts of the handshake, of TLS behind it, and of the packets that carried either. */
#include "judge/find.h"

bool find_tls_replaced_by_text(struct looking *look)
{
	/* Implicit TLS towards a port that speaks clear SMTP is a mistake of the client's set-up. */
	if (look->record->implicit_tls || !observed(look, OBS_TLS_REPLACED_BY_TEXT))
		return false;
	prove_clear_mail(look);
	return true;
}

bool find_text_inside_tls(struct looking *look)
{
	return observed(look, OBS_TEXT_INSIDE_TLS);
}

bool find_tls_handshake_stalled(struct looking *look)
{
	if (!look->record->stalled)
		return false;
	look->out->confidence = CONFIDENCE_LIKELY;
	look->out->time = look->record->failure_time;
	prove(look->out, "ClientHello, and no byte of the server after it though it was there");
	return true;
}

bool find_downgrade_sentinel(struct looking *look)
{
	return observed(look, OBS_DOWNGRADE_SENTINEL);
}

static void prove_alerts(struct looking *look)
{
	const struct tls_facts *tls = &look->record->tls;

	for (uint8_t i = 0; i < tls->alert_count; i++) {
		char room[16];

		prove(look->out, "TLS alert of the %s: %s", side_name((enum side)tls->alerts[i].from),
			tls_alert_name(tls->alerts[i].code, room));
	}
}

bool find_tls_handshake_failed(struct looking *look)
{
	const struct record *record = look->record;

	if (!record->tls_tried || record->tls.established || record->stalled)
		return false;
	/* What the bytes that are missing may have held, nobody knows. */
	if (record->unknown[AXIS_TLS] && !record->tls.failed)
		return false;
	look->out->time = record->failure_time;
	prove_alerts(look);
	if (!record->tls.alert_count)
		prove(look->out, "the handshake did not finish (%s)",
			record->end == FLOW_END_RESET ? "reset" : "closed");
	prove_clear_mail(look);
	return true;
}

bool find_tls_version_old(struct looking *look)
{
	const struct tls_facts *tls = &look->record->tls;

	if (!tls->established || !tls->version || tls->version >= 0x0303)
		return false;
	prove(look->out, "TLS %s, %s", tls_version_name(tls->version),
		tls_cipher_name(tls->cipher) ? tls_cipher_name(tls->cipher) : "unknown cipher");
	return true;
}

bool find_reset_at_starttls(struct looking *look)
{
	look->out->confidence = CONFIDENCE_LIKELY;
	return observed(look, OBS_RESET_AT_STARTTLS);
}

/* Alone an odd RST is a hint; certain is it only when the supposed sender went on. */
bool find_reset_injected(struct looking *look)
{
	const struct observation *seen;

	if (!observed(look, OBS_RESET_INJECTED))
		return false;
	seen = observations_find(&look->record->observations, OBS_RESET_INJECTED);
	if (strstr(seen->text, "went on")) {
		look->out->confidence = CONFIDENCE_CERTAIN;
	} else {
		look->out->confidence = CONFIDENCE_HINT;
		look->out->severity = SEVERITY_LOW;
	}
	return true;
}

/* Two versions of the very line that decides about TLS leave little doubt what for. */
bool find_segment_conflict(struct looking *look)
{
	if (!observed(look, OBS_SEGMENT_CONFLICT))
		return false;
	for (size_t i = 0; i < look->out->evidence_count; i++)
		if (strstr(look->out->evidence[i], "STARTTLS"))
			look->out->severity = SEVERITY_HIGH;
	return true;
}

bool find_ttl_shift(struct looking *look)
{
	look->out->confidence = CONFIDENCE_HINT;
	return observed(look, OBS_TTL_SHIFT);
}
