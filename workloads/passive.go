package workloads

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// passive is a key that DLIO has and lbench doesn't use.
type passive struct {
	name  string
	quiet []string // values that need no warning, in lower case; none: every value
}

// passives lists them by section. A value that changes neither what is read nor
// how fast (a folder for checkpoints that nobody writes) is quiet; so is DLIO's
// default, which is what lbench does.
func passives() []passive {
	return slices.Concat(
		[]passive{
			{"workflow.generate_data", []string{"false"}},
			{"workflow.train", []string{"true"}},
			{"workflow.evaluation", []string{"false"}},
			{"workflow.checkpoint", []string{"false"}},
			{"dataset.num_files_eval", []string{"0"}},
			{"dataset.compression", []string{"none"}},
			{"dataset.keep_files", []string{"true"}},
			{"dataset.record_dims", []string{"[]"}},
			{"dataset.record_element_type", []string{"uint8"}},
			{"reader.file_shuffle", []string{"off", "false"}},
			{"reader.sample_shuffle", []string{"off", "false"}},
			{"reader.read_type", []string{"on_demand"}},
			{"reader.file_access", []string{"multi"}},
			{"reader.odirect", []string{"false"}},
			{"reader.preprocess_time", []string{"{}", "0", "0.0"}},
			{"reader.transformed_record_dims", []string{"[]"}},
			{"reader.transformed_record_element_type", []string{"uint8"}},
			{"train.seed_change_epoch", []string{"true"}},
			{"train.computation_time_stdev", []string{"0", "0.0"}},
			{"storage.storage_type", []string{"local_fs", "parallel_fs"}},
			{"output.metric.exclude_start_steps", []string{"1"}},
			{"output.metric.exclude_end_steps", []string{"0"}},
		},
		// For other formats, loaders and frameworks, or governed by a key above.
		silent("model", "type", "model_size", "model_size_bytes", "num_layers", "layer_parameters",
			"optimization_groups", "model_datatype", "optimizer_datatype", "transformer", "parallelism"),
		silent("workflow", "profiling"),
		silent("dataset", "num_subfolders_eval", "compression_level", "enable_chunking", "chunk_size", "hdf5",
			"generation_buffer_size", "skip_listing", "listing_validation_interval", "parquet"),
		silent("reader", "batch_size_eval", "shuffle_size", "multiprocessing_context", "pin_memory", "dont_use_mmap"),
		silent("evaluation", "eval_time", "eval_time_stdev", "eval_after_epoch", "epochs_between_evals"),
		silent("checkpoint", "checkpoint_folder", "checkpoint_after_epoch", "epochs_between_checkpoints",
			"steps_between_checkpoints", "num_checkpoints_write", "num_checkpoints_read", "time_between_checkpoints",
			"mode", "type", "fsync", "recovery_rank_shift", "rank_sync", "randomize_tensor", "ksm", "model_size"),
		silent("storage", "storage_root", "storage_library", "storage_options", "post_generation_settle_seconds"),
		silent("output", "folder", "log_file"),
		silent("profiling", "profiler", "iostat_devices"),
	)
}

func silent(section string, names ...string) []passive {
	list := make([]passive, len(names))
	for i, name := range names {
		list[i].name = section + "." + name
	}
	return list
}

// covers tells whether name is this key or something inside it.
func (p passive) covers(name string) bool {
	return name == p.name || strings.HasPrefix(name, p.name+".")
}

// warning says that a value has no effect, or "" where that needs no saying.
func (p passive) warning(name string, e entry) string {
	if len(p.quiet) == 0 || e.node.ShortTag() == "!!null" || slices.Contains(p.quiet, flat(e.node)) {
		return ""
	}
	return fmt.Sprintf("%s%s is %s: lbench ignores this key", e.at, name, flat(e.node))
}

// flat is a node as one word: a scalar, "[]", "{}", or "[...]" where there is
// something inside.
func flat(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		return "[]"
	case n.Kind == yaml.SequenceNode:
		return "[...]"
	case n.Kind == yaml.MappingNode && len(n.Content) == 0:
		return "{}"
	case n.Kind == yaml.MappingNode:
		return "{...}"
	}
	return strings.ToLower(n.Value)
}
