# A certificate by ACME from Pebble, the authority that Let's Encrypt tests clients with; it refuses every fifth nonce here.
# Sourced by tests/fault/run after lib.sh.

pebble=0

# authority PORT LOOKS: Pebble on a port, which looks at that one for handshakes.
authority() {
    local peb="$place/pebble"
    mkdir -p "$peb"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9 -subj /CN=roots -keyout "$peb/ca.key" -out "$peb/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout "$peb/key.pem" -out "$peb/request" 2>/dev/null
    printf 'subjectAltName=DNS:localhost\n' >"$peb/names"
    openssl x509 -req -in "$peb/request" -CA "$peb/ca.pem" -CAkey "$peb/ca.key" -set_serial 5 -days 5 -extfile "$peb/names" -out "$peb/cert.pem" 2>/dev/null
    printf '{"pebble":{"listenAddress":"127.0.0.1:%s","managementListenAddress":"127.0.0.1:%s","certificate":"%s","privateKey":"%s","httpPort":%s,"tlsPort":%s}}' \
        "$1" "$(free_port)" "$peb/cert.pem" "$peb/key.pem" "$(free_port)" "$2" >"$peb/config.json"
    PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=20 pebble -config "$peb/config.json" >"$peb/log" 2>&1 &
    pebble=$!
    until_true 10 eval "echo >/dev/tcp/127.0.0.1/$1"
}

# issued_by_pebble [CONNECT ARGUMENT…]
issued_by_pebble() {
    openssl s_client -connect "127.0.0.1:$port" "$@" </dev/null 2>/dev/null | openssl x509 -noout -issuer | grep -q "Pebble Intermediate"
}

# examined DIR TEXT: whether the doctor says it, whatever else it finds.
examined() {
    local found
    found="$("$ALONGSIDE_BIN" doctor --json --data-dir "$1")"
    case "$found" in *"$2"*) ;; *) printf '%s\n' "$found" | grep -A4 certificate.acme; return 1 ;; esac
}

wishing() {
    mkdir -p "$1"
    printf '[acme]\nnames = [%s]\ndirectory = "https://localhost:%s/dir"\nca_file = "%s/pebble/ca.pem"\n' "$2" "$3" "$place" >"$1/alongside.toml"
}

acme() {
    command -v pebble >/dev/null || { echo "    there is no pebble here; tests/service tries the same with an authority of its own"; return 0; }
    local asked looked
    asked="$(free_port)"
    looked="$(free_port)"
    authority "$asked" "$looked"
    wishing "$place/named" '"localhost"' "$asked"
    want_port="$looked" start "$place/named"
    promise "a name has its certificate from the authority" until_true 30 issued_by_pebble -servername localhost
    promise "who asks for no name gets the house's own" eval '! issued_by_pebble -noservername'
    promise "the doctor tells from whom" examined "$place/named" "from Pebble Intermediate"
    end
    rm -f "$place/named/running-port"
    want_port="$looked" start "$place/named"
    promise "a restart shows it at once" issued_by_pebble -servername localhost
    end
    wishing "$place/numbered" '"127.0.0.1"' "$asked"
    want_port="$looked" start "$place/numbered"
    promise "an address has its certificate, too" until_true 30 issued_by_pebble -noservername
    end
    wishing "$place/elsewhere" '"localhost"' "$asked"
    want_port="$(free_port)" start "$place/elsewhere"
    promise "where the authority does not reach the port, the log says so" until_true 30 logged "No certificate came by ACME"
    promise "the house's own authority stands in" eval '! issued_by_pebble -servername localhost && [ "$(status /healthz)" = 200 ]'
    promise "and the doctor says what to do" examined "$place/elsewhere" "Let port 443 of localhost lead to port"
    end
    kill "$pebble" && wait "$pebble" 2>/dev/null
    return 0
}
