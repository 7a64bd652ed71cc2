/* SPDX-License-Identifier: MIT */
/* Evidence of a route that works, to be spoilt; and evidence by chance. */
#ifndef R2_TESTS_EVIDENCE_H
#define R2_TESTS_EVIDENCE_H

#include "core/proof.h"
#include "unit.h"

enum { E0 = 7, E1 = 9 };

#define maybe() (chance(2) != 0)

/** evidence_side() - ten probes from @source, so many of them answered */
struct r2_side evidence_side(const char *source, unsigned answered);
/** evidence_that_works() - 1.2.3.4 from 3.3.3.3 via 4.3.2.1, with the control 4.3.2.2; both are
 * addresses of e0 */
struct r2_evidence evidence_that_works(void);
/** fall_silent() - the source has no answer */
void fall_silent(struct r2_evidence *e);
/** object() - an ICMP error, by 4.3.2.1 */
void object(struct r2_objection *objection, uint8_t type, uint8_t code);
/** chance_evidence() - any of it may be spoilt */
struct r2_evidence chance_evidence(void);

#endif
