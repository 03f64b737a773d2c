// SPDX-License-Identifier: MIT
// What a colour and a size mean.
//
// Reception runs from orange over grey to blue: the pair that every common kind of
// colour blindness keeps apart, and both ends differ from grey in lightness too.  Five
// steps, because people tell five apart; a mean within the dead band is neutral (it is
// the band in which a single text counts as neutral).  No replies is not neutral: it is
// an empty ring.

export const DEAD_BAND = 0.05;
export const STRONG = 0.3;

export type Step = 'negative-strong' | 'negative' | 'neutral' | 'positive' | 'positive-strong' | 'none';
export const STEPS: Step[] = ['negative-strong', 'negative', 'neutral', 'positive', 'positive-strong'];

export function receptionStep(n: number, mean: number | null): Step {
    if (n === 0 || mean === null) return 'none';
    if (Math.abs(mean) < DEAD_BAND) return 'neutral';
    if (mean < 0) return mean <= -STRONG ? 'negative-strong' : 'negative';
    return mean >= STRONG ? 'positive-strong' : 'positive';
}

export const STEP_WORDS: Record<Step, string> = {
    'negative-strong': 'very negative', negative: 'negative', neutral: 'neutral',
    positive: 'positive', 'positive-strong': 'very positive', none: 'no replies yet',
};

export type Rgb = [number, number, number];
export type Theme = 'dark' | 'light';
export interface MapColours {
    steps: Record<Step, Rgb>; sea: Rgb; land: Rgb; coast: Rgb; border: Rgb;
    globeSea: Rgb; panel: Rgb; halo: Rgb; label: Rgb; arc: Rgb; arcEnd: Rgb; focus: Rgb;
}

// The same values stand in style.css as --negative-strong and so on.
export const COLOURS: Record<Theme, MapColours> = {
    dark: {
        steps: {
            'negative-strong': [255, 133, 51], negative: [232, 177, 128], neutral: [176, 185, 199],
            positive: [126, 178, 232], 'positive-strong': [52, 146, 255], none: [139, 151, 171],
        },
        sea: [11, 15, 24], land: [29, 38, 54], coast: [52, 66, 92], border: [43, 55, 77],
        globeSea: [17, 23, 36], panel: [16, 21, 31], halo: [11, 15, 24], label: [222, 229, 240], arc: [124, 92, 255], arcEnd: [199, 180, 255], focus: [255, 255, 255],
    },
    light: {
        steps: {
            'negative-strong': [189, 77, 0], negative: [217, 146, 82], neutral: [128, 138, 152],
            positive: [98, 151, 212], 'positive-strong': [14, 92, 196], none: [111, 122, 138],
        },
        sea: [238, 242, 247], land: [255, 255, 255], coast: [190, 200, 213], border: [219, 225, 233],
        globeSea: [214, 224, 236], panel: [255, 255, 255], halo: [255, 255, 255], label: [30, 41, 59], arc: [124, 92, 230], arcEnd: [76, 42, 190], focus: [15, 23, 42],
    },
};

// Pixels at the zoom where the world fits.  Area, not radius, follows influence.
export const RADIUS_MIN = 1.8;
export function radiusOf(influence: number, influenceMax: number, radiusMax: number): number {
    if (influenceMax <= 0 || influence <= 0) return RADIUS_MIN;
    return Math.max(RADIUS_MIN, radiusMax * Math.sqrt(influence / influenceMax));
}
