// SPDX-License-Identifier: BSD-2-Clause
/*
 * Makes a large capture file, fast, and always the same for the same options: what the benchmark
 * reads. The capture goes to standard output; one line on standard error says what a reader must
 * find in it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "volume/play.h"
#include "volume/talk.h"

enum kind { KIND_STARTTLS, KIND_CLEAR, KIND_MIXED, KIND_CONCURRENT, KIND_LOSS };

static const struct {
	const char *name;
	uint64_t sessions;   /* of mail */
	uint64_t concurrent; /* connections; 0: all sessions */
	size_t mail;         /* bytes */
	uint64_t lost;       /* of a thousand packets */
} kinds[] = {
	[KIND_STARTTLS] = { "starttls", 20000, 3000, 20480, 0 },
	[KIND_CLEAR] = { "clear", 50000, 3000, 20480, 0 },
	[KIND_MIXED] = { "mixed", 4000, 3000, 20480, 0 },
	[KIND_CONCURRENT] = { "concurrent", 200000, 0, 512, 0 },
	[KIND_LOSS] = { "loss", 20000, 3000, 20480, 10 },
};

struct options {
	enum kind kind;
	uint64_t seed, sessions, concurrent, certificates, lost;
	size_t mail;
};

/* Of a thousand packets of the kind with losses, so many come late, or twice. */
#define LATE_SHARE  50
#define TWICE_SHARE 20

/* A late packet comes up to so many of its connection's packets later. */
#define MAX_LATENESS 4

/* Of a hundred packets of the mixture, so many are mail's. */
#define MIXED_SHARE 5

#define WEB_PAGE 60000

/* Everything that is going on. */
struct volume {
	struct options options;
	struct player player;
	struct random random;
	struct script *tls;     /* one for each certificate */
	struct script clear[2]; /* mangled, absent */
	struct script web[2];
	struct connection *open; /* [0, active) move on, [active, n) hold */
	size_t active, n;
	uint64_t started; /* connections */
	uint64_t mails;   /* of them, with mail */
	uint64_t stripped;
	uint64_t certificates; /* that can be read whole */
	bool held;             /* all have come to where they hold, and go on */
};

static void write_scripts(struct volume *volume)
{
	const struct options *options = &volume->options;
	struct handshake_maker *maker = handshake_maker_new(options->seed);

	volume->tls = mem_alloc(options->certificates * sizeof(struct script));
	for (unsigned int i = 0; i < options->certificates; i++) {
		struct handshake handshake;

		handshake_make(maker, i, &handshake);
		talk_starttls(&volume->tls[i], &handshake, options->mail, &volume->random);
		handshake_free(&handshake);
	}
	handshake_maker_free(maker);
	talk_clear(&volume->clear[0], TALK_MANGLED, options->mail, &volume->random);
	talk_clear(&volume->clear[1], TALK_ABSENT, options->mail, &volume->random);
	talk_web(&volume->web[0], 443, WEB_PAGE, &volume->random);
	talk_web(&volume->web[1], 80, WEB_PAGE, &volume->random);
}

/* Whether the next connection of a mixture is to be one of mail. */
static bool mail_is_next(struct volume *volume)
{
	uint64_t mail = MIXED_SHARE * volume->web[0].n;
	uint64_t web = (100 - MIXED_SHARE) * volume->tls[0].n;

	return random_below(&volume->random, mail + web) < mail;
}

static const struct script *choose_script(struct volume *volume, uint64_t number)
{
	uint64_t certificates = volume->options.certificates;

	if (volume->options.kind == KIND_MIXED && !mail_is_next(volume))
		return &volume->web[number % 2];
	volume->mails++;
	if (volume->options.kind == KIND_CLEAR)
		return &volume->clear[number % 2];
	/* A server shows the same certificate always. */
	return &volume->tls[connection_server(number) % certificates];
}

static void open_connection(struct volume *volume, size_t at)
{
	uint64_t number = ++volume->started;
	const struct script *script = choose_script(volume, number);

	volume->open[at] = (struct connection){ .script = script, .number = number };
	volume->stripped += script->stripped;
}

static void close_connection(struct volume *volume, size_t at)
{
	struct connection *connection = &volume->open[at];

	volume->certificates += connection->script->certificate && !connection->lost_early;
	if (volume->mails < volume->options.sessions) {
		open_connection(volume, at);
		return;
	}
	*connection = volume->open[--volume->active];
	volume->n = volume->active;
}

static bool happens(struct volume *volume, uint64_t of_thousand)
{
	return random_below(&volume->random, 1000) < of_thousand;
}

