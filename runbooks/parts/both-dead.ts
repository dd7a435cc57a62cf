/**
 * Both regions of a failover are dead: told as that, with what shows it, and the next command for whichever answers first.
 *
 * Never "mend the other one first": at this moment nobody knows which of the two comes back.
 */
import { formatDuration } from '../../kernel/duration.ts';
import { asClause, refusal } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { OutageReading } from '../steps/canaries.ts';
import type { ServiceReading } from '../steps/services.ts';
import type { TrafficReading } from '../steps/traffic.ts';

type By<T> = { readonly [name: string]: Evidence<T> };

interface Regional {
  readonly region: string;
  readonly services: By<ServiceReading>;
  readonly outages: By<OutageReading>;
}

/**
 * @param from what is to be left: one that only waits to be readmitted serves nobody, and is the way out
 * @param to where to go: one that waits to be readmitted can be brought into service, so it is not dead
 * @param served whether users of `from` are seen to be served, whatever it answers to those who ask
 * @param now in milliseconds since 1970
 * @throws LifeboatError `no-region-lives`
 */
export function refuseBothDead(
  from: Regional,
  to: Regional,
  { shares, served, now }: { readonly shares: By<TrafficReading>; readonly served: boolean; readonly now: number },
): void {
  const serves =
    served || Object.values(from.services).some((one) => one.ok && one.value.admitted && one.value.healthy);
  if (serves || !Object.values(to.services).every(isLifeless)) return;
  const waits = Object.values(from.services).every((one) => !isLifeless(one));
  const there = `\`run failover from=${from.region} to=${to.region}\``;
  const back = `\`run failover from=${to.region} to=${from.region}\``;
  const sentences = [from, to].map((one) => evidenceOf(one, shares, now)).join(' ');
  throw refusal(
    'no-region-lives',
    waits
      ? `${to.region} is dead and ${from.region} is not in service, so there is nowhere to move to. ${sentences}`
      : `Both ${from.region} and ${to.region} are dead, so there is nowhere to move to. ${sentences}`,
    `${from.region} and ${to.region}`,
    waits
      ? `${from.region} answers: ${back} brings it into service, and says what may be missing there. Nothing was changed.`
      : `Start either of them. When ${to.region} answers first: ${there}; when ${from.region} does: ${back}. Each says what may be missing there. Nothing was changed.`,
  );
}

function isLifeless(one: Evidence<ServiceReading>): boolean {
  return !one.ok || (one.value.admitted && !one.value.healthy);
}

function evidenceOf({ region, services, outages }: Regional, shares: By<TrafficReading>, now: number): string {
  const parts = [
    ...Object.entries(services).map(([service, one]) => `${service} ${serviceText(one)}`),
    ...Object.values(outages).map((one) => outageText(one, now)),
    ...Object.entries(shares).flatMap(([name, one]) =>
      one.ok && one.value.down.includes(region) ? [`the load balancer of ${name} holds it for down`] : [],
    ),
  ];
  return `${region}: ${parts.join('; ')}.`;
}

function serviceText(one: Evidence<ServiceReading>): string {
  if (!one.ok) return `does not answer (${one.reason})`;
  return one.value.admitted
    ? `answers, and cannot serve (${asClause(one.value.why)})`
    : `answers, and waits to be readmitted (${asClause(one.value.why)})`;
}

function outageText(one: Evidence<OutageReading>, now: number): string {
  if (!one.ok) return `the canary outside could not be asked (${one.reason})`;
  const { firstFailureAt, answeredAgainAt } = one.value;
  if (firstFailureAt === null || answeredAgainAt !== null) return 'the canary outside still reaches its database';
  return `the canary outside has missed its database for ${formatDuration(Math.max(0, now - firstFailureAt))}`;
}
