// Package fio does plain block I/O: whole files or time-bounded streams of reads and
// writes, with their latencies, and says what they amount to.
//
//  1. A Job says what is done: files, op size, jobs, depth, pattern, how long.
//  2. A Runner does it and returns an Outcome: Native through internal/ioengine, or
//     External through the installed fio(1). Both give the same Outcome of one Job.
//  3. Measure turns an Outcome into the metrics of a run; NameLimit says what bound it.
//  4. Rules hold metrics against thresholds.
//  5. A Matrix makes many Jobs of one, in an order in which drift cancels; Compare says
//     which of their differences are real.
//  6. SmallWrites makes small durable files and looks for a grid in their latencies.
//
// Units: bytes, time.Duration, bytes per second, fractions 0..1.
package fio
