# Watching it: metrics, the log, and the line by which guessers are banned. Sourced by tests/fault/run after lib.sh.

has_series() {
    local text name
    text="$(ask /metrics)"
    for name in up sessions_booked_total match_rate no_shows_recent bookings_unmatched rematch_seconds_count call_connect_seconds_bucket calls_total relay_bytes_total \
        certificate_seconds commit_seconds_bucket writes_waiting media_queue_bytes media_dropped_total live_messages_waiting disk_free_bytes auth_failures_total; do
        printf '%s\n' "$text" | grep -q "^alongside_$name" || { echo "no $name"; return 1; }
    done
    ! printf '%s\n' "$text" | grep -qE 'Ana|Cellar|localhost'
}

bans() {
    local said
    said="$(fail2ban-regex "$1" packaging/fail2ban/filter.d/alongside.conf)"
    case "$said" in *", $2 matched,"*) ;; *)
        printf '%s\n' "$said"
        return 1
        ;;
    esac
}

watching() {
    local dir="$place/watching"
    mkdir -p "$dir" && printf 'correct horse\n' >"$place/token"
    start "$dir" && set_up && book
    promise "metrics have a series for each thing worth watching, and no name" has_series
    promise "they count what was booked" says "alongside_sessions_booked_total 1" /metrics
    promise "a proxy's request for somebody else is not answered" test "$(status /metrics -H 'X-Forwarded-For: 192.0.2.1')" = 404
    promise "nor what a tunnel brings for the name that people use" test "$(status /metrics -H 'Host: desk.example.org')" = 404
    ask /call-made -H 'Accept: application/json' -d kind=pair -d way=relay_tls -d seconds=0.7 >/dev/null
    promise "a page's call is counted by its way" says 'alongside_calls_total{kind="pair",path="relay",transport="tls"} 1' /metrics

    ask /login -d who=Ana -d password=wrong >/dev/null
    ask /join/guessed >/dev/null
    promise "a wrong password is one line that keeps its words" logged '"message":"auth.fail ip=(127.0.0.1|::1) door=login"'
    promise "every line of the log is JSON" json_lines
    if command -v fail2ban-regex >/dev/null; then
        promise "fail2ban reads both guesses out of the log" bans "$place/log" 2
        printf '2026-11-22T10:00:00.1Z  INFO auth.fail ip=2001:db8::7 door=link\n' >"$place/text"
        promise "and out of a log of text" bans "$place/text" 1
        printf '%s\n' 'Nov 22 10:00:00 desk alongside[7]: auth.fail ip=2001:db8::7 door=link' \
            'Nov 22 10:00:01 desk alongside[7]: {"timestamp":"2026-11-22T10:00:01Z","level":"INFO","message":"auth.fail ip=192.0.2.7 door=login"}' \
            'Nov 22 10:00:02 desk alongside[7]: auth.fail ip=::ffff:192.0.2.8 door=login' >"$place/journal"
        promise "and out of the journal, by both kinds of addresses" bans "$place/journal" 3
        printf '%s\n' 'Nov 22 10:00:00 desk alongside[7]: <7>GET /auth.fail ip=9.9.9.9 door=link' \
            '{"timestamp":"2026-11-22T10:00:01Z","level":"DEBUG","message":"auth.fail ip=9.9.9.9 door=login"}' \
            '{"timestamp":"2026-11-22T10:00:01Z","level":"INFO","message":"x","path":"auth.fail ip=9.9.9.9 door=login"}' \
            '2026-11-22T10:00:00.1Z  INFO Somebody is called auth.fail ip=9.9.9.9 door=link' \
            '2026-11-22T10:00:00.1Z  INFO auth.fail ip=9.9.9.9 door=link and more' >"$place/forged"
        promise "words that only look like it ban nobody" bans "$place/forged" 0
    fi
    kill -USR1 "$server"
    promise "SIGUSR1 makes the log say more" until_true 5 logged "The log says more"
    end
    printf 'metrics_token_file = "%s"\n' "$place/token" >"$dir/alongside.toml"
    start "$dir"
    promise "with a token nobody else may ask" test "$(status /metrics)" = 404
    promise "and its bearer may" says "alongside_up 1" /metrics -H "Authorization: Bearer correct horse"
    end
}

# The welcome is for people; all that follows it is for programs.
json_lines() { ! grep -E '"(message|level)"' "$place/log" | grep -vE '^\{.*\}$'; }
