#!/bin/sh
# Makes sure that a tenant exists. See --help.
set -eu
usage='usage: setup-tenant.sh --code CODE [--name NAME] [--queue QUEUE] [--description TEXT] [option]...
Makes sure that a tenant of this code exists: the OS user that tasks run as.
  --name NAME         shown in lists (default the code)
  --queue QUEUE       name of its queue (default "default")
  --description TEXT'
. "$(dirname "$0")/api.sh"

name='' queue=default description=''
tenant_code=''
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
name=${name:-$tenant_code}

connect
queue_row=$(find_row /queue/list-paging queueName "$queue")
[ -n "$queue_row" ] || fail 1 "there is no queue '$queue'"
queue_id=$(of "$queue_row" id)

row=$(find_row /tenant/list-paging tenantCode "$tenant_code")
if [ -z "$row" ]; then
  call POST /tenant/create --data-urlencode "tenantCode=$tenant_code" --data-urlencode "tenantName=$name" \
    --data "queueId=$queue_id" --data-urlencode "description=$description" >/dev/null
  row=$(find_row /tenant/list-paging tenantCode "$tenant_code")
  say "tenant '$tenant_code' created"
elif [ "$(of "$row" tenantName)" != "$name" ] || [ "$(of "$row" queueId)" != "$queue_id" ] ||
  [ "$(of "$row" description)" != "$description" ]; then
  call POST /tenant/update --data "id=$(of "$row" id)" --data-urlencode "tenantCode=$tenant_code" \
    --data-urlencode "tenantName=$name" --data "queueId=$queue_id" \
    --data-urlencode "description=$description" >/dev/null
  say "tenant '$tenant_code' changed"
else
  say "tenant '$tenant_code' is there"
fi
of "$row" id
