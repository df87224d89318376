package report

// blockMethodSection says how to get at every number of a block command again.
func blockMethodSection(d *data) (section, bool) {
	b := blockOf(d.run)
	var list []string
	add := func(when bool, text string) {
		if when {
			list = append(list, text)
		}
	}
	_, rate := d.run.Metrics[verb(d.run)+"_bytes_per_s"]
	end := ""
	if writes(d.run) {
		end = ", fsync included"
	}
	add(rate, "Rate = bytes / time, from the start of the first operation to the end of the last one"+end+". Bytes are those that reads returned or writes took.")
	if b.Steady != nil {
		add(true, joinedSentences("Steady rate = bytes / time of the steady part alone.", b.Steady.Rule))
	}
	add(len(b.Latencies) > 0, "Latencies are fio's: submit (slat) from the moment an operation is to begin until the kernel has it, complete (clat) from there to its end, total (lat) both. Quantiles are of all jobs' histograms added up, and off by less than 1 %.")
	_, intended := b.Latencies["intended"]
	add(intended, "From the intended start = end of an operation - when it was due under the rate that was asked for; the metrics latency_*_ns are of these, those of each job are total.")
	add(b.Cold != nil, "Coldness = pages of all files in this client's page cache / pages of all files, by cachestat(2) or else mincore(2), before the first read.")
	add(b.Grid != nil && b.Grid.Found, "Grid = the period at whose multiples the completions of small writes pile up.")
	add(len(b.Cells) > 1, "A cell's interval is Student's, at 95 %, over its repeats. A ratio is the geometric mean of the ratios repeat by repeat, its interval that of their logarithms, widened for the number of comparisons; it is real where it excludes 1.")
	_, cpu := d.run.Metrics["cpu_ns_per_byte_mean"]
	add(cpu, "Client CPU = user and system time of the jobs / bytes; 1 ns/B is 1 s/GB.")
	list = append(list, "GB and MB are powers of 1000, GiB and MiB of 1024.")
	return recompute(d, list), true
}
