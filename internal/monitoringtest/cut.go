package monitoringtest

import (
	"net"
	"sync"
)

// cutListener accepts connections that can be cut in the middle of an answer.
type cutListener struct {
	net.Listener
	mu    sync.Mutex
	conns map[string]*cutConn // by the client's address
}

func newCutListener(l net.Listener) *cutListener {
	return &cutListener{Listener: l, conns: map[string]*cutConn{}}
}

// Accept implements net.Listener.
func (l *cutListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &cutConn{Conn: conn, listener: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[conn.RemoteAddr().String()] = c
	return c, nil
}

// cutAfter ends a client's connection once n more bytes went to it, and calls cut just before.
func (l *cutListener) cutAfter(client net.Addr, n int, cut func()) {
	l.mu.Lock()
	conn := l.conns[client.String()]
	l.mu.Unlock()
	if conn == nil {
		return
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	conn.left, conn.cut = n, cut
}

// cutConn is one connection.
type cutConn struct {
	net.Conn
	listener *cutListener

	mu   sync.Mutex
	left int    // bytes until the cut
	cut  func() // nil: no cut is due
}

// Write implements net.Conn.
func (c *cutConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut == nil {
		return c.Conn.Write(p)
	}
	if len(p) <= c.left {
		c.left -= len(p)
		return c.Conn.Write(p)
	}
	n, _ := c.Conn.Write(p[:c.left]) // the connection ends anyway
	c.cut()
	c.cut = nil
	c.Conn.Close()
	return n, net.ErrClosed
}

// Close implements net.Conn.
func (c *cutConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.conns, c.RemoteAddr().String())
	c.listener.mu.Unlock()
	return c.Conn.Close()
}
