/**
 * Owns the shapes that the load client answers with; its server and its typed client share them. All times are ISO 8601.
 */

export interface Failure {
  /** When it was seen to fail. */
  readonly at: string;
  /** When it was sent: a request in flight at the fault was sent before it. */
  readonly sentAt: string;
  /** `<read|write>:<timeout | network code | status[:the service's word]>`, e.g. `write:503:overloaded`. */
  readonly kind: string;
}

/** What happened since a moment that someone marked. */
export interface MarkStats {
  readonly at: string;
  /** Finished since the mark. */
  readonly requests: number;
  /** Seen to fail since the mark, whenever they were sent. */
  readonly failed: number;
  /** Sent after the mark, and failed. */
  readonly failedSentAfter: number;
  readonly acked: number;
  readonly firstFailureAt: string | null;
  readonly lastFailureAt: string | null;
  readonly lastFailureSentAt: string | null;
}

/** Requests since `startedAt`, the start of this process; `acked` alone is the whole ledger, earlier runs included. */
export interface Stats {
  readonly startedAt: string;
  readonly rps: number;
  readonly paused: boolean;
  /** Finished, well or not. */
  readonly requests: number;
  readonly failed: number;
  readonly acked: number;
  /** Writes without an acknowledgement: they may or may not be there. Not failures of the estate's promise. */
  readonly indeterminate: number;
  /** Reads of an acknowledged row that were answered 404: stale or stranded; not counted as failed. */
  readonly notFound: number;
  /** Reads that came back with another body than was acknowledged; counted as failed too. */
  readonly corrupt: number;
  /** Requests not sent because this process itself fell behind its clock. */
  readonly skipped: number;
  readonly firstFailureAt: string | null;
  readonly lastFailureAt: string | null;
  /** The newest 10,000; `failuresDropped` older ones are only counted. */
  readonly failures: readonly Failure[];
  readonly failuresDropped: number;
  /** Requests by the region that answered them, failures without an answer left out. */
  readonly answeredBy: Readonly<Record<string, number>>;
  /** Over the last 1,000 that did not fail; null before the first. */
  readonly latencyMs: { readonly p50: number; readonly p99: number } | null;
  readonly marks: Readonly<Record<string, MarkStats>>;
}

/** The ledger against one datacentre, row by row at LOCAL_QUORUM. Lists hold at most 100 ids. */
export interface Comparison {
  readonly region: string;
  readonly acked: number;
  readonly absent: number;
  readonly ids: readonly string[];
  /** Absent rows by the region that had acknowledged them. */
  readonly absentBy: Readonly<Record<string, number>>;
  /** There, with another body than was acknowledged. */
  readonly mismatched: number;
  readonly mismatchedIds: readonly string[];
  readonly at: string;
  readonly tookMs: number;
}

/** Why a question could not be answered: 503, never a count of absent rows. */
export interface Unmeasured {
  readonly ok: false;
  readonly measured: false;
  readonly reason: string;
}

export interface ReadableProof {
  readonly ok: boolean;
  readonly measured: true;
  readonly why: string;
  /** Items acknowledged before this moment were asked for. */
  readonly before: string;
  /** How many such items the ledger has, how many were picked, and how many were asked for in the time allowed. */
  readonly acked: number;
  readonly picked: number;
  readonly checked: number;
  readonly readBack: number;
  /** Stranded: acknowledged, and absent from the datacentre of the region that answered. */
  readonly absent: number;
  /** Not read back, and not known to be absent from the datacentre: there, or the service failed; `ok` needs none. */
  readonly unreadable: number;
  readonly ids: { readonly absent: readonly string[]; readonly unreadable: readonly string[] };
  readonly answeredBy: Readonly<Record<string, number>>;
  readonly tookMs: number;
}

export interface LostProof {
  readonly ok: boolean;
  readonly measured: true;
  /** Absent, or with another body, in at least one datacentre. */
  readonly lost: number;
  readonly acked: number;
  readonly ids: readonly string[];
  readonly regions: readonly Comparison[];
}

export interface StrandedProof extends Comparison {
  readonly ok: true;
  readonly measured: true;
  readonly stranded: number;
}

export interface WriteInResult {
  readonly region: string;
  readonly wanted: number;
  readonly acked: number;
  /** Not acknowledged: indeterminate. */
  readonly failed: number;
  readonly ids: readonly string[];
  readonly kinds: Readonly<Record<string, number>>;
}
