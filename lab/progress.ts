/** What the lab says while it works: one event per step, with percent, rate and time left where they are known. */

export interface ProgressEvent {
  /** What it is about: a target, or the thing being obtained. */
  readonly subject: string;
  readonly phase: 'obtain' | 'start' | 'wait' | 'ready' | 'running' | 'missing' | 'failed' | 'stopped';
  readonly text: string;
  readonly percent?: number;
}

export type OnProgress = (event: ProgressEvent) => void;

export function silent(): void {
  // For callers that want no progress.
}

/** `12.3 MB`: decimal units, as registries show them. */
export function sayBytes(sizeBytes: number): string {
  return sizeBytes < 1e6 ? `${Math.ceil(sizeBytes / 1e3)} kB` : `${(sizeBytes / 1e6).toFixed(1)} MB`;
}

/** `34 % · 12.1 of 35.0 MB · 4.1 MB/s · 6 s left`. */
export function sayTransfer(doneBytes: number, totalBytes: number, elapsedMs: number): string {
  const percent = totalBytes === 0 ? 100 : Math.min(100, Math.floor((doneBytes / totalBytes) * 100));
  const perSecond = elapsedMs < 250 ? 0 : doneBytes / (elapsedMs / 1000);
  const parts = [`${percent} %`, `${sayBytes(doneBytes)} of ${sayBytes(totalBytes)}`];
  if (perSecond > 0) parts.push(`${sayBytes(perSecond)}/s`);
  if (perSecond > 0 && doneBytes < totalBytes) {
    parts.push(`${Math.ceil((totalBytes - doneBytes) / perSecond)} s left`);
  }
  return parts.join(' · ');
}
