/**
 * The one lab that the tests of this layer share, whole and up, with a Lifeboat for each of its people. The first file
 * that asks starts it; `npm test` ends it after the last.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lifeboat } from '../../client/api.ts';
import { openLifeboat } from '../../client/connect.ts';
import { fileSigner } from '../../client/keys.ts';
import type { Estate } from '../../estate/schema.ts';
import { readEstate } from '../../host/estate-file.ts';
import { ENDED, type RunView } from '../../kernel/run/state.ts';
import { type Lab, openLab } from '../../lab/lab.ts';
import { type LoadClient, loadClient } from '../../lab/product/load/client.ts';
import { personKeyPath } from '../../lab/systems/lifeboat/keys.ts';

/** Every layer that needs real servers uses this one instance; `npm test` names it, and ends it after the last. */
export const LAB_NAME = process.env['LIFEBOAT_TEST_LAB'] ?? 'whole';
/** A whole lab from nothing, on a machine that does other things as well. */
export const UP_TIMEOUT_MS = 300_000;

export interface WholeLab {
  readonly lab: Lab;
  readonly estate: Estate;
  readonly digest: string;
  readonly ada: Lifeboat;
  readonly ben: Lifeboat;
  readonly load: LoadClient;
  close(): Promise<void>;
}

export async function wholeLab(): Promise<WholeLab> {
  const lab = await openLab({ name: LAB_NAME });
  await lab.heal();
  const { missing } = await lab.up();
  if (missing.length > 0) throw new Error(`not started: ${missing.map(({ target }) => target).join(', ')}`);
  const { estate, digest, folder } = await readEstate(lab.estateFile);
  const as = async (person: 'ada' | 'ben'): Promise<Lifeboat> =>
    openLifeboat({
      estate,
      digest,
      signer: await fileSigner(personKeyPath(lab.instance, person), person),
      folder,
    });
  const [ada, ben] = await Promise.all([as('ada'), as('ben')]);
  const load = loadClient(lab.urls.load);
  return {
    lab,
    estate,
    digest,
    ada,
    ben,
    load,
    async close() {
      await Promise.all([ada.close(), ben.close()]);
    },
  };
}

/** The first defined answer of `look`, asked again until `timeoutMs` have passed. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  timeoutMs = 60_000,
  everyMs = 50,
): Promise<T> {
  const endAt = Date.now() + timeoutMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > endAt) throw new Error(`${what} did not come within ${timeoutMs} ms`);
    await sleep(everyMs);
  }
}

const BETWEEN_TRIES_MS = 5_000;

/** Starts a live run; one that is refused because the ring still settles is started again. */
export async function startRun(
  { ada }: WholeLab,
  runbook: string,
  input: { readonly [key: string]: string | boolean },
): Promise<string> {
  return eventually(
    `${runbook} at its gate`,
    async () => {
      const requestId = crypto.randomUUID().slice(0, 13);
      const view = await ada.start({ runbook, input, mode: 'live', by: 'ada', requestId });
      return view.status === 'refused' ? undefined : view.request.run;
    },
    120_000,
    // Each refusal is a run of its own, with a card in Slack: asked as seldom as a person would.
    BETWEEN_TRIES_MS,
  );
}

/** Starts a run as Ada, approves it as Ben, and waits for its end. */
export async function performRun(
  whole: WholeLab,
  runbook: string,
  input: { readonly [key: string]: string | boolean },
): Promise<RunView> {
  const run = await startRun(whole, runbook, input);
  await whole.ben.approve({ run, by: 'ben', reason: 'a test' });
  return untilEnded(whole, run);
}

export function untilEnded({ ada }: WholeLab, run: string): Promise<RunView> {
  return eventually(
    `the end of ${run}`,
    async () => {
      const state = await ada.state(run);
      if (state.question) {
        throw new Error(`${run} asks: ${state.question.say} ${state.question.error.message}`);
      }
      return ENDED.includes(state.status) ? state : undefined;
    },
    300_000,
  );
}

/** Waits until the run has carried out a step whose sentence fits. */
export function untilStep({ ada }: WholeLab, run: string, says: RegExp): Promise<RunView> {
  return eventually(`a step like ${says}`, async () => {
    const state = await ada.state(run);
    return state.timeline.some(({ kind, say, outcome }) => kind === 'step' && outcome === 'ok' && says.test(say))
      ? state
      : undefined;
  });
}
