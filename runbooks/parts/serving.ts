/** Whether a region is led to at all, as the load balancers are set now: what must not be withheld, or sent more (I1). */
import { refusal } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { TrafficReading } from '../steps/traffic.ts';

type SharesEvidence = { readonly [name: string]: Evidence<TrafficReading> };

/**
 * Entrances that lead to the region, or would when what they lead to fails, because it is not drained there; those that do
 * not answer too, because it is not known of them.
 */
export function leadingTo(region: string, shares: SharesEvidence): { name: string; say: string }[] {
  return Object.entries(shares).flatMap(([name, one]) => {
    if (!one.ok) return [{ name, say: `whether ${name} leads there is not known: ${one.reason}` }];
    const share = one.value.setting.shares[region] ?? 0;
    if (share > 0) return [{ name, say: `${name} still leads ${share} % of its requests there` }];
    if (one.value.setting.drained.includes(region)) return [];
    return [{ name, say: `${name} has it to fall back on: it has no share there, and is not drained` }];
  });
}

/**
 * Refuses to send more to a region whose server the load balancer holds for down: HAProxy would not use it.
 * @throws LifeboatError `dead-target`
 */
export function refuseDownTarget(to: string, rising: readonly string[], shares: SharesEvidence): void {
  const name = rising.find((one) => {
    const found = shares[one];
    return found?.ok && found.value.down.includes(to);
  });
  if (name === undefined) return;
  throw refusal(
    'dead-target',
    `${to} may say that it is healthy; the load balancer of ${name} holds its server for down by its own checks, and would send nobody there.`,
    `${name} to ${to}`,
    `Mend the way from the load balancer of ${name} to ${to}, or name another region. Nothing was changed.`,
  );
}

/**
 * A region is brought back from a drain, never from under its users: one that must be withheld, or repaired first, serves
 * nobody meanwhile.
 * @throws LifeboatError `region-serves`
 */
export function refuseServing(region: string, shares: SharesEvidence, why: string): void {
  const led = Object.entries(shares).flatMap(([name, one]) => {
    const share = one.ok ? (one.value.setting.shares[region] ?? 0) : 0;
    return share === 0 ? [] : [`${share} % of ${name}`];
  });
  if (led.length === 0) return;
  const others = servingMost(region, shares, { idle: true });
  const to = others.length > 1 ? ` to=${others[0]}` : '';
  throw refusal(
    'region-serves',
    `${region} has ${led.join(' and ')} now, and ${why}.`,
    region,
    `Move its traffic away first: \`run failover from=${region}${to}\`; then \`run failback region=${region}\`. Nothing was changed.`,
  );
}

/** The other regions that entrances lead to, the one with the largest shares first; with `idle` also those without any. */
export function servingMost(
  region: string,
  shares: SharesEvidence,
  { idle = false }: { readonly idle?: boolean } = {},
): string[] {
  const sums = new Map<string, number>();
  for (const one of Object.values(shares))
    for (const [other, share] of one.ok ? Object.entries(one.value.setting.shares) : [])
      if (other !== region) sums.set(other, (sums.get(other) ?? 0) + share);
  return [...sums]
    .filter(([, sum]) => idle || sum > 0)
    .sort(([a, x], [b, y]) => y - x || a.localeCompare(b))
    .map(([other]) => other);
}
