# SPDX-License-Identifier: BSD-2-Clause
# awk -f expect.awk NAME.dlg FLAT: do the events in FLAT (tools/flatten) hold what the "# expect:" lines
# of a dialogue say? Each mistake is a line; exit status 1.
#
# An expectation is words: name=value, with a|b for one of several values, and - for an absent field.
#   client=PORT                which session; may be left out where there is but one
#   sessions=N                 so many session documents in all
#   action outcome offer requested reply established mail findings   short for fields of the contract
#   dotted.name=VALUE          any other field; items of an array joined by commas
#   finding=a,b no-finding=c   findings of the session
#   alert=WORD                 its severest alert: none (or info only), a severity, WORD+ or WORD-
#   about=FINDING              one of its alerts of more than info is about this
#   tlsrpt=DOMAIN:RESULT,...   its stripwatch.tlsrpt documents, "success" for one without result type
BEGIN {
	FS = "\t"
	short["action"] = "event.action"
	short["outcome"] = "event.outcome"
	short["offer"] = "smtp.starttls.offer"
	short["requested"] = "smtp.starttls.requested"
	short["reply"] = "smtp.starttls.reply_code"
	short["established"] = "tls.established"
	short["findings"] = "stripwatch.findings.id"
	short["mail"] = "smtp.cleartext_mail"
	rank["none"] = 10; rank["info"] = 10; rank["low"] = 30; rank["medium"] = 50
	rank["high"] = 70; rank["critical"] = 90
}

FNR == 1 { file++ }
file == 1 && /^# expect:/ { wanted[++wants] = substr($0, 11) }
file == 1 { next }

{
	if (($1, $2) in value)
		value[$1, $2] = value[$1, $2] "," $3
	else
		value[$1, $2] = $3
	last = $1
}

function get(line, name) {
	return (line, name) in value ? value[line, name] : "-"
}

function wrong(text) {
	print "    " text
	bad = 1
}

function has(list, item) {
	return index("," list ",", "," item ",") > 0
}

# One of a|b|c. A field that is false may be absent.
function agrees(got, want,    n, i, words) {
	n = split(want, words, "|")
	for (i = 1; i <= n; i++)
		if (got == words[i] || (words[i] == "false" && got == "-"))
			return 1
	return 0
}

function check_findings(at, list, present,    n, i, words) {
	n = split(list, words, ",")
	for (i = 1; i <= n; i++)
		if (has(get(at, "stripwatch.findings.id"), words[i]) != present)
			wrong(label (present ? "no finding " : "finding ") words[i] " among: " \
				get(at, "stripwatch.findings.id"))
}

function check_alert(at, want,    limit, got, mark) {
	got = severity[get(at, "stripwatch.session_id")] + 0
	mark = substr(want, length(want))
	if (mark == "+" || mark == "-")
		want = substr(want, 1, length(want) - 1)
	limit = rank[want]
	if (got <= 10)
		got = 10
	if ((mark == "+" && got < limit) || (mark == "-" && got > limit) ||
		(mark != "+" && mark != "-" && got != limit))
		wrong(label "severest alert is " got ", not " want (mark ~ /[+-]/ ? mark : "") " (" \
			rules[get(at, "stripwatch.session_id")] ")")
}

function check_word(at, name, want,    field) {
	if (name == "finding")
		check_findings(at, want, 1)
	else if (name == "no-finding")
		check_findings(at, want, 0)
	else if (name == "alert")
		check_alert(at, want)
	else if (name == "about") {
		if (!has(about[get(at, "stripwatch.session_id")], want))
			wrong(label "no alert about " want ": " about[get(at, "stripwatch.session_id")])
	} else if (name == "tlsrpt") {
		field = get(at, "stripwatch.session_id")
		field = field in reports ? substr(reports[field], 2) : "-"
		if (field != want)
			wrong(label "reports " field ", not " want)
	} else {
		field = name in short ? short[name] : name
		if (!agrees(get(at, field), want))
			wrong(label field " is " get(at, field) ", not " want)
	}
}

# The session that an expectation speaks of: 0, and a complaint, if there is none.
function find(words, n,    i, port) {
	for (i = 1; i <= n; i++)
		if (words[i] ~ /^client=/)
			port = substr(words[i], 8)
	label = port ? port ": " : ""
	for (i = 1; i <= sessions; i++)
		if (!port ? sessions == 1 : get(session[i], "source.port") == port)
			return session[i]
	wrong(port ? "no session of client port " port : sessions " sessions, not one")
	return 0
}

function check(line,    n, i, words, at, eq, only) {
	n = split(line, words, " ")
	only = n == 1 && words[1] ~ /^sessions=/
	if (words[1] ~ /^sessions=/ && sessions != substr(words[1], 10))
		wrong(sessions " sessions, not " substr(words[1], 10))
	if (only || !(at = find(words, n)))
		return
	for (i = 1; i <= n; i++) {
		eq = index(words[i], "=")
		if (words[i] !~ /^(client|sessions)=/)
			check_word(at, substr(words[i], 1, eq - 1), substr(words[i], eq + 1))
	}
}

END {
	for (i = 1; i <= last; i++) {
		id = get(i, "stripwatch.session_id")
		if (get(i, "event.dataset") == "stripwatch.session")
			session[++sessions] = i
		if (get(i, "event.dataset") == "stripwatch.tlsrpt") {
			field = get(i, "stripwatch.tlsrpt.result_type")
			reports[id] = reports[id] "," get(i, "stripwatch.policy_domain") ":" \
				(field == "-" ? "success" : field)
		}
		if (get(i, "event.dataset") != "stripwatch.alert")
			continue
		if (get(i, "event.severity") + 0 > severity[id] + 0)
			severity[id] = get(i, "event.severity")
		rules[id] = rules[id] " " get(i, "rule.id")
		if (get(i, "event.severity") > 10)
			about[id] = about[id] "," get(i, "stripwatch.finding")
	}
	sessions += 0
	for (i = 1; i <= wants; i++)
		check(wanted[i])
	if (!wants)
		wrong("nothing is expected of this case")
	exit bad
}
