# Backups and the way back, and upgrades that are cut off. Sourced by tests/fault/run after lib.sh.

house() { "$ALONGSIDE_BIN" --data-dir "$@" >"$place/said" 2>&1; }
said() { grep -qE "$1" "$place/said" || { cat "$place/said"; return 1; }; }
refused() { ! house "$@"; }
newest() { ls "$1"/backups/alongside-*.tar.gz* | tail -n 1; }
same_key() { [ "$(sha256sum <"$1/ca.key")" = "$(sha256sum <"$2/ca.key")" ] && [ "$(sha256sum <"$1/turn-secret")" = "$(sha256sum <"$2/turn-secret")" ]; }

backups() {
    local dir="$place/house" empty="$place/empty" archive mine other
    start "$dir" && set_up && book
    mine="$booked"
    promise "a backup is made beside the running server" house "$dir" backup
    archive="$(newest "$dir")" && cp "$archive" "$place/first.tar.gz" && archive="$place/first.tar.gz"
    promise "it is a tar that any system can list" tar -tzf "$archive"
    promise "it can be tried out" house "$dir" backup verify
    promise "and says what is in it" said "can be brought back.* 1 member, 1 booking"
    promise "it goes down a pipe, too" piped "$dir"
    promise "the admin sees it in the page" says "Could it be brought back" /admin/backups
    promise "and makes one there" test "$(status /admin/backups -X POST -d x=1)" = 303
    promise "and tries it there" test "$(status /admin/backups/check -X POST -d x=1)" = 303
    promise "and reads how it went" says "all of it can be brought back" /admin/backups
    promise "and takes it away" downloaded "$(basename "$(newest "$dir")")"
    promise "no other file can be had by that way" test "$(status /admin/backups/state.json)" = 404
    promise "a restore beside the running server is refused in one sentence" refused "$dir" restore "$archive"
    promise "that says so" said "Another Alongside is running"
    book && other="$booked"
    end

    promise "on an empty machine it is brought back" house "$empty" restore "$archive"
    promise "and says what came back" said "“Cellar” is back.* 1 member, 1 booking"
    promise "with the authority and the keys" same_key "$dir" "$empty"
    start "$empty"
    promise "and opens with the same cookie and the same booking" has "$mine"
    end

    promise "over a house it takes its place" house "$dir" restore "$archive"
    promise "and what was there is kept" test -f "$(ls -d "$dir"/before-restore-*)/alongside.db"
    start "$dir"
    promise "what was booked before is there" has "$mine"
    promise "what was booked later is not" test "$(status "/session/$other")" = 404
    end

    head -c $(($(stat -c %s "$archive") / 2)) "$archive" >"$place/cut.tar.gz"
    promise "a backup that was cut off is refused" refused "$dir" restore "$place/cut.tar.gz"
    promise "with the reason" said "cut off|damaged"
    mkdir -p "$place/evil" && (cd "$place/evil" && echo x >x && tar -czPf ../evil.tar.gz --transform 's,^x,../../escaped,' x)
    promise "an archive that leads elsewhere is refused" refused "$dir" restore "$place/evil.tar.gz"
    promise "and nothing was written" test ! -e "$place/escaped"
    start "$dir"
    promise "after all that the house is as it was" has "$mine"
    end

    printf 'three old spoons\n' >"$place/pass"
    promise "a backup is locked by a passphrase" house "$dir" backup --passphrase-file "$place/pass"
    archive="$(ls "$dir"/backups/*.sealed)"
    promise "without it nothing can be read" refused "$place/other" restore "$archive"
    promise "which is said" said "locked.*passphrase"
    printf 'four old spoons\n' >"$place/wrong"
    promise "with another one neither" refused "$place/other" restore "$archive" --passphrase-file "$place/wrong"
    promise "which is said, too" said "passphrase does not open this backup"
    promise "with it everything comes back" house "$place/other" restore "$archive" --passphrase-file "$place/pass"
    promise "on a disk without room no backup is made" no_room "$dir"
    promise "nor is one brought back" no_room_to_restore "$archive"
    promise "and after a configuration from elsewhere came along, the next backup is as good" twice "$dir"
    promise "what a killed backup leaves is gone with the next" killed_backups "$dir"

    want_port="$(free_port)"
    start "$place/first"
    want_port=0
    promise "a link that is guessed brings nothing back" says "used or has run out" "/setup/restore?t=guessed" --data-binary "@$place/first.tar.gz"
    promise "no backup at all is refused in the page" says "no backup of Alongside" "/setup/restore?t=$(setup_word)" --data-binary "@tests/fault/run"
    promise "the first page brings a backup back" says "It is all there" "/setup/restore?t=$(setup_word)" -H 'Accept: application/json' --data-binary "@$place/first.tar.gz"
    promise "and the server is that house, by itself" until_true 20 has "$mine"
    end

    for n in 1 2 3 4 5 6; do
        "$ALONGSIDE_BIN" --data-dir "$dir" restore "$place/first.tar.gz" >/dev/null 2>&1 &
        sleep "0.0$((n * 3))"
        kill -KILL $! 2>/dev/null
        wait $! 2>/dev/null
    done
    start "$dir"
    promise "killed while it was brought back, the next start ends it or never began it" has "$mine"
    end
}

