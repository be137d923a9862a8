package cluster

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"os"
	"time"
)

// The words for how the mesh is secured.
const (
	secureNone   = "none"
	secureSecret = "secret"
	secureTLS    = "tls"
)

// derivedName is the name in the certificates that are derived from the secret.
// Nodes are known by the authority that signed, not by their addresses.
const derivedName = "node.lasso-cluster"

// security is how routes are secured.
type security struct {
	kind     string
	tls      *tls.Config // nil: plain
	password string      // of routes; only ever sent inside TLS
}

func newSecurity(cfg *Config) (security, error) {
	switch {
	case cfg.CertFile != "":
		conf, err := tlsFromFiles(cfg.CertFile, cfg.KeyFile, cfg.CAFile)
		if err != nil {
			return security{}, err
		}
		s := security{kind: secureTLS, tls: conf}
		if len(cfg.Secret) > 0 {
			s.password, err = derivePassword(cfg.Secret)
		}
		return s, err
	case len(cfg.Secret) > 0:
		conf, err := tlsFromSecret(cfg.Secret)
		if err != nil {
			return security{}, err
		}
		password, err := derivePassword(cfg.Secret)
		return security{kind: secureSecret, tls: conf, password: password}, err
	default:
		return security{kind: secureNone}, nil
	}
}

func derivePassword(secret []byte) (string, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "lasso cluster route password 1", 32)
	return base64.RawURLEncoding.EncodeToString(key), err
}

// tlsFromSecret derives a certificate authority from the secret, the same on
// all nodes, and issues this process a certificate of its own. Who has the
// secret can issue any certificate, so these do not expire: a date would only
// turn away nodes whose clocks are wrong.
func tlsFromSecret(secret []byte) (*tls.Config, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, "lasso cluster authority 1", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	until := time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC)
	caKey := ed25519.NewKeyFromSeed(seed)
	caForm := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lasso cluster"},
		NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, caForm, caForm, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	ca, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: derivedName}, DNSNames: []string{derivedName},
		NotBefore: from, NotAfter: until,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, ca, public, caKey)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs:      pool,
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ServerName:   derivedName, // the engine leaves it as it is
	}, nil
}

// tlsFromFiles is mutual TLS with certificates of the operator's. A node is
// reached under addresses that its certificate need not name, so that the
// authority is checked and the name is not.
func tlsFromFiles(certFile, keyFile, caFile string) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("CLUSTER_TLS_CERT, CLUSTER_TLS_KEY: %w", err)
	}
	pem, err := os.ReadFile(caFile) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("CLUSTER_TLS_CA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("CLUSTER_TLS_CA: %s holds no certificate", caFile)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{cert},
		RootCAs:      pool,
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		//nolint:gosec // VerifyConnection below checks all but the name
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("the peer sent no certificate")
			}
			opts := x509.VerifyOptions{
				Roots:         pool,
				Intermediates: x509.NewCertPool(),
				KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
			}
			for _, c := range state.PeerCertificates[1:] {
				opts.Intermediates.AddCert(c)
			}
			_, err := state.PeerCertificates[0].Verify(opts)
			return err
		},
	}, nil
}
