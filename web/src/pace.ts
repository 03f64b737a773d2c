// SPDX-License-Identifier: MIT
// Doing a thing not too often.

export interface Timers {
    now(): number;
    set(run: () => void, ms: number): unknown;
    clear(timer: unknown): void;
}
export const realTimers: Timers = {
    now: () => performance.now(),
    set: (run, ms) => setTimeout(run, ms),
    clear: (timer) => clearTimeout(timer as number),
};

// The first call runs at once, those within `ms` become one at its end, with the last
// call's argument.
export function throttle<T>(run: (value: T) => void, ms: () => number, timers: Timers = realTimers): (value: T) => void {
    let last = -Infinity, waiting: { value: T } | null = null;
    const fire = (value: T): void => {
        last = timers.now();
        run(value);
    };
    return (value) => {
        const due = last + ms() - timers.now();
        if (waiting !== null) waiting.value = value;
        else if (due <= 0) fire(value);
        else {
            waiting = {value};
            timers.set(() => {
                const {value: latest} = waiting!;
                waiting = null;
                fire(latest);
            }, due);
        }
    };
}

// Waits between attempts: 1, 2, 4, 8, 15 s, spread by a fifth so that not all tabs of
// all people come back in the same moment.
export function backoffMs(attempt: number, random: () => number): number {
    const base = Math.min(15000, 1000 * 2 ** Math.min(attempt, 4));
    return Math.round(base * (0.8 + 0.4 * random()));
}
