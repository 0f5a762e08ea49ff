# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What do all scripts of tools/vm share: where things are, how to fail, how to build a thing once?

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
checkout=$(cd "$vm_dir/../.." && pwd -P)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nvgrace
export vm_dir checkout cache

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# 125: the scripts failed, not the command they were asked to run (as env and timeout do).
die() {
	say "$*"
	exit 125
}

in_toolbox() {
	[ -e /etc/nvgrace-toolbox ]
}

# build_arch: Debian's name for what this machine is, which the toolbox is, too.
build_arch() {
	case $(uname -m) in
	x86_64)		echo amd64 ;;
	aarch64)	echo arm64 ;;
	*)		die "the build machine is $(uname -m); the toolbox is made of amd64 or arm64 packages: use an x86-64 or an arm64 machine" ;;
	esac
}

# hash_of FILE…: 12 hex digits that change when any of the files does.
hash_of() {
	cat -- "$@" | sha256sum | cut -c1-12
}

# need_space DIR MIB WHAT
need_space() {
	local free
	free=$(df --output=avail -BM "$1" | tr -dc '0-9\n' | tail -1)
	[ "$free" -ge "$2" ] ||
		die "$3 needs $2 MiB in $1, which has $free: free some, or set XDG_CACHE_HOME to a bigger disk"
}

# once PATH CMD…: CMD makes "$PATH.new", which becomes PATH; whoever comes second waits and uses it.
once() {
	local path=$1 lock
	shift
	if [ -e "$path" ]; then
		touch "$path.lock"
		return
	fi
	mkdir -p "$(dirname "$path")"
	exec {lock}>"$path.lock"
	flock -n "$lock" || {
		say "waiting for another run that makes $path"
		flock "$lock"
	}
	if [ ! -e "$path" ]; then
		rm -rf "$path.new" "$path.new".*
		"$@" || {
			rm -rf "$path.new" "$path.new".*
			die "making $path failed, see above; run the same command again once that is mended"
		}
		mv -T "$path.new" "$path"
	fi
	exec {lock}>&-
}

# bytes NUMBER: decimal, 0x… or with a suffix K, M, G, T, as a decimal number of bytes.
bytes() {
	local shift=0
	case $1 in
	*K)	shift=10 ;;
	*M)	shift=20 ;;
	*G)	shift=30 ;;
	*T)	shift=40 ;;
	esac
	[[ $1 =~ ^(0[xX][0-9a-fA-F]+|[0-9]+)[KMGT]?$ ]] ||
		die "$1 is not a size: write bytes, 0x…, or a number with K, M, G or T"
	printf '%u\n' "$((${1%[KMGT]} << shift))"
}

# quiet_mmdebstrap: a filter for its messages. In a user's namespace it tries mounts that cannot work, and goes on.
quiet_mmdebstrap() {
	grep -v -e '^mount: .*permission denied' -e 'dmesg(1)' -e 'mounting /proc normally' -e signed-by -e 'running --' >&2
}

# update_packages: what can be downloaded, as its archive says now. (in the toolbox)
update_packages() {
	apt-get -q -o DPkg::Lock::Timeout=120 update >&2 ||
		die "apt-get update failed: is there a network (http_proxy set, if one is needed)?"
}

# linux_source: prints the path of Debian's linux-source, a tar.xz, fetched first if it is not there.
linux_source() {
	local tarball
	tarball=$cache/linux-source-$(hash_of /etc/nvgrace-toolbox "$vm_dir/lib/linux-source-fetch").tar.xz
	[ -e "$tarball" ] || say "fetching the kernel's source: half a minute, once"
	once "$tarball" "$vm_dir/lib/linux-source-fetch" "$tarball.new"
	echo "$tarball"
}
