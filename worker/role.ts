/**
 * What a worker process is, as data, and the one way in which every one of them starts: `roles/` has a file for each.
 *
 * Must never happen: a process that may only read serves a change (design, "Identities"), or one that changes has no
 * durable, locked fence marks (I3). Both follow from `changes`; no role can choose them apart.
 */
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { z } from 'zod';
import { defineActivities } from '../activities/define-activities.ts';
import { failureInterceptor } from '../activities/failures.ts';
import { memoryMarks, openMarks } from '../activities/fencing/marks.ts';
import { createMutex } from '../activities/fencing/mutex.ts';
import { askingFirst, askingWhereItDiffers, type Standing } from '../activities/lease/standing.ts';
import type { Implementations, System, SystemDependencies } from '../activities/step-implementation.ts';
import { signerKeys } from '../estate/people/questions.ts';
import type { Estate } from '../estate/schema.ts';
import { readConfig } from '../host/config.ts';
import { readEstate } from '../host/estate-file.ts';
import { createSecrets } from '../host/secrets.ts';
import { namespaceOf } from '../host/temporal.ts';
import type { OwnFile } from '../kernel/authority/ruling.ts';
import type { ControlActivities } from '../kernel/run/control.ts';
import { currentAttempt } from './attempt.ts';
import { readsOf } from './reads.ts';
import { takeTasksWhileRuling } from './standing-aside.ts';
import { connectWorker, running, runUntil, untilTold } from './temporal.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** `C`: what its configuration file holds. `More`: what its systems need beside what every process has. */
export interface RoleDefinition<C extends { readonly estate: string }, More extends object> {
  /** As its line says when it is ready: `agent ready on …`. */
  readonly name: string;
  readonly config: z.ZodType<C>;
  /** The one list of the systems that it serves. */
  readonly systems: readonly System<More>[];
  /** The folder of its fence marks, durable and beside what it changes; null for a role that only reads. */
  readonly changes: null | ((config: C) => string);
  /** What it polls. A change queue has exactly one process (I3). */
  readonly queues: (estate: Estate, config: C) => readonly string[];
  /** Whether workflows run here too. */
  readonly workflows: boolean;
  readonly options?: Pick<WorkerOptions, 'maxConcurrentActivityTaskExecutions'>;
  /** Begins what is the role's own, before anything waits for Temporal. */
  readonly open: (host: Host<C>) => Promise<Opened<More>>;
}

/** What a process found at its start; the estate file is this process's own copy. */
export interface Host<C> extends SystemDependencies {
  readonly config: C;
  readonly estateDigest: string;
}

export interface Opened<More extends object> {
  readonly dependencies: More;
  /** Served beside the steps: what is part of the run itself, such as planning. */
  readonly activities?: ControlActivities;
  /** Only of a role that shares its queue: whether this process may answer, by the estate file that it has. */
  readonly sharing?: { readonly standing: Standing; readonly file: OwnFile };
  /** The region that it reads from. */
  readonly vantage?: string | undefined;
  /** Called after the last activity has ended. */
  close?(): Promise<void>;
}

/** A definition with its types closed over. */
export interface Role extends Pick<RoleDefinition<never, never>, 'name' | 'changes'> {
  readonly systems: readonly ((dependencies: never) => Implementations)[];
  /** Ends when the process is told to. @throws LifeboatError when it cannot start */
  start(configFile: string): Promise<void>;
}

/** Closes a definition over its own types. */
export function role<C extends { readonly estate: string }, More extends object>(
  definition: RoleDefinition<C, More>,
): Role {
  const { name, systems, changes } = definition;
  return { name, systems, changes, start: (configFile) => start(definition, configFile) };
}

/** What runs when a worker is told to end may take so long. */
const GRACE_TIME = '5s';
/** A killed worker's workflows go on elsewhere after this (facts/temporal.md, "Performance"). */
const STICKY_TIMEOUT = '2s';

async function start<C extends { readonly estate: string }, More extends object>(
  definition: RoleDefinition<C, More>,
  configFile: string,
): Promise<void> {
  while ((await serve(definition, configFile)) === 'renewed');
}

/** From reading the estate file to the end, or until there is a newer file to begin anew with. */
async function serve<C extends { readonly estate: string }, More extends object>(
  { name, systems, changes, workflows, ...definition }: RoleDefinition<C, More>,
  configFile: string,
): Promise<'stopped' | 'renewed'> {
  const config = await readConfig(definition.config, configFile);
  const { estate, digest: estateDigest, folder } = await readEstate(config.estate);
  const common: SystemDependencies = { estate, folder, secrets: createSecrets({ folder }) };
  const marks = changes === null ? memoryMarks() : await openMarks(changes(config));
  let opened: Opened<More> | undefined;
  try {
    opened = await definition.open({ ...common, config, estateDigest });
    const { dependencies, activities, sharing } = opened;
    const [connection, codePath] = await Promise.all([
      connectWorker(estate, common),
      workflows ? workflowBundle() : undefined,
    ]);
    const all = Object.fromEntries(systems.flatMap((system) => Object.entries(system({ ...common, ...dependencies }))));
    const steps = defineActivities(changes === null ? readsOf(all) : all, {
      clock: Date.now,
      authority: { estate, estateDigest, signers: signerKeys(estate) },
      marks,
      mutex: createMutex(),
      attempt: currentAttempt,
      vantage: opened.vantage,
    });
    const queues = definition.queues(estate, config);
    const polling = { connection, namespace: namespaceOf(estate), shutdownGraceTime: GRACE_TIME } as const;
    const taking = (served: object, identity?: string): Promise<Worker[]> =>
      Promise.all(
        queues.map((taskQueue) =>
          Worker.create({
            ...polling,
            taskQueue,
            activities: served,
            interceptors: { activity: [failureInterceptor] },
            ...(identity === undefined ? {} : { identity }),
            ...definition.options,
          }),
        ),
      );
    const ready = `${name} ready on ${queues.join(', ')}\n`;
    if (!sharing) {
      const workers = await taking({ ...steps, ...activities });
      process.stdout.write(ready);
      await runUntil(untilTold().signal, workers);
      return 'stopped';
    }
    const { standing, file } = sharing;
    const served = {
      ...askingWhereItDiffers(steps, standing),
      ...(activities ? askingFirst(activities, standing) : {}),
    };
    const workflowWorkers =
      codePath === undefined
        ? []
        : await Promise.all(
            queues.map((taskQueue) =>
              Worker.create({
                ...polling,
                taskQueue,
                workflowBundle: { codePath },
                stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
              }),
            ),
          );
    const flowing = running(workflowWorkers);
    process.stdout.write(ready);
    const { signal, forget } = untilTold();
    const { promise: failed, reject } = Promise.withResolvers<never>();
    try {
      return await Promise.race([
        takeTasksWhileRuling({
          standing,
          file,
          signal,
          async poll() {
            const tasks = running(await taking(served, file.worker));
            tasks.ended.catch(reject);
            return tasks.stop;
          },
          digestNow: async () => (await readEstate(config.estate).catch(() => undefined))?.digest,
          say: (line) => process.stdout.write(`${line}\n`),
        }),
        flowing.ended.then(() => 'stopped' as const),
        failed,
      ]);
    } finally {
      await flowing.stop();
      await connection.close();
      forget();
    }
  } finally {
    await opened?.close?.();
    await marks.close();
  }
}
