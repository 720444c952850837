/**
 * Firefox as a second engine, with a sound device that swallows everything: without one no page of it would ever hear or say
 * anything. Driven over WebDriver BiDi.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firefox } from '@playwright/test';

const FIREFOX = process.env.ALONGSIDE_FIREFOX ?? '/usr/bin/firefox-esr';
/** It starts slowly on a busy machine. */
const START_MS = 120_000;

const PREFS = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
};

/** Starts both; `end` ends both. With a profile of one's own there is its one context instead of a browser. @param {string} [profile] */
export async function startFirefox(profile) {
  const folder = mkdtempSync(join(tmpdir(), 'alongside-fox-'));
  const socket = join(folder, 'sound.sock');
  const sink = spawn('pulseaudio', [
    '-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes',
    '-L', 'module-null-sink', '-L', `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
  ], { stdio: 'ignore', env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder } });
  for (let n = 0; n < 200 && !existsSync(socket); n += 1) await new Promise((done) => setTimeout(done, 50));
  const options = {
    channel: 'moz-firefox',
    executablePath: FIREFOX,
    timeout: START_MS,
    firefoxUserPrefs: PREFS,
    env: { ...process.env, HOME: folder, PULSE_SERVER: `unix:${socket}` },
  };
  const browser = profile ? null : await firefox.launch(options);
  const context = profile ? await firefox.launchPersistentContext(profile, options) : null;
  const end = async () => {
    await (browser ?? context)?.close();
    sink.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { browser, context, end };
}
