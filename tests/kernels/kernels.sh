# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# What the scripts of this folder share. They source it with $here set to their own folder.

# Debian's long-lived kernels: the one that came with Debian 12, and the next.
series="6.1 6.12"
# Not built into these kernels, and wanted in the test.
modules="veth sch_ingress cls_bpf"
# Where the kernels are kept, 40 MB: series/{vmlinuz,release,modules/}, busybox.
kernels=${KERNELS:-/var/cache/stripwatch-kernels}
# What the test needs of this machine.
qemu=qemu-system-x86_64
programs="openssl ip bpftool"

PATH=$PATH:/usr/sbin:/sbin
source_tree=$(cd "$here/../.." && pwd)
case ${BUILD:=build} in
/*) build=$BUILD ;;
*) build=$source_tree/$BUILD ;;
esac

say() {
	printf '== %s\n' "$*"
}

die() {
	printf 'kernels: %s\n' "$*" >&2
	exit 1
}
