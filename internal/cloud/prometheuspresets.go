package cloud

import (
	"fmt"
	"slices"
	"strings"
)

// here stands for the label matchers that narrow a preset down, as instance=~"oss.*".
const here = "HERE"

// presetQuestion is one metric of an exporter. Counters are asked for as they are: rates
// come from their differences, as of all other readings.
type presetQuestion struct {
	promQL string
	name   string // of a sum; empty: the metric's own
	why    string
}

// preset is what one exporter says of what matters to storage.
type preset struct {
	name, exporter string
	questions      []presetQuestion
}

func presets() []preset {
	return []preset{
		{"node", "node_exporter", []presetQuestion{
			{`sum by (instance, mode) (node_cpu_seconds_total{HERE})`, "node_cpu_seconds_total", "was the host busy, or waiting for I/O; over its CPUs"},
			{`node_memory_MemAvailable_bytes{HERE}`, "", "how much more could be cached"},
			{`node_memory_Cached_bytes{HERE}`, "", "the page cache, which may have served a read"},
			{`node_memory_Dirty_bytes{HERE}`, "", "what was written and is not on a disk yet"},
			{`node_network_receive_bytes_total{device!~"lo|veth.*|docker.*|br-.*",HERE}`, "", "what came in by each network card"},
			{`node_network_transmit_bytes_total{device!~"lo|veth.*|docker.*|br-.*",HERE}`, "", "what went out"},
			{`node_infiniband_port_data_received_bytes_total{HERE}`, "", "RDMA, which network cards' counters miss"},
			{`node_infiniband_port_data_transmitted_bytes_total{HERE}`, "", "RDMA sent"},
			{`node_netstat_Tcp_RetransSegs{HERE}`, "", "was the network lossy; a counter without _total in its name"},
			{`node_disk_read_bytes_total{device!~"dm-.*|md.*|loop.*",HERE}`, "", "what the disks gave; what is made of others counts twice"},
			{`node_disk_written_bytes_total{device!~"dm-.*|md.*|loop.*",HERE}`, "", "what the disks took"},
			{`node_disk_io_time_seconds_total{device!~"dm-.*|md.*|loop.*",HERE}`, "", "how much of the time a disk had something to do"},
			{`node_pressure_io_waiting_seconds_total{HERE}`, "", "some task waited for I/O"},
			{`node_pressure_cpu_waiting_seconds_total{HERE}`, "", "some task waited for a CPU"},
			{`node_mountstats_nfs_total_read_bytes_total{HERE}`, "", "what NFS servers sent; needs --collector.mountstats"},
		}},
		{"zfs", "zfs_exporter, and the zfs collector of node_exporter", []presetQuestion{
			{`zfs_pool_health{HERE}`, "", "0 is online: a degraded pool reads slowly"},
			{`zfs_pool_size_bytes{HERE}`, "", "the pool's size"},
			{`zfs_pool_allocated_bytes{HERE}`, "", "a full pool writes slowly"},
			{`zfs_pool_fragmentation_ratio{HERE}`, "", "so does a fragmented one"},
			{`node_zfs_arc_hits{HERE}`, "", "reads that memory served: the pool was not asked"},
			{`node_zfs_arc_misses{HERE}`, "", "reads that went to the pool"},
			{`node_zfs_arc_size{HERE}`, "", "how much the ARC holds, in bytes"},
			{`node_zfs_arc_c_max{HERE}`, "", "how much it may hold"},
			{`node_zfs_arc_l2_hits{HERE}`, "", "reads that the second-level cache served"},
			{`node_zfs_zfetch_hits{HERE}`, "", "did read-ahead foresee what was read"},
			{`node_zfs_zfetch_misses{HERE}`, "", "or not"},
			{`sum by (instance, zpool) (node_zfs_zpool_dataset_nread{HERE})`, "node_zfs_zpool_dataset_nread", "bytes read from the datasets of a pool, cached or not"},
			{`sum by (instance, zpool) (node_zfs_zpool_dataset_nwritten{HERE})`, "node_zfs_zpool_dataset_nwritten", "bytes written to them"},
		}},
		{"lustre", "lustrefs-exporter", []presetQuestion{
			{`lustre_read_bytes_total{HERE}`, "", "what each target served"},
			{`lustre_write_bytes_total{HERE}`, "", "what it took"},
			{`lustre_read_samples_total{HERE}`, "", "by how many reads: bytes over these is their size"},
			{`lustre_write_samples_total{HERE}`, "", "by how many writes"},
			{`lustre_stats_total{HERE}`, "", "operations of metadata, by operation"},
			{`lustre_disk_io_total{HERE}`, "", "I/O of the disks below a target, by size"},
			{`lustre_connected_clients{HERE}`, "", "who else may have asked"},
			{`lustre_health_healthy{HERE}`, "", "1 is healthy"},
			{`recovery_status{HERE}`, "", "0 is complete: a target that recovers makes clients wait"},
			{`{__name__=~"lustre_(send|receive|drop)_bytes(_total)?",HERE}`, "", "LNet's traffic, and what it dropped; the name depends on the release"},
			{`{__name__=~"lustre_client_stats(_total)?",HERE}`, "", "a client's operations, where the exporter runs on one"},
		}},
	}
}

// Presets are the names of the lists of questions.
func Presets() []string {
	var names []string
	for _, p := range presets() {
		names = append(names, p.name)
	}
	return names
}

// Preset is a list of questions by its name, of the series that match, as
// instance=~"oss.*"; empty: of all.
func Preset(name, match string) ([]Question, error) {
	i := slices.Index(Presets(), name)
	if i < 0 {
		return nil, fmt.Errorf("preset %q isn't one of [%s]", name, strings.Join(Presets(), " "))
	}
	var all []Question
	for _, q := range presets()[i].questions {
		all = append(all, Question{PromQL: strings.ReplaceAll(strings.ReplaceAll(q.promQL, ","+here+"}", cut(match)), here, match), Name: q.name})
	}
	return all, nil
}

// cut ends a list of matchers with one more, if there is one.
func cut(match string) string {
	if match == "" {
		return "}"
	}
	return "," + match + "}"
}
