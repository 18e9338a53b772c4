#!/bin/sh
# Says whether committed files are what they should be: generated code is up to
# date, Go files are formatted, go.mod is tidy, shell scripts parse.
# Changes nothing; ends with 1 and the differences when something is off.
set -eu

case "${1:-}" in
-h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac

cd "$(dirname "$0")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
bad=0

scripts/generate.sh "$fresh"
(cd "$fresh" && find . -name '*.pb.go') | while read -r file; do
  # The first lines name the version of the system's protoc.
  diff -u -I '^//.*protoc[[:space:]]*v' "$file" "$fresh/$file" || exit 1
done || { echo "verify: generated code is out of date; run make generate" >&2; bad=1; }

unformatted=$(gofmt -l $(git ls-files '*.go' | grep -v '\.pb\.go$'))
[ -z "$unformatted" ] || { echo "verify: gofmt these: $unformatted" >&2; bad=1; }

go mod tidy -diff || { echo "verify: go.mod is not tidy; run make tidy" >&2; bad=1; }

for script in scripts/*.sh .ci/run; do
  case $(head -n 1 "$script") in
  *bash) bash -n "$script" || bad=1 ;;
  *) sh -n "$script" || bad=1 ;;
  esac
done
exit $bad
