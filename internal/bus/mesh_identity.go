package bus

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// meshIdentity makes a node's TLS from the secret that the nodes share: every node derives the same authority from it and
// signs a certificate of its own, for the host where the others reach it. Nothing has to be handed out.
func meshIdentity(secret []byte, host string) (*tls.Config, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, "sidetone bus authority", ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive the authority of the bus: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sidetone bus"},
		NotBefore: time.Unix(0, 0), NotAfter: forever,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root, err := sign(authority, authority, key.Public(), key)
	if err != nil {
		return nil, err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for the bus: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make a serial for the bus: %w", err)
	}
	own := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "sidetone node"},
		NotBefore: time.Unix(0, 0), NotAfter: forever, // it lives as long as the process; clocks of nodes may differ
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		own.IPAddresses = []net.IP{ip}
	} else {
		own.DNSNames = []string{host}
	}
	leaf, err := sign(own, root, public, key)
	if err != nil {
		return nil, err
	}
	known := x509.NewCertPool()
	known.AddCert(root)
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: private, Leaf: leaf}},
		RootCAs:      known,
		ClientCAs:    known,
		ClientAuth:   tls.RequireAndVerifyClientCert,
	}, nil
}

// forever is the date that RFC 5280, 4.1.2.5, gives to certificates without an end.
var forever = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

func sign(cert, parent *x509.Certificate, of any, by ed25519.PrivateKey) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(rand.Reader, cert, parent, of, by)
	if err != nil {
		return nil, fmt.Errorf("sign a certificate of the bus: %w", err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("read a certificate of the bus: %w", err)
	}
	return made, nil
}
