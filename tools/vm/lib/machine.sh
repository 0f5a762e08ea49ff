# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # checkout, kernel, append, full_root are the sourcing script's
# What machine does QEMU emulate, and what is it told on its command line?
#
# Reads the environment that tools/vm/README.md lists. QEMU and the models run in the run directory: a
# socket's path has at most 107 bytes.

# The addresses everyone relies on: GPU n is PCI 00:(3 + n).0, its memory starts at (n + 1) * 128 GiB.
first_slot=3
memory_step=$((128 << 30))

# machine_gpus: checks GPU and MEM, sets gpus[n], ids[n] (empty: the part's), hw_bars[n] and mem[n], in bytes.
machine_gpus() {
	local i
	IFS=, read -ra gpus <<<"${GPU:-gh200-120}"
	[ "${gpus[*]}" != none ] || gpus=()
	IFS=, read -ra ids <<<"${DEVICE_ID:-}"
	IFS=, read -ra hw_bars <<<"${HW_BARS:-0}"
	IFS=, read -ra mem <<<"${MEM:-95G}"
	[ ${#gpus[@]} -le 2 ] || die "GPU=$GPU are ${#gpus[@]} GPUs: there is room for two"
	for i in "${!gpus[@]}"; do
		case ${gpus[i]} in
		gh200-120 | gh200-480 | gh200-sku | gb200 | gb300) ;;
		*) die "GPU=${gpus[i]} is none of gh200-120, gh200-480, gh200-sku, gb200, gb300, none" ;;
		esac
		mem[i]=$(bytes "${mem[i]:-${mem[0]}}") || exit
	done
	[ ${#gpus[@]} -lt 2 ] || [ "${mem[0]}" -le "$memory_step" ] ||
		die "MEM=$MEM: the first of two GPUs has at most 128G, then the second one's memory starts"
}

# machine_ssdt: the arguments of lib/ssdt. Each GPU has 8 proximity domains of its own, from 2 on.
machine_ssdt() {
	local i
	for i in "${!gpus[@]}"; do
		echo "$((first_slot + i)):$((memory_step * (i + 1))):${mem[i]}:$((2 + 8 * i))"
	done
}

# model N: the arguments of GPU N's model, in model[].
model() {
	model=(--profile "${gpus[$1]}" --socket "gpu$1.sock"
		--memory "gpu$1.mem" --size "${mem[$1]}" --control "gpu$1.control")
	[ "${hw_bars[$1]:-${hw_bars[0]}}" = 0 ] || model+=(--hw-bars)
	[ -z "${ids[$1]:-}" ] || model+=(--device-id "${ids[$1]}")
	[ -z "${TRAIN_MS:-}" ] || model+=(--train-ms "$TRAIN_MS")
	[ -z "${MIG_OK:-}" ] || model+=(--mig-ok "$MIG_OK")
	read -ra more <<<"${EMU_ARGS:-}"
	model+=("${more[@]}")
}

# A root port that a GPU is behind takes its slot. Without hotplug: slots that a bus reset also resets.
# The memory is the model's, by its link, or with MEM_SHARED=0 a private view of a file that is one hole, which the model
# does not know: pages that are only read are then page cache, which this machine takes back as it needs.
# Anonymous memory would be one page of zeros, but not on every kernel.
gpu_devices() {
	local i bus slot backend
	for i in "${!gpus[@]}"; do
		bus=pcie.0
		slot=$((first_slot + i))
		[ "${ROOT_PORT:-0}" = 0 ] || {
			qemu+=(-device "pcie-root-port,id=port$i,bus=pcie.0,addr=$slot.0,chassis=$slot,hotplug=off")
			bus=port$i
			slot=0
		}
		backend=memory-backend-file,mem-path=gpu$i.mem,share=on
		[ "${MEM_SHARED:-1}" = 1 ] || backend=memory-backend-file,mem-path=gpu$i.hole,share=off
		qemu+=(-object "$backend,id=hbm$i,size=${mem[i]},reserve=off"
			-device "nvdimm,id=nvdimm$i,memdev=hbm$i,addr=$((memory_step * (i + 1))),unarmed=off"
			-device "{\"driver\":\"vfio-user-pci\",\"id\":\"gpu$i\",\"bus\":\"$bus\",\"addr\":\"$slot.0\",\"socket\":{\"type\":\"unix\",\"path\":\"gpu$i.sock\"}}")
	done
}

# A port on which the host asks its firmware to report an error, and nvgrace-ras's way to that firmware.
ras_devices() {
	qemu+=(-chardev 'socket,id=ras,path=ras.requests' -device 'virtserialport,chardev=ras,name=ras'
		-chardev 'socket,id=qmp,path=ras.qmp' -mon 'chardev=qmp,mode=control')
}

# kvm_nests: can KVM run a host that runs guests itself? QEMU refuses such a machine at once where it cannot.
kvm_nests() {
	[ "$(uname -m)" = aarch64 ] && [ -w /dev/kvm ] &&
		timeout 10 qemu-system-aarch64 -nodefaults -S -display none -monitor stdio \
			-M virt,virtualization=on,gic-version=3 -accel kvm -cpu host >/dev/null 2>&1 <<<quit
}

# The clock counts instructions, one core at a time; this CPU has no instruction that copies any length.
# Pointer authentication costs a call of QEMU's at each function's beginning and end, a sixth of all time.
cpu_options() {
	if [ "${ICOUNT:-0}" = 1 ]; then
		qemu+=(-cpu neoverse-n2,pauth=off -smp 1 -accel 'tcg,thread=single' -icount 'shift=0,sleep=off')
	elif kvm_nests; then
		qemu+=(-cpu host -smp "${SMP:-2}" -accel kvm)
	else
		qemu+=(-cpu max,pauth=off -smp "${SMP:-2}" -accel 'tcg,thread=multi')
	fi
}

# The virtio devices are not on PCI: nothing there but the GPUs and their IOMMU, and the channels to us
# work whatever becomes of either. Guest memory is shared: the models read and write it.
machine_qemu() {
	local ram ras=
	ram=$(bytes "${RAM:-4G}") || exit
	[ "${RAS:-0}" = 0 ] || ras=,ras=on
	# shellcheck disable=SC2054 # commas are QEMU's
	qemu=(qemu-system-aarch64 -nodefaults -no-reboot -display none -monitor none
		-M "virt,virtualization=on,gic-version=3,nvdimm=on,memory-backend=ram$ras"
		-m "$((ram >> 20))M,slots=2,maxmem=$((memory_step * 4 >> 20))M"
		-object "memory-backend-memfd,id=ram,size=$ram,share=on"
		-global virtio-mmio.force-legacy=false
		-drive 'if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd'
		-kernel "$kernel/vmlinuz" -initrd initrd -append "$append"
		-serial file:console.log
		-device 'virtio-iommu-pci,bus=pcie.0,addr=1.0'
		-device virtio-serial-device
		-chardev file,id=rc,path=rc -device 'virtserialport,chardev=rc,name=rc'
		-chardev file,id=out,path=out -device 'virtserialport,chardev=out,name=out')
	cpu_options
	gpu_devices
	[ "${RAS:-0}" = 0 ] || ras_devices
	[ -z "$terminal" ] || qemu+=(-chardev 'stdio,id=terminal,signal=off' -device 'virtconsole,chardev=terminal')
	[ "${FULL_ROOT:-0}" = 0 ] || qemu+=(-drive "if=none,id=root,format=raw,readonly=on,file=$full_root"
		-device 'virtio-blk-device,drive=root')
	read -ra more <<<"${QEMU_ARGS:-}"
	qemu+=("${more[@]}")
}
