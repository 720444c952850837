/**
 * WebKit as a third engine, the one of Safari: Debian's WebKitGTK in its small browser, driven over WebDriver, on a screen of its
 * own. As Debian builds it, it has no WebRTC: its pages are tried, its calls cannot be.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from '@playwright/test';

const LIBRARIES = '/usr/lib';
const BROWSER = 'webkit2gtk-4.1/MiniBrowser';
/** It starts slowly on a busy machine. */
const START_MS = 60_000;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export class WebKit {
  #base;
  #session;
  #ends;

  /** @param {string} base @param {string} session @param {() => Promise<void>} ends */
  constructor(base, session, ends) {
    this.#base = base;
    this.#session = session;
    this.#ends = ends;
  }

  /**
   * @param {object} [with_]
   * @param {boolean} [with_.careless] goes past certificates that it doesn't know
   * @param {string} [with_.authorities] a file of the authorities that it trusts, in place of this machine's (needs root)
   */
  static async start({ careless = true, authorities = '' } = {}) {
    const screen = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [said] = await once(screen.stdout, 'data');
    const port = await free();
    // Its own view of the file system, in which the list of authorities is another.
    const before = authorities ? ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/ssl/certs/ca-certificates.crt && exec "$@"', authorities] : [];
    const [program = '', ...args] = [...before, 'WebKitWebDriver', `--port=${port}`];
    const driver = spawn(program, args, {
      stdio: 'ignore',
      env: { ...process.env, DISPLAY: `:${String(said).trim()}`, LIBGL_ALWAYS_SOFTWARE: '1', GIO_USE_VFS: 'local', GSETTINGS_BACKEND: 'memory', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
    });
    const ends = async () => {
      for (const child of [driver, screen]) {
        if (child.exitCode !== null) continue;
        const ended = once(child, 'exit');
        child.kill();
        await ended;
      }
    };
    const base = `http://127.0.0.1:${port}`;
    try {
      await expect.poll(() => fetch(`${base}/status`).then(({ ok }) => ok, () => false), { timeout: START_MS }).toBe(true);
      const capabilities = { alwaysMatch: { acceptInsecureCerts: careless, 'webkitgtk:browserOptions': { binary: installed(), args: ['--automation'] } } };
      const made = await ask('POST', `${base}/session`, { capabilities });
      return new WebKit(base, made.sessionId, ends);
    } catch (fault) {
      await ends();
      throw fault;
    }
  }

  async end() {
    await this.#call('DELETE', '').catch(() => {});
    await this.#ends();
  }

  /** @param {string} url */
  go(url) {
    return this.#call('POST', '/url', { url });
  }

  /** @param {number} width @param {number} height */
  size(width, height) {
    return this.#call('POST', '/window/rect', { width, height });
  }

  /** Runs the body of an async function in the page. @param {string} body @param {...unknown} args @returns {Promise<any>} */
  async run(body, ...args) {
    const script = 'const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);'
      + `(async (...args) => { ${body} })(...given).then((value) => done({ value }), (fault) => done({ fault: String(fault) }));`;
    const { value, fault } = await this.#call('POST', '/execute/async', { script, args });
    if (fault) throw new Error(`in the page: ${fault}`);
    return value;
  }

  /** What an element says, or an empty text while there is none. @param {string} css */
  text(css) {
    return this.run('return document.querySelector(args[0])?.innerText ?? ""', css);
  }

  /** Waits for an element, and clicks it where it is, as a finger would. @param {string} css */
  async click(css) {
    const element = await this.#find(css);
    // The driver looks where it is before the page has come to rest.
    await this.run('document.querySelector(args[0]).scrollIntoView({ block: "center", behavior: "instant" });', css);
    await this.#call('POST', `/element/${element}/click`, {});
  }

  /** Waits for a field, and types into it. @param {string} css @param {string} text */
  async type(css, text) {
    const element = await this.#find(css);
    await this.#call('POST', `/element/${element}/value`, { text });
  }

  /** @param {string} css @returns {Promise<string>} */
  async #find(css) {
    await expect.poll(() => this.run('const it = document.querySelector(args[0]); return Boolean(it?.checkVisibility());', css), { message: `${css} is to be seen` }).toBe(true);
    return (await this.#call('POST', '/element', { using: 'css selector', value: css }))[ELEMENT];
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  #call(method, path, body) {
    return ask(method, `${this.#base}/session/${this.#session}${path}`, body);
  }
}

/** @param {string} method @param {string} url @param {object} [body] @returns {Promise<any>} */
async function ask(method, url, body) {
  const answer = await fetch(url, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const { value } = /** @type {any} */ (await answer.json());
  if (!answer.ok) throw new Error(`${method} ${new URL(url).pathname}: ${value?.error}: ${value?.message}`);
  return value;
}

/** Its place has the name of the machine's kind in it. */
function installed() {
  const found = readdirSync(LIBRARIES).map((folder) => join(LIBRARIES, folder, BROWSER)).find((path) => existsSync(path));
  if (!found) throw new Error(`there is no ${LIBRARIES}/*/${BROWSER}: tests/setup.sh e2e installs it`);
  return found;
}

/** A port that nobody has. @returns {Promise<number>} */
async function free() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
