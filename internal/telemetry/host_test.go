package telemetry

import (
	"os"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

func TestHostVirtualMachine(t *testing.T) {
	root := capture(t, "vm")
	symlink(t, "../../bus/virtio/drivers/virtio_net", root, "sys/class/net/eth0/device/driver")
	want := result.Host{
		Name:        "lbench-vm",
		OS:          "Debian GNU/Linux 12 (bookworm)",
		Kernel:      "6.1.0-56-amd64",
		Virtual:     "unrecognized hypervisor",
		CPUModel:    "AMD EPYC",
		CPUs:        2,
		Sockets:     1,
		UsableCPUs:  2,
		MemoryBytes: 24684084 << 10,
		NICs:        []result.NIC{{Name: "eth0", Driver: "virtio_net", MTU: 1400}},
	}
	if diff := cmp.Diff(want, Host(root)); diff != "" {
		t.Error(diff)
	}
}

func TestHostServer(t *testing.T) {
	root := capture(t, "server")
	symlink(t, "../../../bus/pci/drivers/mlx5_core", root, "sys/class/infiniband/mlx5_0/device/driver")
	write(t, "1: DOWN\n", root, "sys/class/infiniband/hfi1_0/ports/2/state")
	for _, f := range []struct{ name, text string }{
		{"lo/type", "772"},
		{"ifb0/type", "1"}, {"ifb0/operstate", "down"},
		{"ib0/type", "32"}, {"ib0/operstate", "up"}, {"ib0/mtu", "2044"}, {"ib0/speed", "100000"},
		{"bonding_masters", ""},
	} {
		write(t, f.text+"\n", root, "sys/class/net", f.name)
	}
	write(t, "Cpus_allowed_list:\t1,3-127\n", root, "proc/self/status")
	got := Host(root)
	want := result.Host{
		CPUModel:    "Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz",
		CPUs:        8,
		Sockets:     1,
		UsableCPUs:  6, // 1, 3, 4, 5, 6, 7
		MemoryBytes: 15666184 << 10,
		NICs: []result.NIC{
			{Name: "eth0", BytesPerS: 125e6, MTU: 1500},
			{Name: "ib0", BytesPerS: 12.5e9, MTU: 2044, Infiniband: true},
			{Name: "hfi1_0/1", BytesPerS: 12.5e9, Infiniband: true},
			{Name: "mlx5_0/1", Driver: "mlx5_core", BytesPerS: 3.125e9, Infiniband: true},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHostNothing has a machine of which nothing can be read: all is absent.
func TestHostNothing(t *testing.T) {
	if diff := cmp.Diff(result.Host{}, Host(t.TempDir())); diff != "" {
		t.Error(diff)
	}
}

// TestHostHere asks the kernel that runs the test.
func TestHostHere(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	got := Host("/")
	if got.Name != name || got.Kernel == "" || got.MemoryBytes < 1<<26 {
		t.Errorf("%+v", got)
	}
	if got.UsableCPUs <= 0 || got.UsableCPUs > float64(got.CPUs) || got.UsableCPUs > float64(runtime.NumCPU()) {
		t.Errorf("%v CPUs usable of %d; the runtime counts %d", got.UsableCPUs, got.CPUs, runtime.NumCPU())
	}
}

func TestOSName(t *testing.T) {
	for _, tt := range []struct{ etc, usr, want string }{
		{"NAME=x\nPRETTY_NAME=\"Rocky Linux 9.4 (Blue Onyx)\"\n", "PRETTY_NAME=other\n", "Rocky Linux 9.4 (Blue Onyx)"},
		{"", "PRETTY_NAME='SLES 15'\n", "SLES 15"},
		{"NAME=x\n", "", ""},
	} {
		root := t.TempDir()
		write(t, tt.etc, root, "etc/os-release")
		write(t, tt.usr, root, "usr/lib/os-release")
		if got := osName(root); got != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.etc, tt.usr, got, tt.want)
		}
	}
}

func TestParseCPUInfo(t *testing.T) {
	two := "processor\t: 0\nmodel name\t: A: B\nphysical id\t: 0\n\nprocessor\t: 4\nmodel name\t: A: B\nphysical id\t: 3\n"
	got := parseCPUInfo(two)
	if got.model != "A: B" || len(got.sockets) != 2 || !cmp.Equal(got.online, []int{0, 4}) || got.flags {
		t.Errorf("%+v", got)
	}
	arm := "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n"
	if got := parseCPUInfo(arm); got.model != "" || len(got.sockets) != 0 || len(got.online) != 1 || got.flags {
		t.Errorf("%+v", got)
	}
}

// TestSocketsFromSysfs is arm64, whose cpuinfo knows no sockets.
func TestSocketsFromSysfs(t *testing.T) {
	root := t.TempDir()
	for cpu, id := range map[string]string{"cpu0": "0", "cpu1": "0", "cpu2": "36", "cpu3": "-1", "cpuidle": "7"} {
		write(t, id+"\n", root, "sys/devices/system/cpu", cpu, "topology/physical_package_id")
	}
	if got := sockets(root, cpuInfo{}); got != 2 {
		t.Errorf("%d sockets, want 2", got)
	}
}

func TestHypervisor(t *testing.T) {
	x86guest, x86metal, arm := cpuInfo{flags: true, guest: true}, cpuInfo{flags: true}, cpuInfo{}
	for _, tt := range []struct {
		info                  cpuInfo
		vendor, product, hyps string
		want                  string
	}{
		{x86guest, "QEMU", "Standard PC (Q35 + ICH9, 2009)", "", "QEMU"},
		{x86guest, "Google", "Google Compute Engine", "", "Google Compute Engine"},
		{x86guest, "Amazon EC2", "m6i.large", "", "Amazon EC2"},
		{x86guest, "Microsoft Corporation", "Virtual Machine", "", "Hyper-V"},
		{x86guest, "VMware, Inc.", "VMware7,1", "", "VMware"},
		{x86guest, "innotek GmbH", "VirtualBox", "", "VirtualBox"},
		{x86guest, "OpenStack Foundation", "OpenStack Nova", "", "OpenStack"},
		{x86guest, "Red Hat", "KVM", "", "KVM"},
		{x86guest, "", "", "xen", "Xen"},
		{x86guest, "Xen", "HVM domU", "", "Xen"},
		{x86guest, "", "", "", "unrecognized hypervisor"},
		{x86metal, "Amazon EC2", "m6i.metal", "", ""},
		{x86metal, "Microsoft Corporation", "Surface Laptop", "", ""},
		{arm, "Amazon EC2", "m7g.large", "", "Amazon EC2"},
		{arm, "Ampere", "Mt. Jade", "", ""},
	} {
		root := t.TempDir()
		write(t, tt.vendor+"\n", root, "sys/class/dmi/id/sys_vendor")
		write(t, tt.product+"\n", root, "sys/class/dmi/id/product_name")
		write(t, tt.hyps+"\n", root, "sys/hypervisor/type")
		if got := hypervisor(root, tt.info); got != tt.want {
			t.Errorf("%+v is %q", tt, got)
		}
	}
}

func TestLineRate(t *testing.T) {
	for text, want := range map[string]float64{"100000\n": 12.5e9, "-1\n": 0, "0\n": 0, "": 0, "fast\n": 0} {
		dir := t.TempDir()
		write(t, text, dir, "speed")
		if got := lineRate(dir); got != want {
			t.Errorf("speed %q is %v bytes/s, want %v", text, got, want)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]float64{"400 Gb/sec (4X NDR)": 50e9, "2.5 Gb/sec (1X SDR)": 312.5e6, "x Gb/sec": 0, "": 0, "100": 0, "-1 Gb/sec": 0} {
		if got := parseRate(text); got != want {
			t.Errorf("rate %q is %v bytes/s, want %v", text, got, want)
		}
	}
}
