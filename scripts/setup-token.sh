#!/bin/sh
# Makes sure that a user has an access token and prints it. See --help.
set -eu
usage='usage: setup-token.sh --for USER [--days DAYS] [option]...
Prints an access token of this user: one that is still valid for a day at
least, or a new one.
  --for USER    whose token; yourself, unless you are an admin
  --days DAYS   how long a new token is valid (default 365)'
. "$(dirname "$0")/api.sh"

holder='' days=365
while [ $# -gt 0 ]; do
  read_common "$@"
  if [ $taken = 0 ]; then
    case $1 in
    --for) holder=$(argument "$@") ;;
    --days) days=$(argument "$@") ;;
    *) wrong "unknown argument: $1" ;;
    esac
    taken=2
  fi
  shift $taken
done
[ -n "$holder" ] || wrong "--for is missing"
case $days in
'' | *[!0-9]*) wrong "--days is not a number: $days" ;;
esac

# valid_token prints a token of the holder that lives for another day.
valid_token() {
  page=1
  while :; do
    rows=$(call GET /access-token/list-paging --data-urlencode "searchVal=$holder" \
      --data pageNo=$page --data pageSize=100) || return
    found=$(printf '%s' "$rows" | python3 -c '
import datetime, json, sys
soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
for row in json.load(sys.stdin)["data"]["totalList"]:
    until = datetime.datetime.strptime(row["expireTime"], "%Y-%m-%dT%H:%M:%S.%f%z")
    if row["userName"] == sys.argv[1] and row["token"] and until > soon:
        print(row["token"])
        break
' "$holder") || fail 3 "the list of tokens cannot be read"
    if [ -n "$found" ]; then
      printf '%s\n' "$found"
      return
    fi
    [ "$(printf '%s' "$rows" | json data totalPage)" -gt $page ] || return 0
    page=$((page + 1))
  done
}

# holder_id finds the user: in the list, which only an admin may read, or in
# what everybody may know of himself.
holder_id() {
  self=$(call GET /users/get-user-info) || return
  if [ "$(printf '%s' "$self" | json data userName)" = "$holder" ]; then
    printf '%s' "$self" | json data id
    return
  fi
  found_user=$(find_row /users/list-paging userName "$holder") || return
  [ -n "$found_user" ] || fail 1 "there is no user '$holder'"
  of "$found_user" id
}

connect
present=$(valid_token)
if [ -n "$present" ]; then
  say "user '$holder' has a token"
  printf '%s\n' "$present"
  exit 0
fi
id=$(holder_id)
expires=$(python3 -c '
import datetime, sys
print((datetime.datetime.now() + datetime.timedelta(days=int(sys.argv[1]))).strftime("%Y-%m-%d %H:%M:%S"))
' "$days")
generated=$(call POST /access-token/generate --data "userId=$id" --data-urlencode "expireTime=$expires")
value=$(printf '%s' "$generated" | json data)
secret new-token "$value"
call POST /access-token/create --data "userId=$id" --data-urlencode "expireTime=$expires" \
  --data-urlencode "token@$private/new-token" >/dev/null
say "token of user '$holder' created, valid until $expires"
printf '%s\n' "$value"
