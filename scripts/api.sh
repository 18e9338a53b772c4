# shellcheck shell=sh disable=SC2034 # settings are used by the scripts that read this
# Calls of the REST API of DolphinScheduler 1.3.9 for scripts beside this file,
# which read it. It is not a command. Those that need no answer of that API call
# `porpoise ctl` instead: see ctl.sh.
#
# Needs curl and python3 (to read JSON). Secrets never stand on a command line:
# they go to curl in files that only the caller can read.

. "$(dirname "$0")/ctl.sh"

# connect signs in, unless there is a token.
connect() {
  url=${url%/}
  for tool in curl python3; do
    command -v "$tool" >/dev/null 2>&1 || fail 3 "$tool is not installed"
  done
  private=$(umask 077 && mktemp -d) || exit 3
  trap 'rm -rf "$private"' EXIT
  trap 'exit 130' INT TERM
  headers=$private/headers
  if [ -n "$token" ]; then
    printf 'token: %s\n' "$token" >"$headers"
    return
  fi
  [ -n "$password" ] || wrong "give a token, or a password in PORPOISE_PASSWORD or --password-file"
  : >"$headers"
  secret password "$password"
  session=$(call POST /login --data-urlencode "userName=$user" \
    --data-urlencode "userPassword@$private/password") || exit 3
  printf 'sessionId: %s\n' "$(printf '%s' "$session" | json data sessionId)" >"$headers"
}

# secret keeps a value in a file for curl's name@file.
secret() { # name value
  (umask 077 && printf '%s' "$2" >"$private/$1")
}

# call prints the answer's body, or says why there is none and fails.
call() { # method path curl-data-arguments...
  method=$1 path=$2
  shift 2
  [ "$method" != GET ] || set -- --get "$@"
  answer=$(curl --silent --show-error --max-time 60 --request "$method" \
    --header "@$headers" --header 'language: en_US' --write-out '\n%{http_code}' "$@" "$url$path") ||
    fail 3 "$url is not reached"
  http=${answer##*
}
  answer=${answer%
*}
  case $http in
  401) fail 3 "not signed in: the token or session is not accepted" ;;
  2??) ;;
  *) fail 3 "$method $path was answered with HTTP $http" ;;
  esac
  code=$(printf '%s' "$answer" | json code) || fail 3 "$url does not speak the API: $method $path"
  [ "$code" = 0 ] || fail 1 "$(printf '%s' "$answer" | json msg) ($code)"
  printf '%s' "$answer"
}

# json prints the value below a path of keys of the object on standard input;
# null prints nothing.
json() { # key...
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1:]:
    value = value[key]
if value is not None:
    print(value if isinstance(value, str) else json.dumps(value))
' "$@" 2>/dev/null
}

# find_row prints the row of a paged list whose field has exactly this value,
# as JSON, or nothing.
find_row() { # path field value
  page=1
  while :; do
    rows=$(call GET "$1" --data-urlencode "searchVal=$3" --data pageNo=$page --data pageSize=100) || return
    found=$(printf '%s' "$rows" | python3 -c '
import json, sys
for row in json.load(sys.stdin)["data"]["totalList"]:
    if row[sys.argv[1]] == sys.argv[2]:
        print(json.dumps(row))
        break
' "$2" "$3") || fail 3 "an answer of $1 cannot be read"
    if [ -n "$found" ]; then
      printf '%s' "$found"
      return
    fi
    [ "$(printf '%s' "$rows" | json data totalPage)" -gt $page ] || return 0
    page=$((page + 1))
  done
}

# of prints a field of a row that find_row gave.
of() { # row field
  printf '%s' "$1" | json "$2"
}
