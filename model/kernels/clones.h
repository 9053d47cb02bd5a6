#pragma once

/// Before a function: compiled for each of these instruction sets, and chosen at the start.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define DSOCR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define DSOCR_CLONES
#endif
