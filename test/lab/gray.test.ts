/**
 * What is neither well nor dead, under load: frozen servers, a cut path, a killed load balancer, a destination that dies in
 * the ladder, a survivor that is lost before the failback. People act in Slack, and in the terminal where their own key is
 * asked for.
 *
 * The end of each case is judged by HAProxy itself and by the services' own pages, never by what the run says of itself; the
 * failed requests are the load client's. Pinned: traffic to what does not serve, a run that forgets where it was, a rescue
 * that nobody can order.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Lifeboat } from '../../client/api.ts';
import { openLifeboat } from '../../client/connect.ts';
import { fileSigner } from '../../client/keys.ts';
import { type Operators, operators } from '../../demo/operators.ts';
import type { Plan } from '../../kernel/plan/plan.ts';
import type { Choice, RunView } from '../../kernel/run/state.ts';
import { ENDED } from '../../kernel/run/state.ts';
import { refusalToCut } from '../../lab/faults/cut.ts';
import type { Region } from '../../lab/places.ts';
import { personKeyPath } from '../../lab/systems/lifeboat/keys.ts';
import { eventually, UP_TIMEOUT_MS, untilStep, type WholeLab, wholeLab } from './whole-lab.ts';

const US: Region = 'us-central1';
const EU: Region = 'europe-west1';
/** What two cores carry beside a repair over six nodes, so that what fails is the product's doing. */
const NORMAL_RPS = 20;
/** Enough that a region with half of them is judged within the plan's moment; only until the plan is made. */
const JUDGED_RPS = 30;
/** Nobody is called because of one failed request. */
const PAGED_AFTER_FAILURES = 25;
const CASE_TIMEOUT_MS = 360_000;
/** A repair is in some of them. */
const RUN_TIMEOUT_MS = 240_000;
const BETWEEN_TRIES_MS = 2_000;

let whole: WholeLab;
let people: Operators;
let cho: Lifeboat;
const counts: string[] = [];

beforeAll(async () => {
  whole = await wholeLab();
  const { lab, estate, digest, ada } = whole;
  people = operators(ada, { slackUrl: lab.urls.slack, played: true, say: () => undefined });
  const signer = await fileSigner(personKeyPath(lab.instance, 'cho'), 'cho');
  cho = await openLifeboat({ estate, digest, signer });
  await whole.load.rate(NORMAL_RPS);
  await whole.load.resume();
  await steady(40);
}, UP_TIMEOUT_MS);

// A case that failed in its middle must not stand in the way of the next: its load, and its gate, which holds the scopes.
afterEach(async () => {
  await whole.load.rate(NORMAL_RPS);
  for (const { run, status } of await whole.ada.list({ limit: 50 })) {
    if (status === 'gate') await whole.ada.abort({ run, by: 'ada', reason: 'its test has ended' });
  }
});

afterAll(async () => {
  await whole?.lab.heal();
  await cho?.close();
  await whole?.close();
  for (const line of counts) process.stdout.write(`  ${line}\n`);
});

describe('a frozen Cassandra node in the source, a frozen Temporal in mid-run', () => {
  it(
    'the node is told before the approval, and the run goes on where it was when Temporal thaws',
    async () => {
      const { lab } = whole;
      await whole.load.mark('node');
      await lab.freeze(`${US}/cassandra-2`);
      await steady(NORMAL_RPS * 3);
      await count('a node of three frozen, until its coordinators are left alone', 'node');
      await whole.load.mark('ladder');
      const run = await start(`run failover from=${US}`);
      // While its coordinators still wait for the frozen node the region may seem lost: such a plan is made anew at its gate.
      const plan = await standingPlan(run, ({ core }) => core.entries.some(({ id }) => id === 'shift/10'));
      expect(plan.view.warnings.join(' ')).toMatch(/main in us-central1: us-2 does not answer/);
      await people.approve(run);
      await untilStep(whole, run, /^Set items to us-central1 45 %/);
      await lab.freeze('temporal');
      await requests(NORMAL_RPS * 8);
      await lab.thaw('temporal');
      expect(await settled(run)).toMatchObject({ status: 'done', question: null });
      await expectShares('items', { [US]: 'out', [EU]: 100 });
      expect(await page(US)).toMatchObject({ admitted: false });
      expect(await count('the shift, with Temporal frozen for 8 s of it', 'ladder')).toBe(0);
      await lab.thaw(`${US}/cassandra-2`);
    },
    CASE_TIMEOUT_MS,
  );
});

