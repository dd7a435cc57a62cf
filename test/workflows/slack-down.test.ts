/**
 * Failure modes pinned (I10): a run that waits for Slack, or that ends otherwise because a bot cannot reach it; a step, a
 * planner or a workflow that speaks to Slack by itself.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Lifeboat } from '../../client/api.ts';
import { openLifeboat } from '../../client/connect.ts';
import { keySigner } from '../../client/keys.ts';
import type { RunView } from '../../kernel/run/state.ts';
import { type Bot, createBot } from '../../slackbot/bot.ts';
import { soleLease } from '../../slackbot/projection/lease.ts';
import { quickHolds } from '../matrix/scenario.ts';
import { outcomeOf } from '../memory-estate/world.ts';
import { failing } from './harness/disturb.ts';
import { oneEntrance } from './harness/estate.ts';
import { BOT, PEOPLE, type Who } from './harness/people.ts';
import { devServer } from './harness/server.ts';
import { createStage, type Stage } from './harness/stage.ts';
import { startWorkers, type Workers } from './harness/workers.ts';

const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 20;

let environment: TestWorkflowEnvironment;
let workers: Workers;
beforeAll(async () => {
  environment = await devServer();
  workers = await startWorkers(environment);
}, 60_000);
afterAll(async () => {
  await workers.stop();
  await environment.teardown();
}, 60_000);

/** What was begun by a test and has not ended with it. */
const leftOpen: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of leftOpen.splice(0).toReversed()) await close();
}, 30_000);

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error('It never came to that.');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function lifeboatOf(stage: Stage, privateKey: string, person?: Who): Promise<Lifeboat> {
  const { estate, digest } = stage;
  const signer = keySigner(privateKey, person);
  return openLifeboat({ estate, digest, signer, connection: environment.connection, environment: {} });
}

const terminal = (stage: Stage, person: Who): Promise<Lifeboat> => lifeboatOf(stage, PEOPLE[person].privateKey, person);

interface Slack {
  readonly url: string;
  /** Whether the bot has tried to show a run there, in vain. */
  tried(said: readonly string[]): boolean;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
}

async function nobodyListens(): Promise<Slack> {
  const server = createServer();
  const url = await listening(server);
  server.close();
  await once(server, 'close');
  return { url, tried: (said) => said.includes('Slack does not answer') };
}

/** @param answer what becomes of a request; nothing is what a hanging server does */
async function askedFor(answer: (end: (status: number) => void) => void): Promise<Slack> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer((status) => response.writeHead(status).end());
  });
  const url = await listening(server);
  leftOpen.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  // The first thing that it does for a run is to look what stands in the channel.
  return { url, tried: () => asked.includes('/api/conversations.history') };
}

interface Attached {
  readonly bot: Bot;
  hasTried(): boolean;
}

async function attach(stage: Stage, slack: Slack): Promise<Attached> {
  const said: string[] = [];
  const bot = createBot({
    estate: stage.estate,
    allowed: { team: 'T01LAB', app: 'A01LAB' },
    lifeboat: await lifeboatOf(stage, BOT.privateKey),
    tokens: { botToken: 'xoxb-lab', appToken: 'xapp-lab', signingSecret: 'secret-of-the-lab' },
    lease: soleLease(),
    buttonSecret: 'buttons of the tests',
    log: (_, text) => said.push(text),
    slackApiUrl: slack.url,
  });
  // Before the server that it asks is closed: a call that hangs is waited for.
  leftOpen.unshift(() => bot.stop());
  await bot.start();
  return { bot, hasTried: () => slack.tried(said) };
}

interface Ended {
  readonly view: RunView;
  readonly world: unknown;
  readonly course: readonly string[];
  readonly activities: readonly string[];
}

/** A failover with an approval and a question, decided in the terminal. */
async function failover(slack?: Slack): Promise<Ended> {
  const stage = createStage(environment.client, workers, {
    change: (estate) => quickHolds(oneEntrance(estate)),
    around: failing(({ name }) => name === 'services.withhold', 3),
  });
  const ada = await terminal(stage, 'ada');
  const ben = await terminal(stage, 'ben');
  const attached = slack && (await attach(stage, slack));
  const run = stage.newRun('failover');
  const [runbook = '', , requestId = ''] = run.split('/');
  await ada.start({ runbook, input: { from: 'us-central1' }, mode: 'live', by: 'ada', requestId });
  await until(async () => (await ada.state(run)).status === 'gate');
  if (attached) await until(attached.hasTried);
  await ben.approve({ run, by: 'ben' });
  await until(async () => (await ada.state(run)).status === 'question');
  await ada.resolve({ run, by: 'ada', choice: 'retry' });
  let last: RunView | undefined;
  for await (const view of ada.watch(run, { everyMs: 50 })) last = view;
  if (!last) throw new Error('The run was never seen.');
  if (attached) expect(attached.bot.health()).toMatchObject({ slack: 'not connected', temporal: 'answers' });
  expect(stage.watch.broken).toEqual([]);
  const { events } = await environment.client.workflow.getHandle(run).fetchHistory();
  const called = (events ?? []).flatMap((one) => one.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  return {
    view: last,
    world: outcomeOf(stage.world),
    // The id of a plan is its hash, and differs from estate to estate.
    course: last.timeline.map(({ kind, id, outcome }) => `${kind} ${kind === 'planned' ? '' : id} ${outcome ?? ''}`),
    activities: [...new Set(called)].sort(),
  };
}

describe('while Slack is down, a failover that is decided in the terminal', () => {
  let good: Ended;
  beforeAll(async () => {
    good = await failover();
  }, 60_000);

  it.each<[string, () => Promise<Slack>]>([
    ['nobody listens where it should be', nobodyListens],
    ['it answers 503', () => askedFor((end) => end(503))],
    ['it takes every request and never answers', () => askedFor(() => undefined)],
  ])(
    'goes the same way to the same end: %s',
    async (_, slack) => {
      const ended = await failover(await slack());
      expect(good.view.status).toBe('done');
      expect(ended.view).toMatchObject({ status: 'done', question: null });
      expect(ended.world).toEqual(good.world);
      expect(ended.course.filter((one) => !one.startsWith(`planned`))).toEqual(
        good.course.filter((one) => !one.startsWith('planned')),
      );
      expect(ended.activities).toEqual(good.activities);
    },
    60_000,
  );
});

/** The import rules keep `slackbot/` out of these (scripts/imports/house.ts); Slack's own packages it would let in. */
const WITHOUT_SLACK = ['kernel', 'estate', 'runbooks', 'workflows', 'activities', 'report', 'worker', 'client'];
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('what a run is made of', () => {
  it('imports nothing of Slack', () => {
    const sources = WITHOUT_SLACK.flatMap((folder) =>
      readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/${name}`),
    );
    expect(sources.length).toBeGreaterThan(100);
    const importing = sources.filter((name) =>
      /from\s+'@slack\/|import\(\s*'@slack\//.test(readFileSync(`${ROOT}${name}`, 'utf8')),
    );
    expect(importing).toEqual([]);
  });
});
