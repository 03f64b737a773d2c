// SPDX-License-Identifier: MIT
// Runs tests one after the other; closes with "N passed, N failed".
const tests = [];
export const test = (name, run) => tests.push({name, run});

const LIMIT_MS = 90000;
const late = () => new Promise((_, fail) => { setTimeout(() => fail(new Error(`not done after ${LIMIT_MS / 1000} s`)), LIMIT_MS).unref(); });

// `after` cleans up behind every test, a failed one too.
export async function runAll({only, after = () => {}} = {}) {
    let passed = 0, failed = 0;
    for (const {name, run} of tests) {
        if (only && !name.includes(only)) continue;
        try {
            await Promise.race([run(), late()]);
            passed++;
            console.log(`ok   ${name}`);
        } catch (error) {
            failed++;
            console.log(`FAIL ${name}\n${error.stack ?? error}`);
        }
        await after();
    }
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 && (passed > 0 || only) ? 0 : 1;
}
