# SPDX-License-Identifier: GPL-2.0-only
# How does the plot of the benchmark look? gnuplot -e 'in="points"; out="x.svg"' plot.gp
set terminal svg size 760,460 font "sans-serif,12" background "white"
set output out
set title "mmap() and first touch, counted in instructions"
set xlabel "GiB mapped"
set ylabel "instructions"
set logscale xy
set format y "10^{%L}"
set xtics (1, 4, 16, 64, 95)
set xrange [0.9:110]
set key left top
set grid ytics
plot for [i = 0:3] in index i using 1:2 with linespoints linewidth 2 pointtype i + 5 title columnheader(1)
