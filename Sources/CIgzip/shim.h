#ifndef SLUICE_CIGZIP_SHIM_H
#define SLUICE_CIGZIP_SHIM_H
#include <isa-l/igzip_lib.h>

/* The union in the state keeps Swift from setting what stands behind it. */
static inline void sluice_gunzip_init(struct inflate_state *state) {
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
}

static inline void sluice_gunzip_next(struct inflate_state *state) {
    isal_inflate_reset(state);
    state->crc_flag = ISAL_GZIP;
}

static inline int sluice_gunzip_is_done(const struct inflate_state *state) {
    return state->block_state == ISAL_BLOCK_FINISH;
}
#endif
