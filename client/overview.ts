/** What a bare `status` tells, in the order in which it is needed: regions, what waits for people, all that is open. */
import { asideTexts } from '../kernel/authority/ruling.ts';
import { LifeboatError } from '../kernel/errors.ts';
import type { RegionsView } from '../kernel/run/regions.ts';
import type { Lifeboat, RunSummary } from './api.ts';

export interface Overview {
  /** Control workers that answer nothing because their estate file does not rule, a sentence each. */
  readonly aside: readonly string[];
  /** A sentence, where the regions could not be read. */
  readonly regions: RegionsView | { readonly unread: string };
  /** Runs at a gate, with a question, or paused, those that wait the longest first; not repeated in `open`. */
  readonly waiting: readonly RunSummary[];
  /** The other open runs, the newest first. */
  readonly open: readonly RunSummary[];
}

const LIMIT = 20;
const WAITING: readonly RunSummary['status'][] = ['question', 'gate', 'paused'];

/** Regions that cannot be read keep nothing else back. @throws LifeboatError where the runs cannot be listed */
export async function overviewOf(lifeboat: Pick<Lifeboat, 'lease' | 'list' | 'regions'>): Promise<Overview> {
  const [regions, runs, aside] = await Promise.all([
    lifeboat.regions().catch((error: unknown) => {
      if (LifeboatError.is(error)) return { unread: error.message };
      throw error;
    }),
    lifeboat.list({ open: true, limit: LIMIT }),
    standAside(lifeboat),
  ]);
  const waiting = runs
    .filter(({ status }) => WAITING.includes(status))
    .toSorted((a, b) => WAITING.indexOf(a.status) - WAITING.indexOf(b.status) || a.startedAt - b.startedAt);
  return { aside, regions, waiting, open: runs.filter((one) => !waiting.includes(one)) };
}

/** None are named where nobody answers at all, which the regions tell. */
async function standAside(lifeboat: Pick<Lifeboat, 'lease'>): Promise<string[]> {
  try {
    return asideTexts(await lifeboat.lease(), Date.now());
  } catch (error) {
    if (LifeboatError.is(error)) return [];
    throw error;
  }
}

/** The command that ends the waiting. */
export function answerTo({ run, status }: Pick<RunSummary, 'run' | 'status'>): string {
  if (status === 'paused') return `resume ${run}`;
  return status === 'question' ? `status ${run}` : `approve ${run}`;
}

/** The last line: where more is said. */
export const OVERVIEW_HELP =
  '`status RUN` shows one of them, `plan failover from=REGION` what would be done, `help` all that can be said.';
