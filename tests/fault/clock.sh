# The machine's clock steps: an hour, two days and a year, on and back, and a start with a wrong one. Only what tells the time of day
# steps (libfaketime); what measures spans goes on, as on a real machine. Sourced by tests/fault/run after lib.sh.

faketime_library() { ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1; }

# by SECONDS: how far the server's clock stands from the real one, from here on.
by() { printf '%s\n' "$1" >"$place/when.next" && mv "$place/when.next" "$place/when"; }

doubted() { ask /metrics | grep -qx "alongside_clock_doubted $1"; }

# shown_days: until when the certificate holds that is shown, in days from the real present.
shown_days() {
    local till
    till="$(openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | openssl x509 -noout -enddate | cut -d= -f2)"
    echo $((($(date -d "$till" +%s) - $(date +%s)) / 86400))
}
# good_for_real_clocks: whether browsers with a right clock take the certificate.
good_for_real_clocks() {
    local shown
    shown="$(openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | openssl x509 -noout -startdate | cut -d= -f2)"
    [ "$(date -d "$shown" +%s)" -le "$(date +%s)" ] && [ "$(shown_days)" -ge 1 ]
}

clock() {
    local dir="$place/clock" real="$ALONGSIDE_BIN" library mine
    library="$(faketime_library)"
    [ -n "$library" ] || { promise "libfaketime is here (tests/setup.sh e2e)" false; return; }
    by +0
    printf '#!/bin/sh\nexec env LD_PRELOAD=%s FAKETIME_TIMESTAMP_FILE=%s FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 %s "$@"\n' \
        "$library" "$place/when" "$real" >"$place/stepping"
    chmod +x "$place/stepping"
    ALONGSIDE_BIN="$place/stepping"
    promise "it starts" start "$dir"
    promise "it is set up" set_up
    promise "it takes a booking" book
    mine="$booked"

    by +3600
    sleep 2
    promise "an hour on, who is signed in stays so and finds the booking" has "$mine"
    promise "and books" book
    mine="$mine $booked"
    by +0
    sleep 2
    promise "and back, too" has $mine
    promise "and books" book
    mine="$mine $booked"
    promise "that is a correction, and nobody doubts it" doubted 0

    by +172800
    promise "two days on, the clock is not believed" until_true 40 doubted 1
    promise "the log says what is not done meanwhile" logged "clock jumped. Nobody is marked as absent and nothing is deleted"
    promise "the admin reads it" says "clock has jumped by more than a day" /admin
    promise "who is signed in stays so" has $mine
    by +31536000
    sleep 8
    promise "a year on, it is not believed either" doubted 1
    promise "who was signed in is asked to do so again, as after a year" test "$(status /)" = 303
    promise "the sign-in page says why" says "clock of the machine here has jumped" /login
    promise "it stays ready" ready
    promise "nothing is deleted" kept "$dir" "$(echo $mine | wc -w)"
    by +0
    promise "back again, it is believed" until_true 40 doubted 0
    promise "as if nothing had happened: who was signed in is so, and finds every booking" has $mine
    promise "and it books" book
    mine="$mine $booked"
    end

    by +31536000
    promise "it starts with a clock that is a year on" start "$dir"
    promise "and does not believe it" until_true 10 doubted 1
    promise "nothing is deleted" kept "$dir" "$(echo $mine | wc -w)"
    by +0
    promise "set right, it is believed" until_true 40 doubted 0
    promise "who was signed in is so again" has $mine
    promise "its certificate is good for right clocks again, without a restart" until_true 90 good_for_real_clocks
    promise "and it books" book
    mine="$mine $booked"
    end
    promise "and no backup has a date that is not" backups_are_past "$dir"

    by -31536000
    promise "it starts with a clock that is a year behind" start "$dir"
    promise "and does not believe it" until_true 10 doubted 1
    promise "who was signed in is so still" has $mine
    by +0
    promise "set right, it is believed" until_true 40 doubted 0
    promise "and its certificate is good for right clocks" until_true 90 good_for_real_clocks
    promise "every booking is there" has $mine
    end
    ALONGSIDE_BIN="$real"
}

# kept DIR BOOKINGS: whether so many are in the database, and a login.
kept() {
    python3 - "$1/alongside.db" "$2" <<'END'
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
found = db.execute("SELECT count(*) FROM booking").fetchone()[0], db.execute("SELECT count(*) FROM login").fetchone()[0]
sys.exit(0 if found == (int(sys.argv[2]), 1) else f"{found[0]} bookings and {found[1]} logins")
END
}

backups_are_past() {
    local newest
    newest="$(ls "$1/backups" 2>/dev/null | grep -o '20[0-9][0-9]' | sort | tail -n 1)"
    [ -z "$newest" ] || [ "$newest" -le "$(date +%Y)" ]
}
