package cloud

import (
	"fmt"
	"slices"
	"strings"
)

// here stands for the label matchers that narrow a preset down, as instance=~"oss.*".
const here = "HERE"

// presetQuestion is one metric of an exporter, and what it is in lbench's names. Counters
// are asked for as they are: rates come from their differences, as of all other readings.
// PromQL sums where one of ours is several of theirs, without a loss of labels, so that
// what two jobs scrape isn't summed too.
type presetQuestion struct {
	promQL string
	own    Own
	why    string
}

// preset is what one exporter says of what matters to storage.
type preset struct {
	name, exporter string
	questions      []presetQuestion
}

func presets() []preset {
	return []preset{
		{"node", "node_exporter", nodeQuestions()},
		{"zfs", "zfs_exporter, and the zfs collector of node_exporter", zfsQuestions()},
		{"lustre", "lustrefs-exporter", lustreQuestions()},
	}
}

// Devices that aren't asked for. Bytes of partitions, and of what is made of other devices,
// are there a second time; node_exporter leaves out sda1 by itself, and not sdaa1.
const (
	otherNICs  = `device!~"lo|veth.*|docker.*|br-.*"`
	otherDisks = `device!~"(dm-|md|loop|ram|zram).*|(h|s|v|xv)d[a-z]+[0-9]+|(nvme[0-9]+n[0-9]+|mmcblk[0-9]+|nbd[0-9]+)p[0-9]+"`
)

// seconds is the factor of what lbench has in ns.
const seconds = 1e9

func nodeQuestions() []presetQuestion {
	own := func(source, name string, factor float64) Own { return Own{source, name, nil, factor} }
	dev := func(source, name string, factor float64) Own {
		return Own{source, name, map[string]string{"dev": "device"}, factor}
	}
	// One port of an adapter is lbench's dev "mlx5_0/1". The counters are bytes here.
	port := func(name string) Own { return Own{"infiniband", name, map[string]string{"dev": "dev"}, 1} }
	// The mount point is in a metric of its own, since node_exporter 1.12; mounts of one
	// export share all counters.
	mount := func(name string) Own { return Own{"nfs", name, map[string]string{"mount": "mountpoint"}, 1} }
	return []presetQuestion{
		{`sum without (cpu, mode) (node_cpu_seconds_total{mode=~"user|nice|system|irq|softirq",HERE})`, own("cpu", "busy_ns", seconds), "was the host busy; over its CPUs"},
		{`sum without (cpu, mode) (node_cpu_seconds_total{mode=~"idle|iowait",HERE})`, own("cpu", "idle_ns", seconds), "or not"},
		{`sum without (cpu, mode) (node_cpu_seconds_total{mode="iowait",HERE})`, own("cpu", "iowait_ns", seconds), "was it idle because it waited for I/O"},
		{`sum without (cpu, mode) (node_cpu_seconds_total{mode="steal",HERE})`, own("cpu", "steal_ns", seconds), "did other virtual machines take its time"},
		{`node_memory_MemAvailable_bytes{HERE}`, own("memory", "available_bytes", 1), "how much more could be cached"},
		{`node_memory_Cached_bytes{HERE}`, own("memory", "cached_bytes", 1), "the page cache, which may have served a read"},
		{`node_memory_Dirty_bytes{HERE}`, own("memory", "dirty_bytes", 1), "what was written and is not on a disk yet"},
		{`node_network_receive_bytes_total{` + otherNICs + `,HERE}`, dev("nic", "rx_bytes", 1), "what came in by each network card"},
		{`node_network_transmit_bytes_total{` + otherNICs + `,HERE}`, dev("nic", "tx_bytes", 1), "what went out"},
		{`label_join(node_infiniband_port_data_received_bytes_total{HERE}, "dev", "/", "device", "port")`, port("rx_bytes"), "RDMA, which network cards' counters miss"},
		{`label_join(node_infiniband_port_data_transmitted_bytes_total{HERE}, "dev", "/", "device", "port")`, port("tx_bytes"), "RDMA sent"},
		{`node_netstat_Tcp_OutSegs{HERE}`, own("tcp", "out_segments", 1), "what the next is a part of"},
		{`node_netstat_Tcp_RetransSegs{HERE}`, own("tcp", "retransmitted_segments", 1), "was the network lossy"},
		{`node_disk_read_bytes_total{` + otherDisks + `,HERE}`, dev("disk", "read_bytes", 1), "what the disks gave"},
		{`node_disk_written_bytes_total{` + otherDisks + `,HERE}`, dev("disk", "write_bytes", 1), "what the disks took"},
		{`node_disk_io_time_seconds_total{` + otherDisks + `,HERE}`, dev("disk", "io_ns", seconds), "how much of the time a disk had something to do"},
		{`node_pressure_io_waiting_seconds_total{HERE}`, own("pressure", "io_some_ns", seconds), "some task waited for I/O"},
		{`node_pressure_cpu_waiting_seconds_total{HERE}`, own("pressure", "cpu_some_ns", seconds), "some task waited for a CPU"},
		{`node_pressure_memory_waiting_seconds_total{HERE}`, own("pressure", "memory_some_ns", seconds), "some task waited for memory"},
		{mounted(`node_mountstats_nfs_total_read_bytes_total`), mount("server_read_bytes"), "what NFS servers sent; needs --collector.mountstats"},
		{mounted(`node_mountstats_nfs_total_write_bytes_total`), mount("server_write_bytes"), "what NFS servers took"},
		{`node_mountstats_nfs_total_read_bytes_total{HERE} unless ignoring (mountpoint) node_mountstats_nfs_mountpoint_info{HERE}`, Own{}, "the same of a node_exporter before 1.12, which doesn't tell where it is mounted"},
	}
}

