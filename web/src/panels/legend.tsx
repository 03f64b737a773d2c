// SPDX-License-Identifier: MIT
// What colour and size mean on the map.
import {STEP_WORDS, STEPS} from '../scale.ts';

export function Legend() {
    return <div class="legend" role="note" aria-label="Legend">
        <span class="title">How authors are received</span>
        <span class="scale">
            <span>negative</span>
            <ul>{STEPS.map((step) => <li key={step} title={STEP_WORDS[step]}><i class={`swatch ${step}`} /></li>)}</ul>
            <span>positive</span>
        </span>
        <span class="row"><i class="dot none" /> no replies yet</span>
        <span class="row"><svg viewBox="0 0 26 14" width="26" height="14" aria-hidden="true"><circle cx="4" cy="10" r="2.500" /><circle cx="17" cy="7.500" r="6" /></svg> area is influence</span>
    </div>;
}
