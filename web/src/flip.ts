// SPDX-License-Identifier: MIT
// Rows that move to their new rank instead of jumping: where each was is remembered,
// and the way from there is played (first, last, invert, play).
import type {RefObject} from 'preact';
import {useLayoutEffect, useRef} from 'preact/hooks';
import {reducedMotion} from './store.ts';

const MOVE_MS = 450;

// `order` is what changes with the ranks: the rows' keys in one string.
export function useFlip(list: RefObject<HTMLElement | null>, order: string): void {
    const before = useRef(new Map<string, number>());
    useLayoutEffect(() => {
        const now = new Map<string, number>();
        const rows = [...list.current?.querySelectorAll<HTMLElement>(':scope > [data-key]') ?? []];
        for (const row of rows) now.set(row.dataset.key!, row.offsetTop);
        const first = before.current.size === 0;
        for (const row of rows) {
            if (first || reducedMotion.matches) break;
            const key = row.dataset.key!, top = now.get(key)!;
            const was = before.current.get(key);
            if (was === undefined) row.animate([{opacity: 0}, {opacity: 1}], {duration: MOVE_MS, easing: 'ease-out'});
            else if (was !== top) {
                // The one that rises passes over the others.
                row.animate([{transform: `translateY(${was - top}px)`, zIndex: was > top ? 2 : 1}, {transform: 'none', zIndex: was > top ? 2 : 1}],
                    {duration: MOVE_MS, easing: 'cubic-bezier(.2,.7,.2,1)'});
            }
        }
        before.current = now;
    }, [order]);
}
