// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The certificate that a local mail program's TLS library was given, with the connection it came
 * on: under TLS 1.3 the wire does not show it.
 *
 * A thread that reads from a TCP connection of a watched port is remembered with that connection;
 * what the library then parses on the same thread, before its next read, has come from there. One
 * read may bring several certificates, and they count from 0: so userspace knows where a chain
 * begins, and whether one of it was lost.
 *
 * OpenSSL parses with d2i_X509() whatever it meets, trust stores included, and often on that very
 * thread. A certificate from the wire is one for which libssl asks: the caller's address lies in a
 * mapping of a file of that name, or of one in which SSL_new() was seen to run. GnuTLS shows the
 * server's own certificate in one place (under TLS 1.2 the others too), and all of them to the
 * program that asks for them, as it must to know whom it speaks with.
 */
#include <linux/bpf.h>
#include <linux/in6.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "kern_user.h"
#include "ring.bpf.h"

/* Of the kernel's structs only what is read here; libbpf finds where the running kernel has it. */
struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
} __attribute__((preserve_access_index));

struct inode;

struct qstr {
	const unsigned char *name;
} __attribute__((preserve_access_index));

struct dentry {
	struct qstr d_name;
} __attribute__((preserve_access_index));

struct path {
	struct dentry *dentry;
} __attribute__((preserve_access_index));

struct file {
	struct inode *f_inode;
	struct path f_path;
} __attribute__((preserve_access_index));

struct vm_area_struct {
	struct file *vm_file;
} __attribute__((preserve_access_index));

/* Socket families, which no header for programs of this kind has. */
#define FAMILY_INET  2
#define FAMILY_INET6 10

/* Files with libssl in them under another name: programs that were linked with it. */
#define SSL_FILES_MAX 256

/* Bitmap of ports, set before loading. */
const volatile __u64 watched[65536 / 64];

/* Processes of the sensor, which parse certificates too; 0: none. */
__u32 own[SW_OWN_MAX];

/* What a thread is about. Nobody else touches it. */
struct thread {
	struct sw_tuple tuple; /* that it last read from; length 0: not a watched one */
	__u16 shown;           /* certificates since then */
	__u64 last;            /* where the last of them is, in its memory */
	__u64 first;           /* where the first is of those that GnuTLS gave all at once */
	__u64 count;           /* of them: GnuTLS will write it here; 0: it isn't asked */
	__u64 status; /* GnuTLS verifies, and will write here what it thinks; 0: it doesn't */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

/*
 * Inodes by their address in the kernel: a probe keeps the inode of its file, so no other takes its
 * place. LRU, because files come and go as containers do.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SSL_FILES_MAX);
	__type(key, __u64);
	__type(value, __u8);
} ssl_files SEC(".maps");

static __always_inline bool is_watched(__u16 port)
{
	return watched[port / 64] >> (port % 64) & 1;
}

static __always_inline void note_tuple(struct sw_tuple *tuple, struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;

	if (common->skc_family == FAMILY_INET6) {
		bpf_core_read(tuple->local, 16, &common->skc_v6_rcv_saddr);
		bpf_core_read(tuple->remote, 16, &common->skc_v6_daddr);
		tuple->length = 16;
	} else {
		__be32 local = common->skc_rcv_saddr, remote = common->skc_daddr;

		__builtin_memset(tuple, 0, sizeof(*tuple));
		__builtin_memcpy(tuple->local, &local, 4);
		__builtin_memcpy(tuple->remote, &remote, 4);
		tuple->length = 4;
	}
	tuple->local_port = bpf_htons(common->skc_num);
	tuple->remote_port = common->skc_dport;
}

/* Runs for each read from any TCP connection of the host: ports first. */
SEC("tp_btf/tcp_rcv_space_adjust")
int received(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct sock_common *common = &sk->__sk_common;
	bool ours = is_watched(common->skc_num) || is_watched(bpf_ntohs(common->skc_dport));
	struct thread *thread = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL,
		ours ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);

	if (!thread)
		return 0;
	thread->tuple.length = 0;
	thread->shown = 0;
	thread->last = thread->first = 0;
	if (ours)
		note_tuple(&thread->tuple, sk);
	return 0;
}

static __always_inline bool is_own(void)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	for (int i = 0; i < SW_OWN_MAX; i++)
		if (own[i] == pid)
			return true;
	return false;
}

