package cloud

import (
	"cmp"
	"maps"
	"math"
	"net"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// Own says what the series of a question are in the names of lbench's own telemetry. The
// label host of each tells the machine, out of the label instance. With no Source they
// have no such name: they stay as they are but for the label host.
type Own struct {
	Source, Name string
	Labels       map[string]string // theirs of ours; what isn't here is left out
	Factor       float64           // times theirs is ours; ours are whole numbers where it isn't 1
}

// String is "cpu busy_ns", and empty where there is no such name.
func (o *Own) String() string {
	if o == nil || o.Source == "" {
		return ""
	}
	return o.Source + " " + o.Name
}

// exporterPorts are those that node_exporter, zfs_exporter and lustrefs-exporter listen at
// where nobody chose another. One machine has them all.
func exporterPorts() []string { return []string{"9100", "9134", "32221"} }

// hostOf is the machine that an instance is of: "oss1" of "oss1:9100". Another port may be
// that of a tunnel or of a container, and tells machines apart: it stays.
func hostOf(instance string) string {
	host, port, err := net.SplitHostPort(instance)
	if err != nil || host == "" || !slices.Contains(exporterPorts(), port) {
		return instance
	}
	return host
}

// readings are those of one series; values that are NaN or infinite are left out.
func (q Question) readings(s promSeries) []result.Reading {
	as, factor := q.named(s.Metric)
	var readings []result.Reading
	for _, v := range s.Values {
		value := v.value * factor
		if factor != 1 {
			value = math.Round(value) // 0.29 s are 290000000 ns, as lbench itself has them
		}
		if math.IsNaN(value) || math.IsInf(value, 0) {
			continue
		}
		as.T, as.Value = v.at, value
		readings = append(readings, as)
	}
	return readings
}

// named is a reading of a series without its time and value, and the factor of the latter.
// Of a series without a name, such as a sum, the query stands for it.
func (q Question) named(metric map[string]string) (as result.Reading, factor float64) {
	labels := map[string]string{}
	as, factor = result.Reading{Source: "prometheus", Name: cmp.Or(metric["__name__"], q.PromQL)}, 1
	if q.Own == nil || q.Own.Source == "" {
		maps.Copy(labels, metric)
		delete(labels, "__name__")
	} else {
		as, factor = result.Reading{Source: q.Own.Source, Name: q.Own.Name}, q.Own.Factor
		for ours, theirs := range q.Own.Labels {
			labels[ours] = metric[theirs]
		}
	}
	if q.Own != nil {
		labels[result.HostLabel] = hostOf(metric["instance"])
		maps.DeleteFunc(labels, func(_, value string) bool { return value == "" })
	}
	if len(labels) > 0 {
		as.Labels = labels
	}
	return as, factor
}
