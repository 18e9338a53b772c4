// Package open makes a blob store from a URL in the configuration.
package open

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/local"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/s3"
)

// Names of the environment variables with the credentials of a bucket; they
// are not part of the URL, which is shown in logs.
const (
	AccessKeyEnv = "PORPOISE_S3_ACCESS_KEY"
	SecretKeyEnv = "PORPOISE_S3_SECRET_KEY"
)

// Open makes the store that location names: a folder, as /dir or file:///dir,
// or a bucket, as s3://bucket/prefix?endpoint=host:port&region=name&insecure=1.
// getenv gives the credentials. The caller closes the store.
func Open(ctx context.Context, location string, getenv func(string) string) (blob.Store, error) {
	if strings.HasPrefix(location, "/") {
		return openLocal(location)
	}
	u, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("reading blob location: %w", err)
	}
	if u.User != nil {
		return nil, fmt.Errorf("a blob location must not hold credentials: use %s and %s", AccessKeyEnv, SecretKeyEnv)
	}
	switch {
	case u.Scheme == "file" && u.Host == "" && strings.HasPrefix(u.Path, "/"):
		return openLocal(u.Path)
	case u.Scheme == "s3" && u.Host != "":
		return openBucket(ctx, u, getenv)
	}
	return nil, fmt.Errorf("blob location %q is neither a folder nor a bucket", location)
}

func openLocal(dir string) (blob.Store, error) {
	s, err := local.New(dir)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openBucket(ctx context.Context, u *url.URL, getenv func(string) string) (blob.Store, error) {
	config := s3.Config{
		Bucket: u.Host, Prefix: u.Path, AccessKey: getenv(AccessKeyEnv), SecretKey: getenv(SecretKeyEnv),
	}
	for name, values := range u.Query() {
		switch value := values[0]; name {
		case "endpoint":
			config.Endpoint = value
		case "region":
			config.Region = value
		case "insecure":
			config.Insecure = value == "1" || value == "true"
		default:
			return nil, fmt.Errorf("blob location has the unknown option %q", name)
		}
	}
	if config.AccessKey == "" || config.SecretKey == "" {
		return nil, fmt.Errorf("a bucket needs %s and %s", AccessKeyEnv, SecretKeyEnv)
	}
	s, err := s3.New(ctx, config)
	if err != nil {
		return nil, err
	}
	return s, nil
}
