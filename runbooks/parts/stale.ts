/**
 * The destination of a failover: fit as it is, or living and stale.
 *
 * A region that was away and was not repaired may lack what was acknowledged elsewhere meanwhile. Nothing goes there while
 * another region serves. Where it is the only one that lives, that is for people to decide, with what may be missing
 * before their eyes: a blocker, never a refusal, because a refused run has no gate and so no way out.
 */

import type { Estate } from '../../estate/schema.ts';
import { asClause, LifeboatError, refusal } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { Blocker } from '../../kernel/plan/plan.ts';
import type { MissingReading, OutageReading } from '../steps/canaries.ts';
import type { ServiceReading } from '../steps/services.ts';
import type { TrafficReading } from '../steps/traffic.ts';
import { refuseBothDead } from './both-dead.ts';
import { endedUncleanly, type OwedRepair, owedWarnings } from './owed-repair.ts';

type By<T> = { readonly [name: string]: Evidence<T> };

export interface DestinationEvidence {
  readonly here: By<ServiceReading>;
  readonly there: By<ServiceReading>;
  readonly shares: By<TrafficReading>;
  readonly outage: By<OutageReading>;
  readonly outageThere: By<OutageReading>;
  readonly missing: By<MissingReading>;
}

export interface Destination {
  readonly readings: { readonly [service: string]: ServiceReading };
  /** Services there that wait to be readmitted. */
  readonly unadmitted: readonly string[];
  readonly stale: boolean;
  readonly blockers: readonly Blocker[];
  readonly warnings: readonly string[];
}

export interface Question {
  readonly from: string;
  readonly to: string;
  /** Whether the source fails its users, so that staying is no choice. */
  readonly lost: boolean;
  /** Whether people say that the source is lost, whatever it says: enough for what was withheld and missed nothing. */
  readonly told: boolean;
  /** Whether its users are seen to be served, whatever it answers to those who ask. */
  readonly served: boolean;
  /** Of each cluster with replicas in `to`, of all regions. */
  readonly owed: readonly OwedRepair[];
  /** In milliseconds since 1970. */
  readonly now: number;
}

/**
 * I1: traffic goes only where health has been shown, or to the last region that lives.
 *
 * @throws LifeboatError `no-region-lives`, `dead-target`, `stale-target`
 */
export function judgeDestination(
  { from, to, lost, told, served, owed, now }: Question,
  evidence: DestinationEvidence,
): Destination {
  refuseBothDead(
    { region: from, services: evidence.here, outages: evidence.outage },
    { region: to, services: evidence.there, outages: evidence.outageThere },
    { shares: evidence.shares, served, now },
  );
  const readings = answering(from, to, evidence.there);
  const unadmitted = Object.keys(readings).filter((service) => !readings[service]?.admitted);
  const stale = isStale({ from, to }, readings, evidence, owed);
  if (!lost && (stale || (unadmitted.length > 0 && !told))) throw notYet(from, to, readings, unadmitted);
  return {
    readings,
    unadmitted,
    stale,
    blockers: stale
      ? [
          {
            rule: 'stale-destination',
            say: `${to} was away and has not been repaired: what was acknowledged meanwhile may be missing there, and what is written there now stands beside it. It is readmitted without a repair; the repair is owed by the next failback.`,
            overridable: true,
          },
        ]
      : [],
    warnings: stale ? [staleWarning(from, to, evidence.missing), ...owedWarnings(owed)] : [],
  };
}

/** For a run that moves nothing there: where it is not fit to be gone to, why, and nothing is asked or done of it. */
export function destinationIfFit(
  question: Question,
  evidence: DestinationEvidence,
): Destination & { readonly unfit: string | undefined } {
  try {
    return { ...judgeDestination(question, evidence), unfit: undefined };
  } catch (error) {
    if (!LifeboatError.is(error)) throw error;
    return { readings: {}, unadmitted: [], stale: false, blockers: [], warnings: [], unfit: error.message };
  }
}

