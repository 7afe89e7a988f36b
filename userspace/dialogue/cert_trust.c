// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/cert_trust.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "dialogue/cert_parse.h"

/*
 * Longest path below the anchor; honest ones have one or two intermediates. Less than a peer may
 * present, because each step that hangs together costs a verification.
 */
#define PATH_DEPTH_MAX 8

struct anchor {
	uint8_t *der; /* NULL once it is in the store */
	size_t n;
	unsigned long name; /* OpenSSL's hash of the subject */
};

struct crl {
	X509_CRL *crl;
	EVP_PKEY *key; /* the last one its signature was held against; NULL: none yet */
	bool good;     /* it held */
};

struct cert_trust {
	X509_STORE *store;
	struct anchor *anchors;
	size_t anchor_count, anchor_room;
	struct crl *crls;
	size_t crl_count, crl_room;
	bool system_due; /* the system's anchors are meant, and were not read yet */
};

/*
 * Dates are judged for a time, later. The time the search is given only makes it prefer issuers
 * that are in date then, where there are several of one name.
 */
static int verify_any_date(int ok, X509_STORE_CTX *ctx)
{
	int error = X509_STORE_CTX_get_error(ctx);

	return ok || error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
}

static X509_STORE *store_new(void)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);

	/* Whatever the operator calls an anchor is one, self-signed or not. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_trust(param, X509_TRUST_SSL_SERVER);
	X509_VERIFY_PARAM_set_depth(param, PATH_DEPTH_MAX);
	/* A weak key is a finding of its own, not a lack of trust. */
	X509_VERIFY_PARAM_set_auth_level(param, 0);
	X509_STORE_set_verify_cb(store, verify_any_date);
	return store;
}

static unsigned long name_hash(const X509_NAME *name)
{
	return X509_NAME_hash_ex(name, NULL, NULL, NULL);
}

static bool have_anchor(const struct cert_trust *trust, unsigned long name, struct bytes der)
{
	for (size_t i = 0; i < trust->anchor_count; i++) {
		const struct anchor *anchor = &trust->anchors[i];

		if (anchor->name == name && bytes_equal(bytes_of(anchor->der, anchor->n), der))
			return true;
	}
	return false;
}

static bool add_anchor(struct cert_trust *trust, struct bytes der)
{
	struct bytes rest = der;
	struct cert_der parts;
	struct anchor *anchor;
	const unsigned char *p;
	unsigned long hash;
	X509_NAME *name;

	/* In a TRUSTED CERTIFICATE something follows that only d2i_X509_AUX() knows. */
	if (!cert_der_take(&rest, &parts))
		return false;
	p = parts.subject.p;
	name = d2i_X509_NAME(NULL, &p, (long)parts.subject.n);
	if (!name)
		return false;
	hash = name_hash(name);
	X509_NAME_free(name);
	if (have_anchor(trust, hash, der))
		return true;
	trust->anchors = mem_grow(
		trust->anchors, trust->anchor_count, &trust->anchor_room, sizeof(*trust->anchors));
	anchor = &trust->anchors[trust->anchor_count++];
	*anchor = (struct anchor){ (uint8_t *)mem_string(der), der.n, hash };
	return true;
}

static bool add_crl_take(struct cert_trust *trust, X509_CRL *crl)
{
	if (!crl)
		return false;
	trust->crls =
		mem_grow(trust->crls, trust->crl_count, &trust->crl_room, sizeof(*trust->crls));
	trust->crls[trust->crl_count++] = (struct crl){ .crl = crl };
	return true;
}

/* What a kind of file holds. */
struct kind {
	const char *what;
	/* True if a PEM block of this type is to be added. */
	bool (*wanted)(const char *type);
	/* False: broken. */
	bool (*add)(struct cert_trust *trust, struct bytes der);
	bool may_be_der; /* the file may hold one that is not in PEM */
};

static bool is_certificate(const char *type)
{
	return strcmp(type, PEM_STRING_X509) == 0 || strcmp(type, PEM_STRING_X509_OLD) == 0 ||
	       strcmp(type, PEM_STRING_X509_TRUSTED) == 0;
}

static bool is_crl(const char *type)
{
	return strcmp(type, PEM_STRING_X509_CRL) == 0;
}

static bool add_crl(struct cert_trust *trust, struct bytes der)
{
	const unsigned char *p = der.p;

	return add_crl_take(trust, d2i_X509_CRL(NULL, &p, (long)der.n));
}

static const struct kind anchors_kind = { "certificate", is_certificate, add_anchor, false };
static const struct kind crls_kind = { "CRL", is_crl, add_crl, true };

/*
 * All PEM blocks of the wanted type. How many there were; -1 on a fault, which is logged. Text and
 * other blocks between them are let pass.
 */
