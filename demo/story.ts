/** What happens, in order: load, fault, failover, return, repair, failback, proof. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lifeboat } from '../client/api.ts';
import { openLifeboat } from '../client/connect.ts';
import { noSigner } from '../client/keys.ts';
import { readEstate } from '../host/estate-file.ts';
import { formatDuration } from '../kernel/duration.ts';
import { passing } from '../kernel/errors.ts';
import type { RunRecord } from '../kernel/run/record.ts';
import type { RunView } from '../kernel/run/state.ts';
import { refusalToCut } from '../lab/faults/cut.ts';
import type { Lab } from '../lab/lab.ts';
import { type LoadClient, loadClient } from '../lab/product/load/client.ts';
import { progressLines } from '../lab/screen.ts';
import { renderHtml } from '../report/render.ts';
import { operators } from './operators.ts';
import { type Outcome, seconds } from './outcome.ts';
import { readyLab } from './ready.ts';
import { follow, sayPlan } from './runs.ts';
import { until } from './until.ts';

const LOST = 'us-central1';
const SURVIVOR = 'europe-west1';
/** Requests that must pass before the fault, so that it is seen against a healthy service. */
const WARM_REQUESTS = 200;
const STRANDED_WRITES = 20;

export interface StoryOptions {
  readonly played: boolean;
  /** Whether to begin with a lab that no earlier demo used; a test brings its own. */
  readonly fresh: boolean;
  readonly say: (line: string) => void;
}

export async function tellStory(lab: Lab, { played, fresh, say }: StoryOptions): Promise<Outcome> {
  const startedAt = Date.now();
  const chapter = (title: string): void => say(`\n━━ ${((Date.now() - startedAt) / 1000).toFixed(0)} s  ${title}`);

  chapter('A two-region estate of real servers');
  if (fresh)
    await readyLab(
      lab,
      progressLines((line) => process.stderr.write(line)),
      say,
    );
  const { estate, digest, folder } = await readEstate(lab.estateFile);
  const lifeboat = await openLifeboat({ estate, digest, signer: noSigner(), folder });
  const load = loadClient(lab.urls.load, passing);
  const people = operators(lifeboat, { slackUrl: lab.urls.slack, played, say });
  try {
    say(`Local Slack (a stand-in): ${lab.urls.slack}    Temporal: ${lab.urls.temporalUi}`);
    chapter('Clients read and write through the load balancer');
    await warmUp(load, say);

    chapter(`${LOST} dies`);
    await breakRegion(lab, load, say);

    await untilPaged(load, say);

    chapter('Failover');
    const failover = await perform(lifeboat, people, `run failover from=${LOST}`, say);
    const stranded = await load.stranded(SURVIVOR);
    const strandedWrites = 'stranded' in stranded ? stranded.stranded : 0;
    say(`Stranded: ${strandedWrites} acknowledged writes are not in ${SURVIVOR}; they come back with ${LOST}.`);

    chapter(`${LOST} comes back`);
    await lab.heal();
    await lab.start(LOST, { onProgress: progressLines((line) => process.stderr.write(line)) });
    await load.mark('returned');

    chapter('Failback: repair first, then traffic');
    const failback = await perform(lifeboat, people, `run failback region=${LOST}`, say);

    chapter('Proof');
    const lost = await load.lost();
    if ('lost' in lost)
      say(`${lost.acked} acknowledged writes compared in both datacentres, row by row: ${lost.lost} lost.`);
    const stats = await load.stats();
    const reports = await writeReports([failover, failback]);
    return outcomeOf({
      lab,
      failover,
      failback,
      strandedWrites,
      lost: 'lost' in lost ? lost.lost : null,
      stats,
      reports,
    });
  } finally {
    await lifeboat.close();
  }
}

async function warmUp(load: LoadClient, say: (line: string) => void): Promise<void> {
  await load.resume();
  await load.mark('warm');
  const stats = await until(
    `${WARM_REQUESTS} requests`,
    async () => {
      const now = await load.stats();
      return (now.marks.warm?.requests ?? 0) >= WARM_REQUESTS ? now : undefined;
    },
    60_000,
  );
  say(
    `${stats.marks.warm?.requests ?? 0} requests, ${stats.marks.warm?.failed ?? 0} failed; answered in all by ${Object.entries(
      stats.answeredBy,
    )
      .map(([region, count]) => `${region} (${count})`)
      .join(' and ')}`,
  );
}

/** Cut off first where that is allowed, so that writes acknowledged inside are stranded; then kill -9 of everything. */
async function breakRegion(lab: Lab, load: LoadClient, say: (line: string) => void): Promise<void> {
  await load.mark('fault');
  const refused = refusalToCut();
  if (refused) say(`(not cut off first: ${refused.why})`);
  else {
    await lab.cut(LOST);
    const written = await load.writeIn(LOST, STRANDED_WRITES);
    say(`Cut off from the world; ${written.acked} writes acknowledged inside it.`);
  }
  const killed = await lab.kill(LOST);
  say(`kill -9: ${killed.targets.join(', ')}`);
}

