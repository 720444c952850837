# The bad days themselves: one function each. Sourced by tests/fault/run after lib.sh.

disk() { mkdir -p "$1" && mount -t tmpfs -o "size=$2" none "$1"; }
fill() { dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null; dd if=/dev/zero of="$1/filler2" bs=1 count=4096 2>/dev/null; true; }
free_again() { rm -f "$1/filler" "$1/filler2"; }

# Books until the disk refuses; every number that was acknowledged is kept in $mine.
book_until_refused() {
    local n
    for n in $(seq 400); do
        if book; then mine="$mine $booked"; else return 0; fi
    done
    echo "400 bookings on a full disk"
    return 1
}

logged() { grep -qE "$1" "$place/log"; }
sentence() { says "$1" /book -d "start=$((($(date +%s) / 86400 + 60) * 86400))" -d minutes=25; }

disk_full() {
    local dir="$place/full/data" mine=""
    disk "$place/full" 16m
    promise "it starts on a small disk" start "$dir"
    promise "it is set up" set_up
    promise "it takes a booking" book
    mine="$booked"
    fill "$place/full"
    promise "the write that does not fit is refused" book_until_refused
    promise "the page says that the disk is full, what is safe and whom to tell" sentence "disk here is full"
    promise "the log says it, and what to do" logged "disk is full.*Make room"
    promise "it says so once and not at every call" test "$(grep -c 'Nothing can be saved' "$place/log")" -le 1
    promise "readyz is degraded with its reason" says "degraded: disk-full" /readyz
    promise "healthz stays well" test "$(status /healthz)" = 200
    promise "reading goes on" test "$(status /)" = 200
    promise "every booking that was acknowledged is there" has $mine
    promise "the admin reads what to do" says "This needs you" /admin
    end KILL
    promise "killed on a full disk, it starts on a full disk" start "$dir"
    promise "and every booking is there" has $mine
    free_again "$place/full"
    promise "with room it is ready again, without a restart" until_true 20 ready
    promise "and takes bookings" book
    promise "the log says that it is over" logged "takes writes again|Ready on port"
    end
    umount "$place/full"
}

disk_read_only() {
    local dir="$place/ro/data" mine
    disk "$place/ro" 32m
    start "$dir" && set_up && book
    mine="$booked"
    end
    mount -o remount,ro "$place/ro"
    promise "a start on a disk that takes no changes is refused" not_started "$dir"
    promise "in one sentence that says what to do" logged "takes no changes.*remount,rw"
    mount -o remount,rw "$place/ro"
    promise "writable again, everything is there" start "$dir"
    promise "with its booking" has "$mine"
    # The limit of a file's size makes every write fail, as a disk that was mounted read-only by the kernel does.
    prlimit --pid "$server" --fsize=4096:unlimited
    promise "a write that the system refuses is refused in the page" sentence "saved before is safe"
    promise "reading goes on" has "$mine"
    prlimit --pid "$server" --fsize=unlimited:unlimited
    promise "and it recovers without a restart" until_true 20 book
    end
    umount "$place/ro"
}

not_started() { ! start "$1" && ! kill -0 "$server" 2>/dev/null; }

# ticks PID: processor time used so far, in hundredths of a second.
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

open_files() {
    local dir="$place/files" used before n
    start "$dir" && set_up && book
    used=$(ls "/proc/$server/fd" | wc -l)
    prlimit --pid "$server" --nofile=$((used + 6)):4096
    for n in $(seq 40); do
        (exec 3<>"/dev/tcp/localhost/$port" && sleep 12) 2>/dev/null &
        echo $! >>"$place/idle"
    done
    sleep 2
    before=$(ticks "$server")
    sleep 3
    promise "without open files it waits and does not spin" test $(($(ticks "$server") - before)) -lt 60
    promise "the log says so, once" test "$(grep -c 'No connection can be accepted' "$place/log")" -le 2
    while read -r n; do kill "$n" 2>/dev/null; done <"$place/idle"
    promise "when connections end it answers again" until_true 15 ready
    promise "and everything is there" has "$booked"
    end
}

kill_9() {
    local dir="$place/kill" mine="" n round
    start "$dir" && set_up
    for round in 1 2 3; do
        (
            sleep 1.3
            kill -KILL "$server"
        ) &
        for n in $(seq 200); do
            kill -0 "$server" 2>/dev/null || break
            if book >/dev/null 2>&1; then mine="$mine $booked"; else break; fi
        done
        wait "$server" 2>/dev/null
        promise "killed in a stream of bookings it starts again (round $round)" start "$dir"
    done
    promise "no booking that was acknowledged is lost ($(echo $mine | wc -w) of them)" has $mine
    end
}

# Two dozen members at once: what the writer takes together in one commit must be there together.
kill_9_many() { promise "killed while two dozen members book and cancel, nothing that was acknowledged is lost" many "${ALONGSIDE_KILLS:-8}"; }
many() { python3 tests/fault/kill9.py "$ALONGSIDE_BIN" "$place/many" "$1" | tee "$place/figures" && cat "$place/figures" >&2; }

