/**
 * Owns what is asked of the load client over HTTP: each body and query, checked before anything is touched (I12).
 */
import { z } from 'zod';
import { refusal } from '../failure.ts';
import { BUDGET_DEFAULT_MS, SAMPLE_DEFAULT } from './proofs.ts';

export const RateBody = z.strictObject({ rps: z.number().min(0).max(5_000) });
export const MarkBody = z.strictObject({ name: z.string().min(1).max(100) });
export const WriteInBody = z.strictObject({ region: z.string(), count: z.int().min(1).max(10_000) });

/** `/compare` and `/proofs/stranded` need the region. */
export const RegionQuery = z.object({ region: z.string().min(1) });

/** `/proofs/readable`: all optional. `all=1` asks for every item; `mark` is the name of a mark. */
export const ReadableQuery = z.object({
  region: z.string().min(1).optional(),
  before: z.iso.datetime().optional(),
  mark: z.string().optional(),
  all: z.enum(['0', '1']).optional(),
  sample: z.coerce.number().int().min(1).default(SAMPLE_DEFAULT),
  budgetMs: z.coerce.number().int().min(100).max(600_000).default(BUDGET_DEFAULT_MS),
});

/** Checks, or throws the refusal that becomes a 400. */
export function asked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw refusal('load-question', said, where, 'Correct the request.');
}