describe('HAProxy killed in the ladder', () => {
  it(
    'the hold waits until it is back, takes nothing back, and needs one answer at most',
    async () => {
      const { lab } = whole;
      const run = await start(`run failback region=${US}`);
      await people.approve(run);
      await whole.load.mark('haproxy');
      await eventually('the first hold', async () => {
        const { hold } = await whole.ada.state(run);
        return hold?.id === 'shift/watch-10' ? hold : undefined;
      });
      await lab.kill('haproxy');
      await failed('haproxy', PAGED_AFTER_FAILURES);
      await lab.start('haproxy');
      const backAt = Date.now();
      let answers = 0;
      const ended = await settled(run, async ({ question }) => {
        answers += 1;
        expect(question?.choices).toContain('retry');
        return 'retry';
      });
      expect(ended.status).toBe('done');
      expect(answers).toBeLessThanOrEqual(1);
      expect(ended.timeline.filter(({ kind }) => kind === 'undo')).toEqual([]);
      await count('HAProxy killed and started', 'haproxy');
      await expectServedSince(backAt);
      await restored();
    },
    CASE_TIMEOUT_MS,
  );
});

if (refusalToCut() === undefined) describe('the load balancer does not reach a region whose own page is fine', isLeft);
else describe('a cut where nftables may not be used', isRefused);

function isRefused(): void {
  it('is refused, and says what to do', async () => {
    await expect(whole.lab.cutPath(EU)).rejects.toMatchObject({ type: 'lab-cut', mend: expect.stringMatching(/\S/) });
  });
}

function isLeft(): void {
  afterEach(() => whole.lab.heal());

  it(
    'nobody is moved there, and whom it fails is moved away at once',
    async () => {
      const { lab } = whole;
      await whole.load.rate(JUDGED_RPS);
      await whole.load.mark('path');
      await lab.cutPath(EU);
      await eventually('the checks see it', async () => ((await servers('items-auto'))[EU]?.down ? true : undefined));
      expect(await page(EU)).toMatchObject({ healthy: true, why: 'serving' });

      const refused = await refusedRun(`run failover from=${US}`);
      expect(refused.ending).toMatchObject({ type: 'dead-target', message: expect.stringContaining('for down') });
      await expectShares('items', { [US]: 50, [EU]: 50 });

      const run = await start(`run failover from=${EU}`);
      await standingPlan(
        run,
        ({ view, core }) =>
          view.warnings.join(' ').includes(`${EU} calls itself healthy, but`) &&
          !core.entries.some(({ id }) => id === 'shift/10'),
      );
      await whole.load.rate(NORMAL_RPS);
      await people.approve(run);
      const ended = await settled(run);
      expect(ended.status).toBe('done');
      await expectShares('items', { [US]: 100, [EU]: 'out' });
      expect(await page(EU)).toMatchObject({ admitted: false });
      await count('the path to one of two regions cut, until it was left', 'path');
      await expectServedSince(shiftedAt(ended) + 1_000);

      await lab.heal();
      const back = await start(`run failback region=${EU}`);
      await people.approve(back);
      expect((await settled(back)).status).toBe('done');
      await restored();
    },
    CASE_TIMEOUT_MS,
  );
}

