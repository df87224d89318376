package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// busyLegend gives the means beside the inks; where all epochs are warm-up there are none.
func busyLegend(run result.Run, bars []stack, belowWant int) []legendItem {
	au, n := 0.0, 0.0
	lost, drawn := make([]float64, len(lossMetrics())), make([]bool, len(lossMetrics()))
	for _, b := range bars {
		for i, share := range b.lost {
			drawn[i] = drawn[i] || share > 0
		}
		if b.epoch.Warmup {
			continue
		}
		n++
		au += b.au
		for i, share := range b.lost {
			lost[i] += share
		}
	}
	var items []legendItem
	if n > 0 {
		items = append(items, legendItem{inkAU, "accelerators busy (AU)", percentBeside(au/n, threshold(run))})
	}
	if belowWant > 0 {
		items = append(items, legendItem{inkBad, "AU below the threshold", ""})
	}
	if n < float64(len(bars)) {
		items = append(items, legendItem{inkStart, "AU of a warm-up epoch, in no mean", ""})
	}
	for i, l := range lossMetrics() {
		if !drawn[i] {
			continue
		}
		mean := ""
		if n > 0 {
			mean = units.Percent(lost[i]/n, 1)
		}
		items = append(items, legendItem{l.ink, l.label, mean})
	}
	return items
}

func busyCaption(run result.Run, bars []stack, from float64) string {
	var parts []string
	if sigma, ok := run.Metrics["au_stddev_fraction"]; ok && len(counted(run, "au_fraction")) > 1 {
		parts = append(parts, fmt.Sprintf("Mean %s, deviation %s points (population, as DLIO).",
			percentBeside(run.Metrics["au_mean_fraction"], threshold(run)), points(sigma)))
	}
	if below, of := belowThreshold(run, bars); below > 0 && of > 1 {
		parts = append(parts, fmt.Sprintf("%d of %d epochs lie below the threshold.", below, of))
	}
	if p := profile(run); p != "shuffled" {
		parts = append(parts, fmt.Sprintf("AU is by the formula of %s, which counts another stretch of time than lbench's own: what was lost stands under \"Where did the time go?\".", p))
	}
	if worst := worstLoss(bars); worst != "" {
		parts = append(parts, worst)
	}
	if from > 0 {
		parts = append(parts, fmt.Sprintf("The axis starts at %s.", short(from)))
	}
	return strings.Join(parts, " ")
}

// belowThreshold counts the epochs that enter the mean, and those of them that alone would fail.
func belowThreshold(run result.Run, bars []stack) (below, of int) {
	for _, b := range bars {
		if !b.epoch.Warmup {
			of++
			if b.au < threshold(run) {
				below++
			}
		}
	}
	return below, of
}

// worstLoss names what the worst epoch lost most time to.
func worstLoss(bars []stack) string {
	worst := -1
	for i, b := range bars {
		if !b.epoch.Warmup && (worst < 0 || b.au < bars[worst].au) {
			worst = i
		}
	}
	if worst < 0 {
		return ""
	}
	b, largest := bars[worst], 0
	for i, share := range b.lost {
		if share > b.lost[largest] {
			largest = i
		}
	}
	length, known := window(b.epoch)
	if !known || b.lost[largest] == 0 {
		return ""
	}
	name := strconv.Itoa(b.epoch.Epoch)
	if len(bars) > 1 {
		name += ", the worst,"
	}
	return fmt.Sprintf("Epoch %s lost %s points (%s) to %s.", name, points(b.lost[largest]),
		units.Duration(time.Duration(b.lost[largest]*length)), lossMetrics()[largest].label)
}

func busyDescription(run result.Run, bars []stack) string {
	texts := make([]string, len(bars))
	for i, b := range bars {
		texts[i] = fmt.Sprintf("epoch %d: %s", b.epoch.Epoch, percentBeside(b.au, threshold(run)))
	}
	kind, bottom := "Stacked bars", ", AU at the bottom"
	if profile(run) != "shuffled" {
		kind, bottom = "Bars", ", AU by the formula of "+run.Plan.Profile
	}
	text := kind + bottom + ". " + strings.Join(texts, ", ") + "."
	if len(bars) > 20 {
		text = fmt.Sprintf("%s of %d epochs%s.", kind, len(bars), bottom)
	}
	if want := threshold(run); want > 0 {
		text += " The threshold is " + short(want) + "."
	}
	return text
}
