// SPDX-License-Identifier: MIT
// Numbers, times and texts for people.  Times are UTC wherever they are shown.

const exactNumber = new Intl.NumberFormat('en', {maximumFractionDigits: 2});

export const exact = (n: number): string => exactNumber.format(n);

// Three digits at most: 987, 1.2K, 34.5K, 678K, 9.1M.
export function compact(n: number): string {
    const size = Math.abs(n);
    if (size < 1000) return size < 10 && !Number.isInteger(n) ? n.toFixed(1) : String(Math.round(n));
    const units = ['K', 'M', 'B', 'T'];
    let value = n, unit = -1;
    while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return (Math.abs(value) < 99.95 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value))) + units[unit]!;
}

const two = (n: number): string => String(n).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function clock(ms: number, seconds = false): string {
    const t = new Date(ms);
    return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}${seconds ? `:${two(t.getUTCSeconds())}` : ''}`;
}

export function day(ms: number): string {
    const t = new Date(ms);
    return `${t.getUTCDate()} ${MONTHS[t.getUTCMonth()]!}`;
}

export const sameDay = (a: number, b: number): boolean => Math.floor(a / 86400000) === Math.floor(b / 86400000);

// With its year where that is not the one of what stands beside it.
export function date(ms: number, besideMs: number): string {
    const year = new Date(ms).getUTCFullYear();
    return year === new Date(besideMs).getUTCFullYear() ? day(ms) : `${day(ms)} ${year}`;
}

export function moment(ms: number): string {
    return `${day(ms)} ${new Date(ms).getUTCFullYear()}, ${clock(ms, true)} UTC`;
}

// "12:03–12:40", with days where they differ.
export function span(startMs: number, endMs: number): string {
    return sameDay(startMs, endMs - 1) ? `${day(startMs)}, ${clock(startMs)}–${endMs % 86400000 === 0 ? '24:00' : clock(endMs)}`
                                       : `${date(startMs, endMs)} ${clock(startMs)} – ${date(endMs, startMs)} ${clock(endMs)}`;
}

export function duration(ms: number): string {
    const minutes = Math.round(ms / 60000);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60), rest = minutes % 60;
    if (hours < 48) return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

// Twitter sends these three as entities and no others.  Once: "&amp;lt;" is "&lt;".
export function decodeEntities(text: string): string {
    return text.replace(/&(amp|lt|gt);/g, (_, name: string) => (name === 'amp' ? '&' : name === 'lt' ? '<' : '>'));
}

// Characters that turn the direction of what follows would reach out of their row.
export function plain(text: string): string {
    return text.replace(/[\u202A-\u202E\u2066-\u2069\u200E\u200F]/g, '');
}

export const tweetText = (text: string): string => plain(decodeEntities(text));

export const signed = (n: number): string => `${n < 0 ? '−' : n > 0 ? '+' : ''}${Math.abs(n).toFixed(2)}`;

export const plural = (n: number, one: string, many = `${one}s`): string => `${exact(n)} ${n === 1 ? one : many}`;

const countryNames = new Intl.DisplayNames(['en'], {type: 'region', fallback: 'code'});

// Of a code of two letters; a name as it was written.
export function countryName(code: string): string {
    return /^[a-z]{2}$/i.test(code) ? countryNames.of(code.toUpperCase()) ?? code : plain(code);
}

const languageNames = new Intl.DisplayNames(['en'], {type: 'language', fallback: 'code'});

export function languageName(code: string): string {
    if (code === 'und' || code === '') return 'Undetermined';
    try {
        return languageNames.of(code) ?? code;
    } catch {
        return code; // Not the shape of a language code: as it came.
    }
}
