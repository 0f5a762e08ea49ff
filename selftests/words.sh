#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is the runner given for a word of the table `scenarios`?
# shellcheck disable=SC2154 # payload: selftests/run's
# shellcheck disable=SC2034 # args: for selftests/run

# expand WORD: what the runner is given for a word of the table, in args[].
expand() {
	local at=/payload/nvgrace
	local program mmap="${at}_mmap_test -T eager_mapping_takes_no_fault_at_all"
	local never=(I13_c2c_link_that_stays_down_costs_one_timeout I13_memory_that_never_trains_costs_one_timeout)
	local eager=I11_reset_while_a_mapping_is_made_is_not_lost
	local answers="${at}_parity_test -t I19_but_for_the_made_up_bar_answers_as_under_vfio_pci"
	local no_hot=I19_hot_reset_is_refused_where_it_would_break_the_part
	local no_bus=I19_fatal_error_of_a_part_that_no_bus_reset_may_touch_is_told_twice
	local failed=I19_failed_recovery_leaves_the_memory_to_its_user
	local bus=I19_fatal_error_is_told_and_resets_the_bus
	local mapped=I11_mapping_in_use_during_a_fatal_error_never_sees_untrained_memory
	local read=I11_read_during_a_fatal_error_never_sees_untrained_memory
	local taken=I20_user_of_a_gpu_that_is_unbound_during_recovery_is_not_stuck
	local closed=I5_memory_is_closed_from_a_fatal_error_until_memory_space_is_on_again
	local again=I11_reset_after_a_fatal_error_brings_the_memory_back
	local untrained=I13_reset_of_a_gpu_that_does_not_train_costs_one_timeout
	local by_iommufd=gpu_in_use_through_iommufd_is_refused_in_one_line
	local plain=I16_gpu_without_memory_has_no_attributes
	local by_mm=(I17_page_is_unmapped_and_refused_and_its_owner_told_where I18_only_tasks_that_map_the_page_are_signalled
		I17_guests_owner_is_told_where_and_the_guest_goes_on_elsewhere
		I17_guest_that_uses_the_page_meanwhile_loses_it I17_next_guest_is_not_given_the_page)
	# Of the kernel's own: the variants that map a GiB page by page, and those that no VMM asks for any more.
	local pages=iommufd_compat_type1 old=vfio_type1_iommu second=0000:00:04.0 words
	local refused=(I15_refused_with_one_line_that_names_property_and_value I15_refused_gpu_still_binds_to_plain_vfio_pci)
	local refuses="${at}_bind_test -t ${refused[0]} -t ${refused[1]}"
	case $1 in
	@shape) args+=("${at}_aperture_test" "${at}_config_test") ;;
	@access)
		expand @shape
		args+=("${at}_rw_test" "${at}_signal_test" "$mmap")
		;;
	@races) args+=(-l) ;;
	@ready)
		args+=("${at}_ready_test -T ${never[0]} -T ${never[1]} -T $eager -V hot_reset -V fatal_error"
			"${at}_wait_test -V hot_reset -V fatal_error" "${at}_guest_test -T $untrained")
		;;
	@all)
		expand @access
		expand @ready
		args+=("${at}_parity_test -T I16_gpu_without_properties_answers_as_under_vfio_pci"
			"${at}_bind_test -T ${refused[0]} -T ${refused[1]}")
		;;
	@port)
		args+=("${at}_ready_test -v hot_reset" "${at}_wait_test -v hot_reset" "${at}_hotreset_test -T $no_hot" "$answers")
		;;
	@aer) args+=("${at}_ready_test -v fatal_error" "${at}_wait_test -v fatal_error" "${at}_aer_test -T $no_bus -T $failed") ;;
	@unresettable)
		args+=("${at}_hotreset_test -t $no_hot" "$answers"
			"${at}_aer_test -T $bus -T $mapped -T $closed -T $again -T $read -T $taken")
		;;
	@never) args+=("${at}_ready_test -t ${never[0]} -t ${never[1]}") ;;
	@bar4 | @bar2)
		for program in aperture_test config_test rw_test signal_test "mmap_test -T eager_mapping_takes_no_fault_at_all"; do
			args+=("env NVGRACE_MEM_BAR=${1#@bar} ${at}_$program")
		done
		;;
	@hw-bars)
		# Of Blackwell, whose BAR2 is hardware's. It binds the second GPU itself.
		args+=("${at}_bind_test -t I19_both_first_users_of_a_hardware_bar_are_served $second"
			"${at}_parity_test -t I7_ioeventfd_on_the_made_up_bar_is_refused -t I19_ioeventfd_writes_to_a_real_bar $second")
		;;
	@hidden) args+=("${at}_hidden_test" "$answers") ;;
	@ids)
		# The second GPU is bound by the test of that.
		expand @shape
		args+=("${at}_bind_test -t I20_plain_vfio_pci_shows_no_memory_and_ours_shows_it_again $second"
			"${at}_aperture_test $second" "${at}_config_test $second")
		;;
	@bad) args+=("${at}_ras_test") ;;
	@fuzz | @failnth) args+=("${at}_${1#@}_test") ;;
	@split) args+=("${at}_layout_test -f split" "${at}_layout_param_test") ;;
	@whole) args+=("${at}_layout_test -f whole") ;;
	@dmabuf) args+=(-s 'buf.I10_*type1*' -s 'buf.I10_*iommufd*' "${at}_dmabuf_test") ;;
	@cxl) args+=("${at}_cxl_test" "${at}_guest_test -t $untrained") ;;
	@libvirt | @libvirt-next | @driverctl | @vendor) args+=(-d none "/payload/nvgrace-handover ${1#@}") ;;
	@power) args+=("${at}_power_test" "${at}_sleep_test") ;;
	@stress) args+=("${at}_stress_test -V neighbour") ;;
	@beside) args+=("${at}_stress_test -v neighbour") ;;
	@pair) args+=("${at}_pair_test" "${at}_neighbour_test") ;;
	@peer | @limit | @tenant | @uffd | @retire | @firmware | @vmm | @told) args+=("${at}_${1#@}_test") ;;
	@discover) args+=("${at}_discover_test -T $plain" "${at}_trace_test") ;;
	@told-by-firmware)
		# Where mm does not know of the memory: nobody is signalled, and nothing but firmware can name a page.
		args+=("${at}_discover_test -T $plain" "${at}_trace_test -T poison_says_which_page"
			"${at}_firmware_test${by_mm[*]/#/ -T }")
		;;
	@undiscovered) args+=("${at}_discover_test -t $plain") ;;
	@eager) args+=("${at}_rw_test" "${at}_signal_test" -s 'map.I9_*' "${at}_mmap_test" "${at}_ready_test -t $eager") ;;
	@plain)
		args+=(-s '*made_up_bar*' "${at}_parity_test -T I19_but_for_the_made_up_bar_answers_as_under_vfio_pci")
		;;
	@kernels-own)
		args+=(-s 'vfio_pci_driver_test.*.send_msi' -s vfio_pci_sriov_uapi_test)
		for program in "$payload"/debug/vfio_*_test; do
			program=/payload/${program##*/}
			case $program in
			*_driver_test)		program+=" -V $pages -V $old" ;;
			*_dma_mapping_test)	program+=" -V ${pages}_anonymous_hugetlb_1gb" ;;
			esac
			args+=("$program")
		done
		;;
	@kernels-own-64k)
		# A GiB is 16384 pages there, so none of the variants is too long; hugetlb has 2 MiB, 512 MiB and 16 GiB.
		args+=(-s 'vfio_pci_driver_test.*.send_msi' -s vfio_pci_sriov_uapi_test -s '*_anonymous_hugetlb_1gb.*')
		for program in "$payload"/64k/vfio_*_test; do
			args+=("/payload/${program##*/}")
		done
		;;
	@kernels-own-pages)
		args+=(-s 'vfio_pci_driver_test.*.send_msi' "/payload/vfio_pci_driver_test -v $pages -v $old"
			"/payload/vfio_dma_mapping_test -v ${pages}_anonymous_hugetlb_1gb")
		;;
	@tenants-of-both) args+=("${at}_tenant_test -t I21_scrub_zeroes_cached_and_uncached_memory") ;;
	@second) args+=("$refuses $second") ;;
	@tool) args+=(-d none "${at}_tool_test ${at} ${at}-gpu-vfio-pci.ko") ;;
	@tool-refused) args+=(-d none "${at}_tool_test -r ${at} ${at}-gpu-vfio-pci.ko") ;;
	@refused:*)
		# @refused:SLOT:WORDS: of one GPU of several
		words=${1#@refused:}
		args+=(-d none "env NVGRACE_REFUSE=${words#*:} $refuses 0000:00:${words%%:*}.0")
		;;
	@here) args+=(-d none "${at}_here_test -T $by_iommufd") ;;
	@here-iommufd) args+=("${at}_here_test -t $by_iommufd") ;;
	@refused) args+=(-d none "$refuses") ;;
	*) args+=("$1") ;;
	esac
}
