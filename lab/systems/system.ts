/**
 * What the lab knows of a system, whatever it is: one entry, which brings all that the rest of the lab asks of it. A new
 * system is a folder here and its name in a list of `index.ts`, which says in which.
 */
import type { Instance } from '../instance.ts';
import type { DebianProgram } from '../obtain/debian.ts';
import type { Endpoint, Place } from '../places.ts';
import type { Command } from '../processes.ts';
import type { OnProgress } from '../progress.ts';
import type { LabKey, LabSecret } from '../secrets.ts';
import type { Readiness } from '../wait.ts';

export interface LabSystem {
  /** `cassandra`: chooses all of its servers (`up --only cassandra`). */
  readonly name: string;
  /** In the order in which people are shown them; the same for every instance. */
  readonly servers: readonly LabServer[];
  /** Everything it listens on in an instance's slot. Must never be another system's, or another slot's. */
  endpoints(slot: number): readonly Endpoint[];
  /** What people look at when it is up: a label and an address each. */
  shown?(slot: number): readonly (readonly [label: string, address: string])[];
  /** Made once per instance. */
  readonly secrets?: readonly LabSecret[];
  /** Its part of the estate file: top-level sections. */
  estateSections?(slot: number, publicKeyOf: PublicKeyOf): Readonly<Record<string, object>>;
  /** Task queues on which it is changed, with the place of the agent that polls them (I3: one process each). */
  readonly changeQueues?: readonly ChangeQueue[];
  /** Programs of the distribution without which it cannot be obtained or run; for `doctor`. */
  readonly programs?: readonly NeededProgram[];
  /** Brings what its servers run into the cache. Safe to call again, and at once from several processes. */
  obtain?(onProgress: OnProgress): Promise<void>;
  readonly bootstrap?: Bootstrap;
}

/** The public half of a key that is among the secrets of a system. */
export type PublicKeyOf = (key: LabKey) => string;

export interface ChangeQueue {
  readonly place: Place;
  readonly queue: string;
}

export interface NeededProgram {
  readonly program: DebianProgram;
  /** What does not work without it, as the end of "needed for ...". */
  readonly neededFor: string;
}

/** What a new system is given once all of its servers are ready, before anything that needs it starts. */
export interface Bootstrap {
  /** Whether it was given; then servers may be missing and nothing is to be done. */
  isDone(instance: Instance): boolean;
  /** Safe to interrupt and to call again. `look` says whether all servers are ready. */
  carryOut(instance: Instance, onProgress: OnProgress, look: () => Promise<Readiness>): Promise<void>;
}

export interface LabServer {
  /** `haproxy`, `us-central1/cassandra-1`: the name for kill, start and logs. */
  readonly target: string;
  /** A kind's name chooses all of its targets: `service`, `agent`. */
  readonly kind: string;
  readonly place: Place;
  /** Systems that must be ready before it starts, as far as they are being brought up with it. */
  readonly needs: readonly LabSystem[];
  /** Time from start to ready before it counts as failed. */
  readonly readyTimeoutMs: number;
  /** Time between SIGTERM and SIGKILL. */
  readonly stopGraceMs: number;
  /** Why it cannot be started at all, as a sentence; undefined when it can. */
  missing(): string | undefined;
  /** Writes its configuration, whole files only, and gives the command. Called before each start. */
  configure(instance: Instance): Promise<Command>;
  /** One look; a thrown error means "not yet". */
  ready(instance: Instance): Promise<Readiness>;
}