/** A refusal that only time can mend (a ring that is still settling) is tried again, as a person would. */
const TRIES = 6;
const BETWEEN_TRIES_MS = 5_000;

/** Nobody is called because of one failed request. */
const PAGED_AFTER_FAILURES = 25;

async function untilPaged(load: LoadClient, say: (line: string) => void): Promise<void> {
  const failed = await until(
    'failed requests',
    async () => {
      const { failed: seen = 0 } = (await load.stats()).marks['fault'] ?? {};
      return seen >= PAGED_AFTER_FAILURES ? seen : undefined;
    },
    60_000,
  );
  say(`Ada is called: ${failed} requests have failed.`);
}

async function perform(
  lifeboat: Lifeboat,
  people: ReturnType<typeof operators>,
  command: string,
  say: (line: string) => void,
): Promise<RunRecord> {
  for (let attempt = 1; ; attempt += 1) {
    const run = await people.start(command);
    const planned = await until('a plan', () => beyondPlanning(lifeboat, run), 60_000);
    if (planned.status !== 'refused' || attempt === TRIES) return carryOn(lifeboat, people, run, say);
    say(`  refused: ${planned.ending?.message ?? ''} Trying again in ${BETWEEN_TRIES_MS / 1000} s.`);
    await sleep(BETWEEN_TRIES_MS);
  }
}

async function beyondPlanning(lifeboat: Lifeboat, run: string): Promise<RunView | undefined> {
  const state = await lifeboat.state(run);
  return state.status === 'planning' ? undefined : state;
}

async function carryOn(
  lifeboat: Lifeboat,
  people: ReturnType<typeof operators>,
  run: string,
  say: (line: string) => void,
): Promise<RunRecord> {
  sayPlan(await lifeboat.plan(run), say);
  const [state] = await Promise.all([follow(lifeboat, run, say), people.approve(run)]);
  const record = JSON.parse(await readFile(resolve(state.report ?? ''), 'utf8')) as RunRecord;
  const { rtoFromFaultMs, rtoFromApprovalMs } = record.measured;
  if (rtoFromFaultMs !== null) say(`  all traffic shifted ${formatDuration(rtoFromFaultMs)} after the fault`);
  if (rtoFromApprovalMs !== null) say(`  all traffic shifted ${formatDuration(rtoFromApprovalMs)} after the approval`);
  return { ...record, state: { ...record.state, report: state.report } };
}

async function writeReports(records: readonly RunRecord[]): Promise<string[]> {
  return Promise.all(
    records.map(async (record) => {
      const location = record.state.report ?? '';
      const html = join(dirname(location), `${record.run.replaceAll('/', '.')}.html`);
      await writeFile(html, renderHtml(record));
      return html;
    }),
  );
}

interface Measured {
  readonly lab: Lab;
  readonly failover: RunRecord;
  readonly failback: RunRecord;
  readonly strandedWrites: number;
  readonly lost: number | null;
  readonly stats: Awaited<ReturnType<LoadClient['stats']>>;
  readonly reports: readonly string[];
}

function outcomeOf({ lab, failover, failback, strandedWrites, lost, stats, reports }: Measured): Outcome {
  const approvedAt = failover.measured.approvedAt ?? 0;
  const late = stats.failures.filter(({ sentAt }) => Date.parse(sentAt) > approvedAt + 1_000);
  const problems = [
    ...(failover.state.status === 'done' ? [] : [`The failover ended as ${failover.state.status}.`]),
    ...(failback.state.status === 'done' ? [] : [`The failback ended as ${failback.state.status}.`]),
    ...(lost === 0 ? [] : [lost === null ? 'The loss was not measured.' : `${lost} acknowledged writes were lost.`]),
    ...(stats.corrupt === 0 ? [] : [`${stats.corrupt} reads came back with another body than was acknowledged.`]),
    ...(late.length === 0 ? [] : [`${late.length} requests failed that were sent one second after approval or later.`]),
  ];
  return {
    ok: problems.length === 0,
    rtoSeconds: seconds(failover.measured.rtoFromFaultMs),
    rtoFromApprovalSeconds: seconds(failover.measured.rtoFromApprovalMs),
    rpoSeconds: seconds(failover.measured.rpoMs),
    failedRequests: stats.marks.fault?.failed ?? stats.failed,
    failedAfterApproval: late.length,
    strandedWrites,
    lostWrites: lost,
    reports,
    urls: {
      slack: lab.urls.slack,
      temporal: lab.urls.temporalUi,
      service: lab.urls.items,
      loadBalancer: lab.urls.haproxyStats,
    },
    problems,
  };
}
