// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hostile certificates and stapled answers. The input is one certificate in DER (first byte 0x30),
 * or a list as in TLS: { length (3), DER }…, up to an empty entry; behind that, a stapled answer.
 * One anchor is trusted, which issued what lies in the corpus.
 */
#include <stdlib.h>
#include <unistd.h>

#include "dialogue/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char anchor[] = "-----BEGIN CERTIFICATE-----\n"
			     "MIIBfzCCASagAwIBAgICA+gwCgYIKoZIzj0EAwIwJjEQMA4GA1UECgwHRXhhbXBs\n"
			     "ZTESMBAGA1UEAwwJRnV6eiByb290MCAXDTAxMTAxMDAwMDAwMFoYDzIwNTEwMTIx\n"
			     "MDAwMDAwWjAmMRAwDgYDVQQKDAdFeGFtcGxlMRIwEAYDVQQDDAlGdXp6IHJvb3Qw\n"
			     "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ+oiA/y1wPOAMH+/VUBT3s3KT6vvTH\n"
			     "fxV2F8NH9Jwy2kjc3UAydky1Zj0ZJutql8BNIjDPuSmmsNkOwrwF+ZGio0IwQDAP\n"
			     "BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUqO206Wyn\n"
			     "YA8sJNT/UmChQLtbybEwCgYIKoZIzj0EAwIDRwAwRAIgYdPubYzLF6k3XxUx2fD9\n"
			     "Wh16Pjko5AcogC8imuWIyygCIH6uZp43tyaCGy7zkPUZK4Fh4MMWWHkH126ydhEG\n"
			     "XF9t\n"
			     "-----END CERTIFICATE-----\n";

#define ENTRIES_MAX 64

static struct cert_cache *new_cache(void)
{
	char path[] = "/tmp/fuzz_cert.XXXXXX";
	struct cert_params params = { .trust = path, .max_chains = 16 };
	struct cert_cache *cache;
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, anchor, sizeof(anchor) - 1) != (ssize_t)(sizeof(anchor) - 1))
		abort();
	close(fd);
	cache = cert_cache_new(&params);
	unlink(path);
	if (!cache)
		abort();
	return cache;
}

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void must_be_printable(const char *s)
{
	for (; s && *s; s++)
		must(*s >= ' ' && *s <= '~');
}

static void look_at(const struct cert *cert)
{
	must(cert->dns_count + cert->ip_count <= CERT_NAMES_MAX);
	must(!cert->parsed == !cert->subject);
	must(!cert->parsed == !cert->serial);
	must_be_printable(cert->subject);
	must_be_printable(cert->issuer);
	must_be_printable(cert->subject_common_name);
	must_be_printable(cert->issuer_common_name);
	must_be_printable(cert->issuer_organization);
	must_be_printable(cert->key_algorithm);
	must_be_printable(cert->signature_algorithm);
	for (size_t i = 0; i < cert->dns_count; i++)
		must_be_printable(cert->dns_names[i]);
	for (size_t i = 0; i < cert->ip_count; i++)
		must_be_printable(cert->ip_names[i]);
	cert_matches_host(cert, "mx.example.com");
}

static void look_at_chain(const struct cert_chain *chain)
{
	unsigned int problems = cert_chain_problems(chain, 1780272000);

	must(chain->count >= 1 && chain->count <= CERT_CHAIN_MAX);
	for (size_t i = 0; i < chain->count; i++)
		look_at(chain->certs[i]);
	must(!(problems & CERT_UNREADABLE) == chain->certs[0]->parsed);
	must(!(problems & CERT_NOT_TRUSTED) == !chain->reason);
	must(!(problems & CERT_REVOKED)); /* there is no CRL */
	must((problems & chain->problems) == chain->problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cert_cache *cache;
	struct bytes rest = bytes_of(data, size), entries[ENTRIES_MAX];
	struct cert_chain *chain, *again;
	size_t n = 0;

	if (!cache)
		cache = new_cache();
	if (rest.n && rest.p[0] == 0x30)
		bytes_take(&rest, rest.n, &entries[n++]);
	else
		while (n < ENTRIES_MAX && bytes_prefixed(&rest, 3, &entries[n]) && entries[n].n)
			n++;
	if (!n)
		return 0;
	chain = cert_chain_get(cache, entries, n);
	again = cert_chain_get(cache, entries, n);
	must(chain == again);
	look_at_chain(chain);
	must((cert_ocsp_status(cache, chain, rest) == CERT_STATUS_NONE) == !rest.n);
	cert_chain_release(chain);
	cert_chain_release(again);
	return 0;
}
