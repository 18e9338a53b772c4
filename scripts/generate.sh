#!/bin/sh
# Regenerates what is generated and committed: the gRPC code beside each .proto.
#
# usage: scripts/generate.sh [OUT]
#   OUT  root of the tree to write to (default: the repository itself)
#
# The plugins are built in their pinned versions below .cache; protoc is the
# one of the system (Debian: protobuf-compiler).
set -eu

protoc_gen_go=google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
protoc_gen_go_grpc=google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.1

case "${1:-}" in
-h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac

cd "$(dirname "$0")/.."
out=${1:-.}
plugins=$PWD/.cache/protoc-plugins

command -v protoc >/dev/null || {
  echo "generate: protoc is missing; install the package protobuf-compiler" >&2
  exit 1
}
mkdir -p "$plugins"
for plugin in "$protoc_gen_go" "$protoc_gen_go_grpc"; do
  name=${plugin##*/}
  stamp=$plugins/.$name
  [ -e "$stamp" ] || { GOBIN=$plugins go install "$plugin" && touch "$stamp"; }
done

mkdir -p "$out/proto"
(cd proto && find ./* -name '*.proto' | sort) | while read -r file; do
  PATH=$plugins:$PATH protoc -I proto \
    --go_out="$out/proto" --go_opt=paths=source_relative \
    --go-grpc_out="$out/proto" --go-grpc_opt=paths=source_relative \
    "${file#./}"
done
