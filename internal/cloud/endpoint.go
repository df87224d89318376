package cloud

import (
	"fmt"
	"net"
)

// loopbackEndpoint says whether host:port is this machine, to which plain text may go.
func loopbackEndpoint(endpoint string) (bool, error) {
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil {
		return false, fmt.Errorf("endpoint %q isn't host:port", endpoint)
	}
	return loopback(host), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
