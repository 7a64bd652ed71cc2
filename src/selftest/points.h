/* SPDX-License-Identifier: MIT */
/* The experiments, as the lists of points name them. Each works in the family of its point. */
#ifndef R2_SELFTEST_POINTS_H
#define R2_SELFTEST_POINTS_H

#include "selftest/trial.h"

/* ---- phantoms.c: a made-up next hop ---- */
bool r2_point_phantom_stays(struct r2_trial *trial);
bool r2_point_unrelated(struct r2_trial *trial);
bool r2_point_disable(struct r2_trial *trial);

/* ---- changes.c: what adding and removing do ---- */
bool r2_point_current(struct r2_trial *trial);
bool r2_point_twice(struct r2_trial *trial);

/* ---- model.c ---- */
bool r2_point_model(struct r2_trial *trial);

/* ---- linux/ and windows/, each its own ---- */
bool r2_point_owner(struct r2_trial *trial);

/* ---- linux/ ---- */
bool r2_point_native(struct r2_trial *trial);
bool r2_point_phantom(struct r2_trial *trial);
bool r2_point_via_inet6(struct r2_trial *trial);
bool r2_point_source_gone(struct r2_trial *trial);
bool r2_point_moves(struct r2_trial *trial);
bool r2_point_deaf(struct r2_trial *trial);
bool r2_point_carrier(struct r2_trial *trial);
bool r2_point_prepend(struct r2_trial *trial);
bool r2_point_key_taken(struct r2_trial *trial);
bool r2_point_replace(struct r2_trial *trial);
bool r2_point_strict(struct r2_trial *trial);
bool r2_point_book(struct r2_trial *trial);
bool r2_point_ask(struct r2_trial *trial);

/* ---- windows/ ---- */
bool r2_point_next_hop_bits(struct r2_trial *trial);
bool r2_point_next_hop_bits6(struct r2_trial *trial);
bool r2_point_tie_far(struct r2_trial *trial);
bool r2_point_tie_pair(struct r2_trial *trial);
bool r2_point_skip(struct r2_trial *trial);
bool r2_point_policy(struct r2_trial *trial);
bool r2_point_state(struct r2_trial *trial);
bool r2_point_witnesses(struct r2_trial *trial);
bool r2_point_off_subnet(struct r2_trial *trial);

#endif