describe('a region that came back by itself, unadmitted, with its share', () => {
  it(
    'is told of with the way out, moved away from, repaired, and brought back',
    async () => {
      const { lab } = whole;
      await whole.load.rate(JUDGED_RPS);
      await whole.load.mark('returned');
      await lab.kill(US);
      await failed('returned', PAGED_AFTER_FAILURES);
      await lab.start(US);
      await eventually('its page', async () => ((await page(US)).admitted ? undefined : true));
      await expectShares('items', { [US]: 50, [EU]: 50 });
      const refused = await refusedRun(`run failback region=${US}`);
      expect(refused.ending).toMatchObject({ mend: expect.stringContaining(`run failover from=${US}`) });
      const run = await start(`run failover from=${US}`);
      await whole.load.rate(NORMAL_RPS);
      await people.approve(run);
      const left = await settled(run);
      expect(left.status).toBe('done');
      await expectShares('items', { [US]: 'out', [EU]: 100 });
      await count('a region that came back unadmitted with its share, until it was left', 'returned');
      const back = await start(`run failback region=${US}`);
      const { plan } = await whole.ada.plan(back);
      expect(plan?.core.entries.some(({ id }) => id.startsWith('repair/'))).toBe(true);
      await people.approve(back);
      expect((await settled(back)).status).toBe('done');
      await expectServedSince(shiftedAt(left) + 1_000);
      await restored();
    },
    CASE_TIMEOUT_MS,
  );
});

describe('a destination that dies in the ladder, and the survivor before the failback', () => {
  it(
    'all goes back to the living region by one answer and one approval',
    async () => {
      const { lab, ada } = whole;
      const run = await start(`run failover from=${US}`);
      await people.approve(run);
      await whole.load.mark('destination');
      await untilStep(whole, run, /^Set items to us-central1 45 %/);
      await lab.kill(EU);
      const { question } = await eventually('a question', async () => {
        const state = await ada.state(run);
        return state.question ? state : undefined;
      });
      expect(question?.wayBack).toBe(`Give everything back to ${US}`);
      await ada.resolve({ run, by: 'ada', choice: 'give-back', reason: 'the destination is dead' });
      await eventually('the gate of the way back', async () =>
        (await ada.state(run)).status === 'gate' ? true : undefined,
      );
      await people.approve(run);
      const ended = await settled(run);
      expect(ended.status).toBe('done');
      expect(ended.decisions.map(({ decision: { kind } }) => kind)).toEqual(['approve', 'resolve', 'approve']);
      await expectShares('items', { [US]: 100, [EU]: 'out' });
      expect(await page(US)).toMatchObject({ healthy: true });
      await count('the destination dead in the ladder, until all is back', 'destination');
      await expectServedSince(shiftedAt(ended) + 1_000);
    },
    CASE_TIMEOUT_MS,
  );

  it(
    'the survivor freezes: the stale region is rescued by two people and a broken glass',
    async () => {
      const { lab, ada, ben } = whole;
      await lab.freeze(US);
      const nowhere = await refusedRun(`run failover from=${US}`);
      expect(nowhere.ending).toMatchObject({
        type: 'no-region-lives',
        mend: expect.stringContaining(`when ${US} does: \`run failover from=${EU} to=${US}\``),
      });
      await lab.thaw(US);
      await eventually('the living region', async () => ((await page(US)).healthy ? true : undefined));
      await lab.start(EU);
      expect(await page(EU)).toMatchObject({ admitted: false });
      await whole.load.mark('survivor');
      await lab.freeze(US);
      await failed('survivor', PAGED_AFTER_FAILURES);
      const run = await start(`run failover from=${US} to=${EU}`);
      const { plan } = await ada.plan(run);
      expect(plan?.core.blockers).toMatchObject([{ rule: 'stale-destination', overridable: true }]);
      await ben.approve({ run, by: 'ben', reason: 'nobody else lives' });
      await cho.approve({ run, by: 'cho', reason: 'nobody else lives' });
      expect((await ada.state(run)).status).toBe('gate');
      await expectShares('items', { [US]: 100, [EU]: 'out' });
      await ada.approve({ run, by: 'ada', override: 'stale-destination', reason: 'nobody else lives' });
      const ended = await settled(run);
      expect(ended.status).toBe('done');
      await expectShares('items', { [US]: 'out', [EU]: 100 });
      expect(await page(EU)).toMatchObject({ healthy: true });
      await count('the only serving region frozen, until the stale one serves', 'survivor');
      // Started a moment ago, and alone at once: its caches are cold, so that its users are served soon, not instantly.
      await steady(NORMAL_RPS * 3, [EU]);
    },
    CASE_TIMEOUT_MS,
  );

  it(
    'the frozen one thaws and calls itself healthy: it serves nobody, and the next run withholds it',
    async () => {
      const { lab } = whole;
      const before = (await servers('items'))[US]?.requests;
      await whole.load.mark('zombie');
      const thawedAt = Date.now();
      await lab.thaw(US);
      await eventually('its page', () => page(US));
      await requests(NORMAL_RPS * 3);
      expect((await servers('items'))[US]).toMatchObject({ weight: 0, requests: before });
      const run = await start(`run failover from=${US}`);
      await people.approve(run);
      expect((await settled(run)).status).toBe('done');
      expect(await page(US)).toMatchObject({ admitted: false, why: expect.stringContaining('withheld') });
      expect((await servers('items'))[US]).toMatchObject({ weight: 0, requests: before });

      const back = await start(`run failback region=${US}`);
      const { plan } = await whole.ada.plan(back);
      expect(plan?.core.entries.some(({ id }) => id.startsWith('repair/'))).toBe(true);
      await people.approve(back);
      expect((await settled(back)).status).toBe('done');
      await count('a zombie that came back, its repair and the failback', 'zombie');
      await expectServedSince(thawedAt);
      expect(await whole.load.lost()).toMatchObject({ measured: true, lost: 0 });
      await restored();
    },
    CASE_TIMEOUT_MS,
  );
});

