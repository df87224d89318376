package telemetry

import (
	"fmt"
	"strconv"
	"strings"
)

// lustreHistogram is a table of rpc_stats or brw_stats:
//
//	                read                    write
//	pages per rpc         rpcs   % cum % |       rpcs   % cum %
//	16:                    356  29  91   |          0   0  28
//	256:                    96   7 100   |        112  71 100
//
// A bucket of sizes holds what is larger than the one before it.
type lustreHistogram struct {
	title string
	rows  []lustreBucket
}

// lustreBucket counts reads and writes; in a table of one column there are no writes.
type lustreBucket struct {
	edge        int64
	read, write uint64
	single      bool
}

// parseLustreHistograms reads the tables of a file and, of the lines "name: number"
// outside them, the numbers.
func parseLustreHistograms(text string) (all []lustreHistogram, now map[string]float64, err error) {
	if err := whole(text); err != nil {
		return nil, nil, err
	}
	now = map[string]float64{}
	inTable := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, value, isRow := strings.Cut(line, ":")
		switch {
		case line == "", !isRow && isLustreHeading(line):
			inTable = false
		case strings.Contains(line, "cum %"):
			title, _, _ := strings.Cut(line, "  ")
			all = append(all, lustreHistogram{title: title})
			inTable = true
		case inTable:
			row, err := parseLustreBucket(line)
			if err != nil {
				return all, now, fmt.Errorf("line %q: %w", line, err)
			}
			last := &all[len(all)-1]
			last.rows = append(last.rows, row)
		case isRow && !lustreTimes(name):
			if n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 64); err == nil {
				now[name] = float64(n)
			}
		}
	}
	if len(all) == 0 {
		return nil, now, fmt.Errorf("has no table")
	}
	return all, now, nil
}

// isLustreHeading says whether a line is "read | write" or the like, above a table.
func isLustreHeading(line string) bool {
	words := strings.Join(strings.Fields(strings.ReplaceAll(line, "|", " ")), " ")
	return words == "read write" || words == "modify"
}

// parseLustreBucket reads "1K:  6 0 1 | 0 0 28".
func parseLustreBucket(line string) (b lustreBucket, err error) {
	edge, rest, ok := strings.Cut(line, ":")
	if !ok {
		return b, fmt.Errorf("has no bucket")
	}
	if b.edge, err = parseLustreEdge(edge); err != nil {
		return b, err
	}
	read, write, both := strings.Cut(rest, "|")
	if b.read, err = firstCount(read); err != nil {
		return b, err
	}
	b.single = !both
	if both {
		b.write, err = firstCount(write)
	}
	return b, err
}

// parseLustreEdge reads "512" or "4K".
func parseLustreEdge(text string) (int64, error) {
	digits := strings.TrimRight(text, "KMGT")
	shift := 0
	switch unit := text[len(digits):]; unit {
	case "":
	case "K", "M", "G", "T":
		shift = 10 * (1 + strings.Index("KMGT", unit))
	default:
		return 0, fmt.Errorf("bucket %q has a unit other than [K M G T]", text)
	}
	n, err := strconv.ParseUint(digits, 10, 63-shift)
	return int64(n) << shift, err
}

func firstCount(text string) (uint64, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return 0, fmt.Errorf("has no count")
	}
	return strconv.ParseUint(fields[0], 10, 64)
}

// addHistogram adds the buckets that aren't empty as read_NAME and write_NAME.
func (d lustreDevice) addHistogram(h lustreHistogram, name, label string) {
	for _, row := range h.rows {
		edge := strconv.FormatInt(row.edge, 10)
		switch {
		case row.single && row.read > 0:
			d.addFor("modify_"+name, label, edge, float64(row.read))
		case row.single:
		default:
			if row.read > 0 {
				d.addFor("read_"+name, label, edge, float64(row.read))
			}
			if row.write > 0 {
				d.addFor("write_"+name, label, edge, float64(row.write))
			}
		}
	}
}

// addRPCStats takes a client device's rpc_stats.
func (d lustreDevice) addRPCStats(text string) error {
	tables, now, err := parseLustreHistograms(text)
	for _, c := range [][2]string{
		{"read RPCs in flight", "read_inflight"}, {"write RPCs in flight", "write_inflight"},
		{"pending read pages", "pending_read_pages"}, {"pending write pages", "pending_write_pages"},
	} {
		if n, ok := now[c[0]]; ok {
			d.add(c[1], n)
		}
	}
	for _, h := range tables {
		switch h.title {
		case "pages per rpc":
			d.addHistogram(h, "rpcs_by_pages", "pages")
		case "rpcs in flight":
			d.addHistogram(h, "rpcs_by_inflight", "inflight")
		}
	}
	return err
}

// addBulkStats takes a server's brw_stats.
func (d lustreDevice) addBulkStats(text string) error {
	tables, _, err := parseLustreHistograms(text)
	for _, h := range tables {
		switch h.title {
		case "pages per bulk r/w":
			d.addHistogram(h, "rpcs_by_pages", "pages")
		case "disk I/O size":
			d.addHistogram(h, "ios_by_bytes", "bytes")
		}
	}
	return err
}
