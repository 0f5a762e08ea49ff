# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What can come next on a command line of nvgrace?

_nvgrace() {
	local line=${COMP_LINE:0:COMP_POINT} word options="--root --help" verb=${COMP_WORDS[1]} candidates before
	# Readline ends words at colons; addresses have them.
	word=${line##*[[:space:]]}
	before=${line%"$word"}
	before=${before%"${before##*[![:space:]]}"}

	case $verb in
	list | check | watch) options+=" --json" ;;
	bind)		options+=" --all --layout --persist --dry-run" ;;
	unbind)		options+=" --all --persist --dry-run" ;;
	qemu)		options+=" --json --memory --cpus --iommufd --guest-driver" ;;
	libvirt)	options+=" --define --edit --qemu-commandline --memory --cpus --iommufd --guest-driver" ;;
	esac
	case ${before##*[[:space:]]}/$word in
	--root/*)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--layout/*)
		mapfile -t COMPREPLY < <(compgen -W "bar2 split" -- "$word")
		return
		;;
	--define/*)
		mapfile -t COMPREPLY < <(compgen -W "$(virsh list --all --name 2>/dev/null)" -- "$word")
		return
		;;
	*/-*)	candidates=$options ;;
	*)	candidates=$(nvgrace list 2>/dev/null | sed -n '2,/^$/s/ .*//p') ;;
	esac
	[ "$COMP_CWORD" -gt 1 ] || candidates="list check bind unbind qemu libvirt watch metrics --help"
	mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
	COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
}

complete -F _nvgrace nvgrace