/** Starts a run in Slack as Ada and waits for its gate; what only time can mend is tried again, as a person would. */
async function start(command: string): Promise<string> {
  return eventually(
    `the gate of ${command}`,
    async () => {
      const run = await people.start(command);
      const { status } = await planned(run);
      return status === 'refused' ? undefined : run;
    },
    120_000,
    BETWEEN_TRIES_MS,
  );
}

async function refusedRun(command: string): Promise<RunView> {
  const state = await planned(await people.start(command));
  expect(state.status).toBe('refused');
  return state;
}

function planned(run: string): Promise<RunView> {
  return eventually(`a plan of ${run}`, async () => {
    const state = await whole.ada.state(run);
    return state.status === 'planning' ? undefined : state;
  });
}

/** The plan at the gate of a run once it fits; it is made anew by itself while what the probes find changes. */
function standingPlan(run: string, fits: (plan: Plan) => boolean): Promise<Plan> {
  return eventually(`the plan of ${run} that is meant to stand`, async () => {
    const { plan } = await whole.ada.plan(run);
    return plan && fits(plan) ? plan : undefined;
  });
}

/** The end of a run; its questions are given to `answer`, and one that nobody expects is an end. */
async function settled(run: string, answer?: (state: RunView) => Promise<Choice>): Promise<RunView> {
  const answered = new Set<string>();
  for (;;) {
    const state = await eventually(
      `the end of ${run}`,
      async () => {
        const now = await whole.ada.state(run);
        const asks = now.question !== null && !answered.has(now.question.id);
        return ENDED.includes(now.status) || asks ? now : undefined;
      },
      RUN_TIMEOUT_MS,
    );
    if (state.question === null || answer === undefined) return state;
    answered.add(state.question.id);
    const choice = await answer(state);
    await whole.ada.resolve({ run, by: 'ada', choice, reason: 'a test' });
  }
}

/** When the last shift of a run was done, in milliseconds since 1970. */
function shiftedAt({ timeline }: RunView): number {
  const last = timeline.findLast(
    ({ kind, say, outcome }) => kind === 'step' && outcome === 'ok' && /^Set items/.test(say),
  );
  if (last === undefined) throw new Error('nothing was shifted');
  return last.at;
}

/** Waits until this many requests have been answered from now on. */
async function requests(howMany: number): Promise<void> {
  const before = (await whole.load.stats()).requests;
  await eventually(`${howMany} requests`, async () =>
    (await whole.load.stats()).requests - before >= howMany ? true : undefined,
  );
}