static int load_pem(struct cert_trust *trust, const char *path, BIO *bio, const struct kind *kind)
{
	char *type, *header;
	unsigned char *data;
	long n;
	int count = 0;
	bool good = true;

	while (good && PEM_read_bio(bio, &type, &header, &data, &n)) {
		if (kind->wanted(type)) {
			count++;
			good = kind->add(trust, bytes_of(data, (size_t)n));
		}
		OPENSSL_free(type);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	if (good && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
		return count;
	log_err("trust: %s: %s %d is broken", path, kind->what, good ? count + 1 : count);
	return -1;
}

static int load_file(struct cert_trust *trust, const char *path, const struct kind *kind)
{
	BIO *bio = BIO_new_file(path, "r");
	int count;

	if (!bio) {
		log_err("trust: %s: %s", path, strerror(errno));
		return -1;
	}
	ERR_clear_error();
	count = load_pem(trust, path, bio, kind);
	if (count == 0 && kind->may_be_der && BIO_seek(bio, 0) == 0)
		count = add_crl_take(trust, d2i_X509_CRL_bio(bio, NULL));
	BIO_free(bio);
	ERR_clear_error();
	return count;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* All files in a folder, not below; those that hold none are let pass. */
static int load_folder(struct cert_trust *trust, const char *path, const struct kind *kind)
{
	struct dirent **names;
	struct text file = { 0 };
	struct stat st;
	int n = scandir(path, &names, not_hidden, alphasort), total = 0, count;

	if (n < 0) {
		log_err("trust: %s: %s", path, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		text_reset(&file);
		text_printf(&file, "%s/%s", path, names[i]->d_name);
		free(names[i]);
		if (total < 0 || stat(file.s, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		count = load_file(trust, file.s, kind);
		total = count < 0 ? -1 : total + count;
	}
	free(names);
	text_free(&file);
	return total;
}

/* What the operator named must be there, whole, and hold something. */
static bool load(struct cert_trust *trust, const char *path, const struct kind *kind)
{
	struct stat st;
	int count;

	if (stat(path, &st) != 0) {
		log_err("trust: %s: %s", path, strerror(errno));
		return false;
	}
	count = S_ISDIR(st.st_mode) ? load_folder(trust, path, kind) : load_file(trust, path, kind);
	if (count == 0)
		log_err("trust: %s: holds no %s", path, kind->what);
	return count > 0;
}

/*
 * Where OpenSSL looks: one file, and a folder. The folder is read only where there is no file,
 * because it holds the same again, once for each certificate.
 */
static void load_system(struct cert_trust *trust)
{
	const char *file = getenv(X509_get_default_cert_file_env());
	const char *folder = getenv(X509_get_default_cert_dir_env());
	struct stat st;

	if (!file)
		file = X509_get_default_cert_file();
	if (!folder)
		folder = X509_get_default_cert_dir();
	if (stat(file, &st) == 0)
		load_file(trust, file, &anchors_kind);
	if (!trust->anchor_count && stat(folder, &st) == 0)
		load_folder(trust, folder, &anchors_kind);
	if (!trust->anchor_count)
		log_warn("trust: neither %s nor %s holds a certificate: nothing is trusted", file,
			folder);
}

struct cert_trust *cert_trust_new(const char *anchors, const char *crls)
{
	struct cert_trust *trust = mem_alloc(sizeof(*trust));
	bool good = true;

	trust->store = store_new();
	trust->system_due = !anchors;
	if (anchors)
		good = load(trust, anchors, &anchors_kind);
	if (good && crls)
		good = load(trust, crls, &crls_kind);
	if (!good) {
		cert_trust_free(trust);
		return NULL;
	}
	return trust;
}

void cert_trust_free(struct cert_trust *trust)
{
	if (!trust)
		return;
	for (size_t i = 0; i < trust->anchor_count; i++)
		free(trust->anchors[i].der);
	for (size_t i = 0; i < trust->crl_count; i++) {
		X509_CRL_free(trust->crls[i].crl);
		EVP_PKEY_free(trust->crls[i].key);
	}
	X509_STORE_free(trust->store);
	free(trust->anchors);
	free(trust->crls);
	free(trust);
}

X509_STORE *cert_trust_store(const struct cert_trust *trust)
{
	return trust->store;
}

static void decode_anchor(struct cert_trust *trust, struct anchor *anchor)
{
	const unsigned char *p = anchor->der;
	X509 *x = d2i_X509_AUX(NULL, &p, (long)anchor->n);

	if (!x || !X509_STORE_add_cert(trust->store, x))
		log_warn("trust: anchor with subject hash %08lx can't be used", anchor->name);
	X509_free(x);
	free(anchor->der);
	anchor->der = NULL;
}

void cert_trust_want(struct cert_trust *trust, const X509_NAME *name)
{
	unsigned long hash = name_hash(name);

	if (trust->system_due) {
		trust->system_due = false;
		load_system(trust);
	}
	for (size_t i = 0; i < trust->anchor_count; i++)
		if (trust->anchors[i].name == hash && trust->anchors[i].der)
			decode_anchor(trust, &trust->anchors[i]);
}

/* A CRL can have a megabyte, so its signature is checked once for each key. */
static bool crl_holds(struct crl *crl, X509 *issuer)
{
	EVP_PKEY *key = X509_get_pubkey(issuer);

	if (crl->key && key && EVP_PKEY_eq(crl->key, key) == 1) {
		EVP_PKEY_free(key);
		return crl->good;
	}
	EVP_PKEY_free(crl->key);
	crl->key = key;
	crl->good = key && X509_CRL_verify(crl->crl, key) == 1;
	return crl->good;
}

bool cert_trust_revoked(struct cert_trust *trust, X509 *x, X509 *issuer)
{
	X509_REVOKED *entry;

	for (size_t i = 0; i < trust->crl_count; i++) {
		struct crl *crl = &trust->crls[i];

		/* 2 would be an entry that lifts a revocation (removeFromCRL). */
		if (X509_NAME_cmp(X509_CRL_get_issuer(crl->crl), X509_get_issuer_name(x)) == 0 &&
			X509_CRL_get0_by_cert(crl->crl, &entry, x) == 1 && crl_holds(crl, issuer))
			return true;
	}
	return false;
}