/* NULL: it has nothing to do with a watched connection. */
static __always_inline struct thread *this_thread(void)
{
	struct thread *thread = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, 0);

	return thread && thread->tuple.length && !is_own() ? thread : NULL;
}

/* What is mapped at some address of a process. */
struct mapping {
	__u64 inode;  /* 0: no file, or the mappings are just changing */
	__u8 name[8]; /* the beginning of its name */
};

static long take_mapping(struct task_struct *task, struct vm_area_struct *vma, void *context)
{
	struct mapping *mapping = context;
	struct file *file = vma->vm_file;

	(void)task;
	if (!file)
		return 0;
	mapping->inode = (__u64)BPF_CORE_READ(file, f_inode);
	bpf_probe_read_kernel(mapping->name, sizeof(mapping->name),
		BPF_CORE_READ(file, f_path.dentry, d_name.name));
	return 0;
}

static __always_inline struct mapping mapping_at(__u64 address)
{
	struct mapping mapping = { 0 };

	bpf_find_vma(bpf_get_current_task_btf(), address, take_mapping, &mapping, 0);
	return mapping;
}

static __always_inline bool is_libssl(const struct mapping *mapping)
{
	const __u8 *n = mapping->name;

	return (n[0] == 'l' && n[1] == 'i' && n[2] == 'b' && n[3] == 's' && n[4] == 's' &&
		       n[5] == 'l') ||
	       bpf_map_lookup_elem(&ssl_files, &mapping->inode);
}

/* At the first instruction of a function: where it will return to. */
static __always_inline __u64 return_address(struct pt_regs *ctx)
{
#ifdef __TARGET_ARCH_x86
	__u64 address = 0;

	bpf_probe_read_user(&address, sizeof(address), (const void *)PT_REGS_SP(ctx));
	return address;
#else
	return PT_REGS_RET(ctx);
#endif
}

static __always_inline void fill(struct sw_certificate *record, const struct thread *thread,
	enum sw_kind kind, enum sw_library library)
{
	__u64 id = bpf_get_current_pid_tgid();

	__builtin_memset(record, 0, sizeof(*record));
	record->header.kind = kind;
	record->header.time = bpf_ktime_get_ns();
	record->tuple = thread->tuple;
	record->pid = id >> 32;
	record->tid = (__u32)id;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
	record->library = library;
}

struct shown {
	const void *der;
	__u64 length;
	enum sw_library library;
	bool alone;
};

/* In a record with room for @room bytes, a constant. */
static __always_inline void put(const struct thread *thread, const struct shown *shown, __u64 room)
{
	struct sw_certificate *record = bpf_ringbuf_reserve(&ring, sizeof(*record) + room, 0);
	__u64 n = shown->length;

	/* Lost: userspace will miss its number. */
	if (!record)
		return;
	fill(record, thread, SW_CERTIFICATE, shown->library);
	record->index = thread->shown;
	record->alone = shown->alone;
	record->length = n > 0xffffffff ? 0xffffffff : n;
	/* The verifiers of 6.1 and of 6.18 both follow this. */
	asm volatile("" : "+r"(n));
	if (n <= room && bpf_probe_read_user(record + 1, n, shown->der) == 0)
		record->captured = n;
	bpf_ringbuf_submit(record, ring_flags());
}

/*
 * A record's size must be a constant: the next of four. The same certificate twice in a row is two
 * probes on one file, or GnuTLS.
 */
static __always_inline void show(struct thread *thread, const struct shown *shown)
{
	__u64 at = (__u64)shown->der;

	if (at && at == thread->last)
		return;
	thread->last = at;
	if (shown->length <= 1024)
		put(thread, shown, 1024);
	else if (shown->length <= 2048)
		put(thread, shown, 2048);
	else if (shown->length <= 4096)
		put(thread, shown, 4096);
	else
		put(thread, shown, SW_DER_MAX);
	thread->shown++;
}

static __always_inline void say(const struct thread *thread, enum sw_library library, __s64 result)
{
	struct sw_certificate *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	if (!record)
		return;
	fill(record, thread, SW_VERDICT, library);
	record->result = result;
	bpf_ringbuf_submit(record, ring_flags());
}

/* SSL *SSL_new(SSL_CTX *ctx), before each handshake: libssl is in this file. */
SEC("uprobe")
int ssl_new(struct pt_regs *ctx)
{
	struct mapping mapping = mapping_at(PT_REGS_IP(ctx));
	__u8 yes = 1;

	if (mapping.inode && !is_libssl(&mapping))
		bpf_map_update_elem(&ssl_files, &mapping.inode, &yes, BPF_ANY);
	return 0;
}

