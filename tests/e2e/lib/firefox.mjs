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
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
};

/**
 * Starts both; `end` ends both.
 * @param {object} [with_]
 * @param {string} [with_.profile] of one's own: then there is its one context instead of a browser
 * @param {string} [with_.netns] a namespace that it runs in: then it has no way round by this machine's loopback
 */
export async function startFirefox({ profile, netns } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'alongside-fox-'));
  const socket = join(folder, 'sound.sock');
  const sink = spawn('pulseaudio', [
    '-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes',
    '-L', 'module-null-sink', '-L', `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
  ], { stdio: 'ignore', env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder } });
  for (let n = 0; n < 200 && !existsSync(socket); n += 1) await new Promise((done) => setTimeout(done, 50));
  const options = {
    channel: 'moz-firefox',
    executablePath: netns ? join(import.meta.dirname, '../../nat/firefox') : FIREFOX,
    timeout: START_MS,
    firefoxUserPrefs: { ...PREFS, 'media.peerconnection.ice.loopback': !netns },
    env: { ...process.env, HOME: folder, PULSE_SERVER: `unix:${socket}`, ...(netns ? { LAB_NETNS: netns, LAB_FIREFOX: FIREFOX } : {}) },
  };
  const away = () => {
    sink.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const browser = profile ? null : await firefox.launch(options);
    const context = profile ? await firefox.launchPersistentContext(profile, options) : null;
    const end = async () => {
      await (browser ?? context)?.close();
      away();
    };
    return { browser, context, end };
  } catch (fault) {
    away();
    throw fault;
  }
}
