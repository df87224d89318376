package mount

import "github.com/lbench/lbench/internal/result"

// Doubts are the warnings that follow from what is kept of a mount: lustre_layouts_differ.
// lustre_settings_differ is of settings of which only the first is kept.
func Doubts(m *result.Mount) []result.Warning {
	if m == nil || m.Lustre == nil {
		return nil
	}
	return layoutsDiffer(m.Lustre.Layouts)
}