/** Waits for this many requests in a row of which none failed, while the pages of these regions say healthy. */
async function steady(howMany: number, regions: readonly Region[] = [US, EU]): Promise<void> {
  let from = await whole.load.stats();
  await eventually(`${howMany} requests without a failure`, async () => {
    const now = await whole.load.stats();
    const pages = await Promise.all(regions.map((region) => page(region)));
    if (now.failed > from.failed || pages.some(({ healthy }) => !healthy)) from = now;
    return now.requests - from.requests >= howMany ? true : undefined;
  });
}

async function failed(mark: string, howMany: number): Promise<void> {
  await eventually(`${howMany} failed requests`, async () => {
    const { failed: seen = 0 } = (await whole.load.stats()).marks[mark] ?? {};
    return seen >= howMany ? seen : undefined;
  });
}

/**
 * Users are served by the estate's own measure of it, the error rate that a hold allows: one read that a busy machine
 * lets hang is not an outage, and a region that gets requests and cannot answer is more than that at once.
 */
async function expectServedSince(atMs: number): Promise<void> {
  const { failures, rps } = await whole.load.stats();
  const seen = failures.filter(({ sentAt }) => Date.parse(sentAt) > atMs);
  const sent = ((Date.now() - atMs) / 1000) * rps;
  const allowed = Math.ceil(sent * whole.estate.holds.limits.errorRate);
  expect(seen.length > allowed ? seen : []).toEqual([]);
}

/** The failed requests since a mark; said at the end of the file. */
async function count(what: string, mark: string): Promise<number> {
  const { failed: seen = 0, requests: all = 0 } = (await whole.load.stats()).marks[mark] ?? {};
  counts.push(`${what}: ${seen} of ${all} requests failed`);
  return seen;
}

interface ServiceSays {
  readonly healthy: boolean;
  readonly admitted: boolean;
  readonly why: string;
}

/** What a service says of itself, healthy or not. */
async function page(region: Region): Promise<ServiceSays> {
  const response = await fetch(`${whole.lab.urls.services[region]}/health`, { signal: AbortSignal.timeout(2_000) });
  return (await response.json()) as ServiceSays;
}

interface Server {
  readonly weight: number;
  readonly down: boolean;
  /** Since HAProxy started. */
  readonly requests: number;
}

/** What HAProxy says of the servers of a backend (management guide, 9.1); weight 0 is out of service. */
async function servers(backend: string): Promise<{ readonly [region: string]: Server }> {
  const [header = '', ...rows] = (await whole.lab.askHaproxy('show stat')).trim().split('\n');
  const columns = header.replace(/^# /, '').split(',');
  const found = rows.flatMap((row): [string, Server][] => {
    const cells = row.split(',');
    const of = (column: string): string => cells[columns.indexOf(column)] ?? '';
    if (of('pxname') !== backend || of('svname') === 'BACKEND' || of('svname') === 'FRONTEND') return [];
    const isOut = /^(DRAIN|MAINT)/.test(of('status'));
    const weight = isOut ? 0 : Number(of('weight'));
    return [[of('svname'), { weight, down: of('status').startsWith('DOWN'), requests: Number(of('stot')) }]];
  });
  return Object.fromEntries(found);
}

async function expectShares(backend: string, shares: { readonly [region: string]: number | 'out' }): Promise<void> {
  const found = await servers(backend);
  const sum = Object.values(found).reduce((total, { weight }) => total + weight, 0);
  const now = Object.entries(found).map(([region, { weight }]): [string, number | 'out'] => [
    region,
    weight === 0 ? 'out' : Math.round((weight / sum) * 100),
  ]);
  expect(Object.fromEntries(now)).toEqual(shares);
}

/** The estate as the cases begin with it. */
async function restored(): Promise<void> {
  await expectShares('items', { [US]: 50, [EU]: 50 });
  expect(await page(US)).toMatchObject({ healthy: true, admitted: true });
  expect(await page(EU)).toMatchObject({ healthy: true, admitted: true });
}
