# Own certificates and proxies in front, with the snippets of packaging/proxy and the programs that Debian carries.
# Sourced by tests/fault/run after lib.sh.

escaped() { printf '%s' "$1" | sed 's#/#\\/#g'; }
certificate_at() { openssl s_client -connect "localhost:$1" -servername localhost </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256; }
certificate() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" -addext "subjectAltName=DNS:$1" -keyout "$2.key" -out "$2.pem" 2>/dev/null; }
shown() { openssl s_client -connect "localhost:$port" -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -subject; }
shows() { case "$(shown localhost)" in *"$1"*) ;; *) shown localhost; return 1 ;; esac; }

own_files() {
    local dir="$place/own"
    mkdir -p "$dir"
    certificate one.example "$place/one" && certificate two.example "$place/two"
    cp "$place/one.pem" "$place/c.pem" && cp "$place/one.key" "$place/k.pem"
    printf '[tls]\ncertificate = "%s/c.pem"\nkey = "%s/k.pem"\n' "$place" "$place" >"$dir/alongside.toml"
    start "$dir"
    promise "a certificate from files is shown" shows one.example
    cp "$place/two.pem" "$place/c.pem"
    sleep 12
    promise "a pair that does not belong together is refused and the old one goes on" shows one.example
    promise "which the log says" logged "do not belong together"
    exec 4<>"/dev/tcp/localhost/$port"
    cp "$place/two.key" "$place/k.pem"
    promise "a renewed pair is shown without a restart" until_true 15 shows two.example
    promise "connections that were open go on" eval ': >&4'
    exec 4>&-
    end
    rm "$place/k.pem"
    promise "a start without the key is refused" not_started "$dir"
    promise "in a sentence" test -n "$(grep -E 'k.pem cannot be used' "$place/log")"
}

# The login page is asked for and a wrong password is sent, so that the log says for whom: the guest comes from an address of this
# machine that no proxy has.
guest=127.0.0.9
through() {
    local outside="$1" as_guest=(curl -4ksS --interface "$guest" --max-time 10 -o "$place/page")
    : >"$place/log"
    "${as_guest[@]}" "https://localhost:$outside/login" || return 1
    grep -q "Sign in" "$place/page" || { echo "no page"; return 1; }
    "${as_guest[@]}" -H "Origin: https://localhost:$outside" ${2:+-H "$2"} -d 'who=Ana&password=wrong' "https://localhost:$outside/login" || return 1
    until_true 5 logged "auth.fail ip=$guest door=login"
}
websocket() {
    python3 - "$1" "$booked" "$(awk '/__Host-alongside/ { print $7 }' "$jar")" <<'PYTHON'
import socket, ssl, sys
port, booking, cookie = sys.argv[1:]
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
s = context.wrap_socket(socket.create_connection(("localhost", int(port)), 5), server_hostname="localhost")
s.sendall((f"GET /session/{booking}/live HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://localhost:{port}\r\nCookie: __Host-alongside={cookie}\r\n"
           "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
answer = s.recv(400).split(b"\r\n")[0]
print(answer)
sys.exit(b" 101 " not in answer)
PYTHON
}

# Three megabytes to the door for backups, which is shut, since the house is set up: it may close before it has heard them all, and only
# the proxy would find them too large.
large() {
    local code
    code="$(head -c 3000000 /dev/zero | curl -ksS --max-time 20 -o "$place/page" -w '%{http_code}' -H "Origin: https://localhost:$1" -H 'Expect:' \
        -H 'Content-Type: application/octet-stream' --data-binary @- "https://localhost:$1/setup/restore?t=none")"
    case "$code" in 413 | 000) echo "$code" && head -c 300 "$place/page" && return 1 ;; esac
}