/* X509 *d2i_X509(X509 **a, const unsigned char **in, long length) */
SEC("uprobe")
int openssl_parse(struct pt_regs *ctx)
{
	const void *in = (const void *)PT_REGS_PARM2(ctx);
	struct shown shown = { .length = PT_REGS_PARM3(ctx), .library = SW_OPENSSL };
	struct thread *thread = this_thread();
	struct mapping caller;

	if (!thread)
		return 0;
	caller = mapping_at(return_address(ctx));
	/* Whose it is can't be told: if it is the peer's, its number is missing. */
	if (!caller.inode)
		thread->shown++;
	if (!caller.inode || !is_libssl(&caller))
		return 0;
	bpf_probe_read_user(&shown.der, sizeof(shown.der), in);
	show(thread, &shown);
	return 0;
}

/* long SSL_get_verify_result(const SSL *ssl) */
SEC("uretprobe")
int openssl_verdict(struct pt_regs *ctx)
{
	struct thread *thread = this_thread();

	if (thread)
		say(thread, SW_OPENSSL, (__s64)PT_REGS_RC(ctx));
	return 0;
}

/* gnutls_datum_t */
struct datum {
	const void *data;
	unsigned int size;
};

static __always_inline void show_datum(struct thread *thread, const struct datum *datum, bool alone)
{
	const struct shown shown = {
		.der = datum->data, .length = datum->size, .library = SW_GNUTLS, .alone = alone
	};

	show(thread, &shown);
}

/* int gnutls_pcert_import_x509_raw(gnutls_pcert_st *pcert, const gnutls_datum_t *raw, ...) */
SEC("uprobe")
int gnutls_peer(struct pt_regs *ctx)
{
	struct thread *thread = this_thread();
	struct datum raw = { 0 };

	if (!thread)
		return 0;
	bpf_probe_read_user(&raw, sizeof(raw), (const void *)PT_REGS_PARM2(ctx));
	show_datum(thread, &raw, true);
	return 0;
}

/* const gnutls_datum_t *gnutls_certificate_get_peers(session, unsigned int *count) */
SEC("uprobe")
int gnutls_peers(struct pt_regs *ctx)
{
	struct thread *thread = this_thread();

	if (thread)
		thread->count = PT_REGS_PARM2(ctx);
	return 0;
}

struct peers {
	struct thread *thread;
	const struct datum *list;
};

static long show_peer(__u32 i, void *context)
{
	const struct peers *peers = context;
	struct datum datum = { 0 };

	bpf_probe_read_user(&datum, sizeof(datum), peers->list + i);
	show_datum(peers->thread, &datum, false);
	return 0;
}

/* The end of it. Programs ask more than once: told is what was not since the last read. */
SEC("uretprobe")
int gnutls_peers_given(struct pt_regs *ctx)
{
	struct peers peers = { .thread = this_thread(), .list = (const void *)PT_REGS_RC(ctx) };
	struct datum first = { 0 };
	__u32 n = 0;

	if (!peers.thread || !peers.thread->count)
		return 0;
	bpf_probe_read_user(&n, sizeof(n), (const void *)peers.thread->count);
	peers.thread->count = 0;
	bpf_probe_read_user(&first, sizeof(first), peers.list);
	if (!n || !first.data || (__u64)first.data == peers.thread->first)
		return 0;
	peers.thread->first = (__u64)first.data;
	peers.thread->shown = 0;
	peers.thread->last = 0;
	bpf_loop(n < SW_CHAIN_MAX ? n : SW_CHAIN_MAX, show_peer, &peers, 0);
	return 0;
}

/* int gnutls_certificate_verify_peers(session, data, elements, unsigned int *status) */
SEC("uprobe")
int gnutls_verify(struct pt_regs *ctx)
{
	struct thread *thread = this_thread();

	if (thread)
		thread->status = PT_REGS_PARM4(ctx);
	return 0;
}

/* The end of gnutls_certificate_verify_peers(): below 0 there is no verdict. */
SEC("uretprobe")
int gnutls_verdict(struct pt_regs *ctx)
{
	struct thread *thread = this_thread();
	__u32 status = 0;

	if (!thread || !thread->status)
		return 0;
	if ((int)PT_REGS_RC(ctx) >= 0 &&
		bpf_probe_read_user(&status, sizeof(status), (void *)thread->status) == 0)
		say(thread, SW_GNUTLS, status);
	thread->status = 0;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
