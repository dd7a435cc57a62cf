/**
 * Workers for every queue of the example estate, in this process. Which memory estate an activity belongs to is found by
 * its run, so that all tests share them.
 */
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { failureInterceptor } from '../../../activities/failures.ts';
import { refusal } from '../../../kernel/errors.ts';
import { stepsByQueue } from '../../memory-estate/agents.ts';
import { type ExampleName, exampleNamed } from './estate.ts';
import { workflowBundle } from './server.ts';

export type Serve = (input: unknown) => Promise<unknown>;

/** What answers for a run: control activities and steps, by queue and name. */
export interface Home {
  find(queue: string, name: string): Serve | undefined;
}

export interface Workers {
  readonly homes: Map<string, Home>;
  /** From now on nobody serves this queue, as when its agent is down. */
  stopPolling(queue: string): Promise<void>;
  resumePolling(queue: string): Promise<void>;
  stop(): Promise<void>;
}

const CONTROL = [
  'run.open',
  'run.plan',
  'run.permits',
  'run.record',
  'lease.acquire',
  'lease.release',
  'decision.verify',
];

export interface WorkersOptions {
  /** Of workers that were stopped and shall be replaced. */
  readonly homes?: Map<string, Home>;
  /** 0: every workflow task replays the whole history, as on a worker that has just started. */
  readonly maxCachedWorkflows?: number;
  /** Whose queues are served; the lab's when left out. */
  readonly examples?: readonly ExampleName[];
}

/** Starts all workers; resolves when they poll. */
export async function startWorkers(
  environment: TestWorkflowEnvironment,
  { maxCachedWorkflows, homes = new Map<string, Home>(), examples = ['lab'] }: WorkersOptions = {},
): Promise<Workers> {
  const codePath = await workflowBundle();
  const names = new Map(examples.flatMap((name) => [...stepsByQueue(exampleNamed(name))]));
  const running = new Map<string, { readonly worker: Worker; readonly ended: Promise<void> }>();

  async function start(queue: string): Promise<void> {
    const control = queue.endsWith('.control');
    const options: WorkerOptions = {
      connection: environment.nativeConnection,
      namespace: environment.namespace ?? 'default',
      taskQueue: queue,
      activities: Object.fromEntries(
        [...(names.get(queue) ?? []), ...(control ? CONTROL : [])].map((name) => [name, serveFrom(homes, queue, name)]),
      ),
      interceptors: { activity: [failureInterceptor] },
      shutdownGraceTime: 0,
      maxConcurrentActivityTaskPolls: control ? 4 : 2,
      maxHeartbeatThrottleInterval: 100,
      defaultHeartbeatThrottleInterval: 100,
    };
    const workflows: WorkerOptions = {
      ...options,
      workflowBundle: { codePath },
      ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
    };
    const worker = await Worker.create(control ? workflows : options);
    running.set(queue, { worker, ended: worker.run() });
  }

  async function stop(queue: string): Promise<void> {
    const one = running.get(queue);
    running.delete(queue);
    if (one?.worker.getState() === 'RUNNING') one.worker.shutdown();
    await one?.ended;
  }

  await Promise.all([...names.keys()].map(start));
  return {
    homes,
    stopPolling: stop,
    resumePolling: start,
    async stop() {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}

function serveFrom(homes: ReadonlyMap<string, Home>, queue: string, name: string): Serve {
  return async (input) => {
    const home = homes.get(runOf(input));
    const serve = home?.find(queue, name);
    if (serve) return serve(input);
    throw refusal('no-home', `No memory estate knows this call of ${name}.`, queue, 'Register the run with a stage.');
  };
}

/** Most inputs name their run; a freeze is verified for the lease. */
function runOf(input: unknown): string {
  const { run, request, record } = (input ?? {}) as {
    run?: string;
    request?: { run: string };
    record?: { run: string };
  };
  return run ?? request?.run ?? record?.run ?? Context.current().info.workflowExecution?.workflowId ?? '';
}
