/**
 * A member without a browser: forms over HTTPS with a cookie, as a page of this instance would send them. For what a test
 * needs and is not about.
 */
import { Agent, request } from 'node:https';

/** @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: string }} Answer */

export class Client {
  #agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  #door;
  /** @type {Map<string, string>} */
  #cookies = new Map();

  /** @param {string} origin @param {string} name @param {string} [door] a socket in the file system that leads to the server */
  constructor(origin, name, door) {
    this.origin = origin;
    this.name = name;
    this.#door = door;
  }

  get signedIn() {
    return Boolean(this.#cookies.get('__Host-alongside'));
  }

  /** The login as a browser context takes it, at that address of the server. @param {string} [origin] */
  cookies(origin = this.origin) {
    return [...this.#cookies].map(([name, value]) => ({
      name, value, url: origin, httpOnly: true, secure: true, sameSite: /** @type {const} */ ('Lax'),
    }));
  }

  /** @param {string} path */
  get(path) {
    return this.#send('GET', path, '', {});
  }

  /** The body of a page that must be there. @param {string} path */
  async text(path) {
    const answer = await this.get(path);
    if (answer.status !== 200) throw new Error(`GET ${path} as ${this.name}: ${answer.status}\n${answer.body.slice(0, 600)}`);
    return answer.body;
  }

  /**
   * Posts a form as a page's own script does and answers the JSON, whatever it says.
   * @param {string} path
   * @param {Record<string, string | number | string[]>} fields
   * @returns {Promise<any>}
   */
  async post(path, fields) {
    const answer = await this.#form(path, fields, { accept: 'application/json' });
    try {
      return { status: answer.status, ...JSON.parse(answer.body) };
    } catch {
      throw new Error(`POST ${path} as ${this.name}: ${answer.status}, no JSON:\n${answer.body.slice(0, 600)}`);
    }
  }

  /** Posts and expects to be obeyed. @param {string} path @param {Record<string, string | number | string[]>} fields */
  async done(path, fields) {
    const answer = await this.post(path, fields);
    if (answer.ok !== true) throw new Error(`POST ${path} as ${this.name}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Posts a form as a browser without scripts does, and expects to be sent on. @param {string} path @param {Record<string, string>} fields */
  async form(path, fields) {
    const answer = await this.#form(path, fields, { accept: 'text/html' });
    if (answer.status !== 303) throw new Error(`POST ${path} as ${this.name}: ${answer.status}\n${plain(answer.body).slice(0, 800)}`);
    return answer.headers.location ?? '';
  }

  /** @param {string} password */
  signIn(password) {
    return this.form('/login', { who: this.name, password, next: '/' });
  }

  /**
   * Books one start; answers the number of the booking.
   * @param {number} start epoch seconds
   * @param {number} minutes
   * @param {Record<string, string | number>} [wishes]
   */
  async book(start, minutes = 25, wishes = {}) {
    const answer = await this.done('/book', { start, minutes, task: 'desk', ...wishes });
    const booked = answer.booked?.[0];
    if (!booked) throw new Error(`not booked: ${JSON.stringify(answer)}`);
    return Number(booked.booking);
  }

  close() {
    this.#agent.destroy();
  }

  /** @param {string} path @param {Record<string, string | number | string[]>} fields @param {Record<string, string>} headers */
  #form(path, fields, headers) {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const one of Array.isArray(value) ? value : [value]) body.append(name, String(one));
    }
    return this.#send('POST', path, body.toString(), { 'content-type': 'application/x-www-form-urlencoded', ...headers });
  }

  /** @param {string} method @param {string} path @param {string} body @param {Record<string, string>} headers @returns {Promise<Answer>} */
  #send(method, path, body, headers) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const all = {
      accept: 'text/html',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0',
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': method === 'GET' ? 'navigate' : 'cors',
      ...(method === 'POST' ? { origin: this.origin, 'content-length': String(Buffer.byteLength(body)) } : {}),
      ...(cookie ? { cookie } : {}),
      ...headers,
    };
    return new Promise((done, fail) => {
      const sent = request(new URL(path, this.origin), { method, headers: all, agent: this.#agent, ...(this.#door ? { socketPath: this.#door } : {}) }, (answer) => {
        /** @type {Buffer[]} */
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          this.#keep(answer.headers['set-cookie'] ?? []);
          done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts).toString() });
        });
        answer.on('error', fail);
      });
      // A connection that has rested may be closed by the server in the moment in which it is asked: it has heard nothing.
      sent.on('error', (fault) => (sent.reusedSocket && 'code' in fault && fault.code === 'ECONNRESET' ? this.#send(method, path, body, headers).then(done, fail) : fail(fault)));
      sent.end(body);
    });
  }

  /** @param {string[]} lines */
  #keep(lines) {
    for (const line of lines) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      if (value && !/max-age=0\b/i.test(line)) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
  }
}

/** What a page says, without its markup. @param {string} html */
function plain(html) {
  const main = html.slice(html.indexOf('<main'));
  return main.replace(/<(svg|select)[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
}
