package workloads

import (
	"time"

	"go.yaml.in/yaml/v3"
)

// key is one key that lbench uses: how its YAML becomes a field of Training.
type key struct {
	name     string
	fallback any // DLIO's default
	parse    func(*yaml.Node) (any, error)
	set      func(*Training, any)
	get      func(*Training) any
}

// field makes a key out of a parser and the place of its value.
func field[T any](name string, fallback T, parse func(*yaml.Node) (T, error), place func(*Training) *T) key {
	return key{
		name:     name,
		fallback: fallback,
		parse:    func(n *yaml.Node) (any, error) { return parse(n) },
		set:      func(t *Training, v any) { *place(t) = v.(T) },
		get:      func(t *Training) any { return *place(t) },
	}
}

const (
	manyFiles   = 1_000_000_000
	manyThreads = 4096
	manyBatches = 1_000_000
	manySteps   = 1_000_000_000
	aDay        = 24 * time.Hour
)

// keys lists what lbench uses, in the order in which a workload prints.
func keys() []key {
	return []key{
		field("model.name", "", anyText, func(t *Training) *string { return &t.Model }),
		field("framework", "tensorflow", oneOf("tensorflow", "pytorch"), func(t *Training) *string { return &t.Framework }),

		field("dataset.data_folder", "./data/", someText, func(t *Training) *string { return &t.Dataset.DataFolder }),
		field("dataset.format", "tfrecord", oneOf(formats()...), func(t *Training) *string { return &t.Dataset.Format }),
		field("dataset.file_prefix", "img", fileName, func(t *Training) *string { return &t.Dataset.FilePrefix }),
		field("dataset.num_files_train", 8, whole(1, manyFiles), func(t *Training) *int { return &t.Dataset.NumFilesTrain }),
		field("dataset.num_samples_per_file", 1, whole(1, manyFiles), func(t *Training) *int { return &t.Dataset.NumSamplesPerFile }),
		field("dataset.num_subfolders_train", 0, whole(0, manyFiles), func(t *Training) *int { return &t.Dataset.NumSubfoldersTrain }),
		field("dataset.record_length_bytes", 65536, number(1, 1e12), func(t *Training) *float64 { return &t.Dataset.RecordLengthBytes }),
		field("dataset.record_length_bytes_stdev", 0, number(0, 1e12), func(t *Training) *float64 { return &t.Dataset.RecordLengthBytesStdev }),
		field("dataset.record_length_bytes_resize", 0, number(0, 1e12), func(t *Training) *float64 { return &t.Dataset.RecordLengthBytesResize }),

		field("reader.data_loader", "tensorflow", oneOf(loaders()...), func(t *Training) *string { return &t.Reader.DataLoader }),
		field("reader.batch_size", 1, whole(1, manyFiles), func(t *Training) *int { return &t.Reader.BatchSize }),
		field("reader.read_threads", 1, whole(1, manyThreads), func(t *Training) *int { return &t.Reader.ReadThreads }),
		field("reader.computation_threads", 1, whole(1, manyThreads), func(t *Training) *int { return &t.Reader.ComputationThreads }),
		field("reader.prefetch_size", 2, whole(0, manyBatches), func(t *Training) *int { return &t.Reader.PrefetchSize }),
		// DLIO's null leaves it to TensorFlow, whose default this is.
		field("reader.transfer_size", 262144, size(1, 1<<30), func(t *Training) *int64 { return &t.Reader.TransferSize }),

		field("train.epochs", 1, whole(1, manyBatches), func(t *Training) *int { return &t.Train.Epochs }),
		field("train.total_training_steps", -1, stepLimit, func(t *Training) *int { return &t.Train.TotalTrainingSteps }),
		field("train.computation_time", 0, computationTime, func(t *Training) *time.Duration { return &t.Train.ComputationTime }),
		field("train.seed", 123, seed, func(t *Training) *int64 { return &t.Train.Seed }),

		field("metric.au", 0.90, fraction, func(t *Training) *float64 { return &t.Metric.AU }),
	}
}

func formats() []string {
	return []string{"tfrecord", "npz", "npy", "hdf5", "csv", "jpeg", "png", "hdf5_opt", "indexed_binary",
		"mmap_indexed_binary", "synthetic", "parquet"}
}

func loaders() []string {
	return []string{"tensorflow", "pytorch", "dali", "native_dali", "synthetic", "custom", "none"}
}

// plain is a value as it stands in YAML and in Settings.
func plain(v any) any {
	if d, ok := v.(time.Duration); ok {
		return d.Seconds()
	}
	return v
}