// mounted gives the series of an export the label mountpoint, once for each mount of it.
func mounted(metric string) string {
	return metric + `{HERE} * ignoring (mountpoint) group_right node_mountstats_nfs_mountpoint_info{HERE}`
}

func zfsQuestions() []presetQuestion {
	arc := func(name string) Own { return Own{"zfs", name, nil, 1} }
	pool := func(name string) Own { return Own{"zfs", name, map[string]string{"pool": "zpool"}, 1} }
	return []presetQuestion{
		{`zfs_pool_health{HERE}`, Own{}, "0 is online: a degraded pool reads slowly"},
		{`zfs_pool_size_bytes{HERE}`, Own{}, "the pool's size"},
		{`zfs_pool_allocated_bytes{HERE}`, Own{}, "a full pool writes slowly"},
		{`zfs_pool_fragmentation_ratio{HERE}`, Own{}, "so does a fragmented one"},
		{`node_zfs_arc_hits{HERE}`, arc("arc_hits"), "reads that memory served: the pool was not asked"},
		{`node_zfs_arc_misses{HERE}`, arc("arc_misses"), "reads that went to the pool"},
		{`node_zfs_arc_size{HERE}`, arc("arc_size_bytes"), "how much the ARC holds"},
		{`node_zfs_arc_c_max{HERE}`, arc("arc_max_bytes"), "how much it may hold"},
		{`node_zfs_arc_l2_hits{HERE}`, arc("l2arc_hits"), "reads that the second-level cache served"},
		{`node_zfs_zfetch_hits{HERE}`, arc("zfetch_hits"), "did read-ahead foresee what was read"},
		{`node_zfs_zfetch_misses{HERE}`, arc("zfetch_misses"), "or not"},
		{`node_zfs_zpool_nread{HERE}`, pool("pool_read_bytes"), "what a pool read from its devices: up to ZFS 2.0, later ones have no such counter that the exporter knows"},
		{`node_zfs_zpool_nwritten{HERE}`, pool("pool_write_bytes"), "what it wrote to them"},
		{`sum without (dataset) (node_zfs_zpool_dataset_nread{HERE})`, pool("objset_read_bytes"), "bytes read from the datasets of a pool, cached or not"},
		{`sum without (dataset) (node_zfs_zpool_dataset_nwritten{HERE})`, pool("objset_write_bytes"), "bytes written to them"},
	}
}

// lustreQuestions leave what has other numbers or labels than ours as it is: the states of
// recovery, and a client's operations, by the name of the mount.
func lustreQuestions() []presetQuestion {
	target := func(name string) Own {
		return Own{"lustre_server", name, map[string]string{"target": "target"}, 1}
	}
	size := func(name string) Own {
		return Own{"lustre_server", name, map[string]string{"target": "target", "bytes": "size"}, 1}
	}
	return []presetQuestion{
		{`lustre_read_bytes_total{component="ost",HERE}`, target("obdfilter_read_bytes"), "what each target served"},
		{`lustre_write_bytes_total{component="ost",HERE}`, target("obdfilter_write_bytes"), "what it took"},
		{`lustre_read_samples_total{component="ost",HERE}`, target("obdfilter_read_count"), "by how many reads: bytes over these is their size"},
		{`lustre_write_samples_total{component="ost",HERE}`, target("obdfilter_write_count"), "by how many writes"},
		{`lustre_stats_total{component="mdt",operation!~"(read|write)_bytes",HERE}`, Own{"lustre_server", "mdt_op_count", map[string]string{"target": "target", "op": "operation"}, 1}, "operations of metadata, by operation"},
		{`lustre_disk_io_total{operation="read",HERE}`, size("osd_read_ios_by_bytes"), "I/O of the disks below a target, by size"},
		{`lustre_disk_io_total{operation="write",HERE}`, size("osd_write_ios_by_bytes"), "and of writes"},
		{`lustre_connected_clients{HERE}`, Own{}, "who else may have asked"},
		{`lustre_health_healthy{HERE}`, Own{}, "1 is healthy"},
		{`recovery_status{HERE}`, Own{}, "0 is complete: a target that recovers makes clients wait"},
		{`{__name__=~"lustre_(send|receive|drop)_bytes(_total)?",HERE}`, Own{}, "LNet's traffic, and what it dropped; the name depends on the release"},
		{`{__name__=~"lustre_client_stats(_total)?",HERE}`, Own{}, "a client's operations, where the exporter runs on one"},
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
		all = append(all, Question{PromQL: strings.ReplaceAll(strings.ReplaceAll(q.promQL, ","+here+"}", cut(match)), here, match), Own: &q.own})
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