# A page that listens hears of a booking at once, through the proxy.
hears() {
    local before="$booked" listening code
    curl -ksSN --max-time 20 -b "$jar" "https://localhost:$1/live" >"$place/heard" 2>&1 &
    listening=$!
    until_true 5 grep -q '^event:hello' "$place/heard" && book && [ "$booked" != "$before" ] && until_true 3 grep -q '^event:mine' "$place/heard"
    code=$?
    kill "$listening" 2>/dev/null
    wait "$listening" 2>/dev/null
    [ $code = 0 ] || cat "$place/heard"
    return $code
}
# Waits until the proxy answers.
in_front() { until_true 10 curl -ksSf -o /dev/null "https://localhost:$outside/healthz" 2>/dev/null; }
taken_away() { kill "$1" && wait "$1" 2>/dev/null; }

stream_module="${ALONGSIDE_NGINX_STREAM:-/usr/lib/nginx/modules/ngx_stream_module.so}"

proxies() {
    local dir="$place/proxied" outside plain proxy
    outside="$(free_port)"
    plain="$(free_port)"
    mkdir -p "$dir" "$place/nginx"
    printf '[proxy]\ntrusted = ["127.0.0.1"]\nlisten = "127.0.0.1:%s"\n' "$plain" >"$dir/alongside.toml"
    certificate localhost "$place/front"
    cat "$place/front.pem" "$place/front.key" >"$place/front-with-key.pem"
    start "$dir" && set_up && book

    if command -v nginx >/dev/null; then
        {
            printf 'user root; daemon off; pid %s/nginx/pid; error_log %s/nginx/error.log; events {} http { access_log off; client_body_temp_path %s/nginx/a; proxy_temp_path %s/nginx/b; fastcgi_temp_path %s/nginx/c; uwsgi_temp_path %s/nginx/d; scgi_temp_path %s/nginx/e;\n' \
                "$place" "$place" "$place" "$place" "$place" "$place" "$place"
            sed "s/443 ssl/$outside ssl/; s#/etc/ssl/desk#$place/front#; s/desk.example.org/localhost/; s/127.0.0.1:8080/127.0.0.1:$plain/" packaging/proxy/nginx-plain.conf
            echo '}'
        } >"$place/nginx/nginx.conf"
        nginx -e "$place/nginx/error.log" -c "$place/nginx/nginx.conf" &
        proxy=$!
        in_front
        promise "behind nginx pages come, and the client's own address is known" through "$outside"
        promise "an address that a guest makes up is not believed" through "$outside" "X-Forwarded-For: 6.6.6.6, evil"
        promise "live pages come through nginx" websocket "$outside"
        promise "a backup for the first page comes through, larger than nginx usually takes" large "$outside"
        promise "and a page that listens hears at once" hears "$outside"
        taken_away "$proxy"
    fi
    if [ -e "$stream_module" ]; then
        {
            printf 'load_module %s; user root; daemon off; pid %s/nginx/pid; error_log %s/nginx/error.log; events {}\n' "$stream_module" "$place" "$place"
            sed "s/:443;/:$outside;/; s/ 443;/ $outside;/; s/desk.example.org/localhost/; s/127.0.0.1:8443/127.0.0.1:$port/" packaging/proxy/nginx-passthrough.conf
        } >"$place/nginx/stream.conf"
        nginx -e "$place/nginx/error.log" -c "$place/nginx/stream.conf" &
        proxy=$!
        in_front
        promise "behind nginx that passes TLS through, with PROXY v1" through "$outside"
        promise "live pages come through it" websocket "$outside"
        promise "with Alongside's own certificate" [ "$(certificate_at "$outside")" = "$(certificate_at "$port")" ]
        taken_away "$proxy"
    fi
    if command -v haproxy >/dev/null; then
        defaults='global\n  maxconn 100\ndefaults\n  timeout client 1m\n  timeout server 1m\n  timeout connect 5s\n'
        { printf "$defaults"; sed "s/bind :::443 v4v6/bind 127.0.0.1:$outside/; s#/etc/ssl/desk-with-key.pem#$place/front-with-key.pem#; s/127.0.0.1:8080/127.0.0.1:$plain/" packaging/proxy/haproxy-plain.cfg; } >"$place/ha1.cfg"
        haproxy -q -db -f "$place/ha1.cfg" &
        proxy=$!
        in_front
        promise "behind HAProxy that ends TLS, too" through "$outside"
        promise "live pages come through HAProxy" websocket "$outside"
        promise "and a page that listens hears at once" hears "$outside"
        taken_away "$proxy"
        { printf "$defaults"; sed "s/bind :::443 v4v6/bind 127.0.0.1:$outside/; s/desk.example.org/localhost/; s/127.0.0.1:8443/127.0.0.1:$port/" packaging/proxy/haproxy-passthrough.cfg; } >"$place/ha2.cfg"
        haproxy -q -db -f "$place/ha2.cfg" &
        proxy=$!
        in_front
        promise "behind HAProxy that passes TLS through, with PROXY v2" through "$outside"
        promise "live pages come through it" websocket "$outside"
        promise "and a page that listens hears at once" hears "$outside"
        promise "with Alongside's own certificate" [ "$(certificate_at "$outside")" = "$(certificate_at "$port")" ]
        taken_away "$proxy"
    fi
    if command -v caddy >/dev/null; then
        # Without its own port for plain HTTP and its door for admins, which another test may hold; with the certificate of the test.
        {
            printf '{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system %s/caddy\n}\n' "$place"
            sed "s/^desk.example.org {/localhost:$outside {\n\ttls $(escaped "$place/front.pem") $(escaped "$place/front.key")/; s/127.0.0.1:8080/127.0.0.1:$plain/" \
                packaging/proxy/Caddyfile
        } >"$place/Caddyfile"
        XDG_CONFIG_HOME="$place/caddy" caddy run --adapter caddyfile --config "$place/Caddyfile" >"$place/caddy.log" 2>&1 &
        proxy=$!
        in_front || cat "$place/caddy.log"
        promise "behind Caddy, too, and the client's own address is known" through "$outside"
        promise "where an address that a guest makes up is not believed" through "$outside" "X-Forwarded-For: 6.6.6.6, evil"
        promise "live pages come through Caddy" websocket "$outside"
        promise "and a page that listens hears at once" hears "$outside"
        taken_away "$proxy"
    fi
    : >"$place/log"
    curl -sS -o /dev/null -H "Host: desk.example.org" -H "Origin: https://desk.example.org" -H 'X-Forwarded-For: 1.1.1.1, 203.0.113.9' -d 'who=Ana&password=no' "http://127.0.0.1:$plain/login"
    promise "the last address that is no proxy counts" until_true 5 logged "auth.fail ip=203.0.113.9 door=login"
    : >"$place/log"
    introduced "PROXY TCP4 203.0.113.7 127.0.0.1 4711 443" >/dev/null 2>&1
    promise "PROXY v1 in front of TLS tells the address" until_true 5 logged "auth.fail ip=203.0.113.7 door=login"
    end
    printf '[proxy]\nlisten = "%s/http.sock"\n' "$place" >"$dir/alongside.toml"
    start "$dir"
    promise "plain HTTP over a socket" curl -sS -f -o /dev/null --unix-socket "$place/http.sock" http://desk.example.org/login
    : >"$place/log"
    ask /login -H 'X-Forwarded-For: 6.6.6.6' -d who=Ana -d password=no >/dev/null
    promise "without trust nobody's word for an address is taken" until_true 5 logged "auth.fail ip=127.0.0.1|auth.fail ip=::1"
    end
    promise "the socket is gone with the server" test ! -e "$place/http.sock"
    printf '[proxy]\nlisten = "0.0.0.0:0"\n' >"$dir/alongside.toml"
    promise "plain HTTP for the world is refused" not_started "$dir"
}

# A connection with a line in front of it, as a proxy of the first version sends it.
introduced() {
    python3 - "$port" "$1" <<'PYTHON'
import socket, ssl, sys
port, line = int(sys.argv[1]), sys.argv[2]
s = socket.create_connection(("127.0.0.1", port))
s.sendall(line.encode() + b"\r\n")
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
t = context.wrap_socket(s, server_hostname="localhost")
body = b"who=Ben&password=no"
t.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
          b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
print(t.recv(100))
PYTHON
}
