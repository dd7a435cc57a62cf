/**
 * Of the regions that serve while another comes back: whether they still do. Pure.
 *
 * Judged as a failover from them judges it, so that the rescue named here is one that it takes.
 *
 * Must never happen: a failback takes its time, and ends with a share on what is dying, because only the returning region
 * was looked at.
 */
import { asClause } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { ServiceReading } from '../steps/services.ts';
import type { SloReading, TrafficReading } from '../steps/traffic.ts';
import { failingForUsers, servedToUsers } from './users.ts';

export interface SurvivorsEvidence {
  readonly shares: { readonly [name: string]: Evidence<TrafficReading> };
  /** By service and region (`items@us-central1`). */
  readonly health: { readonly [key: string]: Evidence<ServiceReading> };
  /** By entrance and region. */
  readonly users: { readonly [key: string]: Evidence<SloReading> };
}

export interface Survivors {
  /** Regions other than the returning one of which no service answers well, or that a load balancer holds for down. */
  readonly dying: readonly string[];
  /** An entrance of the returning region that no other region serves any more; undefined where there is none. */
  readonly lost: { readonly name: string; readonly regions: readonly string[]; readonly why: string } | undefined;
  /** What does badly, and is not lost. */
  readonly warnings: readonly string[];
}

/** The command that brings the returning region into service where what serves is lost. */
export function rescueOf(serving: string, region: string): string {
  return `\`run failover from=${serving} to=${region}\``;
}

export function survivorsOf(region: string, evidence: SurvivorsEvidence): Survivors {
  const keys = Object.keys(evidence.health);
  const others = [...new Set(keys.map(regionOf))].filter((other) => other !== region);
  const ill = new Map(others.map((other) => [other, illnessOf(other, evidence.health)]));
  const served = (other: string): boolean => servedToUsers(other, outsideOf(other, evidence));
  const unserved = others.filter((other) => ill.get(other)?.all === true && !served(other));
  const losses = Object.entries(evidence.shares).flatMap(([name, one]) => {
    if (!one.ok || one.value.setting.shares[region] === undefined) return [];
    const { setting, down } = one.value;
    const serving = others.filter((other) => (setting.shares[other] ?? 0) > 0);
    const fails = serving.filter((other) => unserved.includes(other) || down.includes(other));
    if (fails.length === 0 || fails.length < serving.length) return [];
    const why = fails.map((other) =>
      unserved.includes(other)
        ? `${other}: ${ill.get(other)?.say}`
        : `the load balancer holds ${other} for down by its own checks`,
    );
    return [{ name, regions: fails, why: why.join('; ') }];
  });
  const dying = others.filter((other) => ill.get(other)?.all === true || heldDown(other, evidence.shares));
  return { dying, lost: losses[0], warnings: others.flatMap((other) => warningsOf(other, region, ill, evidence)) };
}

function warningsOf(
  other: string,
  region: string,
  ill: ReadonlyMap<string, Illness>,
  evidence: SurvivorsEvidence,
): string[] {
  const leads = Object.values(evidence.shares).some((one) => one.ok && (one.value.setting.shares[other] ?? 0) > 0);
  const why = [ill.get(other)?.say ?? '', ...failingForUsers(other, outsideOf(other, evidence))].filter(Boolean);
  if (!leads || why.length === 0) return [];
  return [`${other} serves now, and ${why.join('; ')}. If it is lost: ${rescueOf(other, region)}.`];
}

interface Illness {
  /** Whether none of its services answers well. */
  readonly all: boolean;
  /** Empty where all of them do. */
  readonly say: string;
}

function illnessOf(region: string, health: SurvivorsEvidence['health']): Illness {
  const own = Object.entries(health).filter(([key]) => regionOf(key) === region);
  const bad = own.flatMap(([key, one]) => {
    const service = key.slice(0, key.indexOf('@'));
    if (!one.ok) return [`${service} does not answer (${one.reason})`];
    return one.value.healthy ? [] : [`${service} cannot serve (${asClause(one.value.why)})`];
  });
  return { all: own.length > 0 && bad.length === own.length, say: bad.join(', ') };
}

function heldDown(region: string, shares: SurvivorsEvidence['shares']): boolean {
  return Object.values(shares).some(
    (one) => one.ok && (one.value.setting.shares[region] ?? 0) > 0 && one.value.down.includes(region),
  );
}

function outsideOf(region: string, { shares, users }: SurvivorsEvidence) {
  const own = Object.entries(users).filter(([key]) => regionOf(key) === region);
  return {
    shares,
    users: Object.fromEntries(own.map(([key, one]) => [key.slice(0, key.indexOf('@')), one])),
    door: {},
  };
}

function regionOf(key: string): string {
  return key.slice(key.indexOf('@') + 1);
}
