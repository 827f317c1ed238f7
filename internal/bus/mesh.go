package bus

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
)

// Cluster lets the nodes' own servers meet. Each listens for the others; all hold the same secret, and routes are TLS by
// certificates made from it, so who does not know the secret can neither join nor listen.
type Cluster struct {
	Listen    string // host:port for the other nodes; 127.0.0.1:0 when empty
	Advertise string // host or host:port where the others reach it, if that is not Listen
	Secret    []byte // at least 16 bytes, the same on all nodes
}

type mesh struct {
	base      *server.Options // never given away: the server changes what it is given
	advertise string

	mu     sync.Mutex
	routes []string
}

func newMesh(c Cluster) (*mesh, error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("open the bus: the secret of the cluster is too short")
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	host, portText, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, fmt.Errorf("read the cluster's address %q: %w", c.Listen, err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return nil, fmt.Errorf("read the cluster's address %q: %q is no port", c.Listen, portText)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	reached := host
	if c.Advertise != "" {
		reached = c.Advertise
		if h, _, err := net.SplitHostPort(c.Advertise); err == nil {
			reached = h
		}
	}
	identity, err := meshIdentity(c.Secret, reached)
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	return &mesh{
		advertise: c.Advertise,
		base: &server.Options{
			NoSigs: true, NoLog: true,
			// Routes do not start without a client listener, so there is one that nobody knows the password of.
			Host: "127.0.0.1", Port: server.RANDOM_PORT, Username: "sidetone", Password: password,
			Cluster: server.ClusterOpts{
				Name: "sidetone", Host: host, Port: port, Advertise: c.Advertise, PoolSize: -1, TLSConfig: identity,
				Compression: server.CompressionOpts{Mode: server.CompressionOff},
			},
		},
	}, nil
}

func (m *mesh) options() *server.Options { return m.base.Clone() }

// RouteURL is where other nodes reach this one's bus; "" without a mesh.
func (b *Bus) RouteURL() string {
	if b.mesh == nil {
		return ""
	}
	at := b.server.ClusterAddr()
	address := at.String()
	if a := b.mesh.advertise; a != "" {
		address = a
		if _, _, err := net.SplitHostPort(a); err != nil {
			address = net.JoinHostPort(a, strconv.Itoa(at.Port))
		}
	}
	return "nats-route://" + address
}

// SetRoutes says which other nodes there are now, by their RouteURL. The bus connects to new ones, keeps trying those that
// do not answer, and gives up those that are no longer named. Its own URL and bad ones are left out.
func (b *Bus) SetRoutes(urls []string) error {
	if b.mesh == nil {
		return nil
	}
	own := b.RouteURL()
	urls = slices.DeleteFunc(slices.Clone(urls), func(u string) bool { return u == own || u == "" })
	slices.Sort(urls)
	urls = slices.Compact(urls)

	b.mesh.mu.Lock()
	defer b.mesh.mu.Unlock()
	if slices.Equal(urls, b.mesh.routes) {
		return nil
	}
	opts := b.mesh.options()
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			continue
		}
		opts.Routes = append(opts.Routes, u)
	}
	if err := b.server.ReloadOptions(opts); err != nil {
		return fmt.Errorf("change the routes of the bus: %w", err)
	}
	b.mesh.routes = urls
	return nil
}

// Routes counts the other nodes that this one's bus is connected to.
func (b *Bus) Routes() int {
	if b.server == nil {
		return 0
	}
	return b.server.NumRoutes()
}
