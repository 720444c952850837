# What the tests of bad days share: one server in a directory of its own, one admin, and a count of promises.
# Sourced by the files beside it; expects ALONGSIDE_BIN to be an executable.

# Nobody in this network is to find a test by its name.
export ALONGSIDE_LAN_NAME=no
passed=0
failed=0
place="$(mktemp -d "${TMPDIR:-/tmp}/alongside-fault.XXXXXX")"
server=0
port=0
jar="$place/jar"
day=1
booked=0

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# promise NAME COMMAND…: one test.
promise() {
    local name="$1"
    shift
    if "$@" >"$place/why" 2>&1; then
        passed=$((passed + 1))
        printf '    ok      %s\n' "$name"
    else
        failed=$((failed + 1))
        printf '    FAILED  %s\n' "$name"
        sed 's/^/            /' "$place/why" | tail -n 12
        [ -f "$place/log" ] && tail -n 5 "$place/log" | sed 's/^/        log: /'
    fi
}

# start DIR [ARGUMENT…]: starts the server there and waits until it says which port it has.
start() {
    local dir="$1" n
    shift
    : >"$place/log"
    "$ALONGSIDE_BIN" serve --data-dir "$dir" --port "${want_port:-0}" "$@" >>"$place/log" 2>&1 &
    server=$!
    for n in $(seq 300); do
        port="$(cat "$dir/running-port" 2>/dev/null || sed -n 's/.*Ready on port \([0-9]*\).*/\1/p' "$place/log")"
        if [ -n "$port" ] && ask /healthz >/dev/null; then return 0; fi
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# end [SIGNAL]: ends it and waits until it is gone.
end() {
    [ "$server" = 0 ] && return 0
    kill -"${1:-TERM}" "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=0
    return 0
}

# ask PATH [CURL ARGUMENT…]: the answer's text, and its status as the last line.
ask() {
    local path="$1"
    shift
    curl -ksS --max-time 15 -b "$jar" -c "$jar" -H "Origin: https://localhost:$port" -w '\n%{http_code}\n' "$@" "https://localhost:$port$path"
}

# status PATH [CURL ARGUMENT…]
status() { ask "$@" | tail -n 1; }

# says TEXT PATH [CURL ARGUMENT…]: whether the answer has it.
says() {
    local text="$1" found
    shift
    found="$(ask "$@")"
    case "$found" in *"$text"*) ;; *)
        printf '%s\n' "$found" | sed 's/<[^>]*>/ /g' | tr -s ' \n' | tail -c 600
        return 1
        ;;
    esac
}

# setup_word: the one-time word of the setup link. The port answers a little before the link is written.
setup_word() {
    local word="" n
    for n in $(seq 100); do
        word="$(sed -n 's/.*setup?t=\([A-Za-z0-9_-]*\).*/\1/p' "$place/log" | head -n 1)"
        [ -n "$word" ] && break
        sleep 0.1
    done
    printf '%s\n' "$word"
}

# set_up: makes the house and signs its first admin in.
set_up() {
    [ "$(status /setup --data-urlencode "t=$(setup_word)" -d instance=Cellar -d zone=UTC -d name=Ana -d kind=friends \
        --data-urlencode 'password=three old spoons')" = 303 ]
}

# book: books one more session on a day of its own; its number is in $booked.
book() {
    local start answer
    day=$((day + 1))
    start=$((($(date +%s) / 86400 + 1 + day / 20) * 86400 + (day % 20) * 3600))
    answer="$(ask /book -H 'Accept: application/json' -d "start=$start" -d minutes=25)"
    booked="$(printf '%s' "$answer" | sed -n 's/.*"booking":\([0-9]*\).*/\1/p' | head -n 1)"
    [ -n "$booked" ] && return 0
    printf '%s\n' "$answer"
    return 1
}

# has NUMBER…: whether all these bookings can be opened.
has() {
    local n
    for n in "$@"; do
        [ "$(status "/session/$n")" = 200 ] || { echo "booking $n is lost"; return 1; }
    done
}

# until_true SECONDS COMMAND…
until_true() {
    local n="$1"
    shift
    for _ in $(seq $((n * 2))); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.5
    done
    "$@"
}

ready() { [ "$(status /readyz)" = 200 ]; }

finish() {
    end KILL
    rm -rf "$place"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