damaged() {
    local dir="$place/damaged" size
    start "$dir" && set_up && book
    end
    promise "after a graceful end the file is whole by itself" test ! -s "$dir/alongside.db-wal"
    cp "$dir/alongside.db" "$place/sound.db"
    size=$(stat -c %s "$dir/alongside.db")

    truncate -s $((size / 2 / 4096 * 4096)) "$dir/alongside.db"
    cut=$(sha256sum <"$dir/alongside.db")
    promise "with a database that was cut off it stands up" start "$dir"
    promise "every page says that the database is damaged and that there is a way back" says "database here is damaged" /
    promise "the log names the file and the command" logged "damaged.*alongside restore FILE"
    promise "readyz names it" says "degraded: database-damaged" /readyz
    promise "the damaged file is left as it is" test "$cut" = "$(sha256sum <"$dir/alongside.db")"
    cp "$place/sound.db" "$place/in.db" && mv "$place/in.db" "$dir/alongside.db"
    promise "with a sound file in its place it goes on without a restart" until_true 15 ready
    promise "and the booking is there" has "$booked"
    end

    : >"$dir/alongside.db"
    promise "with an emptied database it does not begin a house anew" start "$dir"
    promise "but says so" says "database here is damaged" /setup
    end
    cp "$place/sound.db" "$dir/alongside.db"

    dd if=/dev/urandom of="$dir/alongside.db" bs=4096 count=1 conv=notrunc 2>/dev/null
    promise "with a database whose head is overwritten it says so too" start "$dir"
    promise "in the page" says "database here is damaged" /login
    end
    cp "$place/sound.db" "$dir/alongside.db"

    # The page of one table each: of the settings, of the logins.
    for table in setting login; do
        page=$(sqlite3 "$dir/alongside.db" "SELECT rootpage FROM sqlite_schema WHERE name = '$table'")
        dd if=/dev/urandom of="$dir/alongside.db" bs=4096 seek=$((page - 1)) count=1 conv=notrunc 2>/dev/null
        promise "with the table $table overwritten it stands up" start "$dir"
        promise "and asks nobody to sign in or set up, but says so" says "database here is damaged" /
        promise "and in readyz" says "degraded: database-damaged" /readyz
        end
        cp "$place/sound.db" "$dir/alongside.db"
    done

    promise "a sound database opens" start "$dir"
    dd if=/dev/urandom of="$dir/alongside.db" bs=4096 seek=2 count=$((size / 4096 - 2)) conv=notrunc 2>/dev/null
    promise "damaged while it runs, it says so and does not fall over" until_true 60 says "degraded: database-damaged" /readyz
    promise "and stays alive" test "$(status /healthz)" = 200
    end
}

away() {
    local dir="$place/away"
    start "$dir" && set_up && book
    mv "$dir/alongside.db" "$place/elsewhere.db"
    promise "with the file moved away it is degraded" until_true 15 says "degraded: database-away" /readyz
    promise "and acknowledges no booking that would be lost" sentence "moved away"
    mv "$place/elsewhere.db" "$dir/alongside.db"
    promise "with the file back it goes on" until_true 15 ready
    promise "and takes bookings" book
    end
}

# A wrong value, a wrong right, a place that is taken: no start, and one sentence that says what to do.
refused_start() {
    local dir="$place/refused" first
    wrong() {
        printf '%b' "$1" >"$place/wrong.toml"
        ! "$ALONGSIDE_BIN" --config "$place/wrong.toml" config check >"$place/log" 2>&1
    }
    promise "a port that is none is refused" wrong 'names = []\nport = 99999\n'
    promise "by its name and its file" logged "port in .*wrong.toml must be a whole number, not below 0 and not above 65535"
    promise "what is no configuration is refused" wrong 'names = []\nport =\n'
    promise "with its line" logged "wrong.toml cannot be read, in line 2"
    promise "an unknown key is refused" wrong 'prot = 443\n'
    promise "with the one that was meant" logged 'Did you mean `port`'

    start "$dir" && set_up && book || { promise "a server starts" false; return; }
    first=("$server" "$port")
    promise "a second server on the same directory is refused" gives_up "$dir"
    promise "in a sentence" logged "Another Alongside is running on .*End it first"
    port="${first[1]}"
    promise "a port that is taken is refused" taken
    promise "with the port and what to do" logged "is already used by another program.*--port N"
    server="${first[0]}" port="${first[1]}"
    promise "the first one goes on" ready
    end

    chmod 000 "$dir"
    promise "who may not enter the data is refused" as_anybody "$dir"
    promise "and reads whose it is" logged "belongs to another user.*chown"
    chmod 700 "$dir"
    touch "$place/file"
    promise "a file is no place for data" not_started "$place/file"
    promise "which is said" logged "cannot hold the data"
    chmod 000 "$dir/alongside.db"
    promise "a database that this user may not read is refused" as_anybody "$dir"
    promise "with the file and what to do" logged "alongside.db cannot be used: this user may not read and write .*chown USER"
    chmod 400 "$dir/alongside.db"
    promise "one that may only be read, too" as_anybody "$dir"
    promise "with the same sentence" logged "may not read and write"
    chmod 600 "$dir/alongside.db"
    promise "with the rights back it starts" start "$dir"
    promise "and everything is there" has "$booked"
    end
}
taken() { want_port="$port" not_started "$place/elsewhere"; }
gives_up() { ! timeout 30 "$ALONGSIDE_BIN" serve --data-dir "$1" --port 0 >"$place/log" 2>&1; }
# Without root's right to open everything.
as_anybody() { ! timeout 30 setpriv --bounding-set=-all --inh-caps=-all "$ALONGSIDE_BIN" serve --data-dir "$1" --port 0 >"$place/log" 2>&1; }
