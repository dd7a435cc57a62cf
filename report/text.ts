/** How a report writes times, spans and foreign text. What was not measured is never written as a number (I11). */
import { formatDuration } from '../kernel/duration.ts';

export const NOT_MEASURED = 'not measured';

/** `2026-03-01 03:04:05.678`, always UTC; the page says so once. @param ms since 1970 */
export function timeText(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return NOT_MEASURED;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? NOT_MEASURED : date.toISOString().slice(0, 23).replace('T', ' ');
}

/** The time of day alone, for rows of one run; with its date where that is not the day of `start`. */
export function clockText(ms: number, start: number): string {
  const text = timeText(ms);
  return text.slice(0, 10) === timeText(start).slice(0, 10) ? text.slice(11) : text;
}

/** A span, or `not measured`. */
export function spanText(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? NOT_MEASURED : ms === 0 ? '0 s' : formatDuration(ms);
}

/** `+1 min 5 s` after `zero`, or with a minus before it. */
export function offsetText(at: number, zero: number): string {
  return `${at < zero ? '−' : '+'}${spanText(Math.abs(at - zero))}`;
}
