/* Every way to fail that the driver tells apart, each followed by a good run. */
#ifndef FAULTS_H
#define FAULTS_H

#include "inference.h"

/* Runs all of them with the image that lies in the memory MODEL; returns how many did not end as they should.
 */
int run_faults(const stoic_model* model, const samples* s);

#endif