/* The next step of @connection, with what a bad wire and a bad tap make of it. */
static void step_badly(struct volume *volume, struct connection *connection)
{
	uint32_t step = connection->next++;

	if (connection->has_late && connection->countdown-- == 0) {
		player_send(&volume->player, connection, connection->late);
		connection->has_late = false;
	}
	if (happens(volume, volume->options.lost)) {
		if (step <= connection->script->certificate)
			connection->lost_early = true;
		return;
	}
	if (!connection->has_late && happens(volume, LATE_SHARE + TWICE_SHARE)) {
		connection->has_late = true;
		connection->late = step;
		connection->countdown = (uint8_t)random_below(&volume->random, MAX_LATENESS);
		if (!happens(volume, 1000 * TWICE_SHARE / (LATE_SHARE + TWICE_SHARE)))
			return;
	}
	player_send(&volume->player, connection, step);
}

/* Let connection @at send its next packet. */
static void move_on(struct volume *volume, size_t at)
{
	struct connection *connection = &volume->open[at];

	if (volume->options.kind == KIND_LOSS)
		step_badly(volume, connection);
	else
		player_send(&volume->player, connection, connection->next++);
	if (connection->next == connection->script->n) {
		if (connection->has_late)
			player_send(&volume->player, connection, connection->late);
		close_connection(volume, at);
	} else if (volume->options.kind == KIND_CONCURRENT && !volume->held &&
		   connection->next == connection->script->hold) {
		struct connection holding = *connection;

		*connection = volume->open[--volume->active];
		volume->open[volume->active] = holding;
	}
}

static void play(struct volume *volume)
{
	struct options *options = &volume->options;
	size_t wanted = (size_t)options->concurrent;

	volume->open = mem_alloc(wanted * sizeof(struct connection));
	while (volume->n < wanted && volume->mails < options->sessions)
		open_connection(volume, volume->n++);
	volume->active = volume->n;
	while (volume->active) {
		move_on(volume, (size_t)random_below(&volume->random, volume->active));
		if (volume->active || volume->held)
			continue;
		volume->held = true;
		volume->active = volume->n;
	}
	free(volume->open);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: mkvolume [-s seed] [-n sessions] [-m bytes-of-mail] [-c concurrent]\n"
		"                [-k certificates] [-l lost-of-thousand] KIND >FILE\n"
		"KIND: starttls clear mixed concurrent loss\n");
	exit(2);
}

static uint64_t number_argument(const char *s, uint64_t min)
{
	uint64_t n;

	if (!text_parse_uint(bytes_str(s), 100000000, &n) || n < min)
		usage();
	return n;
}

static struct options read_options(int argc, char **argv)
{
	struct options options = { .seed = 1, .certificates = 16 };
	bool lost_given = false;
	int option;

	while ((option = getopt(argc, argv, "s:n:m:c:k:l:")) != -1) {
		if (option == 's')
			options.seed = number_argument(optarg, 0);
		else if (option == 'n')
			options.sessions = number_argument(optarg, 1);
		else if (option == 'm')
			options.mail = (size_t)number_argument(optarg, 1);
		else if (option == 'c')
			options.concurrent = number_argument(optarg, 1);
		else if (option == 'k')
			options.certificates = number_argument(optarg, 1);
		else if (option == 'l')
			options.lost = number_argument(optarg, 0);
		else
			usage();
		lost_given = lost_given || option == 'l';
	}
	if (optind != argc - 1)
		usage();
	while (strcmp(kinds[options.kind].name, argv[optind]) != 0)
		if (++options.kind == sizeof(kinds) / sizeof(*kinds))
			usage();
	options.sessions = options.sessions ? options.sessions : kinds[options.kind].sessions;
	options.mail = options.mail ? options.mail : kinds[options.kind].mail;
	options.lost = lost_given ? options.lost : kinds[options.kind].lost;
	if (!options.concurrent)
		options.concurrent = kinds[options.kind].concurrent;
	if (!options.concurrent)
		options.concurrent = options.sessions;
	return options;
}

int main(int argc, char **argv)
{
	struct volume volume = { .options = read_options(argc, argv) };
	static char buffer[1 << 20];

	if (isatty(STDOUT_FILENO))
		usage();
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	volume.random.state = volume.options.seed;
	write_scripts(&volume);
	player_start(&volume.player, stdout, volume.options.seed);
	play(&volume);
	for (size_t i = 0; i < volume.options.certificates; i++)
		script_free(&volume.tls[i]);
	for (size_t i = 0; i < 2; i++) {
		script_free(&volume.clear[i]);
		script_free(&volume.web[i]);
	}
	free(volume.tls);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("mkvolume");
		return 1;
	}
	fprintf(stderr,
		"kind=%s sessions=%llu stripped=%llu certificates=%llu packets=%llu bytes=%llu\n",
		kinds[volume.options.kind].name, (unsigned long long)volume.mails,
		(unsigned long long)volume.stripped, (unsigned long long)volume.certificates,
		(unsigned long long)volume.player.packets, (unsigned long long)volume.player.bytes);
	return 0;
}
