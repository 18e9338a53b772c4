#!/bin/sh
# Makes sure that a tenant exists. See --help.
set -eu
usage='usage: setup-tenant.sh --code CODE [--name NAME] [--queue QUEUE] [--description TEXT] [option]...
Makes sure that a tenant of this code exists: the OS user that tasks run as.
  --name NAME         shown in lists (default the code)
  --queue QUEUE       name of its queue (default "default")
  --description TEXT'
. "$(dirname "$0")/ctl.sh"

name='' queue=default description='' tenant_code=''
while [ $# -gt 0 ]; do
  read_common "$@"
  if [ $taken = 0 ]; then
    case $1 in
    --code) tenant_code=$(argument "$@") ;;
    --name) name=$(argument "$@") ;;
    --queue) queue=$(argument "$@") ;;
    --description) description=$(argument "$@") ;;
    *) wrong "unknown argument: $1" ;;
    esac
    taken=2
  fi
  shift $taken
done
[ -n "$tenant_code" ] || wrong "--code is missing"

ctl tenant ensure --name "${name:-$tenant_code}" --queue "$queue" --description "$description" -- "$tenant_code"