piped() { "$ALONGSIDE_BIN" --data-dir "$1" backup --to - >"$place/piped.tar.gz" && [ -n "$(tar -tzf "$place/piped.tar.gz" | grep '^alongside.db$')" ]; }
downloaded() { curl -ksS -b "$jar" "https://localhost:$port/admin/backups/$1" | cmp - "$dir/backups/$1"; }
no_room() {
    mkdir -p "$place/small" && mount -t tmpfs -o size=1m none "$place/small"
    refused "$1" backup --to "$place/small" && said "too little room" && [ -z "$(ls -A "$place/small")" ]
    local code=$?
    umount "$place/small"
    return $code
}

no_room_to_restore() {
    mkdir -p "$place/small" && mount -t tmpfs -o size=4m none "$place/small"
    refused "$place/small/house" restore "$1" --passphrase-file "$place/pass" && said "too little room" && [ ! -e "$place/small/house/alongside.db" ]
    local code=$?
    umount "$place/small"
    return $code
}

# A machine whose configuration lies in /etc, brought back on another one: there it lies in /etc, and came along as well.
twice() {
    printf 'names = ["desk.example.org"]\n' >"$place/etc.toml"
    house "$1" --config "$place/etc.toml" backup --to "$place/moved" || return 1
    house "$place/there" --config "$place/etc.toml" restore "$place"/moved/alongside-*.tar.gz || return 1
    printf 'names = ["desk.example.org", "other.example.org"]\n' >"$place/etc.toml"
    house "$place/there" --config "$place/etc.toml" backup && house "$place/there" --config "$place/etc.toml" backup verify
}

killed_backups() {
    local n
    for n in 1 2 3 4 5 6 7 8; do
        "$ALONGSIDE_BIN" --data-dir "$1" backup >/dev/null 2>&1 &
        sleep "0.0$n"
        kill -KILL $! 2>/dev/null
        wait $! 2>/dev/null
    done
    house "$1" backup && ! ls "$1"/backups | grep -q part && house "$1" backup verify
}

upgrade() {
    local dir="$place/old" file n
    for file in tests/fixtures/schema_*.sql; do
        rm -rf "$dir" && mkdir -p "$dir"
        sqlite3 "$dir/alongside.db" <"$file"
        for n in 1 2 3 4 5; do
            "$ALONGSIDE_BIN" serve --data-dir "$dir" --port 0 >/dev/null 2>&1 &
            sleep "0.0$((n * 2))"
            kill -KILL $! 2>/dev/null
            wait $! 2>/dev/null
        done
        promise "$(basename "$file" .sql): killed again and again while it is upgraded, it starts" start "$dir"
        promise "it still has its people" test "$(sqlite3 "$dir/alongside.db" 'SELECT count(*) FROM member')" = 2
        promise "and takes writes" until_true 5 ready
        end
    done
}
