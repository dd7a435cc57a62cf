/** What the lab knows about every server, whatever it is: obtained, configured, started, ready, stopped. */
import type { Place } from '../places.ts';
import type { Command } from '../processes.ts';
import type { OnProgress } from '../progress.ts';
import type { Readiness } from '../wait.ts';

/** The kinds of servers; a kind's name chooses all of its targets (`up --only cassandra`). */
export const KINDS = [
  'temporal',
  'haproxy',
  'cassandra',
  'slack',
  'service',
  'canary',
  'control',
  'agent',
  'traffic-agent',
  'load',
  'bot',
] as const;
export type Kind = (typeof KINDS)[number];

export interface LabServer {
  /** `haproxy`, `us-central1/cassandra-1`: the name for kill, start and logs. */
  readonly target: string;
  readonly kind: Kind;
  readonly place: Place;
  /** Kinds that must be ready before it starts, of those that are being brought up with it. */
  readonly needs: readonly Kind[];
  /** Time from start to ready before it counts as failed. */
  readonly readyTimeoutMs: number;
  /** Time between SIGTERM and SIGKILL. */
  readonly stopGraceMs: number;
  /** Why it cannot be started at all, as a sentence; undefined when it can. */
  missing(): string | undefined;
  /** Brings what it runs into the cache. Safe to call again and at once from several servers. */
  obtain(onProgress: OnProgress): Promise<void>;
  /** Writes its configuration, whole files only, and gives the command. Called before each start. */
  configure(): Promise<Command>;
  /** One look; a thrown error means "not yet". */
  ready(): Promise<Readiness>;
}
