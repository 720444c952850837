/** Folders of browsers that trust a house's authority. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A home folder whose Chromium trusts that authority. @param {string} authority the file with its certificate */
export function trusting(authority) {
  const home = mkdtempSync(join(tmpdir(), 'alongside-trust-'));
  const store = join(home, '.pki/nssdb');
  mkdirSync(store, { recursive: true });
  introduce(store, authority);
  return home;
}

/** A profile whose Firefox trusts that authority. @param {string} authority the file with its certificate */
export function trustingProfile(authority) {
  const profile = mkdtempSync(join(tmpdir(), 'alongside-profile-'));
  introduce(profile, authority);
  return profile;
}

/** @param {string} store @param {string} authority */
function introduce(store, authority) {
  execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password']);
  execFileSync('certutil', ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', 'house', '-i', authority]);
}
