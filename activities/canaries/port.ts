/** What the steps of canaries ask of the process that writes them; `worker/canary/` has the real one. */
import type { OutageReading } from '../../runbooks/steps/canaries.ts';

export interface CanaryPort {
  readonly regions: readonly string[];
  outage(region: string): OutageReading;
  /** What was acknowledged through the coordinators of a region, newest last. */
  acknowledged(region: string): readonly Acknowledged[];
  /**
   * Which of these sequence numbers of a canary a local quorum of that region holds.
   * @throws LifeboatError (may pass) when it cannot be asked
   */
  present(region: string, id: string, seqs: readonly number[]): Promise<readonly number[]>;
  /**
   * When the first full repair since then began, by the cluster's own record; null when there is none.
   * @throws LifeboatError (may pass) when it cannot be asked
   */
  firstRepair(since: number): Promise<number | null>;
  /** Names of the canaries of each of the region's coordinators. */
  coordinators(region: string): readonly { readonly node: string; readonly ids: readonly string[] }[];
  /** Writes the canary's next number through its coordinator and reads it back there at LOCAL_QUORUM. */
  writeAndRead(id: string): Promise<boolean>;
}

export interface Acknowledged {
  readonly id: string;
  readonly acks: readonly { readonly seq: number; readonly at: number }[];
}
