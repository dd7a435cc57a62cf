/** What a bare `status` tells, in the order in which it is needed: regions, what waits for people, all that is open. */
import { LifeboatError } from '../kernel/errors.ts';
import type { RegionsView } from '../kernel/run/regions.ts';
import type { Lifeboat, RunSummary } from './api.ts';

export interface Overview {
  /** A sentence, where the regions could not be read. */
  readonly regions: RegionsView | { readonly unread: string };
  /** Runs at a gate or with a question, those that wait the longest first; not repeated in `open`. */
  readonly waiting: readonly RunSummary[];
  /** The other open runs, the newest first. */
  readonly open: readonly RunSummary[];
}

const LIMIT = 20;
const WAITING: readonly RunSummary['status'][] = ['question', 'gate'];

/** Regions that cannot be read keep nothing else back. @throws LifeboatError where the runs cannot be listed */
export async function overviewOf(lifeboat: Pick<Lifeboat, 'list' | 'regions'>): Promise<Overview> {
  const [regions, runs] = await Promise.all([
    lifeboat.regions().catch((error: unknown) => {
      if (LifeboatError.is(error)) return { unread: error.message };
      throw error;
    }),
    lifeboat.list({ open: true, limit: LIMIT }),
  ]);
  const waiting = runs
    .filter(({ status }) => WAITING.includes(status))
    .toSorted((a, b) => WAITING.indexOf(a.status) - WAITING.indexOf(b.status) || a.startedAt - b.startedAt);
  return { regions, waiting, open: runs.filter((one) => !waiting.includes(one)) };
}

/** The command that ends the waiting. */
export function answerTo({ run, status }: Pick<RunSummary, 'run' | 'status'>): string {
  return status === 'question' ? `status ${run}` : `approve ${run}`;
}

/** The last line: where more is said. */
export const OVERVIEW_HELP =
  '`status RUN` shows one of them, `plan failover from=REGION` what would be done, `help` all that can be said.';
