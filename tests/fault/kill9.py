"""Kills the server again and again while two dozen members book and cancel at full rate, and holds what it acknowledged against what is
there afterwards: every booking that was answered for exists, and every cancellation holds.

    tests/fault/kill9.py PROGRAM DIRECTORY ROUNDS

Ends with 0 and a line of figures, or with 1 and what was lost. Every third kill is followed by another one into the recovery.
"""
import http.client, os, random, re, signal, sqlite3, ssl, subprocess, sys, threading, time, urllib.parse

PROGRAM, HOME, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3])
MEMBERS, AHEAD_MOST, BETWEEN_S = 24, 150, 0.04
PASSWORD = "three old spoons"
CONTEXT = ssl._create_unverified_context()
dice = random.Random(9)


def read(name):
    try:
        with open(os.path.join(HOME, name)) as file:
            return file.read()
    except OSError:
        return ""


class Server:
    def __init__(self):
        self.port = 0

    def start(self):
        self.log = open(HOME + ".log", "w")
        line = [PROGRAM, "serve", "--data-dir", HOME, "--port", str(self.port)]
        self.process = subprocess.Popen(line, stdout=self.log, stderr=self.log)
        for _ in range(600):
            if self.process.poll() is not None:
                sys.exit("it did not start again: " + open(HOME + ".log").read()[-400:])
            try:
                self.port = int(read("running-port"))
                if Visitor(self).ask("GET", "/healthz")[0] == 200:
                    return
            except (ValueError, OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        sys.exit("it did not answer")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Visitor:
    def __init__(self, server):
        self.server, self.cookie, self.line = server, "", None

    def ask(self, method, path, **form):
        if self.line is None:
            self.line = http.client.HTTPSConnection("localhost", self.server.port, context=CONTEXT, timeout=20)
        headers = {"Origin": f"https://localhost:{self.server.port}", "Cookie": self.cookie, "Accept": "application/json"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request(method, path, urllib.parse.urlencode(form), headers)
        answer = self.line.getresponse()
        text = answer.read().decode(errors="replace")
        fresh = answer.getheader("Set-Cookie")
        if fresh:
            self.cookie = fresh.split(";")[0]
        return answer.status, text


class Member(Visitor):
    """Books and cancels; keeps only what was answered, and what was asked for and not answered."""

    def __init__(self, server, number):
        super().__init__(server)
        self.number, self.next, self.mine, self.booked, self.cancelled, self.unsure = number, 0, [], [], set(), set()

    def work(self):
        first = (int(time.time()) // 86400 + 1) * 86400
        try:
            while True:
                time.sleep(BETWEEN_S)
                if len(self.mine) > AHEAD_MOST:
                    booking = self.mine.pop(0)
                    self.unsure.add(booking)
                    if self.ask("POST", "/cancel", booking=booking)[0] == 200:
                        self.cancelled.add(booking)
                        self.unsure.discard(booking)
                    continue
                start, self.next = first + self.next * 1800, (self.next + 1) % 4200
                status, text = self.ask("POST", "/book", start=start, minutes=25)
                number = re.search(r'"booking":(\d+)', text)
                if status == 200 and number:
                    self.mine.append(int(number[1]))
                    self.booked.append(int(number[1]))
        except (OSError, http.client.HTTPException):
            self.line = None


def main():
    server = Server()
    server.start()
    link = None
    for _ in range(100):
        link = link or re.search(r"setup\?t=([\w-]+)", open(HOME + ".log").read())
        time.sleep(0 if link else 0.1)
    ana = Visitor(server)
    ana.ask("POST", "/setup", t=link[1], instance="Cellar", zone="UTC", name="Ana", kind="friends", password=PASSWORD)
    ana.ask("POST", "/admin/invites", role="member", uses=100, days=3)
    look = lambda: sqlite3.connect(f"file:{HOME}/alongside.db?mode=ro", uri=True)
    invite = look().execute("SELECT token FROM invite").fetchone()[0]
    members = [Member(server, number) for number in range(MEMBERS)]
    for member in members:
        member.ask("POST", f"/join/{invite}", name=f"Guest {member.number}", password=PASSWORD, zone="UTC", rules="on")
    worked_s = 0.0
    for round in range(ROUNDS):
        threads = [threading.Thread(target=member.work) for member in members]
        began = time.monotonic()
        [thread.start() for thread in threads]
        time.sleep(dice.uniform(0.4, 2.0))
        server.kill()
        worked_s += time.monotonic() - began
        [thread.join() for thread in threads]
        if round % 3 == 2:
            again = subprocess.Popen([PROGRAM, "serve", "--data-dir", HOME, "--port", str(server.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.005, 0.2))
            again.kill()
            again.wait()
        server.start()
        found = dict(look().execute("SELECT id, cancelled_at IS NOT NULL FROM booking"))
        sound = look().execute("PRAGMA quick_check").fetchone()[0]
        for member in members:
            kept = set(member.booked) - member.cancelled - member.unsure
            lost = [booking for booking in kept if found.get(booking) != 0] + [b for b in member.cancelled if found.get(b) == 0]
            if lost or sound != "ok":
                sys.exit(f"round {round}: acknowledged and lost: {lost[:5]}; the file: {sound}")
    server.process.terminate()
    server.process.wait()
    booked, cancelled = (sum(len(each) for each in all) for all in ([m.booked for m in members], [m.cancelled for m in members]))
    print(f"{booked} bookings and {cancelled} cancellations acknowledged, {(booked + cancelled) / worked_s:.0f} a second, none lost in {ROUNDS} kills")


main()