function answering(
  from: string,
  to: string,
  there: By<ServiceReading>,
): { readonly [service: string]: ServiceReading } {
  return Object.fromEntries(
    Object.entries(there).map(([service, one]) => {
      // What waits to be readmitted is unhealthy for that reason, whatever else it may be; its readmission proves it.
      if (one.ok && (one.value.healthy || !one.value.admitted)) return [service, one.value];
      throw deadTarget(from, to, service, one.ok ? one.value.why : one.reason);
    }),
  );
}

function deadTarget(from: string, to: string, service: string, why: string) {
  return refusal(
    'dead-target',
    `${service} in ${to} is not fit to serve: ${asClause(why)}.`,
    `${service} in ${to}`,
    `Mend ${to} first, then \`run failover from=${from} to=${to}\` again; or name another region with to=REGION. Nothing was changed.`,
  );
}

/**
 * Whoever waits to be readmitted, or gets no requests where it is to get some, may not have been brought back. One that has a
 * share at every entrance that is to gain serves already, and gets only more of the same.
 */
function isStale(
  { from, to }: Pick<Question, 'from' | 'to'>,
  readings: { readonly [service: string]: ServiceReading },
  { shares, outageThere }: DestinationEvidence,
  owed: readonly OwedRepair[],
): boolean {
  const services = Object.values(readings);
  const settings = Object.values(shares).flatMap((one) => (one.ok ? [one.value.setting] : []));
  const idle = settings.some((one) => (one.shares[from] ?? 0) > 0 && (one.shares[to] ?? 0) === 0);
  const admitted = services.every((one) => one.admitted);
  if (!idle && admitted) return false;
  if (endedUncleanly(services)) return true;
  // One that nobody drained or withheld only stands by: it is stale by what was seen, not by what nobody could see.
  const left = !admitted || settings.some(({ drained }) => drained.includes(to));
  if (!left) return owed.some(({ absences }) => absences.some(({ region }) => region === to));
  // Nobody outside who could have seen an outage is no proof that there was none.
  const outages = Object.values(outageThere);
  if (outages.length === 0 || outages.some((one) => !one.ok)) return true;
  return owed.some(({ absences, blind }) => absences.some(({ region }) => region === to) || blind.includes(to));
}

function notYet(
  from: string,
  to: string,
  readings: { readonly [service: string]: ServiceReading },
  [unadmitted]: readonly string[],
) {
  const back = `\`run failback region=${to}\` repairs and readmits it; then \`run failover from=${from} to=${to}\`. Nothing was changed.`;
  if (unadmitted !== undefined) {
    return refusal(
      'dead-target',
      `${unadmitted} in ${to} is not fit to serve: ${asClause(readings[unadmitted]?.why ?? '')}.`,
      `${unadmitted} in ${to}`,
      `${from} serves, so there is time: ${back}`,
    );
  }
  return refusal(
    'stale-target',
    `${to} calls itself healthy, but it was away, gets no requests at an entrance that is to lead there, and has not been repaired.`,
    to,
    `${from} serves, so there is time: ${back}`,
  );
}

function staleWarning(from: string, to: string, missing: By<MissingReading>): string {
  const seen = Object.values(missing).flatMap((one) => (one.ok ? [one.value] : []));
  const absent = seen.reduce((sum, one) => sum + one.missing, 0);
  const checked = seen.reduce((sum, one) => sum + one.checked, 0);
  const atLeast = seen.some((one) => one.atLeast) ? 'at least ' : '';
  const known =
    checked === 0
      ? `how much of what ${from} acknowledged is missing there could not be measured`
      : `${atLeast}${absent} of ${checked} canaries that ${from} acknowledged are absent there`;
  return `${to} is STALE: ${known}. Reads there answer with old data until it is repaired. Canaries stand for a few writes in each second: of every single one the ledger of your product tells, which takes longer than a plan may; compare it with ${to} while others read this, if you have one.`;
}

/** A stale destination is for more people than a change is: what is written there cannot be unwritten. */
export function tierFor({ approvals }: Estate, { stale }: Destination): string {
  return stale ? approvals.minimum.destroy : approvals.minimum.change;
}
