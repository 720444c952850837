/**
 * Counts the results in a JSON report of Playwright: prints `PASSED FAILED NAMES`. A test that was skipped did not run, and
 * counts as failed; one that passed only at its second try passed, and is named on standard error.
 */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const tests = report.suites.flatMap(walk);

const passed = tests.filter((test) => test.status === 'expected' || test.status === 'flaky').length;
const bad = tests.filter((test) => test.status === 'unexpected' || test.status === 'skipped');
const faults = report.errors?.length ?? 0;
for (const test of tests.filter((one) => one.status === 'flaky')) console.error(`    passed only at the second try: ${test.name}`);
const names = bad.map((test) => `${test.name}${test.status === 'skipped' ? ' (did not run)' : ''}`);
if (faults > 0) names.push(`${faults} faults outside of tests`);
console.log(`${passed} ${bad.length + faults} ${names.join('; ')}`);

/** @param {any} suite @returns {{ name: string, status: string }[]} */
function walk(suite) {
  const here = (suite.specs ?? []).flatMap((/** @type {any} */ spec) =>
    spec.tests.map((/** @type {any} */ test) => ({ name: `${spec.file}: ${spec.title}`, status: test.status })));
  return [...here, ...(suite.suites ?? []).flatMap(walk)];
}
